"""Canonical records back to rows of the register: what was published, and what is derived of it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from geo.projection import Projection
from importers.mirror.documents import MalformedDocument
from registry.domain.canonical import MEMBERS
from registry.domain.change import Change
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    PositionRecord,
    Provenance,
    Record,
    StatusRecord,
    StreetNameRecord,
)
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.mirroring import Mirroring
from registry.publication.upstream import UpstreamRelease
from registry.store.copy_text import Row, format_rows
from registry.store.staging import make_rows
from registry.store.statements import list_staged_columns

RESOURCES = {resource.plural: resource for resource in Resource}
_KNOWN_BY_CODE = frozenset({Resource.MUNICIPALITY, Resource.POSTAL_INFO})
_KNOWN = {resource: frozenset({"resource", *MEMBERS[resource]}) for resource in Resource}
_TYPES = frozenset({str})
_TYPES_OF_ADDRESSES = frozenset({str, bool})
_LANGUAGES = (("nl", "nameNl"), ("fr", "nameFr"), ("de", "nameDe"), ("en", "nameEn"))
_WIDTHS = {resource: len(list_staged_columns(resource)) for resource in Resource}
_OBJECT_ID = list_staged_columns(Resource.ADDRESS).index("object_id")

Version = tuple[int, str, datetime | None, bool]
"""Number, change, valid from, whether that is assumed."""


def to_text(record: Mapping[str, Any]) -> bytes:
    """Return the canonical text, of which digests are made."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def check_record(record: Any) -> Resource:
    """Return the kind of a canonical record; MalformedDocument when it is none."""
    try:
        resource = RESOURCES[record["resource"]]
        types = set(map(type, record.values()))
    except (TypeError, KeyError, AttributeError) as error:
        raise MalformedDocument(f"no canonical record: {str(record)[:100]}") from error
    allowed = _TYPES_OF_ADDRESSES if resource is Resource.ADDRESS else _TYPES
    if not (types <= allowed and record.keys() <= _KNOWN[resource]):
        raise MalformedDocument(f"a record has members that {resource.plural} do not have")
    return resource


@lru_cache(maxsize=65536)  # the same few thousand come again and again
def _read_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def read_validity(validity: Mapping[str, Any]) -> tuple[datetime | None, bool]:
    """Return valid from, and whether that is assumed."""
    assumed = validity["assumed"]
    if type(assumed) is not bool:
        raise MalformedDocument("`assumed` is neither true nor false")
    return _read_moment(validity.get("validFrom")), assumed


def read_object_id(resource: Resource, region: Region, public_id: str) -> str:
    """Return the object identifier of an id of the API; MalformedDocument when it is none."""
    if resource in _KNOWN_BY_CODE:
        return public_id
    prefix = f"{region}-"
    if not public_id.startswith(prefix):
        raise MalformedDocument(f"{public_id!r} is no id of {region.label}")
    return public_id.removeprefix(prefix)


def _read_record(resource: Resource, record: Mapping[str, Any]) -> Record:
    get = record.get
    provenance = Provenance(
        object_id=record["objectIdentifier"],
        version_id=get("versionIdentifier"),
        namespace=get("namespace"),
        offset=0,
        life_begin=_read_moment(get("lifeSpanBegin")),
        life_end=_read_moment(get("lifeSpanEnd")),
    )
    if resource is Resource.ADDRESS:
        return _read_address(provenance, record)
    names = {language: record[name] for language, name in _LANGUAGES if name in record}
    if resource is not Resource.STREET_NAME:
        return NamedRecord(provenance=provenance, names=names)
    return StreetNameRecord(
        provenance=provenance,
        names=names,
        status=_read_status(record),
        municipality_id=record["municipality"],
        homonym_addition=get("homonymAddition"),
        street_name_type=get("streetNameType"),
    )


def _read_status(record: Mapping[str, Any]) -> StatusRecord:
    get = record.get
    return StatusRecord(
        status=get("status"),
        valid_from=_read_moment(get("validFrom")),
        valid_to=_read_moment(get("validTo")),
    )


def _read_address(provenance: Provenance, record: Mapping[str, Any]) -> AddressRecord:
    get = record.get
    code = get("positionCrs")
    return AddressRecord(
        provenance=provenance,
        status=_read_status(record),
        position=PositionRecord(
            text=get("position"),
            crs=None if code is None else int(code),
            method=get("positionMethod"),
            specification=get("positionSpecification"),
        ),
        street_name_id=record["streetName"],
        municipality_id=record["municipality"],
        part_id=get("partOfMunicipality"),
        postal_code=get("postalInfo"),
        house_number=record["houseNumber"],
        box_number=get("boxNumber"),
        officially_assigned=get("officiallyAssigned"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMaker:
    """Makes rows of versions of one region, in any process.

    `sources` are numbers of sources by last number of a release and kind; `ends` those last
    numbers in order.
    """

    region: Region
    ends: tuple[int, ...]
    sources: Mapping[tuple[int, Resource], int]
    projection: Projection

    def __call__(self, lines: list[bytes]) -> list[tuple[Resource, bytes]]:
        """Return lines of a snapshot as COPY text by kind; MalformedDocument."""
        documents = map(orjson.loads, lines)
        try:
            return self.make(
                [
                    (d["record"], (d["seq"], d["change"], *read_validity(d["validity"])))
                    for d in documents
                ]
            )
        except (TypeError, LookupError, ValueError, AttributeError) as error:
            raise MalformedDocument(f"{type(error).__name__} {error}") from error

    def make(
        self, versions: list[tuple[Mapping[str, Any], Version]]
    ) -> list[tuple[Resource, bytes]]:
        """Return versions as COPY text by kind."""
        groups: defaultdict[tuple[Resource, int], list[tuple[Record, Version]]] = defaultdict(list)
        for record, version in versions:
            resource = check_record(record)
            end = self._find_end(record, version[0])
            read = _read_record(resource, record)
            groups[resource, end].append((read, (version[0], Change(version[1]), *version[2:])))
        return [
            (resource, self._format(resource, end, group))
            for (resource, end), group in groups.items()
        ]

    def _find_end(self, record: Mapping[str, Any], seq: int) -> int:
        if record["region"] != self.region or type(seq) is not int or not 0 < seq <= self.ends[-1]:
            raise MalformedDocument(f"number {seq} of {record['region']} is of no release")
        return self.ends[bisect_left(self.ends, seq)]

    def _format(self, resource: Resource, end: int, group: list[tuple[Record, Version]]) -> bytes:
        records = [record for record, _ in group]
        rows = make_rows(resource, records, self.sources[end, resource], self.projection)
        region = self.region.value
        return format_rows(
            [(region, *version, None, *row) for (_, version), row in zip(group, rows, strict=True)]
        )


def make_row_maker(
    mirroring: Mirroring, releases: Sequence[UpstreamRelease], projection: Projection
) -> RowMaker:
    """Return what makes rows of these releases, all of one region and in order."""
    sources = mirroring.write_sources(releases)
    ends = {release.number: release.last_seq for release in releases}
    return RowMaker(
        region=releases[0].region,
        ends=tuple(ends.values()),
        sources={(ends[number], kind): source for (number, kind), source in sources.items()},
        projection=projection,
    )


def make_removal(
    region: Region, resource: Resource, object_id: str, seq: int, at: datetime
) -> bytes:
    """Return a removal as COPY text: a version of which nothing is left but what ended it."""
    rest: list[object] = [None] * _WIDTHS[resource]
    rest[_OBJECT_ID] = object_id
    row: Row = (region.value, seq, Change.REMOVED.value, None, True, at, *rest)
    return format_rows([row])
