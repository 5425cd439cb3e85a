"""The addresses that a publication changes, as GeoJSON (RFC 7946), before it stands or falls."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.labels import make_code
from registry.publication.preview import compose_preview

MOST_FEATURES = 100_000
_PAGE = 2_000
_HEAD = '{"type":"FeatureCollection","features":['


def write_features(connection: Connection, region: Region, path: Path) -> int:
    """Write the first changed addresses of a preview just made; return how many.

    A point where the address is then, in WGS 84, where it was if it goes, null when nobody
    knows; `oldPosition` is where it was if it moves. What only gets a new version is left out.
    """
    written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for row in _list_rows(connection, region):
            file.write(",\n" if written else "\n")
            file.write(json.dumps(_make_feature(row), ensure_ascii=False, separators=(",", ":")))
            written += 1
        file.write("\n]}\n")
    return written


def _list_rows(connection: Connection, region: Region) -> Iterator[dict[str, Any]]:
    statement = compose_preview("preview_list_features", Resource.ADDRESS)
    with connection.cursor(name="features", row_factory=dict_row) as rows:
        rows.itersize = _PAGE
        rows.execute(statement, {"region": region, "limit": MOST_FEATURES})
        yield from rows


def _make_feature(row: dict[str, Any]) -> dict[str, Any]:
    old = _make_position(row["old_longitude"], row["old_latitude"])
    new = _make_position(row["longitude"], row["latitude"])
    at = old if row["change"] == "removed" else new
    properties = {
        "change": row["change"],
        "streetName": _make_name(row, "street"),
        "houseNumber": row["house_number"],
        "boxNumber": row["box_number"],
        "postCode": row["postal_code"],
        "municipalityCode": make_code(row["municipality_id"]),
        "municipalityName": _make_name(row, "municipality"),
    }
    if old is not None and at is not old and old != new:
        properties["oldPosition"] = old
        properties["metres"] = None if row["metres"] is None else round(row["metres"], 2)
    return {
        "type": "Feature",
        "id": row["object_id"],
        "geometry": None if at is None else {"type": "Point", "coordinates": at},
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _make_position(longitude: float | None, latitude: float | None) -> list[float] | None:
    if longitude is None or latitude is None:
        return None
    return [round(longitude, 7), round(latitude, 7)]


def _make_name(row: dict[str, Any], prefix: str) -> dict[str, str]:
    return {lang: name for lang in ("nl", "fr", "de") if (name := row[f"{prefix}_{lang}"])}
