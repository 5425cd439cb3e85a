"""Findings by their numbers, how many are open, and scores: what is wrong with the data, and where.

Quality changes between releases too, by inspections and marks, so findings are read as they are
now. A page costs at most as many index entries as it may have findings, for each rule, kind and
region that is asked about.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from psycopg import sql

from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import all_of, compose, fill, read_statement

LONGEST_TREND = 20

_REGIONS, _RESOURCES = frozenset(Region), frozenset(Resource)
_FRAGMENTS = {
    "regions": sql.SQL("f.region = any(%(regions)s)"),
    "resources": sql.SQL("f.resource = any(%(resources)s)"),
    "municipality_id": sql.SQL("f.municipality_id = %(municipality_id)s"),
    "mark": sql.SQL(
        "exists (select from best.finding_mark m where m.region = f.region"
        " and m.rule = f.rule and m.resource = f.resource and m.object_id = f.object_id"
        " and m.withdrawn_at is null and m.mark = %(mark)s)"
    ),
}
_COVERED = {
    "finding_ids": {"resources", "municipality_id"},
    "finding_ids_by_object": {"regions", "resources"},
    "finding_ids_by_mark": {"regions", "resources", "mark"},
}
"""By statement: which conditions are in it; of a municipality, the place is it."""

_ONE = sql.SQL("select %(id)s::bigint as id")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """Which findings; None means any. `open` has True, False or both: not repaired, repaired."""

    rules: tuple[str, ...]
    regions: frozenset[Region] = _REGIONS
    resources: frozenset[Resource] = _RESOURCES
    municipality_id: str | None = None
    object_id: str | None = None
    mark: str | None = None
    open: tuple[bool, ...] = (True,)

    def choose_statement(self) -> str:
        """Return the statement that looks at the fewest findings."""
        if self.object_id is not None:
            return "finding_ids_by_object"
        return "finding_ids" if self.mark is None else "finding_ids_by_mark"


async def list_findings(
    connection: Connection, condition: FindingFilter, *, after: int, limit: int
) -> list[Row]:
    """Return at most `limit` findings with numbers above `after`, in the order of numbers."""
    municipality_id = condition.municipality_id
    regions = sorted(region.value for region in condition.regions)
    parameters = {
        "rules": list(condition.rules),
        "regions": regions,
        "resources": [resource.value for resource in condition.resources],
        "places": regions if municipality_id is None else [municipality_id],
        "municipality_id": municipality_id,
        "object_id": condition.object_id,
        "mark": condition.mark,
        "open": list(condition.open),
        "after": after,
        "limit": limit,
    }
    statement = _compose_page(
        condition.choose_statement(), _name_conditions(condition), municipality_id is not None
    )
    return await (await connection.execute(statement, parameters)).fetchall()


def _name_conditions(condition: FindingFilter) -> frozenset[str]:
    given = {
        "regions": condition.municipality_id and condition.regions != _REGIONS,
        "resources": condition.resources != _RESOURCES,
        "municipality_id": condition.municipality_id,
        "mark": condition.mark,
    }
    named = {name for name, value in given.items() if value}
    return frozenset(named - _COVERED[condition.choose_statement()])


@cache
def _compose_page(name: str, conditions: frozenset[str], in_municipality: bool) -> bytes:
    ids = read_statement(name).format(
        place=sql.Identifier("municipality_id" if in_municipality else "region"),
        conditions=all_of(tuple(_FRAGMENTS[each] for each in sorted(conditions))),
    )
    return compose(read_statement("findings"), ids=ids)


async def find_finding(connection: Connection, number: int) -> Row | None:
    """Return the finding of a number, also when it is repaired."""
    statement = compose(read_statement("findings"), ids=_ONE)
    return await (await connection.execute(statement, {"id": number})).fetchone()


async def count_findings(connection: Connection) -> list[Row]:
    """Return how many findings of each rule are open in each region. Looks at all of them."""
    return await (await connection.execute(make_counts_statement())).fetchall()


def make_counts_statement() -> bytes:
    """Return the statement by which `count_findings` reads."""
    return compose(read_statement("finding_counts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFilter:
    """Which scores; None means any."""

    regions: frozenset[Region] = _REGIONS
    municipality_id: str | None = None


async def list_scores(
    connection: Connection,
    condition: ScoreFilter,
    *,
    seq: int,
    limit: int,
    after: tuple[str, str] | None = None,
) -> list[Row]:
    """Return newest scores as of a number: regions first, then municipalities by NIS code.

    `after` are the municipality and the region of the last one of the page before. `seqs` and
    `scores` of a row are its trend, the newest last.
    """
    statement, parameters = make_scores_statement(condition, seq=seq, limit=limit, after=after)
    return await (await connection.execute(statement, parameters)).fetchall()


def make_scores_statement(
    condition: ScoreFilter, *, seq: int, limit: int, after: tuple[str, str] | None = None
) -> tuple[bytes, dict[str, Any]]:
    """Return the statement by which `list_scores` reads, and its parameters."""
    municipality_id, region = after or ("", "")
    return _compose_scores(), {
        "regions": [each.value for each in condition.regions],
        "municipality_id": condition.municipality_id,
        "after_municipality": municipality_id,
        "after_region": region,
        "seq": seq,
        "limit": limit,
        "trend": LONGEST_TREND,
    }


@cache
def _compose_scores() -> bytes:
    return fill(read_statement("scores"), believed=False).as_bytes(None)
