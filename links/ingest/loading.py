"""A delivery: read, matched, keyed and loaded in one transaction.

While the pseudonymiser keys a thousand rows the next are read and those before go into the
database: three processes work at once. What could not be found becomes a place in the work list.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection, Copy, errors
from psycopg.types.json import Jsonb

from links.domain.kinds import Kind
from links.ingest.matching import MATCH, Found, WorkClass, match_addresses
from links.ingest.refusals import explain_keys, explain_refusal
from links.ingest.rows import ADDRESS_COLUMNS, COLUMNS, Row, read_rows
from links.ingest.sealing import seal_cells
from links.ingest.tables import open_table
from links.keys.client import BatchKeys, KeysRefused
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import EnvironmentProblem, InputRefused

Rows = Callable[[], AbstractContextManager[Iterator[Row]]]
"""Opens the rows of a delivery; those with an unknown address are read twice."""

_ROWS = 4000
_UNDER_WAY = 3
_COPY = (
    "copy pg_temp.staged"
    " (row, addr_ref, subj_ref, kid, capacity, addr_sealed, household_ref, valid, verdict)"
    " from stdin"
)
_NULL, _BYTES = "\\N", "\\\\x"  # as COPY text writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is to be loaded: the links of a kind, all of them unless it is partial.

    `accepts_ended`: though it ends more than a tenth of what is there.
    """

    kind: Kind
    sha256: str
    is_whole: bool
    rows: Rows
    accepts_ended: bool = False


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the rows; `work` are those of the work list."""

    read: int = 0
    matched: int = 0
    corrected: int = 0
    work: list[tuple[Row, Found]] = field(default_factory=list)

    def make_counts(self) -> dict[str, int]:
        """Return what the delivery's entry says, classes included."""
        classes = [found.work_class for _, found in self.work]
        told = {"read": self.read, "matched": self.matched, "corrected": self.corrected}
        return told | {name.value: classes.count(name) for name in WorkClass}


def make_file_delivery(
    kind: Kind, path: Path, *, is_whole: bool, accepts_ended: bool = False
) -> Delivery:
    """Return the delivery that a file is."""
    digest = make_digest(path)

    @contextmanager
    def open_rows() -> Iterator[Iterator[Row]]:
        with open_table(path, COLUMNS) as table:
            yield read_rows(table, kind)

    return Delivery(
        kind=kind, sha256=digest, is_whole=is_whole, rows=open_rows, accepts_ended=accepts_ended
    )


