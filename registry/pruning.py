"""Letting go of old history: closed versions from before a release, in small batches.

Everything the register knows as of the release's beginning or later stays answerable, and so
does the last state of each object that has ended. Identities, releases and sources stay whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection, sql

from registry.domain.errors import InputRefused
from registry.domain.resource import Resource
from registry.store.statements import compose, read_statement

BATCH_ROWS = 10_000
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningPlan:
    """What would go: `history_from` is the oldest number that can be asked for afterwards.

    `bytes` are those of the rows, without indexes; `batches` by kind of object.
    """

    release: int
    history_from: int
    versions: int
    findings: int
    bytes: int
    batches: dict[Resource, int]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to let go of."""
        return self.versions == self.findings == 0


def find_oldest_release_since(connection: Connection, moment: datetime) -> int:
    """Return the oldest release published since `moment`; InputRefused when there is none."""
    row = connection.execute(read_statement("find_release_before"), {"moment": moment}).fetchone()
    if row is None:
        raise InputRefused(
            f"No release was published since {moment:%Y-%m-%d}: all of them would go."
        )
    return int(row[0])


def plan_pruning(connection: Connection, release: int) -> PruningPlan:
    """Find what is older than `release`; its list stays in the session's temporary tables."""
    row = connection.execute(read_statement("find_horizon"), {"release": release}).fetchone()
    if row is None:
        raise InputRefused(
            f"There is no release {release}. `./best psql` lists them: best.release."
        )
    history_from, known = row
    if history_from < known:
        raise InputRefused(f"History before number {known} is gone already.")
    connection.execute(read_statement("make_doomed"))
    versions, size, batches = 0, 0, {}
    for resource in Resource:
        count, weight, batches[resource] = _list_doomed(connection, resource, history_from)
        versions, size = versions + count, size + weight
    connection.execute("create index on doomed (resource, batch)")  # each batch asks by it
    parameters = {"history_from": history_from}
    found = connection.execute(read_statement("count_closed_findings"), parameters).fetchone()
    return PruningPlan(
        release=release,
        history_from=history_from,
        versions=versions,
        findings=int(found[0]) if found else 0,
        bytes=size,
        batches=batches,
    )


def _list_doomed(
    connection: Connection, resource: Resource, history_from: int
) -> tuple[int, int, int]:
    parameters = {
        "resource": resource,
        "history_from": history_from,
        "batch_rows": BATCH_ROWS,
    }
    connection.execute(compose("insert_doomed", resource), parameters)
    connection.execute("analyze doomed")
    row = connection.execute(compose("measure_doomed", resource), parameters).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return row[0], row[1], row[2]


def prune(connection: Connection, plan: PruningPlan, now: datetime, progress: Progress) -> None:
    """Carry the plan out on the same autocommitting connection of the owner.

    The horizon is recorded first: whoever asks for less hears that it is gone, never half of it.
    """
    parameters = {"history_from": plan.history_from}
    facts = {"pruned_at": now, "versions": plan.versions, "findings": plan.findings}
    connection.execute(read_statement("insert_pruning"), parameters | facts)
    connection.execute("notify best_release")
    for resource, batches in plan.batches.items():
        for batch in range(batches):
            place = {"resource": resource, "batch": batch}
            connection.execute(compose("delete_doomed", resource), place)
            progress(f"{resource.plural}: {batch + 1} of {batches} batches")
    connection.execute(read_statement("delete_closed_findings"), parameters)
    progress("Making the room free for new rows")
    for table in (*(f"{kind}_version" for kind in Resource), "finding"):
        vacuum = sql.SQL("vacuum (analyze, truncate off) {}")
        connection.execute(vacuum.format(sql.Identifier("registry", table)))
