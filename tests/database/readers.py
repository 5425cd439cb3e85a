"""Readers that ask like the open API while editions are published."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from registry.settings import Settings

LONGEST_WAIT = "250ms"
PAGE = 3000
NEWEST = "select coalesce(max(last_seq) filter (where withdrawn_at is null), 0) from best.release"


@dataclass(slots=True)
class Reader:
    """A reader of the open API in a thread; every error it meets is kept."""

    settings: Settings
    work: Callable[[Reader, psycopg.Connection], None]
    stop: threading.Event
    errors: list[BaseException] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    seen: list[tuple[Any, ...]] = field(default_factory=list)

    def run(self) -> None:
        try:
            with connect(self.settings, Role.READER, autocommit=True) as connection:
                connection.execute(f"set lock_timeout = '{LONGEST_WAIT}'")
                while not self.stop.is_set():
                    self.work(self, connection)
                self.work(self, connection)
        except BaseException as error:  # noqa: BLE001 - the test reports it
            self.errors.append(error)

    def ask(self, connection: psycopg.Connection, statement: str, *parameters: object) -> Any:
        began = time.monotonic()
        rows = connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]
        self.seconds.append(time.monotonic() - began)
        return rows

    def is_withdrawn(self, connection: psycopg.Connection, seq: int) -> bool:
        """Whether the sample that was the newest at `seq` has gone: its listings go with it."""
        ((withdrawn,),) = self.ask(
            connection,
            "select coalesce(bool_or(withdrawn_at is not null), false) from best.release"
            " where last_seq = %s",
            seq,
        )
        return bool(withdrawn)


def poll(region: str, object_id: str) -> Callable[[Reader, psycopg.Connection], None]:
    """Ask for the newest number, then for one object and for the count as of it."""

    def work(reader: Reader, connection: psycopg.Connection) -> None:
        ((seq,),) = reader.ask(connection, NEWEST)
        as_of = f"seq_from <= {seq} and (seq_to is null or seq_to > {seq})"
        ((count,),) = reader.ask(
            connection, f"select count(*) from best.address_version where {as_of}"
        )
        rows = reader.ask(
            connection,
            "select version_id, house_number from best.address_version"
            f" where region = %s and object_id = %s and {as_of}",
            region,
            object_id,
        )
        if not reader.is_withdrawn(connection, seq):
            reader.seen.append((seq, count, rows))
        time.sleep(0.02)

    return work


def walk(reader: Reader, connection: psycopg.Connection) -> None:
    """Walk the whole listing, page by page, as of the number that was newest at its start."""
    ((seq,),) = reader.ask(connection, NEWEST)
    place, count = ("", ""), 0
    while True:
        rows = reader.ask(
            connection,
            "select region, object_id from best.address_version"
            " where seq_from <= %s and (seq_to is null or seq_to > %s)"
            f" and (region, object_id) > (%s, %s) order by region, object_id limit {PAGE}",
            seq,
            seq,
            *place,
        )
        count += len(rows)
        if len(rows) < PAGE:
            break
        assert rows[0] > place
        place = rows[-1]
    if not reader.is_withdrawn(connection, seq):
        reader.seen.append((seq, count))
    time.sleep(0.02)


@contextmanager
def reading(readers: list[Reader]) -> Iterator[None]:
    """Let the readers read during the block; they share one event that ends them."""
    threads = [threading.Thread(target=reader.run) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        readers[0].stop.set()
        for thread in threads:
            thread.join()
