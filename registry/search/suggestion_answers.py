"""What is suggested while somebody types."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from registry.domain.region import Region


class Kind(StrEnum):
    """What a suggestion is; named as the collection of the API that it links to."""

    MUNICIPALITY = "municipality"
    POSTAL_INFO = "postalInfo"
    STREET_NAME = "streetName"
    ADDRESS = "address"
    PART_OF_MUNICIPALITY = "partOfMunicipality"
    """Only search answers with it."""


MOST_SUGGESTIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Where the question is asked from: metres in EPSG:3812."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What may be suggested; an empty set is everything.

    `municipalities` by NIS code, one that went leads to its successor. A filter leaves out, and
    never changes the order of what remains.
    """

    postal_codes: frozenset[str] = frozenset()
    municipalities: frozenset[str] = frozenset()
    region: Region | None = None
    kinds: frozenset[Kind] = frozenset()


EVERYWHERE = Within()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing that may be meant.

    `number` is its row in the index by kind: m, s, a, part, or its postal code.
    `labels` and `completions` by language: all languages of its place, and no line mixes two. A
    completion is what to put into the box; it ends in a space where more follows (`has_more`).
    `position` is (x, y) in metres of EPSG:3812.
    """

    kind: Kind
    public_id: str
    number: int
    labels: Mapping[str, str]
    completions: Mapping[str, str]
    has_more: bool
    position: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What may be meant, the likeliest first, from the register at `seq`."""

    seq: int
    suggestions: tuple[Suggestion, ...]
