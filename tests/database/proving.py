"""The root of a register by the description of the tree, without the database's help."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from psycopg.rows import dict_row

from registry.domain.canonical import MEMBERS
from registry.domain.proof import make_leaf, make_node
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from registry.settings import Settings


def to_text(value: object) -> object:
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat()
        return (
            text.replace("+00:00", "").rstrip("0").rstrip(".") + "+00:00" if "." in text else text
        )
    return str(value) if type(value) is int else value


def make_record(resource: Resource, row: dict[str, Any]) -> bytes:
    record = {name: to_text(row[column]) for name, column in MEMBERS[resource].items()}
    record["resource"] = resource.plural
    known = {name: value for name, value in record.items() if value is not None}
    return orjson.dumps(known, option=orjson.OPT_SORT_KEYS)


def compute_root(settings: Settings) -> bytes:
    """The root by the description of the tree, from the rows that are current."""
    with connect(settings, Role.OWNER) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        rows = {
            kind: cursor.execute(
                f"select * from registry.{kind}_version where seq_to is null"
                " order by region, object_id"
            ).fetchall()
            for kind in Resource
        }
    regions = []
    for region in Region:
        own = {kind: [r for r in rows[kind] if r["region"] == region] for kind in Resource}
        if any(own.values()):
            regions.append(make_node(compute_region(own)))
    return make_node(regions)


def compute_region(rows: dict[Resource, list[dict[str, Any]]]) -> list[bytes]:
    def leaves(kind: Resource) -> list[bytes]:
        return [make_leaf(make_record(kind, row)) for row in rows[kind]]

    of_none = leaves(Resource.PART_OF_MUNICIPALITY) + leaves(Resource.POSTAL_INFO)
    streets: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
    for kind, column in ((Resource.STREET_NAME, "object_id"), (Resource.ADDRESS, "street_name_id")):
        for row, leaf in zip(rows[kind], leaves(kind), strict=True):
            streets[row["municipality_id"], row[column]].append(leaf)
    municipalities: defaultdict[str, list[bytes]] = defaultdict(list)
    for row, leaf in zip(rows[Resource.MUNICIPALITY], leaves(Resource.MUNICIPALITY), strict=True):
        municipalities[row["object_id"]].append(leaf)
    for (municipality, _), below in sorted(streets.items()):
        municipalities[municipality].append(make_node(below))
    first = [make_node(of_none)] if of_none else []
    return first + [make_node(below) for _, below in sorted(municipalities.items())]
