"""The addresses that questions are made of, and what people may call each: from the index only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.domain.region import Region
from registry.normalization.box_number import make_box_key
from registry.normalization.places import find_municipality, make_place_key, split_postal_name
from registry.search.answers import MatchLevel
from registry.search.index import Standing

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping

    from registry.search.answers import Candidate
    from registry.search.index import SearchIndex

_FIRST_LANGUAGE = {Region.FLANDERS: "nl", Region.BRUSSELS: "fr", Region.WALLONIA: "fr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address that is meant. Twins (same street, house and box) are one target.

    `place_names` are the municipality's, by language and under "" its other names; `sections` the
    names of its part and of its postal code that are not the municipality's.
    """

    street: int
    house: int
    box: int
    municipality: int
    region: Region
    nis_code: str
    postal_code: str
    street_names: Mapping[str, str]
    place_names: Mapping[str, str]
    exonyms: tuple[str, ...]
    sections: tuple[str, ...]
    house_label: str
    box_label: str

    def is_hit(self, index: SearchIndex, address: int) -> bool:
        """Whether an address of the index is this one or its twin."""
        columns = index.addresses
        return address >= 0 and (self.street, self.house, self.box) == (
            columns.streets[address],
            columns.houses[address],
            columns.boxes[address],
        )

    def is_in(self, index: SearchIndex, found: Candidate) -> bool:
        """Whether a candidate is this address, or the building, street or place it is in."""
        columns, a = index.addresses, found.address
        match found.level:
            case MatchLevel.BOX:
                return self.is_hit(index, a)
            case MatchLevel.BUILDING:
                return (self.street, self.house) == (columns.streets[a], columns.houses[a])
            case MatchLevel.STREET:
                return self.street == found.street
            case MatchLevel.POSTAL_INFO:
                return self.postal_code == found.postal_code
        return self.municipality == found.municipality

    def choose_language(self, chance: random.Random) -> str:
        """Return one of the languages the street has a name in."""
        return chance.choice(sorted(self.street_names))

    def name_place(self, language: str) -> str:
        """Return the municipality's name in a language, else in the region's, else any."""
        for choice in (language, _FIRST_LANGUAGE[self.region], *self.place_names):
            if choice in self.place_names:
                return self.place_names[choice]
        return ""


def draw_targets(index: SearchIndex, chance: random.Random) -> Iterator[Target]:
    """Draw current addresses of current streets without end, each as likely as any other."""
    columns = index.addresses
    total = len(columns.streets)
    while True:
        a = chance.randrange(total)
        street = columns.streets[a]
        if columns.standings[a] == index.streets.standings[street] == Standing.CURRENT:
            yield make_target(index, a)


def make_target(index: SearchIndex, a: int) -> Target:
    """Collect what an address is called."""
    columns, streets = index.addresses, index.streets
    street = columns.streets[a]
    m = streets.municipalities[street]
    place = index.municipalities[m]
    code = columns.postal_codes[a]
    postal_code = f"{code:04d}" if code else ""
    names = {
        "nl": streets.names_nl[street],
        "fr": streets.names_fr[street],
        "de": streets.names_de[street],
    }
    known = find_municipality(place.nis_code)
    return Target(
        street=street,
        house=columns.houses[a],
        box=columns.boxes[a],
        municipality=m,
        region=place.region,
        nis_code=place.nis_code,
        postal_code=postal_code,
        street_names={language: name for language, name in names.items() if name},
        place_names=place.names,
        exonyms=known.exonyms if known else (),
        sections=_list_sections(index, a, postal_code),
        house_label=index.numbers.house_labels[columns.house_labels[a]],
        box_label=index.numbers.box_labels[columns.box_labels[a]] if columns.boxes[a] else "",
    )


def _list_sections(index: SearchIndex, a: int, postal_code: str) -> tuple[str, ...]:
    """Return the names of an address's part and postal code that its municipality has not."""
    place = index.municipalities[index.streets.municipalities[index.addresses.streets[a]]]
    own = {make_place_key(name) for name in place.names.values()}
    joined = [
        *index.part_names[index.addresses.parts[a]].values(),
        *index.postal_names.get(postal_code, {}).values(),
    ]
    names = [name for text in joined for name in split_postal_name(text)]
    return tuple(
        dict.fromkeys(name for name in names if len(name) > 2 and make_place_key(name) not in own)
    )


def say_box(target: Target, chance: random.Random) -> str:
    """Return a box as a neighbour would say it: b001 as 1, where that means the same box."""
    label = target.box_label
    bare = label.lstrip("bB") if target.region is Region.BRUSSELS else label
    said = bare.lstrip("0") or label
    place = (target.region, target.nis_code)
    is_same = make_box_key(said, *place) == make_box_key(label, *place)
    return said if is_same and chance.random() < 0.5 else label
