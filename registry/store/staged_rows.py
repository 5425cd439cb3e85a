"""Records to the rows that are copied into the staging tables.

The content hash covers what was published about the object itself: not its version
identifier, not its namespace's spelling, not the versions of its references, not what we
derive. Two records with one hash say the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import groupby

import numpy as np

from geo.crs import Crs
from geo.ewkb import to_hex_points
from geo.extent import BELGIUM_LAMBERT_2008
from geo.projection import Projection
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    Provenance,
    StatusRecord,
    StreetNameRecord,
)
from registry.domain.resource import Resource
from registry.normalization.house_number import make_sort_key
from registry.normalization.text import fold
from registry.store.copy_text import Row

Derived = tuple[str | None, float | None, float | None, str | None]
"""Position as hexadecimal EWKB (Lambert 2008), longitude, latitude, name of the datum shift."""

_PUBLISHED = ("status", "published_valid_from", "valid_to", "life_begin", "life_end")
_NAMES = ("name_nl", "name_fr", "name_de")
CONTENT: Mapping[Resource, tuple[str, ...]] = {
    Resource.MUNICIPALITY: (*_PUBLISHED, *_NAMES, "name_en"),
    Resource.PART_OF_MUNICIPALITY: (*_PUBLISHED, *_NAMES),
    Resource.POSTAL_INFO: (*_PUBLISHED, *_NAMES),
    Resource.STREET_NAME: (
        *_PUBLISHED,
        "municipality_id",
        *_NAMES,
        "homonym_addition",
        "street_name_type",
    ),
    Resource.ADDRESS: (
        *_PUBLISHED,
        *("street_name_id", "municipality_id", "part_id", "postal_code"),
        *("house_number", "box_number", "officially_assigned"),
        *("published_position", "published_crs", "position_method", "position_specification"),
    ),
}
"""The columns that the content hash covers, in its order."""

_NOWHERE: Derived = (None, None, None, None)
_NO_STATUS = StatusRecord()


def hash_content(*published: object) -> int:
    """Return a signed 64-bit hash of published values; None and "" differ."""
    text = "\x1f".join(["\x00" if value is None else str(value) for value in published])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def hash_columns(values: Iterable[object]) -> int:
    """Return the content hash of a row's columns, in the order of `CONTENT`."""
    return hash_content(*[_instant(v) if isinstance(v, datetime) else v for v in values])


def _instant(moment: datetime | None) -> float | None:
    # An instant hashes alike however its offset was written.
    return None if moment is None else moment.timestamp()


def _make_head(
    provenance: Provenance, status: StatusRecord, source_id: int, content: tuple[object, ...]
) -> Row:
    """Return the columns that every kind has, in the order of the tables."""
    content_hash = hash_content(
        status.status,
        _instant(status.valid_from),
        _instant(status.valid_to),
        _instant(provenance.life_begin),
        _instant(provenance.life_end),
        *content,
    )
    return (
        provenance.object_id,
        provenance.version_id,
        provenance.namespace,
        content_hash,
        source_id,
        provenance.offset,
        status.status,
        status.valid_to,
        status.valid_from,
        provenance.life_begin,
        provenance.life_end,
    )


def _spell(names: Mapping[str, str], languages: tuple[str, ...]) -> Row:
    """Return the names in the order of the languages, then their comparison keys."""
    published = [names.get(language) for language in languages]
    return (*published, *(None if name is None else fold(name) for name in published))


def make_named_row(record: NamedRecord, source_id: int, languages: tuple[str, ...]) -> Row:
    """Return the row of a municipality, part of municipality or postal info."""
    spelled = _spell(record.names, languages)
    content = spelled[: len(languages)]
    head = _make_head(record.provenance, _NO_STATUS, source_id, content)
    return (*head, *spelled, record.provenance.record_hash)


def make_street_name_row(
    record: StreetNameRecord, source_id: int, languages: tuple[str, ...]
) -> Row:
    """Return the row of a street name."""
    spelled = _spell(record.names, languages)
    content = (
        record.municipality_id,
        *spelled[: len(languages)],
        record.homonym_addition,
        record.street_name_type,
    )
    return (
        *_make_head(record.provenance, record.status, source_id, content),
        record.municipality_id,
        *spelled,
        record.homonym_addition,
        record.street_name_type,
        record.provenance.record_hash,
    )


def make_address_rows(
    records: list[AddressRecord], source_id: int, projection: Projection
) -> Iterator[Row]:
    """Yield the rows of addresses; positions are projected together, one call for all."""
    derived = derive_positions([(r.position.text, r.position.crs) for r in records], projection)
    for record, (point, longitude, latitude, shift) in zip(records, derived, strict=True):
        position = record.position
        content = (
            record.street_name_id,
            record.municipality_id,
            record.part_id,
            record.postal_code,
            record.house_number,
            record.box_number,
            record.officially_assigned,
            position.text,
            position.crs,
            position.method,
            position.specification,
        )
        yield (
            *_make_head(record.provenance, record.status, source_id, content),
            *content[:6],
            make_sort_key(record.house_number, record.box_number),
            *content[6:],
            point,
            longitude,
            latitude,
            shift,
            record.provenance.record_hash,
        )


def derive_positions(
    published: Sequence[tuple[str | None, int | None]], projection: Projection
) -> list[Derived]:
    """Return the canonical position per published text and EPSG code, in order.

    No position, `0 0` (the regions' way to say unknown), an unknown system or a point far
    outside Belgium give none: a derived position is never worse than nothing.
    """
    derived = [_NOWHERE] * len(published)
    readable = _read_points(published)
    for code, group in groupby(sorted(readable), key=lambda point: point[0]):
        rows = list(group)
        index = [row[1] for row in rows]
        x, y = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
        for i, position in zip(index, _project(x, y, Crs(code), projection), strict=True):
            derived[i] = position
    return derived


def _read_points(
    published: Iterable[tuple[str | None, int | None]],
) -> list[tuple[int, int, float, float]]:
    """Return (EPSG code, index, x, y) of every point that can be read."""
    points = []
    for index, (text, crs) in enumerate(published):
        if text is None or crs not in _READABLE:
            continue
        try:
            x, y = map(float, text.split())
        except ValueError:
            continue
        if x or y:
            points.append((crs, index, x, y))
    return points


_READABLE = frozenset(crs.value for crs in Crs)


def _project(x: np.ndarray, y: np.ndarray, crs: Crs, projection: Projection) -> list[Derived]:
    east, north = projection.to_canonical(x, y, crs)
    box = BELGIUM_LAMBERT_2008
    inside = (east >= box.west) & (east <= box.east) & (north >= box.south) & (north <= box.north)
    longitude, latitude = projection.from_canonical(east, north, Crs.WGS84)
    shift = projection.shift.name if crs is Crs.LAMBERT_72 else None
    points = to_hex_points(east, north, Crs.LAMBERT_2008)
    rows = zip(inside.tolist(), points, longitude.tolist(), latitude.tolist(), strict=True)
    return [(p, lon, lat, shift) if ok else _NOWHERE for ok, p, lon, lat in rows]
