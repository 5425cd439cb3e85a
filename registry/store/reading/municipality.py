"""What there is to do and what is new in one municipality, and what its objects are called."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from psycopg import sql
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import compose, name_versions, read_statement

_KINDS = {
    Resource.MUNICIPALITY: "object_id",
    Resource.STREET_NAME: "municipality_id",
    Resource.ADDRESS: "municipality_id",
}
"""The kinds that are in a municipality, and what says in which."""

_UNION = sql.SQL("\nunion all\n")
_NEWEST_FIRST = sql.SQL("\norder by seq desc limit %(limit)s")

ObjectName = tuple[str, str, str]
"""Kind, region and object id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Changes of a municipality with numbers above `after`, up to `until` inclusive.

    `undone` are ranges of numbers (first, last) in which a release and its roll-back cancel out.
    """

    municipality_id: str
    region: Region
    after: int
    until: int
    undone: tuple[tuple[int, int], ...] = ()


async def list_open_findings(
    connection: Connection,
    municipality_id: str,
    region: Region,
    *,
    most: int,
    most_of_a_rule: int | None = None,
) -> list[Row]:
    """Return open findings that are no exceptions, the newest first; `count` is of the rule."""
    parameters = {
        "municipality_id": municipality_id,
        "region": region.value,
        "most": most,
        "most_of_a_rule": most if most_of_a_rule is None else most_of_a_rule,
    }
    statement = compose(read_statement("findings_of_municipality"))
    return await (await connection.execute(statement, parameters)).fetchall()


async def count_changes(connection: Connection, period: Period) -> list[Row]:
    """Return how many changes of each kind and word there are. Looks at the region's."""
    statement = _compose("change_counts")
    return await (await connection.execute(statement, _make_parameters(period))).fetchall()


async def list_newest_changes(connection: Connection, period: Period, *, limit: int) -> list[Row]:
    """Return the newest changes, the newest first, without those of version identifiers alone."""
    parameters = _make_parameters(period) | {"limit": limit}
    return await (await connection.execute(_compose("newest_changes"), parameters)).fetchall()


def _make_parameters(period: Period) -> dict[str, object]:
    return {
        "municipality_id": period.municipality_id,
        "region": period.region.value,
        "after": period.after,
        "until": period.until,
        "undone": Multirange(Range(first, last, "[]") for first, last in period.undone),
    }


@cache
def _compose(name: str) -> bytes:
    kinds = [
        read_statement(name).format(
            resource=sql.Literal(resource.value),
            version=name_versions(resource),
            municipality=sql.Identifier("v", column),
        )
        for resource, column in _KINDS.items()
    ]
    whole = _UNION.join(kinds)
    return (whole + _NEWEST_FIRST if name == "newest_changes" else whole).as_bytes(None)


async def fetch_labels(
    connection: Connection, names: Iterable[ObjectName], *, seq: int
) -> dict[ObjectName, Row]:
    """Return street and number of objects, as last known; empty for what has neither."""
    asked = sorted(set(names))
    if not asked:
        return {}
    resources, regions, object_ids = map(list, zip(*asked, strict=True))
    parameters = {"resources": resources, "regions": regions, "object_ids": object_ids, "seq": seq}
    statement = compose(read_statement("labels"))
    rows = await (await connection.execute(statement, parameters)).fetchall()
    return {(row["resource"], row["region"], row["object_id"]): row for row in rows}
