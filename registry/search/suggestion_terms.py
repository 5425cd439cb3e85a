"""The terms of names: from which words on a name is found, and how well that fits."""

import re
from collections.abc import Iterator
from enum import IntEnum

from registry.normalization.street_name import shorten_phrases, shorten_words
from registry.search.suggestion_words import (
    NUMBER_FORMS,
    SMALL_WORDS,
    drop_small_words,
    find_telling_word,
    write_y,
)


class Fit(IntEnum):
    """How what was typed fits a name: lower goes first."""

    BEGINNING = 0
    """Of the name, or of what follows rue, avenue and the like."""
    LATER_WORD = 1


_NUMBER = re.compile(rf"\b(?:{'|'.join(sorted(NUMBER_FORMS, key=len, reverse=True))})\b")


def list_name_terms(key: str) -> dict[str, Fit]:
    """Return the terms of a street key with their fit.

    Also without small words, from the telling word on as one word (`clematisweg ` for what is
    published as Clematis Weg), and with its number written in other ways.
    """
    key = write_y(key)
    number = _NUMBER.search(key)
    terms = _list_written_terms(key)
    for form in NUMBER_FORMS[number[0]] if number is not None else ():
        terms = _list_written_terms(_NUMBER.sub(form, key, count=1)) | terms
    return terms


def _list_written_terms(key: str) -> dict[str, Fit]:
    words = tuple(key.split())
    telling = find_telling_word(words)
    terms: dict[str, Fit] = {}
    for begin, word in enumerate(words):
        if begin and word in SMALL_WORDS:
            continue
        fit = Fit.BEGINNING if begin in {0, telling} else Fit.LATER_WORD
        for form in (words[begin:], drop_small_words(words[begin:])):
            terms.setdefault(f"{' '.join(form)} ", fit)
    if len(words) - telling > 1:
        terms.setdefault(f"{''.join(words[telling:])} ", Fit.LATER_WORD)
    return terms


def list_place_terms(key: str) -> Iterator[tuple[str, Fit]]:
    """Yield the terms of a place key with their fit: st jans molenbeek, molenbeek."""
    words = write_y(shorten_words(shorten_phrases(key))).split()
    for begin, word in enumerate(words):
        if not begin or word not in SMALL_WORDS:
            yield f"{' '.join(words[begin:])} ", Fit.LATER_WORD if begin else Fit.BEGINNING
