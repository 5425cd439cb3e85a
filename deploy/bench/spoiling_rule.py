"""Whether a spoiled address still keeps enough to tell which one is meant.

Told from names and numbers of the index alone, never by matching: docs/benchmarks.md has the rule
in words. It errs on the side of "no": rows it refuses are reported apart, with how many they are.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from registry.domain.region import Region
from registry.normalization.box_number import make_box_key
from registry.normalization.house_number import parse_house_number
from registry.normalization.places import find_municipality, make_place_key, split_postal_name
from registry.normalization.street_name import make_street_key, split_street_name
from registry.normalization.text import fold
from registry.search.index import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.bench.spoiling import Written
    from deploy.bench.spoiling_targets import Target
    from registry.search.index import SearchIndex


class Lost(StrEnum):
    """Why a row does not keep enough to tell."""

    PLACE = "the place is another's"
    STREET = "another street there is nearer"
    ADDRESS = "another address is equally near"
    NUMBER = "the number reads as another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The names of an index, laid out for comparing each with what was written.

    `street_names` by `s`: the key of each own name without spaces, and the part it carries.
    `place_names` are all names a municipality may go by, with its `m`.
    """

    index: SearchIndex
    street_names: list[tuple[tuple[str, str], ...]] = field(repr=False)
    place_names: list[tuple[str, int]] = field(repr=False)
    streets_of: dict[int, set[int]] = field(repr=False)
    """By `m`."""
    streets_at: dict[int, set[int]] = field(repr=False)
    """By postal code."""
    nearest_places: dict[tuple[str, bool], frozenset[int]] = field(repr=False, default_factory=dict)

    @staticmethod
    def make(index: SearchIndex) -> Rule:
        """Lay out the current streets of an index: some seconds for the nation."""
        streets = index.streets
        names = [
            tuple(_split(name) for name in three if name)
            for three in zip(streets.names_nl, streets.names_fr, streets.names_de, strict=True)
        ]
        streets_of: dict[int, set[int]] = {}
        streets_at: dict[int, set[int]] = {}
        for s in range(len(names)):
            if streets.standings[s] == Standing.CURRENT:
                streets_of.setdefault(streets.municipalities[s], set()).add(s)
                for code in streets.codes[streets.first_codes[s] : streets.first_codes[s + 1]]:
                    streets_at.setdefault(code, set()).add(s)
        return Rule(
            index=index,
            street_names=names,
            place_names=_list_place_names(index),
            streets_of=streets_of,
            streets_at=streets_at,
        )

    def find_lost(self, written: Written, target: Target) -> Lost | None:
        """Return what is lost of a target, None when what is written still tells it."""
        if self._reads_otherwise(written, target):
            return Lost.NUMBER
        code = int(written.postal_code or 0)
        streets = self._list_streets(written, target, code)
        if streets is None:
            return Lost.PLACE
        box = target.box if written.box or not target.box else None
        key, part = _split(written.street)
        own = self._measure(target.street, key, "", is_cut=written.is_street_cut, most=None)
        for s in streets:
            if s == target.street:
                continue
            distance = self._measure(s, key, part, is_cut=written.is_street_cut, most=own)
            if distance < own:
                return Lost.STREET
            if distance == own and self._has(s, target.house, box):
                return Lost.ADDRESS
        return None

    def _list_streets(self, written: Written, target: Target, code: int) -> Iterable[int] | None:
        """Return the streets whose place fits as well as the target's; None: it does not fit."""
        is_asked = bool(code), bool(written.municipality)
        if not any(is_asked):
            return range(len(self.street_names))
        places = self._find_places(written.municipality, is_cut=written.is_place_cut)
        fits_code = code != 0 and written.postal_code == target.postal_code
        fits_place = target.municipality in places
        at = self.streets_at.get(code, set())
        of = set[int]().union(*(self.streets_of.get(m, set()) for m in places))
        match fits_code, fits_place:
            case False, False:
                return None
            case True, True:
                return at & of
        return at | of

    def _find_places(self, name: str, *, is_cut: bool) -> frozenset[int]:
        """Return the municipalities with a name nearest to what was written: mostly one."""
        if not name:
            return frozenset()
        known = self.nearest_places.get((name, is_cut))
        if known is None:
            nearest, found = 1_000, set[int]()
            for key in map(_glue, split_postal_name(name) or (name,)):
                for other, m in self.place_names:
                    compared = other[: len(key)] if is_cut else other
                    distance = OSA.distance(key, compared, score_cutoff=nearest)
                    if distance < nearest:
                        nearest, found = distance, set()
                    if distance == nearest:
                        found.add(m)
            known = self.nearest_places[name, is_cut] = frozenset(found)
        return known

    def _measure(self, s: int, key: str, part: str, *, is_cut: bool, most: int | None) -> int:
        """Return how many letters a street's nearest name is from what was written.

        More than `most`: somewhere above. A name that carries another part is none of them.
        """
        nearest = 1_000
        for name, own_part in self.street_names[s]:
            if part and own_part and not own_part.startswith(part):
                continue
            other = name[: len(key)] if is_cut else name
            nearest = min(nearest, OSA.distance(key, other, score_cutoff=most))
        return nearest

    def _has(self, s: int, house: int | None, box: int | None = None) -> bool:
        """Whether a street has a current address of a house, of any or of one box in it."""
        columns = self.index.addresses
        first, last = self.index.streets.first_addresses[s : s + 2]
        if house is None:
            return False
        for a in range(bisect_left(columns.houses, house, first, last), last):
            if columns.houses[a] != house:
                break
            if box in {None, columns.boxes[a]} and columns.standings[a] == Standing.CURRENT:
                return True
        return False

    def _reads_otherwise(self, written: Written, target: Target) -> bool:
        """Whether the number, as the region reads it, is another one that the street has too.

        3B where there is no 3B is 3 with a letter, if there is a 3, before it is a misread 38; but
        no house has the letter O.
        """
        numbers, street = self.index.numbers, target.street
        read = parse_house_number(written.number, target.region)
        house = numbers.house_key_numbers.get(read.key)
        if house is None or not self._has(street, house):
            plain = numbers.house_key_numbers.get(str(read.number))
            is_letter = read.bis not in {"", "O"}
            return is_letter and plain not in {None, target.house} and self._has(street, plain)
        if house != target.house:
            return True
        place = (target.region, target.nis_code)
        boxes = (make_box_key(text, *place) for text in (read.box, written.box) if text)
        known = (numbers.box_key_numbers.get(key, target.box) for key in boxes)
        return any(box != target.box and self._has(street, house, box) for box in known)


def _split(name: str) -> tuple[str, str]:
    """Return the key of a street name without spaces, and the part it carries."""
    return make_street_key(name).replace(" ", ""), fold(split_street_name(name).part)


def _glue(place: str) -> str:
    return make_place_key(place).replace(" ", "")


def _list_place_names(index: SearchIndex) -> list[tuple[str, int]]:
    """Return every name by which somebody may mean a municipality.

    Its own in every language, former ones, those of its parts and postal codes; and Brussels for
    each of the nineteen, as letters write it.
    """
    names: set[tuple[str, int]] = set()
    for m, place in enumerate(index.municipalities):
        known = find_municipality(place.nis_code)
        texts = [*place.names.values(), *((*known.own_names, *known.parts) if known else ())]
        if place.region is Region.BRUSSELS:
            texts += ["Brussel", "Bruxelles", "Brussels"]
        names |= {(_glue(text), m) for text in texts}
    for code, by_language in index.postal_names.items():
        for text in by_language.values():
            for name in split_postal_name(text):
                names |= {(_glue(name), m) for m in index.postal_municipalities.get(code, ())}
    return sorted(names)
