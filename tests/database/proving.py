"""The root of a register by the description of the tree, without the database's help."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from psycopg.rows import dict_row

from registry.domain.canonical import MEMBERS
from registry.domain.proof import make_leaf, make_node
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.settings import Settings


def to_text(value: object) -> object:
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat()
        return (
            text.replace("+00:00", "").rstrip("0").rstrip(".") + "+00:00" if "." in text else text
        )
    return str(value) if type(value) is int else value


def make_record(resource: Resource, row: dict[str, Any]) -> dict[str, Any]:
    record = {name: to_text(row[column]) for name, column in MEMBERS[resource].items()}
    record["resource"] = resource.plural
    return {name: value for name, value in record.items() if value is not None}


def fetch_records(settings: Settings) -> list[dict[str, Any]]:
    """The canonical records of what is current, made here from the rows."""
    with connect(settings, Role.OWNER) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        return [
            make_record(kind, row)
            for kind in Resource
            for row in cursor.execute(
                f"select * from registry.{kind}_version where seq_to is null"
            ).fetchall()
        ]


def compute_root(settings: Settings) -> bytes:
    """The root of what is current."""
    return compute_root_of(fetch_records(settings))


def compute_root_of(records: Iterable[dict[str, Any]]) -> bytes:
    """The root of these records, by the description of the tree."""
    regions: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record["objectIdentifier"]):
        regions[record["region"]].append(record)
    return make_node(make_node(compute_region(own)) for _, own in sorted(regions.items()))


def compute_region(records: list[dict[str, Any]]) -> list[bytes]:
    """The nodes of a region's municipalities; its records come by object identifier."""
    leaves: defaultdict[str, list[bytes]] = defaultdict(list)
    streets: defaultdict[tuple[str, str], list[tuple[bool, bytes]]] = defaultdict(list)
    municipalities: defaultdict[str, list[bytes]] = defaultdict(list)
    for record in records:
        leaf = make_leaf(orjson.dumps(record, option=orjson.OPT_SORT_KEYS))
        own, kind = record["objectIdentifier"], record["resource"]
        if kind == "municipalities":
            municipalities[own].append(leaf)
        elif kind in {"streetNames", "addresses"}:
            street = record.get("streetName", own)
            streets[record["municipality"], street].append((kind == "addresses", leaf))
        else:
            leaves[kind].append(leaf)
    for (municipality, _), below in sorted(streets.items()):
        in_order = sorted(below, key=lambda each: each[0])
        municipalities[municipality].append(make_node(leaf for _, leaf in in_order))
    of_none = leaves["partsOfMunicipalities"] + leaves["postalInfos"]
    first = [make_node(of_none)] if of_none else []
    return first + [make_node(below) for _, below in sorted(municipalities.items())]
