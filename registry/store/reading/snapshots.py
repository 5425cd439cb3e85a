"""All that was current at a number, municipality by municipality, as lines of JSON.

The lines are in the order of the tree of registry.domain.proof, and are put together by the
database: here they pass by the hundred.
"""

from collections.abc import AsyncGenerator, Iterable
from functools import cache

from psycopg import sql

from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.canonical_text import compose_record
from registry.store.reading.pool import Connection
from registry.store.reading.statements import name_versions, read_statement

_LINE = sql.SQL(
    """'{{"record":' || {record} || ',"seq":' || v.seq_from || ',"change":"' || v.change
 || '","validity":{{' || concat_ws(',', '"validFrom":' || to_json(v.valid_from),
 '"assumed":' || to_json(v.valid_from_assumed)) || '}}}}'"""
)
_OF_NONE = sql.SQL("''::text")
_HERE = sql.SQL("v.municipality_id = %(municipality_id)s")
_IN_MUNICIPALITY = {
    Resource.MUNICIPALITY: (_OF_NONE, sql.SQL("v.object_id = %(municipality_id)s")),
    Resource.STREET_NAME: (sql.SQL("v.object_id"), _HERE),
    Resource.ADDRESS: (sql.SQL("v.street_name_id"), _HERE),
}
"""By kind: the street name that a record is put with, and which are in the part."""

_IN_NONE = dict.fromkeys(
    (Resource.PART_OF_MUNICIPALITY, Resource.POSTAL_INFO), (_OF_NONE, sql.SQL("true"))
)
_LONGEST = "600s"  # a slow reader holds the database up for as long as it reads


async def stream_parts(
    connection: Connection, parts: Iterable[tuple[Region, str]], *, seq: int
) -> AsyncGenerator[bytes, None]:
    """Yield what was current in municipalities, a street with its addresses at a time.

    An empty NIS code stands for what is in no municipality.
    """
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute("select set_config('statement_timeout', %s, true)", [_LONGEST])
        for region, municipality_id in parts:
            statement = _compose(bool(municipality_id))
            parameters = {"region": region.value, "municipality_id": municipality_id, "seq": seq}
            async for row in cursor.stream(statement, parameters, binary=True):
                yield row["lines"]


@cache
def _compose(in_municipality: bool) -> bytes:
    kinds = _IN_MUNICIPALITY if in_municipality else _IN_NONE
    rows = [
        read_statement("snapshot").format(
            street=street,
            place=sql.Literal(place),
            line=_LINE.format(record=compose_record(resource)),
            version=name_versions(resource),
            condition=condition,
        )
        for place, (resource, (street, condition)) in enumerate(kinds.items())
    ]
    return (sql.SQL("\nunion all\n").join(rows) + sql.SQL("order by street, place")).as_bytes(None)
