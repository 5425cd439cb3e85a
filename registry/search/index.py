"""The search index: every name and number of the register, as arrays in files of one folder.

Made of the register at one seq and never changed; many processes map the same files. Streets and
places are lists in memory (a second's work for the nation), addresses are mapped arrays of a few
dozen bytes each, sorted so that a street is a slice and a number in it is found by bisection.

Rows: `s` is a street (a street name in a municipality), `a` an address, `m` a municipality,
`k` a street key (what make_street_key gives; about 60,000 different ones in the nation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from registry.domain.region import Region


class Standing(IntEnum):
    """How an object stands: lower goes first among equals."""

    CURRENT = 0
    PROPOSED = 1
    RESERVED = 2
    OTHER = 3
    RETIRED = 4
    """Status retired, rejected or archived."""
    GONE = 5
    """No longer in the register: its last version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A municipality as search knows it; `m` is its place in SearchIndex.municipalities.

    `names` by language (nl, fr, de, en) as the register has them, or the table of places where it
    has none.
    """

    nis_code: str
    region: Region
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetColumns:
    """A column per field of a street, in order of `s`. None: no such name."""

    public_ids: Sequence[str]
    names_nl: Sequence[str | None]
    names_fr: Sequence[str | None]
    names_de: Sequence[str | None]
    homonyms: Sequence[str | None]
    municipalities: memoryview
    """`m` of each (uint16)."""
    standings: memoryview
    """Standing of each (uint8)."""
    first_addresses: memoryview
    """The first `a` of each and, one place further, the one after its last (uint32, S + 1)."""
    middles_x: memoryview
    middles_y: memoryview
    """Millimetres in EPSG:3812 of the address nearest to the middle, or NO_POSITION."""
    first_codes: memoryview
    """Slices into `codes` (uint32, S + 1)."""
    codes: memoryview
    """Postal codes of the addresses of a street, as numbers (uint16), the most frequent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameEntries:
    """Which streets have which key: own names in every language and former names.

    Sorted by (key, municipality, former, street), so that a key is a slice, and a key within a
    municipality is found by bisection in `key_and_municipality` = k * 1024 + m (int64).
    """

    keys: Sequence[str]
    """Sorted, each once. `key_numbers` is the way back."""
    key_numbers: Mapping[str, int]
    first_entries: memoryview
    """Slices of a key's entries (uint32, K + 1)."""
    key_and_municipality: memoryview
    streets: memoryview
    """`s` of each entry (uint32)."""
    formers: memoryview
    """0: the name it has; 1: a name it had; 2: its own name without a word of the type, or another
    form that only search knows (uint8)."""
    languages: memoryview
    """0 nl, 1 fr, 2 de (uint8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressColumns:
    """A column per field of an address, in order of `a`: street, house, box, standing, id."""

    streets: memoryview
    """`s` (uint32)."""
    houses: memoryview
    """Number of its house key in `Numbers.house_keys` (uint32), in natural order."""
    boxes: memoryview
    """Number of its box key in `Numbers.box_keys` (uint32); 0 is "", no box."""
    house_labels: memoryview
    box_labels: memoryview
    """As published: numbers into `Numbers.house_labels` and `box_labels` (uint32)."""
    standings: memoryview
    postal_codes: memoryview
    """As a number, 0: none (uint16)."""
    parts: memoryview
    """Number into SearchIndex.parts, 0: none (uint16)."""
    object_numbers: memoryview
    """The object identifier as a number; -1 - n: SearchIndex.other_ids[n] (int64)."""
    xs: memoryview
    ys: memoryview
    """Millimetres in EPSG:3812, NO_POSITION if unknown (int32)."""


NO_POSITION = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """House and box numbers, each once.

    A house key is HouseNumber.key by the region's rule; what the published house number says of a
    box (54/12 in Wallonia) has gone into the address's box key. `first` and `last` are the numbers
    a key spans (19-21: 19 and 21; 7A: 7 and 7; ZN: -1 and -1), int32.
    """

    house_keys: Sequence[str]
    house_key_numbers: Mapping[str, int]
    first: memoryview
    last: memoryview
    box_keys: Sequence[str]
    box_key_numbers: Mapping[str, int]
    house_labels: Sequence[str]
    box_labels: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchIndex:
    """All of it. `successors` by public id of an address or street name that went."""

    seq: int
    version: str
    """Of register and of the code that made it: equal versions answer alike. Goes into ETags."""
    municipalities: Sequence[Place]
    municipality_numbers: Mapping[str, int]
    """`m` by NIS code; a code that went by law leads to the municipality it went into."""
    parts: Sequence[str]
    """Public ids of parts of municipalities; parts[0] is "" for none."""
    part_names: Sequence[Mapping[str, str]]
    postal_names: Mapping[str, Mapping[str, str]]
    """Names by language, by postal code, of those that the register has."""
    postal_municipalities: Mapping[str, Sequence[int]]
    """`m` of those with addresses of a postal code, most addresses first."""
    streets: StreetColumns
    names: NameEntries
    numbers: Numbers
    addresses: AddressColumns
    other_ids: Sequence[str]
    successors: Mapping[str, Sequence[str]]
    spelling: Any = field(default=None)
    """registry.search.spelling.Spelling over `names.keys`."""
    nearest: Any = field(default=None)
    """registry.search.nearest.NearestIndex over `addresses`."""
    suggestions: Any = field(default=None)
    """registry.search.suggestion_index.SuggestionIndex."""

    def make_address_id(self, a: int) -> str:
        """Return the public id of an address: `vlg-1877850`."""
        number = self.addresses.object_numbers[a]
        text = str(number) if number >= 0 else self.other_ids[-1 - number]
        return f"{self.get_region(self.addresses.streets[a])}-{text}"

    def get_region(self, s: int) -> Region:
        """Return the region of a street."""
        return self.municipalities[self.streets.municipalities[s]].region
