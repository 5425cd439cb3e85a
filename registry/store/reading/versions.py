"""All that was recorded of one object, version by version."""

from collections.abc import Iterable
from functools import cache

from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.canonical_text import compose_record
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import compose, name_versions, read_statement


async def list_versions(
    connection: Connection,
    resource: Resource,
    object_id: str,
    regions: Iterable[Region],
    *,
    seq: int,
) -> list[Row]:
    """Return the versions recorded up to `seq` in order, of the one region that has the object.

    `record` is the canonical record as text. Where several regions use the code: of one that has
    it as of `seq`, else of the first.
    """
    parameters = {"object_id": object_id, "regions": [r.value for r in regions], "seq": seq}
    rows = await (await connection.execute(_compose(resource), parameters)).fetchall()
    current = (row["region"] for row in rows if row["seq_to"] is None or row["seq_to"] > seq)
    region = next(current, rows[0]["region"] if rows else None)
    return [row for row in rows if row["region"] == region]


@cache
def _compose(resource: Resource) -> bytes:
    return compose(
        read_statement("versions"),
        versions=name_versions(resource),
        record=compose_record(resource),
    )
