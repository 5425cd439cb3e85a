"""Connections of the open API: asynchronous, pooled, read-only, as the reader role."""

import contextlib
import select
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from registry.store.reading.host import ReadHost

Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = AsyncConnection[DictRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]

MOST_WAITING = 500
"""More are told to come again: who comes last would wait longer than anybody does."""

CONNECTION_ARGUMENTS: dict[str, Any] = {
    # One statement is one snapshot, and begin and commit would be two more round trips.
    "autocommit": True,
    "row_factory": dict_row,
    "prepare_threshold": 0,
    "connect_timeout": 5,
    "application_name": "best api",
    # A host that is gone without a word is given up, not waited for.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


_SESSION = {
    "default_transaction_read_only": "on",
    "timezone": "UTC",
    # A page is too small to be worth starting processes or compiling for.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}


async def _configure(connection: Connection, *, timeout_ms: int) -> None:
    session = {"statement_timeout": str(timeout_ms), **_SESSION}
    await connection.execute(
        "select set_config(name, value, false)"
        " from unnest(%s::text[], %s::text[]) as setting (name, value)",
        [list(session), list(session.values())],
        prepare=False,
    )


async def _configure_and_prepare(
    connection: Connection, *, timeout_ms: int, prepare: Callable[[Connection], Awaitable[None]]
) -> None:
    await _configure(connection, timeout_ms=timeout_ms)
    # A register that is being set up has no views yet, one without its indexes takes too long:
    # that is said when somebody asks. A connection that broke the pool sees by itself.
    with contextlib.suppress(psycopg.Error):
        await prepare(connection)


class _ReaderPool(AsyncConnectionPool[Connection]):
    """A pool that gives nobody a connection that broke while it lay there."""

    def __init__(self, host: ReadHost, **options: Any) -> None:
        super().__init__(host.make_conninfo, check=self.look_at, **options)
        self._host = host

    async def look_at(self, connection: Connection) -> None:
        """Raise when a connection is of no use any more. Asks the server only when it has reason.

        An idle server says nothing: what can be read is the end, or word of it.
        """
        if self._host.is_elsewhere(connection):
            await connection.close()
            raise psycopg.OperationalError("it leads to a host that is no longer read from")
        if _has_word(connection):
            try:
                await self.check_connection(connection)
            except psycopg.Error:
                await self.check()  # the others broke with it
                raise


def _has_word(connection: Connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def is_broken_off(error: psycopg.OperationalError) -> bool:
    """Whether a statement failed with its connection, or gave way to a standby's replay.

    A read may then be asked again: by another connection.
    """
    return type(error) is psycopg.OperationalError or isinstance(
        error,
        (
            psycopg.errors.AdminShutdown,
            psycopg.errors.CrashShutdown,
            psycopg.errors.SerializationFailure,
        ),
    )


def make_pool(
    host: ReadHost,
    *,
    size: int,
    statement_timeout_ms: int,
    prepare: Callable[[Connection], Awaitable[None]],
) -> Pool:
    """Return a closed pool of at most `size` connections; open it in the loop that uses it.

    Each new connection goes through `prepare` before anybody has it.
    """
    return _ReaderPool(
        host,
        connection_class=AsyncConnection[DictRow],
        kwargs=CONNECTION_ARGUMENTS,
        min_size=min(2, size),
        max_size=size,
        timeout=3.0,
        max_waiting=MOST_WAITING,
        max_idle=120.0,
        reconnect_timeout=10.0,
        open=False,
        name="reader",
        configure=partial(_configure_and_prepare, timeout_ms=statement_timeout_ms, prepare=prepare),
    )


async def open_connection(conninfo: str) -> Connection:
    """Open one connection outside the pool, for listening."""
    connection: Connection = await AsyncConnection.connect(conninfo, **CONNECTION_ARGUMENTS)
    await _configure(connection, timeout_ms=10_000)
    return connection
