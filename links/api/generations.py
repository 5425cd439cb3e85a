"""Keys and rows of one time: else everything would be answered "no", and nobody would notice."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from links.api.problems import Refused
from links.store import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg_pool import AsyncConnectionPool

    from links.keys.client import AskKeys

_GOOD_FOR: Final = timedelta(minutes=1)
_ERRORS: Final = logging.getLogger("links.errors")


class Generations:
    """Compares what the pseudonymiser can key with what the rows were keyed with."""

    def __init__(
        self, pool: AsyncConnectionPool[Any], keys: AskKeys, clock: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._clock = clock
        self._checked_at: datetime | None = None
        self._strays: list[str] = []

    async def check(self) -> None:
        """Compare now; refuse when there are rows that none of the keys would find."""
        strays = await self._find_strays()
        if strays:  # a rotation may have ended between the two answers
            strays = await self._find_strays()
        self._checked_at, self._strays = self._clock(), strays
        if strays:
            _ERRORS.error("keys and database are of different times: %s", ", ".join(strays))
        self._refuse_strays()

    async def require(self) -> None:
        """Refuse like `check`, by a comparison of the last minute."""
        now = self._clock()
        if self._checked_at is None or not self._checked_at <= now < self._checked_at + _GOOD_FOR:
            await self.check()
        self._refuse_strays()

    def _refuse_strays(self) -> None:
        if self._strays:
            raise Refused("unavailable")

    async def _find_strays(self) -> list[str]:
        # Keys first: a rotation gives the pseudonymiser the new ones before the rows have them.
        known = (await self._keys.ask("describe"))["sectors"]
        stored = await asking.list_generations(self._pool)
        return [
            f"{sector} has rows of {kids} and keys of {known.get(sector, [])}"
            for sector, kids in sorted(stored.items())
            if not set(kids) <= set(known.get(sector, []))
        ]
