"""The API reads the published views as a role that can do nothing else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from registry.domain.identifiers import ObjectKey
from registry.store.connections import Role, connect
from registry.store.reading.address_lookup import fetch_addresses
from registry.store.reading.host import ReadHost
from registry.store.reading.pool import make_pool
from registry.store.reading.warm_up import warm_up

if TYPE_CHECKING:
    from registry.settings import Settings
    from registry.store.reading.pool import Connection


async def ask(settings: Settings, statement: str) -> object:
    pool = make_pool(ReadHost(settings), size=1, statement_timeout_ms=300, prepare=warm_up)
    await pool.open()
    try:
        async with pool.connection() as connection:
            row = await (await connection.execute(statement.encode())).fetchone()
            key = ObjectKey.parse("bru-210225")
            assert await fetch_addresses(connection, {key}, seq=10**9)
            return row
    finally:
        await pool.close()


def test_it_acts_as_the_reader(sample: Settings) -> None:
    assert asyncio.run(ask(sample, "select current_user::text as role")) == {"role": "best_reader"}


@pytest.mark.parametrize(
    "statement",
    [
        "select * from registry.address_version",
        "delete from best.release",
        "create table public.mine (id int)",
        "create table best.mine (id int)",
        "select registry.withdraw_sample()",
    ],
)
def test_it_may_do_nothing_else(sample: Settings, statement: str) -> None:
    with connect(sample, Role.READER) as connection:
        connection.execute("set transaction read write")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_a_question_that_takes_too_long_is_ended(sample: Settings) -> None:
    begun = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled):
        asyncio.run(ask(sample, "select pg_sleep(20)"))
    assert time.monotonic() - begun < 5


def test_what_cannot_be_asked_beforehand_keeps_nobody_from_asking(sample: Settings) -> None:
    async def take_too_long(connection: Connection) -> None:
        await connection.execute("select pg_sleep(20)")

    async def connect_and_ask() -> object:
        pool = make_pool(ReadHost(sample), size=1, statement_timeout_ms=100, prepare=take_too_long)
        async with pool, pool.connection() as connection:
            return await (await connection.execute("select 1 as one")).fetchone()

    assert asyncio.run(connect_and_ask()) == {"one": 1}


def test_its_transactions_are_read_only(sample: Settings) -> None:
    row = asyncio.run(ask(sample, "select current_setting('default_transaction_read_only') as v"))
    assert row == {"v": "on"}


def test_what_a_start_does_not_load() -> None:
    slow = ("sqlalchemy", "geoalchemy2", "alembic", "numpy", "pyproj", "jinja2", "yaml", "lxml")
    others = ("registry.deliveries", "api.deliveries", "procrastinate", "authlib", "joserfc")
    code = (
        f"import sys, api.app, api.server; print([m for m in {slow + others} if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
