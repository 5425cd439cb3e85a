"""Addresses by id for many callers at once: those that wait together are asked for together.

A statement costs more than a row of it, so under load one statement fetches what all callers
of a moment want; a caller that is alone is asked for at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from psycopg import sql

from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.store.reading.pool import Connection, Pool, Row
from registry.store.reading.statements import compose, read_statement

MOST_STATEMENTS = 2
"""At once: while one is under way, the rows of the other become answers."""
MOST_KEYS = 100

_Caller: TypeAlias = tuple[ObjectKey, asyncio.Future[Row | None]]

_BY_KEY = compose(
    read_statement("addresses"),
    page=read_statement("page_of_addresses_by_key"),
    order=sql.SQL("a.region, a.object_id"),
)


@dataclass(slots=True, kw_only=True)
class AddressLookup:
    """Addresses by id, for all callers of one event loop."""

    pool: Pool
    _waiting: defaultdict[int, list[_Caller]] = field(
        default_factory=lambda: defaultdict(list), init=False
    )
    _under_way: int = field(default=0, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    async def find(self, key: ObjectKey, *, seq: int) -> Row | None:
        """Return one address with the names it refers to; its row belongs to all who want it."""
        answer: asyncio.Future[Row | None] = asyncio.get_running_loop().create_future()
        self._waiting[seq].append((key, answer))
        if self._under_way < MOST_STATEMENTS:
            # Counted down by itself: a task that has only just ended would leave this one waiting.
            self._under_way += 1
            task = asyncio.create_task(self._answer_all())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                await self._answer_while_it_works()
        finally:
            self._under_way -= 1

    async def _answer_while_it_works(self) -> None:
        """Ask for those who wait over one connection; an error is of those it was asked for."""
        seq, callers = self._take()
        try:
            async with self.pool.connection() as connection:
                while callers:
                    found = await fetch_addresses(connection, {key for key, _ in callers}, seq=seq)
                    for key, answer in callers:
                        if not answer.done():
                            answer.set_result(found.get(key))
                    seq, callers = self._take()
        except Exception as error:  # noqa: BLE001 - it is the callers' to deal with
            for _, answer in callers:
                if not answer.done():
                    answer.set_exception(error)

    def _take(self) -> tuple[int, list[_Caller]]:
        """Return who is next: callers that want the register at the same number."""
        if not self._waiting:
            return 0, []
        seq, callers = self._waiting.popitem()
        if len(callers) > MOST_KEYS:
            self._waiting[seq] = callers[MOST_KEYS:]
        return seq, callers[:MOST_KEYS]


async def fetch_addresses(
    connection: Connection, keys: Collection[ObjectKey], *, seq: int
) -> dict[ObjectKey, Row]:
    """Return those addresses that exist, with the names they refer to."""
    parameters = {
        "regions": [key.region.value for key in keys],
        "object_ids": [key.object_id for key in keys],
        "seq": seq,
    }
    rows = await (await connection.execute(_BY_KEY, parameters)).fetchall()
    return {
        ObjectKey(region=Region(row["region"]), object_id=row["object_id"]): row for row in rows
    }
