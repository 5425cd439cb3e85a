"""Connections of the open API: asynchronous, pooled, read-only, as the reader role."""

from functools import partial
from typing import Any, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from registry.settings import Settings
from registry.store.connections import Role, make_conninfo

Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = AsyncConnection[DictRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]

CONNECTION_ARGUMENTS: dict[str, Any] = {
    # One statement is one snapshot, and begin and commit would be two more round trips.
    "autocommit": True,
    "row_factory": dict_row,
    "prepare_threshold": 1,
    "connect_timeout": 5,
    "application_name": "best api",
}


async def _configure(connection: Connection, *, timeout_ms: int) -> None:
    await connection.execute(
        "select set_config('statement_timeout', %s, false),"
        " set_config('default_transaction_read_only', 'on', false),"
        " set_config('timezone', 'UTC', false)",
        [str(timeout_ms)],
    )


def make_pool(settings: Settings, *, size: int, statement_timeout_ms: int) -> Pool:
    """Return a closed pool of at most `size` connections; open it in the loop that uses it."""
    return AsyncConnectionPool(
        make_conninfo(settings, Role.READER),
        connection_class=AsyncConnection[DictRow],
        kwargs=CONNECTION_ARGUMENTS,
        min_size=1,
        max_size=size,
        timeout=3.0,
        max_waiting=500,
        max_idle=120.0,
        reconnect_timeout=10.0,
        open=False,
        name="reader",
        configure=partial(_configure, timeout_ms=statement_timeout_ms),
    )


async def open_connection(settings: Settings) -> Connection:
    """Open one connection outside the pool, for listening."""
    connection: Connection = await AsyncConnection.connect(
        make_conninfo(settings, Role.READER), **CONNECTION_ARGUMENTS
    )
    await _configure(connection, timeout_ms=10_000)
    return connection
