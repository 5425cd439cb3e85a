"""Addresses that are asked for at the same moment: one statement, and each caller its own row."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from registry.domain.identifiers import ObjectKey
from registry.store.connections import Role, connect
from registry.store.reading.address_lookup import MOST_KEYS, AddressLookup
from registry.store.reading.pool import make_pool
from registry.store.reading.warm_up import warm_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from registry.settings import Settings
    from registry.store.reading.pool import Pool

SEQ = 10**9


@pytest.fixture(scope="module")
def keys(sample: Settings) -> list[ObjectKey]:
    with connect(sample, Role.READER) as connection:
        ids = connection.execute("select id from best.address order by id limit 500").fetchall()
    return [ObjectKey.parse(public_id) for (public_id,) in ids]


def with_pool(settings: Settings, ask: Callable[[Pool], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        pool = make_pool(settings, size=3, statement_timeout_ms=3000, prepare=warm_up)
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
class FailingOnce:
    """A pool whose first connection cannot be had."""

    pool: Pool
    has_failed: bool = False

    def connection(self) -> Any:
        if not self.has_failed:
            self.has_failed = True
            raise psycopg.OperationalError("away for a moment")
        return self.pool.connection()


def test_an_error_is_told_to_those_it_concerns_only(
    sample: Settings, keys: list[ObjectKey]
) -> None:
    async def ask(pool: Pool) -> tuple[list[Any], Any]:
        lookup = AddressLookup(pool=FailingOnce(pool))  # type: ignore[arg-type]
        first = (lookup.find(key, seq=SEQ) for key in keys[: MOST_KEYS + 5])
        together = await asyncio.gather(*first, return_exceptions=True)
        return together, await lookup.find(keys[0], seq=SEQ)

    together, afterwards = with_pool(sample, ask)
    assert afterwards["object_id"] == keys[0].object_id
    assert all(isinstance(e, psycopg.OperationalError) for e in together[:MOST_KEYS])
    assert [row["object_id"] for row in together[MOST_KEYS:]] == [
        key.object_id for key in keys[MOST_KEYS : MOST_KEYS + 5]
    ]
