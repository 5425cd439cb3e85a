"""What took the place of objects that went: inferred ones as recorded, declared ones by law."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from psycopg import sql

from registry.domain.mergers import list_mergers
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import compose, read_statement

_LONGEST_CHAIN = 10
_MOST_LINKS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInSuccessions:
    """The last succession of a page: the next page begins after it."""

    seq: int
    region: str = ""
    resource: str = ""
    object_id: str = ""
    successor_id: str = ""


async def list_successions(
    connection: Connection,
    *,
    seq: int,
    limit: int,
    after: PlaceInSuccessions,
    region: Region | None,
    resource: Resource | None,
) -> list[Row]:
    """Return at most `limit` recorded successions in the order of their numbers."""
    parameters = {
        "seq": seq,
        "limit": limit,
        "first": after.seq,
        "after": after.seq,
        "after_region": after.region,
        "after_resource": after.resource,
        "after_id": after.object_id,
        "after_successor": after.successor_id,
        "region": region,
        "resource": resource,
    }
    statement = compose(read_statement("successions"))
    return await (await connection.execute(statement, parameters)).fetchall()


async def list_links(
    connection: Connection,
    resource: Resource,
    object_id: str,
    regions: Iterable[Region],
    *,
    seq: int,
    valid_on: datetime | None,
    forward: bool,
) -> list[Row]:
    """Return what leads from an object to its successors, or back to its predecessors.

    Each row has the `path` from the object on, at most ten links long. Asked about a moment, what
    was declared for later is not there yet.
    """
    parameters = {
        "resource": resource,
        "object_id": object_id,
        "regions": [region.value for region in regions],
        "seq": seq,
        "valid_on": valid_on,
        "depth": _LONGEST_CHAIN,
        "most": _MOST_LINKS,
        **_make_declared(resource),
    }
    return await (await connection.execute(_compose_chain(forward), parameters)).fetchall()


@cache
def _make_declared(resource: Resource) -> dict[str, list[Any]]:
    mergers = list_mergers() if resource is Resource.MUNICIPALITY else ()
    return {
        "merger_regions": [merger.region.value for merger in mergers],
        "merged": [merger.old for merger in mergers],
        "merged_into": [merger.new for merger in mergers],
        "merger_rules": [merger.rule for merger in mergers],
        "merger_sources": [merger.source for merger in mergers],
        "merged_at": [merger.happened_at for merger in mergers],
    }


@cache
def _compose_chain(forward: bool) -> bytes:
    ends = ("object_id", "successor_id") if forward else ("successor_id", "object_id")
    return compose(
        read_statement("succession_chain"),
        here=sql.Identifier(ends[0]),
        there=sql.Identifier(ends[1]),
    )
