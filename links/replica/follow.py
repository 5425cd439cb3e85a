"""The replica keeps up with the public register, and links with their addresses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from links.keys.client import BatchKeys
from links.replica.addresses import ReplicaRow, read_change
from links.replica.moves import apply_moves, make_moves, return_links
from links.replica.register import HistoryGone, Register
from links.replica.snapshot import fetch_manifest, list_proven_addresses
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

Progress = Callable[[str], None]
_COPY = (
    "copy pg_temp.staged_address"
    " (n, id, municipality, street, house_number, box_number, valid, changed_on, is_correction)"
    " from stdin"
)
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A release of the register: number of its last change, and root of all that it holds."""

    seq: int
    root: str


def follow_once(settings: LinksSettings, progress: Progress = lambda _: None) -> bool:
    """Bring the replica to the newest release and move links; return whether anything was new.

    The first time, or when the register was begun anew or restored, a snapshot is fetched.
    EnvironmentProblem when the register does not answer; InputRefused when it proves nothing.
    All of it is one transaction: a replica is of one release.
    """
    register = Register(url=settings.register_url)
    with (
        connect(settings, LinksRole.INGEST) as connection,
        BatchKeys(settings.batch_socket) as keys,
    ):
        connection.execute("set statement_timeout = 0")
        connection.execute("set idle_in_transaction_session_timeout = 0")
        here = find_position(connection, settings.register_url)
        if here is None:
            return _begin(connection, keys, register, progress)
        try:
            newest = find_newest(register, here)
            if newest == here:
                return False
            _catch_up(connection, keys, register, here, newest)
        except HistoryGone as gone:
            connection.rollback()
            progress(f"{gone}: beginning anew with the snapshot")
            return _begin(connection, keys, register, progress)
        progress(f"The replica is at change {newest.seq}")
        return True


def find_position(connection: Connection, url: str) -> Position | None:
    """Return where the replica is; None when it is empty or of another register."""
    row = connection.execute("select seq, root, url from links.find_replica_position()").fetchone()
    return Position(seq=row[0], root=row[1]) if row and row[2] == url else None


def find_newest(register: Register, here: Position) -> Position:
    """Return the newest proven release; HistoryGone when the one here is not the register's."""
    newest: Position | None = None
    is_known, after = False, 0
    while True:
        page = register.fetch("releases", after=after, pageSize=_PAGE)
        for release in page["items"]:
            after = release["number"]
            if "root" in release:
                newest = Position(seq=release["lastSeq"], root=release["root"])
                is_known = is_known or newest == here
        if not page["items"] or "next" not in page:
            break
    if newest is None or not is_known:
        raise HistoryGone(f"{register.url} has no release {here.root[:16]}… any more")
    return newest


def _begin(connection: Connection, keys: BatchKeys, register: Register, progress: Progress) -> bool:
    manifest = fetch_manifest(register)
    records = sum(records for records, _ in manifest.parts)
    progress(f"Snapshot at change {manifest.seq}: {records:,} records to fetch and prove")
    connection.execute("select links.begin_replica()")
    _copy(connection, list_proven_addresses(register, manifest))
    connection.execute(
        "select links.apply_snapshot(%s, %s, %s)", (manifest.seq, manifest.root, register.url)
    )
    apply_moves(connection, keys, make_moves(register.list_successions(0, manifest.seq)))
    progress(f"The replica is at change {manifest.seq}, proven")
    return True


def _catch_up(
    connection: Connection, keys: BatchKeys, register: Register, here: Position, newest: Position
) -> None:
    restored: list[str] = []

    def read(event: Any) -> ReplicaRow:
        if event["data"]["change"] == "restored":
            restored.append(event["data"]["id"])
        return read_change(event)

    try:
        connection.execute("select links.begin_replica()")
        _copy(connection, map(read, register.list_changes(here.seq, newest.seq)))
    except (KeyError, TypeError, ValueError) as error:
        raise InputRefused(f"{register.url}: a change cannot be read: {error!r}") from error
    connection.execute(
        "select links.apply_changes(%s, %s, %s)", (newest.seq, newest.root, register.url)
    )
    return_links(connection, keys, restored)
    apply_moves(connection, keys, make_moves(register.list_successions(here.seq, newest.seq)))


def _copy(connection: Connection, rows: Iterable[ReplicaRow]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for number, row in enumerate(rows):
            copy.write_row((number, *row))
