"""Streets that a name may mean, inside a municipality or in the whole country.

A finding has a cost in points, a hundred for an edit of the name: what docs/matching.md lists.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.normalization.street_name import make_street_key
from registry.search.answers import Reason
from registry.search.index import SearchIndex
from registry.search.street_words import (
    EDIT,
    NOTHING_TOLD,
    compare_words,
    cut_type,
    have_same_digits,
    is_telling,
)

_GLUED, _FORMER, _OTHER_FORM, _OCR = 4, 12, 40, 30
_CUT = 50
_MOST = 300
LONGEST = 60  # characters of a street name worth comparing
_NEAREST = 8
_ENTRY_BITS = 10  # key_and_municipality = k * 1024 + m


class StreetFinding(NamedTuple):
    """A street that a name may mean; cost 0 is its own name. `reason` says what was changed."""

    cost: int
    street: int
    reason: Reason | None
    is_former: bool = False
    is_cut: bool = False
    """The name only begins so."""


def find_exact(k: int, m: int, index: SearchIndex) -> list[StreetFinding]:
    """Return the streets of a municipality that have a key, those that had it, other forms."""
    names = index.names
    wanted = (k << _ENTRY_BITS) + m
    entry = bisect_left(
        names.key_and_municipality, wanted, names.first_entries[k], names.first_entries[k + 1]
    )
    found = []
    seen = -1
    while entry < names.first_entries[k + 1] and names.key_and_municipality[entry] == wanted:
        if names.streets[entry] != seen:
            seen = names.streets[entry]
            found.append(_make_exact(seen, names.formers[entry]))
        entry += 1
    return found


_EXACT = (
    (0, None, False),
    (_FORMER, Reason.FORMER_NAME, True),
    (_OTHER_FORM, Reason.ABBREVIATED, False),
)


def _make_exact(street: int, former: int) -> StreetFinding:
    cost, reason, is_former = _EXACT[former]
    return StreetFinding(cost, street, reason, is_former)


def list_everywhere(k: int, index: SearchIndex, most: int) -> list[StreetFinding]:
    """Return the streets of the country that have a key; at most so many."""
    names = index.names
    entries = range(
        names.first_entries[k], min(names.first_entries[k + 1], names.first_entries[k] + most)
    )
    found: dict[int, StreetFinding] = {}
    for entry in entries:
        found.setdefault(
            names.streets[entry], _make_exact(names.streets[entry], names.formers[entry])
        )
    return list(found.values())


class _Texts:
    """Texts without spaces, each with a number, to be found by how they are spelled or begin."""

    def __init__(self, numbered: Iterable[tuple[str, int]]) -> None:
        ordered = sorted(numbered)
        self._texts = [text for text, _ in ordered]
        self._numbers = [number for _, number in ordered]
        self._by_length: dict[int, tuple[list[str], list[int]]] = {}
        for text, number in ordered:
            texts, numbers = self._by_length.setdefault(len(text), ([], []))
            texts.append(text)
            numbers.append(number)

    def find_alike(self, text: str, most: int) -> Iterator[tuple[int, int]]:
        """Yield the number of each text within so many edits, and how many it takes."""
        for length in range(len(text) - most, len(text) + most + 1):
            if found := self._by_length.get(length):
                near = process.extract(text, found[0], scorer=OSA.distance, score_cutoff=most)
                for other, edits, place in near:
                    if have_same_digits(text, other):
                        yield found[1][place], int(edits)

    def find_begun(self, begin: str) -> list[int]:
        """Return the numbers of the texts that begin so."""
        first = bisect_left(self._texts, begin)
        return self._numbers[first : bisect_left(self._texts, begin + _AFTER_ALL, first)]


class _Keys(NamedTuple):
    """The street keys of a municipality: `k` by its text without spaces and by telling word."""

    glued: _Texts
    words: dict[str, list[int]]


class NearNames:
    """Finds the streets of a municipality whose names are like one that was written."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._names: dict[int, _Texts] = {}
        self._keys: dict[int, _Keys] = {}
        joined = np.frombuffer(index.names.key_and_municipality, np.int64)
        self._entries = _Groups(joined & ((1 << _ENTRY_BITS) - 1))
        self._joined = joined
        self._streets = _Groups(np.frombuffer(index.streets.municipalities, np.uint16))

    def find_by_key(self, written: str, m: int) -> list[StreetFinding]:
        """Return streets of a municipality within an edit, spaces apart, and those begun so."""
        index, key = self._index, make_street_key(written)
        if len(key) > LONGEST:
            return []
        return self._find_begun(_glue(written), key, m) + [
            exact._replace(cost=exact.cost + (edits * EDIT or _GLUED), reason=Reason.SPELLING)
            for k, edits in index.spelling.find(key, 1 if len(key) > _SHORTEST else 0)
            if have_same_digits(key, index.names.keys[k])
            for exact in find_exact(k, m, index)
        ]

    def find_by_name(self, written: str, m: int) -> list[StreetFinding]:
        """Return streets like the full name that was written, the nearest first, each once.

        By some edits, by their beginning, by words left out or shortened.
        """
        best: dict[int, StreetFinding] = {}
        for one in sorted(self._list_alike(written, m)):
            best.setdefault(one.street, one)
        if not best and (read := _read_digits(written)) != written:
            return [one._replace(cost=one.cost + _OCR) for one in self.find_by_name(read, m)]
        return list(best.values())[:_NEAREST]

    def _list_alike(self, written: str, m: int) -> list[StreetFinding]:
        names, glued, key = self._list_names(m), _glue(written), make_street_key(written)
        if len(glued) > LONGEST:
            return []
        found = [
            StreetFinding(edits * EDIT or _GLUED, s, Reason.SPELLING)
            for s, edits in names.find_alike(glued, _count_edits(glued))
        ]
        found += self._find_begun(glued, key, m)
        if not any(one.cost <= EDIT for one in found):
            found += self._find_by_words(key, m)
        return found

    def _find_begun(self, glued: str, key: str, m: int) -> list[StreetFinding]:
        """Return streets whose names begin as what was cut off."""
        if len(glued) < _SHORTEST_CUT or glued in NOTHING_TOLD:
            return []
        names, short = self._list_names(m), key.replace(" ", "")
        found = names.find_begun(glued)
        if glued.endswith("r"):  # of rn
            found += names.find_begun(f"{glued[:-1]}m")
        if not found and len(short) >= _SHORTEST_CUT:
            for k in self._list_keys(m).glued.find_begun(short):
                found += [exact.street for exact in find_exact(k, m, self._index)]
        return [StreetFinding(_CUT, s, Reason.SPELLING, is_cut=True) for s in found]

    def _find_by_words(self, key: str, m: int) -> list[StreetFinding]:
        """Return streets whose keys are alike, some words left out or shortened."""
        asked, short, keys = key.split(" "), key.replace(" ", ""), self._list_keys(m)
        telling = [keys.words.get(word, ()) for word in map(cut_type, asked)]
        some = {k for found in sorted(telling, key=len)[-4:] for k in found[:_SIBLINGS]}
        costs = {k: compare_words(asked, self._index.names.keys[k].split(" ")) for k in some}
        most = max(_count_edits(short) - 1, 0)  # keys are short of the type of street
        for k, edits in keys.glued.find_alike(short, most):
            costs[k] = min(edits * EDIT, costs.get(k, _MOST))
        return [
            exact._replace(cost=exact.cost + cost, reason=Reason.ABBREVIATED)
            for k, cost in sorted(costs.items())
            if cost <= _MOST
            for exact in find_exact(k, m, self._index)
        ]

    def _list_names(self, m: int) -> _Texts:
        """Return the own names of the streets of a municipality, with their `s`."""
        if (names := self._names.get(m)) is None:
            columns = self._index.streets
            own = [
                (name.replace("\n", " "), s)
                for s in self._streets.list_rows(m).tolist()
                for name in (columns.names_nl[s], columns.names_fr[s], columns.names_de[s])
                if name
            ]
            glued = _glue("\n".join(name for name, _ in own)).split("\n") if own else []
            names = _Texts(zip(glued, (s for _, s in own), strict=True))
            self._names[m] = names
        return names

    def _list_keys(self, m: int) -> _Keys:
        if (keys := self._keys.get(m)) is None:
            ks = np.unique(self._joined[self._entries.list_rows(m)] >> _ENTRY_BITS).tolist()
            words: dict[str, list[int]] = {}
            for k in ks:
                for word in dict.fromkeys(map(cut_type, self._index.names.keys[k].split(" "))):
                    if is_telling(word):
                        words.setdefault(word, []).append(k)
            glued = _Texts((self._index.spelling.glued[k], k) for k in ks)
            keys = self._keys[m] = _Keys(glued, words)
        return keys


