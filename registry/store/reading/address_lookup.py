"""Addresses by id for many callers at once: those that wait together are asked for together.

A statement costs more than a row of it, so under load one statement fetches what all callers
of a moment want; a caller that is alone is asked for at once.
"""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from psycopg import sql
from psycopg_pool import PoolClosed, TooManyRequests

from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.store.reading.addresses import compose_page, fetch_rows
from registry.store.reading.pool import MOST_WAITING, Connection, Pool, Row
from registry.store.reading.statements import ValidOn, make_moment

MOST_STATEMENTS = 2
"""At once: while one is under way, the rows of the other become answers."""
MOST_KEYS = 100

_Caller: TypeAlias = tuple[ObjectKey, asyncio.Future[Row | None]]

_BY_KEY, _BY_KEY_BELIEVED = (
    compose_page(
        "page_of_addresses_by_key", order=sql.SQL("a.region, a.object_id"), believed=believed
    )
    for believed in (False, True)
)


@dataclass(slots=True, kw_only=True)
class AddressLookup:
    """Addresses by id, for all callers of one event loop."""

    pool: Pool
    _waiting: dict[int, list[_Caller]] = field(default_factory=dict, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    async def find(self, key: ObjectKey, *, seq: int) -> Row | None:
        """Return one address with the names it refers to; its row belongs to all who want it.

        Raises what the pool raises when it gives no connection, or too many wait already.
        """
        if sum(map(len, self._waiting.values())) >= MOST_WAITING:
            raise TooManyRequests(f"{MOST_WAITING} callers wait for an address by id already")
        answer: asyncio.Future[Row | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(seq, []).append((key, answer))
        if len(self._tasks) < MOST_STATEMENTS:
            task = asyncio.create_task(self._answer_all())
            self._tasks.add(task)
            task.add_done_callback(self._end)
        return await answer

    async def _answer_all(self) -> None:
        while self._waiting:
            await self._answer_next()
        # At once: a caller who comes before the task is called back would count on it.
        if task := asyncio.current_task():
            self._tasks.discard(task)

    def _end(self, task: asyncio.Task[None]) -> None:
        """Leave nobody waiting for a task that was cancelled when it was the last one."""
        self._tasks.discard(task)
        if not self._tasks:
            _fail(self._take_all(), PoolClosed("no more statements are asked"))

    async def _answer_next(self) -> None:
        """Ask for those who wait longest; an error is theirs, a missing connection everybody's.

        The connection is given back after each statement: listings wait in the pool for theirs.
        """
        asked: list[_Caller] = []
        try:
            async with self.pool.connection() as connection:
                seq, asked = self._take()
                if not asked:
                    return  # the other task was quicker
                found = await fetch_addresses(connection, {key for key, _ in asked}, seq=seq)
                for key, answer in asked:
                    if not answer.done():
                        answer.set_result(found.get(key))
        except asyncio.CancelledError:
            _fail(asked, PoolClosed("the statement was cancelled"))
            raise
        except Exception as error:  # noqa: BLE001 - it is the callers' to deal with
            _fail(asked or self._take_all(), error)

    def _take(self) -> tuple[int, list[_Caller]]:
        """Return who is next: callers that want the register at the same number, oldest first."""
        if not self._waiting:
            return 0, []
        seq, callers = next(iter(self._waiting.items()))
        taken = callers[:MOST_KEYS]
        del callers[:MOST_KEYS]
        if not callers:
            del self._waiting[seq]
        return seq, taken

    def _take_all(self) -> list[_Caller]:
        callers = [caller for waiting in self._waiting.values() for caller in waiting]
        self._waiting.clear()
        return callers


def _fail(callers: Iterable[_Caller], error: Exception) -> None:
    for _, answer in callers:
        if not answer.done():
            answer.set_exception(error)


async def fetch_addresses(
    connection: Connection,
    keys: Collection[ObjectKey],
    *,
    seq: int,
    valid_on: ValidOn | None = None,
) -> dict[ObjectKey, Row]:
    """Return those addresses that exist, with the names they refer to."""
    parameters = {
        "regions": [key.region.value for key in keys],
        "object_ids": [key.object_id for key in keys],
        **make_moment(seq, valid_on),
    }
    believed = valid_on is not None
    statement = _BY_KEY_BELIEVED if believed else _BY_KEY
    rows = await fetch_rows(connection, statement, parameters, believed=believed)
    return {
        ObjectKey(region=Region(row["region"]), object_id=row["object_id"]): row for row in rows
    }
