"""What took the place of what a release took away, as far as the release itself shows it.

No source tells successors. They are inferred from what a release ended and began, each with its
evidence, and only where one answer is left: what could be two things is not told. Only what was
current before the release and the release itself are looked at, so whoever has these concludes
the same, however much of the history was let go of. The caller owns the transaction.
"""

from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql

from registry.domain.change import ENDED_STATUSES
from registry.domain.mergers import list_mergers
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.statements import read_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class _Referring:
    """Records that refer to a kind of object, and the words for how many do."""

    resource: Resource
    by: Resource
    column: LiteralString
    total: LiteralString = "of"


_REFERRING = (
    _Referring(resource=Resource.MUNICIPALITY, by=Resource.ADDRESS, column="municipality_id"),
    _Referring(
        resource=Resource.MUNICIPALITY,
        by=Resource.STREET_NAME,
        column="municipality_id",
        total="ofStreetNames",
    ),
    _Referring(resource=Resource.PART_OF_MUNICIPALITY, by=Resource.ADDRESS, column="part_id"),
    _Referring(resource=Resource.POSTAL_INFO, by=Resource.ADDRESS, column="postal_code"),
    _Referring(resource=Resource.STREET_NAME, by=Resource.ADDRESS, column="street_name_id"),
)
_BY_LIKENESS = (
    (Resource.STREET_NAME, "insert_succession_names"),
    (Resource.ADDRESS, "insert_succession_numbers"),
    (Resource.ADDRESS, "insert_succession_positions"),
)
# A source dates the end of what it retires; of what is merely absent nobody says when it went.
_HAPPENED_AT = sql.SQL("case when g.change = 'retired' then g.published_valid_from end")


def infer_successions(
    connection: Connection, region: Region, first_seq: int, last_seq: int
) -> None:
    """Write the successions that the changes with these numbers show, all of one release.

    What came back has no successors any more: theirs end.
    """
    bounds = {
        "region": region,
        "first_seq": first_seq,
        "last_seq": last_seq,
        "ended": list(ENDED_STATUSES),
    }
    for resource in Resource:
        _execute(connection, "end_successions_of_returned", resource, bounds)
    gone = {kind for kind in Resource if _collect(connection, kind, "gone", bounds)}
    if gone:
        _infer_from_references(connection, gone, bounds)
        _infer_from_likeness(connection, gone, bounds)
    for resource in Resource:
        _execute(connection, "drop_succession_gone", resource, {})


def _collect(
    connection: Connection, resource: Resource, which: str, bounds: dict[str, object]
) -> int:
    """Fill the table of what went or came; a plan for a guess at its size would be quadratic."""
    _execute(connection, f"make_succession_{which}", resource, {})
    found = _execute(connection, f"insert_succession_{which}", resource, bounds)
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(f"{which}_{resource}")))
    return found


def _infer_from_references(
    connection: Connection, gone: set[Resource], bounds: dict[str, object]
) -> None:
    connection.execute(read_statement("make_succession_moves"))
    for referring in _REFERRING:
        if referring.resource in gone:
            _count_moves(connection, referring, bounds)
    for resource in sorted({referring.resource for referring in _REFERRING} & gone):
        _execute(connection, "insert_succession_repointed", resource, bounds)
    connection.execute(sql.SQL("drop table succession_move"))


def _count_moves(connection: Connection, referring: _Referring, bounds: dict[str, object]) -> None:
    words = {"referring": referring.by.plural, "total": referring.total}
    _execute(
        connection,
        "insert_succession_moves",
        referring.resource,
        bounds | words,
        reference=sql.Identifier(referring.column),
        referring=sql.Identifier("registry", f"{referring.by}_version"),
    )


def _infer_from_likeness(
    connection: Connection, gone: set[Resource], bounds: dict[str, object]
) -> None:
    mergers = [merger for merger in list_mergers() if merger.region == bounds["region"]]
    bounds = bounds | {
        "merged": [merger.old for merger in mergers],
        "merged_into": [merger.new for merger in mergers],
    }
    for resource in (Resource.STREET_NAME, Resource.ADDRESS):
        if resource in gone and _collect(connection, resource, "come", bounds):
            for kind, rule in _BY_LIKENESS:
                if kind is resource:
                    _execute(connection, rule, resource, bounds)


def _execute(
    connection: Connection,
    name: str,
    resource: Resource,
    parameters: dict[str, object],
    **parts: sql.Composable,
) -> int:
    gone = sql.Identifier(f"gone_{resource}")
    parts = parts | {
        "gone": gone,
        "come": sql.Identifier(f"come_{resource}"),
        "version": sql.Identifier("registry", f"{resource}_version"),
        "happened_at": _HAPPENED_AT,
        "way": read_statement("list_succession_streets").format(gone=gone),
    }
    given = parameters | {"resource": resource} if parameters else None
    return connection.execute(read_statement(name).format(**parts), given).rowcount
