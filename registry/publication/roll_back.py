"""Taking releases back: the state before one of them, published again as a new release.

Nothing is deleted: what was wrong stays in the history, as a correction says. The caller owns
the transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from geo.pipelines import DatumShift
from registry.domain.change import ENDED_STATUSES, Change
from registry.domain.edition import Counts, ReleaseNote
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.mirroring import refuse_if_mirror
from registry.publication.releases import NewRelease, write_release
from registry.store.statements import compose, read_statement

Progress = Callable[[str], None]
_STATEMENTS = ("find_rolled_back", "close_versions", "insert_rolled_back")
_BOOKKEEPING = (
    *("end_later_findings", "restore_findings"),
    *("end_later_successions", "restore_successions"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneRelease:
    """A release that is taken back, and the files it came from."""

    number: int
    published_at: datetime
    containers: str | None
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """What was undone, oldest first, and what that changed; `release` None: nothing at all."""

    region: Region
    undone: tuple[UndoneRelease, ...]
    counts: dict[Resource, Counts]
    release: ReleaseNote | None


def roll_back(
    connection: Connection, number: int, *, shift: DatumShift, progress: Progress
) -> RollBack:
    """Publish a region's state before release `number` as its next release.

    InputRefused when there is no such release, when it is a roll-back itself, when the history
    before it was let go of, or when nothing would change.
    """
    connection.execute(read_statement("lock_publishing"))
    refuse_if_mirror(connection)
    region, dataset, first_seq, undone = _list_undone(connection, number)
    state = connection.execute(read_statement("fetch_register_state")).fetchone()
    assert state is not None  # noqa: S101 - an aggregate has one row
    last_seq, newest = state[0], state[1]
    until, begin = first_seq - 1, last_seq + 1
    counts = {}
    for resource in Resource:
        progress(f"{region.label}: comparing {resource.plural}")
        counts[resource] = _restore(connection, region, resource, until=until, last_seq=last_seq)
        last_seq += counts[resource].changed
    if last_seq < begin:
        return RollBack(region=region, undone=undone, counts=counts, release=None)
    for name in _BOOKKEEPING:
        parameters = {"region": region, "until": until, "seq": last_seq}
        connection.execute(read_statement(name), parameters)
    note = ReleaseNote(number=newest + 1, region=region, first_seq=begin, last_seq=last_seq)
    release = NewRelease(note=note, dataset=dataset, counts=counts, shift=shift, undoes=number)
    write_release(connection, release, progress=progress)
    return RollBack(region=region, undone=undone, counts=counts, release=note)


def _list_undone(
    connection: Connection, number: int
) -> tuple[Region, str, int, tuple[UndoneRelease, ...]]:
    rows = connection.execute(read_statement("list_undone_releases"), {"number": number}).fetchall()
    if not rows:
        raise InputRefused(f"There is no release {number}. /v1/releases lists them.")
    _, region, first_seq, _, dataset, _, undoes, _ = rows[0]
    if undoes is not None:
        raise InputRefused(
            f"Release {number} took back release {undoes}. To have that again, import its file."
        )
    row = connection.execute(read_statement("fetch_oldest_number")).fetchone()
    if row is not None and row[0] > first_seq - 1:
        raise InputRefused(
            f"The history before release {number} was let go of: a backup or the earlier file"
            " leads back."
        )
    undone = tuple(
        UndoneRelease(number=r[0], published_at=r[3], containers=r[5], is_first=r[7]) for r in rows
    )
    return Region(region), dataset, first_seq, undone


def _restore(
    connection: Connection, region: Region, resource: Resource, *, until: int, last_seq: int
) -> Counts:
    connection.execute(compose("make_delta", resource))
    parameters = {
        "region": region,
        "until": until,
        "last_seq": last_seq,
        "ended": list(ENDED_STATUSES),
    }
    for statement in _STATEMENTS:
        connection.execute(compose(statement, resource), parameters)
    counts = Counts()
    for change, count in connection.execute(compose("count_changes", resource)).fetchall():
        counts.by_change[Change(change)] = count
    return counts