class _Groups:
    """Rows by the municipality each belongs to."""

    def __init__(self, municipalities: "np.ndarray[Any, Any]") -> None:
        self._order = np.argsort(municipalities, kind="stable")
        self._municipalities = municipalities[self._order]

    def list_rows(self, m: int) -> "np.ndarray[Any, Any]":
        first, after = np.searchsorted(self._municipalities, (m, m + 1))
        return self._order[first:after]


_SIBLINGS = 40  # streets that share a telling word, and are compared word by word
_SHORTEST, _SHORTEST_CUT = 4, 4
_AFTER_ALL = "\U0010ffff"
_LIGATURES = str.maketrans({"\u0153": "oe", "\u00e6": "ae"})
_PART = re.compile(r"\s*\([^()\n]*\)$|_+\d*$", re.MULTILINE)
_NOT_GLUED = re.compile(r"[^a-z0-9\n]+")
_MIXED = re.compile(r"(?<=[^\W\d])[0158]+|[0158]+(?=[^\W\d]{2})")
_READ = str.maketrans("0158", "olsb")


def _glue(lines: str) -> str:
    """Return names, one a line, without the part they carry, in plain letters and no spaces.

    rn is m: scanners take them for each other.
    """
    plain = unicodedata.normalize("NFKD", _PART.sub("", lines).casefold().translate(_LIGATURES))
    return _NOT_GLUED.sub("", plain.encode("ascii", "ignore").decode()).replace("rn", "m")


def _read_digits(written: str) -> str:
    """Return a name with the letters that a scanner took for digits."""
    return _MIXED.sub(lambda match: match[0].translate(_READ), written)


def _count_edits(glued: str) -> int:
    """Return how many edits a name may be away."""
    length = len(glued)
    return 0 if length < 3 else 1 if length < 7 else 2 if length < 11 else 3 if length < 20 else 4
