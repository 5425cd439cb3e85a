"""What one row of a source file says, mapped to our words but not yet in the register.

A record holds only what was published; everything derived (keys, canonical position,
validity) is made when it is staged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from registry.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Identifier, life span and place in the file: what every record has.

    `namespace` is None when it is the region's usual one. `offset` is the byte offset of
    the record in the XML of its source. `record_hash` is that of its bytes as delivered, None
    when the record must be read again though nothing in it changes.
    """

    object_id: str
    version_id: str | None
    namespace: str | None
    offset: int
    record_hash: int | None = None
    life_begin: datetime | None = None
    life_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRecord:
    """Status with the validity the source gives it, half-open."""

    status: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRecord:
    """A position exactly as published: `x y` as text, EPSG code, open enumerations."""

    text: str | None = None
    crs: int | None = None
    method: str | None = None
    specification: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRecord:
    """A municipality, part of municipality or postal info: names by language."""

    provenance: Provenance
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetNameRecord:
    """A street name; `municipality_id` is a NIS code."""

    provenance: Provenance
    names: Mapping[str, str]
    status: StatusRecord
    municipality_id: str
    homonym_addition: str | None = None
    street_name_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRecord:
    """An address; references are object identifiers in the same region and may dangle."""

    provenance: Provenance
    status: StatusRecord
    position: PositionRecord
    street_name_id: str
    municipality_id: str
    part_id: str | None
    postal_code: str | None
    house_number: str
    box_number: str | None
    officially_assigned: bool | None


Record = NamedRecord | StreetNameRecord | AddressRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row that could not be mapped: what, why, where. `object_id` is None if unreadable."""

    resource: Resource
    object_id: str | None
    reason: str
    offset: int