def make_digest(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal; InputRefused when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputRefused(f"{path}: it cannot be read: {error.strerror}") from error


def load(
    settings: LinksSettings, delivery: Delivery, *, command: Sequence[str] = MATCH
) -> dict[str, int]:
    """Load a delivery whole or not at all; return its number (`delivery`) and counts.

    InputRefused names rows that cannot be read or overlap.
    """
    with (
        connect(settings, LinksRole.INGEST) as connection,
        connect(settings, LinksRole.INGEST, autocommit=True) as looking,
        BatchKeys(settings.batch_socket) as keys,
    ):
        connection.execute("set idle_in_transaction_session_timeout = 0")
        connection.execute("set statement_timeout = 0")
        return apply(connection, looking, keys, delivery, command)


def apply(
    connection: Connection,
    looking: Connection,
    keys: BatchKeys,
    delivery: Delivery,
    command: Sequence[str] = MATCH,
) -> dict[str, int]:
    """Load in the connection's transaction, which the caller ends."""
    connection.execute("select links.begin_delivery()")
    tally = _Loader(connection, looking, keys, delivery).stage(command)
    digest = keys.ask("key_digest", sha256=delivery.sha256)["digest"]
    try:
        (counts,) = connection.execute(
            "select links.apply_delivery(%s, %s, %s, %s, %s)",
            (
                delivery.kind.code,
                digest,
                delivery.is_whole,
                Jsonb(tally.make_counts()),
                delivery.accepts_ended,
            ),
        ).fetchone() or ({},)
    except errors.DatabaseError as error:
        raise explain_refusal(error) from error
    add_work_items(connection, keys, counts["delivery"], digest, tally.work)
    return {str(name): int(value) for name, value in counts.items()}


def add_work_items(
    connection: Connection,
    keys: BatchKeys,
    number: int,
    digest: str,
    work: Sequence[tuple[Row, Found]],
) -> None:
    """Keep rows, sealed, for their owner."""
    connection.execute(
        "select links.add_work_items(%s, %s::integer[], %s::text[], %s::bytea[])",
        (
            number,
            [row.number for row, _ in work],
            [found.work_class for _, found in work],
            [seal_cells(keys, make_cells(*each), digest, each[0].number) for each in work],
        ),
    )


def make_cells(row: Row, found: Found) -> dict[str, str]:
    """Return a row as its owner wrote it, and what came into question."""
    begins, _, ends = row.valid[1:-1].partition(",")
    return {
        "subject": row.subject,
        "capacity": row.capacity,
        "household": row.household or "",
        "from": begins,
        "to": ends,
        **dict(zip(ADDRESS_COLUMNS, row.address, strict=True)),
        "candidates": found.candidates,
    }


def list_boxes(looking: Connection, ids: Iterable[str]) -> set[str]:
    """Return those that are boxes of a building."""
    found = looking.execute("select links.list_boxes(%s)", (list(set(ids)),))
    return {address_id for (address_id,) in found}


def list_unknown(looking: Connection, ids: Iterable[str]) -> set[str]:
    """Return those that the replica of the register does not have."""
    found = looking.execute("select links.list_unknown_addresses(%s)", (list(set(ids)),))
    unknown = {address_id for (address_id,) in found}
    if unknown and not looking.execute("select * from links.find_replica_position()").fetchone():
        raise EnvironmentProblem(
            "There is no replica of the public register yet: ./best links follow --once"
        )
    return unknown


@dataclass(slots=True)
class _Loader:
    connection: Connection
    looking: Connection
    keys: BatchKeys
    delivery: Delivery
    tally: Tally = field(default_factory=Tally)

    def stage(self, command: Sequence[str]) -> Tally:
        """Bring every row into pg_temp.staged or the work list."""
        waiting: dict[int, tuple[str, ...]] = {}
        self._copy(self._list_ready(waiting))
        if waiting:
            found = match_addresses(waiting.items(), command)
            self._copy(self._list_found(found))
        return self.tally

    def _list_ready(self, waiting: dict[int, tuple[str, ...]]) -> Iterator[list[Row]]:
        """Yield rows whose address is known; remember the others by number and address alone."""
        with self.delivery.rows() as rows:
            while chunk := list(islice(rows, _ROWS)):
                self.tally.read += len(chunk)
                unknown = list_unknown(self.looking, [row.address_id for row in chunk])
                waiting.update(
                    (row.number, row.address) for row in chunk if row.address_id in unknown
                )
                yield [row for row in chunk if row.address_id not in unknown]

    def _list_found(self, found: Any) -> Iterator[list[Row]]:
        with self.delivery.rows() as rows:
            late = ((row, found[row.number]) for row in rows if row.number in found)
            while chunk := list(islice(late, _ROWS)):
                unknown = list_unknown(self.looking, [each.address_id for _, each in chunk])
                boxes = list_boxes(
                    self.looking, [each.address_id for _, each in chunk if each.is_building]
                )
                ready = []
                for row, each in chunk:
                    if each.address_id in unknown:  # "", or newer than the replica
                        self.tally.work.append((row, each.postpone()))
                    elif each.is_building and each.address_id in boxes:
                        self.tally.work.append((row, each.ask_for_box()))
                    else:
                        self.tally.corrected += each.verdict == "corrected"
                        ready.append(row._replace(address_id=each.address_id, verdict=each.verdict))
                self.tally.matched += len(ready)
                yield ready

    def _copy(self, chunks: Iterator[list[Row]]) -> None:
        with (
            self.connection.cursor() as cursor,
            cursor.copy(_COPY) as copy,
            ThreadPoolExecutor(1) as pool,
        ):
            coming: deque[tuple[list[Row], Future[Any]]] = deque()
            for chunk in chunks:
                if len(coming) == _UNDER_WAY:
                    self._write(copy, *coming.popleft())
                coming.append((chunk, pool.submit(self._key, chunk)))
            while coming:
                self._write(copy, *coming.popleft())

    def _key(self, chunk: list[Row]) -> Any:
        kind = self.delivery.kind
        subject_type = kind.subject_type.value
        asked = [(row.address_id, subject_type, row.subject, row.household) for row in chunk]
        try:
            return self.keys.key_rows(kind.sector, asked)
        except KeysRefused as error:
            raise explain_keys(error, [row.number for row in chunk]) from None

    def _write(self, copy: Copy, chunk: list[Row], coming: Future[Any]) -> None:
        kid, keyed = coming.result()
        copy.write(
            "".join(
                [
                    f"{row.number}\t\\\\x{addr}\t\\\\x{subj}\t{kid}\t{row.capacity}\t\\\\x{sealed}"
                    f"\t{_NULL if household is None else _BYTES + household}\t{row.valid}"
                    f"\t{row.verdict}\n"
                    for row, (addr, subj, household, sealed) in zip(chunk, keyed, strict=True)
                ]
            )
        )
