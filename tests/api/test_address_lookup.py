"""Addresses that are asked for at the same moment: one statement, and each caller its own row."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from registry.domain.identifiers import ObjectKey
from registry.store.connections import Role, connect
from registry.store.reading.address_lookup import MOST_KEYS, AddressLookup
from registry.store.reading.host import ReadHost
from registry.store.reading.pool import MOST_WAITING, make_pool
from registry.store.reading.warm_up import warm_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from registry.settings import Settings
    from registry.store.reading.pool import Pool

SEQ = 10**9


@pytest.fixture(scope="module")
def keys(sample: Settings) -> list[ObjectKey]:
    with connect(sample, Role.READER) as connection:
        ids = connection.execute("select id from best.address order by id limit 240").fetchall()
    return [ObjectKey.parse(public_id) for (public_id,) in ids]


def with_pool(settings: Settings, ask: Callable[[Pool], Awaitable[Any]], size: int = 3) -> Any:
    async def run() -> Any:
        pool = make_pool(ReadHost(settings), size=size, statement_timeout_ms=3000, prepare=warm_up)
        await pool.open()
        try:
            return await asyncio.wait_for(ask(pool), 30)
        finally:
            await pool.close()

    return asyncio.run(run())


def test_each_caller_gets_its_own_row(sample: Settings, keys: list[ObjectKey]) -> None:
    unknown = ObjectKey.parse("bru-nobody")

    async def ask(pool: Pool) -> list[Any]:
        lookup = AddressLookup(pool=pool)
        wanted = [*keys, unknown, *reversed(keys)]
        return await asyncio.gather(*(lookup.find(key, seq=SEQ) for key in wanted))

    assert len(keys) > 2 * MOST_KEYS
    rows = with_pool(sample, ask)
    found = [row and ObjectKey.parse(f"{row['region']}-{row['object_id']}") for row in rows]
    assert found == [*keys, None, *reversed(keys)]


def test_callers_of_two_releases_do_not_mix(sample: Settings, keys: list[ObjectKey]) -> None:
    async def ask(pool: Pool) -> list[Any]:
        lookup = AddressLookup(pool=pool)
        questions = [(key, seq) for key in keys[:50] for seq in (0, SEQ)]
        return await asyncio.gather(*(lookup.find(key, seq=seq) for key, seq in questions))

    rows = with_pool(sample, ask)
    assert [row is None for row in rows] == [True, False] * 50


def test_nobody_is_forgotten_when_the_last_ones_have_just_been_answered(
    sample: Settings, keys: list[ObjectKey]
) -> None:
    async def ask(pool: Pool) -> int:
        lookup = AddressLookup(pool=pool)

        async def one_after_the_other() -> int:
            return len([await lookup.find(key, seq=SEQ) for key in keys])

        return sum(await asyncio.gather(*(one_after_the_other() for _ in range(5))))

    assert with_pool(sample, ask) == 5 * len(keys)


@dataclass
class OneConnection:
    """A pool and its only connection: statements find nothing, and each does what it is told."""

    act: Callable[[dict[str, Any]], None] = lambda _: None
    missing: psycopg.Error | None = None
    given: int = 0

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[OneConnection]:
        self.given += 1
        await asyncio.sleep(0.01)
        if self.missing is not None:
            raise self.missing
        yield self

    async def execute(self, _: object, parameters: dict[str, Any]) -> OneConnection:
        self.act(parameters)
        await asyncio.sleep(0)
        return self

    async def fetchall(self) -> list[Any]:
        return []


def ask_together(pool: OneConnection, *seqs: int) -> list[Any]:
    """Return what callers are told who ask at one moment, at these numbers."""

    async def ask() -> list[Any]:
        lookup = AddressLookup(pool=pool)  # type: ignore[arg-type]
        key = ObjectKey.parse("bru-1")
        callers = [asyncio.create_task(lookup.find(key, seq=seq)) for seq in seqs]
        told = await asyncio.wait_for(asyncio.gather(*callers, return_exceptions=True), 5)
        pool.act, pool.missing = lambda _: None, None
        assert await asyncio.wait_for(lookup.find(key, seq=1), 5) is None  # who comes next
        return told

    return asyncio.run(ask())


def test_who_waits_longest_is_next() -> None:
    asked: list[int] = []
    pool = OneConnection(act=lambda parameters: asked.append(parameters["seq"]))
    assert ask_together(pool, *[1] * 250, *[2] * 150) == [None] * 400
    assert asked == [1, 1, 1, 2, 2]


def test_an_error_of_a_statement_is_told_to_those_it_was_asked_for() -> None:
    def fail_first(parameters: dict[str, Any]) -> None:
        if parameters["seq"] == 1:
            raise psycopg.OperationalError("away for a moment")

    told = ask_together(OneConnection(act=fail_first), *[1] * MOST_KEYS, *[2] * MOST_KEYS)
    assert {type(error) for error in told[:MOST_KEYS]} == {psycopg.OperationalError}
    assert told[MOST_KEYS:] == [None] * MOST_KEYS


def test_without_a_connection_nobody_waits_for_the_next_try() -> None:
    pool = OneConnection(missing=PoolTimeout("none to be had"))
    told = ask_together(pool, *[1] * MOST_WAITING)
    assert [type(error) for error in told] == [PoolTimeout] * MOST_WAITING
    assert pool.given <= 2 + 1


def test_too_many_at_once_are_told_so() -> None:
    told = ask_together(OneConnection(), *[1] * MOST_WAITING, *[2] * 3)
    assert told[:MOST_WAITING] == [None] * MOST_WAITING
    assert [type(error) for error in told[MOST_WAITING:]] == [TooManyRequests] * 3


def test_nobody_is_left_when_statements_are_cancelled() -> None:
    def cancel(_: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    told = ask_together(OneConnection(act=cancel), *[1] * (3 * MOST_KEYS))
    assert {type(error) for error in told} == {PoolClosed}


def test_others_get_the_only_connection_too(sample: Settings, keys: list[ObjectKey]) -> None:
    async def ask(pool: Pool) -> None:
        lookup = AddressLookup(pool=pool)
        is_over = asyncio.Event()

        async def go_on() -> None:
            while not is_over.is_set():
                await lookup.find(keys[0], seq=SEQ)

        callers = [asyncio.create_task(go_on()) for _ in range(3 * MOST_KEYS)]
        await lookup.find(keys[0], seq=SEQ)
        async with pool.connection(timeout=1.0):
            is_over.set()
        await asyncio.gather(*callers)

    with_pool(sample, ask, size=1)
