"""Sorted terms with postings, and how they are found."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint32]
Ranks = Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Sorted terms and the slices of their postings."""

    texts: Sequence[str]
    first: Numbers
    postings: Numbers


def find_terms(terms: Terms, start: str) -> tuple[int, int]:
    """Return the slice of the terms that begin so."""
    low = bisect_left(terms.texts, start)
    return low, bisect_left(terms.texts, f"{start}\U0010ffff", low)


def find_slice(terms: Terms, start: str) -> tuple[int, int]:
    """Return the slice of the postings of terms that begin so."""
    low, high = find_terms(terms, start)
    return int(terms.first[low]), int(terms.first[high])


def join(parts: list[Ranks]) -> Ranks:
    """Return postings as one array; `parts` is not empty or nothing is found."""
    return parts[0] if len(parts) == 1 else np.concatenate([*parts, np.zeros(0, np.uint32)])


def find_begun(terms: Terms, start: str) -> Ranks:
    """Return the postings of all terms that begin so."""
    low, high = find_slice(terms, start)
    return terms.postings[low:high]


def find_postings(terms: Terms, text: str) -> Ranks:
    """Return the postings of one term, none when there is no such term."""
    place = bisect_left(terms.texts, text)
    if place == len(terms.texts) or terms.texts[place] != text:
        return terms.postings[:0]
    return terms.postings[terms.first[place] : terms.first[place + 1]]
