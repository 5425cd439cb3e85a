"""Names of places as people write them, and which municipalities and post codes they mean."""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.domain.region import Region
from registry.normalization.places import (
    follow,
    list_current,
    list_gone,
    make_place_key,
    split_postal_name,
)
from registry.search.index import SearchIndex
from registry.search.spelling import Spelling
from registry.search.streets import NearNames

_BRUSSELS_CITY = "21004"


class NameKind(IntEnum):
    """What kind of name of a place it is: lower goes first."""

    OWN = 0
    FORMER = 1
    POSTAL = 2
    PART = 3


class Meaning(NamedTuple):
    """A municipality that a name means, and what part of it. Empty `codes`, `parts`: all of it."""

    municipality: int
    kind: NameKind
    codes: frozenset[int] = frozenset()
    parts: frozenset[int] = frozenset()


class Claim(NamedTuple):
    """What a question says about the place. `code` -1: none; `edits`: of the name, to be known."""

    code: int = -1
    written_code: str = ""
    name: str = ""
    meanings: tuple[Meaning, ...] = ()
    edits: int = 0
    beside: str = ""
    """Words beside the code, where its place stands, that are no name of one."""


class Gazetteer:
    """The places of an index by name and code. Made once for each index, on the first question."""

    def __init__(self, index: SearchIndex) -> None:
        self.index = index
        self.municipalities_by_code = {
            int(code): tuple(found) for code, found in index.postal_municipalities.items()
        }
        for one in list_current():  # codes of the table that no address has
            for code in one.postal_codes if one.nis_code in index.municipality_numbers else ():
                m = index.municipality_numbers[one.nis_code]
                self.municipalities_by_code.setdefault(int(code), (m,))
        self.meanings, self.shared = _collect_meanings(index)
        self.brussels = index.municipality_numbers.get(_BRUSSELS_CITY, -1)
        self.region_of_brussels = Region.BRUSSELS
        self.near_names = NearNames(index)
        self._all_names = sorted(self.meanings)
        self._spelling = Spelling.make(self._all_names)
        self._middles: dict[int, tuple[float, float] | None] = {}
        self._names_by_municipality: dict[int, list[str]] = {}
        for name, meanings in self.meanings.items():
            for meaning in meanings:
                self._names_by_municipality.setdefault(meaning.municipality, []).append(name)

    def find(self, name: str) -> tuple[Meaning, ...]:
        """Return what a name means in any language, () if it is no place's.

        `Liège 1` is an old postal district, but far more often a street called so and a house.
        """
        if name[-1:].isdigit():
            return ()
        return self.meanings.get(make_place_key(name), ())

    def is_shared(self, claim: Claim) -> bool:
        """Whether the code carries the name of a municipality beside its own: 1050 Elsene.

        A street of Brussels with that code is often written so; one with another code never.
        """
        names = self.shared.get(claim.code)
        return names is not None and make_place_key(claim.name) in names

    def is_name_of(self, m: int, begin: str) -> bool:
        """Whether a name of a municipality, its parts or postal codes begins so: NEU, Vel."""
        return any(name.startswith(begin) for name in self._names_by_municipality.get(m, ()))

    def list_covered(self, code: int) -> tuple[int, ...]:
        """Return the municipalities with addresses of a postal code, most addresses first."""
        return self.municipalities_by_code.get(code, ())

    def find_middle(self, m: int) -> tuple[float, float] | None:
        """Return the median of the middles of a municipality's streets, in metres."""
        if m not in self._middles:
            self._middles[m] = self._make_middle(m)
        return self._middles[m]

    def _make_middle(self, m: int) -> tuple[float, float] | None:
        streets = self.index.streets
        rows = np.frombuffer(streets.municipalities, np.uint16) == m
        xs = np.frombuffer(streets.middles_x, np.int32)[rows]
        ys = np.frombuffer(streets.middles_y, np.int32)[rows]
        known = xs >= 0
        if not known.any():
            return None
        return float(np.median(xs[known])) / 1000, float(np.median(ys[known])) / 1000

    def find_near(self, name: str, code: int = -1) -> tuple[tuple[Meaning, ...], int]:
        """Return what a misspelled or cut name means, and by how many edits; () if unclear.

        With a postal code only the names of places that it covers.
        """
        key = make_place_key(name)
        if not (1 if code >= 0 else 4) <= len(key) <= _LONGEST_NAME:
            return (), 0
        if code >= 0:
            names = [n for m in self.list_covered(code) for n in self._names_by_municipality[m]]
            most = min(3, (len(key) + 1) // 4)  # of two letters none: they begin a name
            near = process.extract(key, names, scorer=OSA.distance, score_cutoff=most, limit=4)
            best = [(int(edits), name) for name, edits, _ in near]
            best = best or [(1, name) for name in names if name.startswith(key)]
        else:
            names, most = self._all_names, max(1, min(2, len(key) // 5))
            best = [(edits, names[i]) for i, edits in self._spelling.find(key, most)]
            begun = () if best else self._spelling.find_prefix(key, 0)
            best = best or [(1, names[i]) for rows, _ in begun for i in rows[:_MOST_MEANINGS]]
        return self._choose_best(best)

    def _choose_best(self, near: list[tuple[int, str]]) -> tuple[tuple[Meaning, ...], int]:
        edits = min((edits for edits, _ in near), default=0)
        best = sorted({name for distance, name in near if distance == edits})
        found = dict.fromkeys(meaning for name in best for meaning in self.meanings[name])
        return (tuple(sorted(found)), edits) if len(found) <= _MOST_MEANINGS else ((), 0)


_LONGEST_NAME = 60
_MOST_MEANINGS = 8


def _collect_meanings(
    index: SearchIndex,
) -> tuple[dict[str, tuple[Meaning, ...]], dict[int, set[str]]]:
    """Return what each name means, its own municipality first; and what codes share.

    `1070 Anderlecht + Brussel (Dauwstraat)` does not make Brussel a name of Anderlecht.
    """
    collected: dict[str, dict[int, Meaning]] = {}
    for key, meaning in _list_meanings(index):
        by_municipality = collected.setdefault(key, {})
        known = by_municipality.get(meaning.municipality)
        by_municipality[meaning.municipality] = meaning if known is None else _join(known, meaning)
    meanings: dict[str, tuple[Meaning, ...]] = {}
    shared: dict[int, set[str]] = {}
    for key, by_municipality in collected.items():
        found = sorted(by_municipality.values(), key=lambda one: (one.kind, one.municipality))
        if found[0].kind is NameKind.OWN:
            for code in (c for one in found if one.kind is NameKind.POSTAL for c in one.codes):
                shared.setdefault(code, set()).add(key)
            found = [one for one in found if one.kind is not NameKind.POSTAL]
        if key:
            meanings[key] = tuple(found[:_MOST_MEANINGS])
    return meanings, shared


def _join(known: Meaning, other: Meaning) -> Meaning:
    """Return one meaning for two of the same name there: a municipality's own is all of it."""
    kind = min(known.kind, other.kind)
    if kind is NameKind.OWN:
        return known._replace(kind=kind, codes=frozenset(), parts=frozenset())
    return known._replace(
        kind=kind, codes=known.codes | other.codes, parts=known.parts | other.parts
    )


def _list_meanings(index: SearchIndex) -> Iterator[tuple[str, Meaning]]:
    for m, place in enumerate(index.municipalities):
        for name in place.names.values():
            yield make_place_key(name), Meaning(m, NameKind.OWN)
    for one in (*list_current(), *list_gone()):
        if (m := index.municipality_numbers.get(follow(one.nis_code), -1)) >= 0:
            kind = NameKind.OWN if one.successor is None else NameKind.FORMER
            yield from ((make_place_key(name), Meaning(m, kind)) for name in one.own_names)
            part = Meaning(m, NameKind.PART)
            yield from ((make_place_key(name), part) for name in one.parts)
    for postal_code, names in index.postal_names.items():
        split = [name for joined in names.values() for name in split_postal_name(joined)]
        for m in index.postal_municipalities.get(postal_code, ()):
            meaning = Meaning(m, NameKind.POSTAL, frozenset((int(postal_code),)))
            yield from ((make_place_key(name), meaning) for name in split)
    for number, m, code in _list_parts(index):
        codes = frozenset((code,)) if code else frozenset()
        meaning = Meaning(m, NameKind.PART, codes, frozenset((number,)))
        names = index.part_names[number]
        yield from ((make_place_key(name), meaning) for name in names.values())


def _list_parts(index: SearchIndex) -> Iterator[tuple[int, int, int]]:
    """Yield each part of a municipality with a municipality and a postal code it has."""
    parts = np.frombuffer(index.addresses.parts, np.uint16)
    (rows,) = np.nonzero(parts)
    streets = np.frombuffer(index.addresses.streets, np.uint32)[rows]
    places = np.frombuffer(index.streets.municipalities, np.uint16)[streets]
    codes = np.frombuffer(index.addresses.postal_codes, np.uint16)[rows]
    joined = (parts[rows].astype(np.int64) << 32) | (places.astype(np.int64) << 16) | codes
    for one in np.unique(joined).tolist():
        yield one >> 32, (one >> 16) & 0xFFFF, one & 0xFFFF


_MADE: list[Gazetteer] = []


def find_gazetteer(index: SearchIndex) -> Gazetteer:
    """Return the gazetteer of an index; made on the first question, the last two are kept."""
    for made in _MADE:
        if made.index is index:
            return made
    _MADE[:] = [Gazetteer(index), *_MADE[:1]]  # the one in use and the one it takes over from
    return _MADE[0]
