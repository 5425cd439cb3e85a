"""How often a client may be refused: a refusal is a record for ten years, and disks are finite."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from links.api.problems import Refused

MOST_A_MINUTE: Final = 30
_MINUTE: Final = timedelta(minutes=1)

CountRefusals = Callable[[str, int], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class _Minute:
    begun: datetime
    on_record: int = 0
    turned_away: int = 0


class Refusals:
    """Turns a client away for the rest of a minute in which it was refused too often.

    What is turned away is counted, and put on record as one number when the minute is over.
    """

    def __init__(self, write: CountRefusals, clock: Callable[[], datetime]) -> None:
        self._write = write
        self._clock = clock
        self._minutes: dict[str, _Minute] = {}

    async def admit(self, client: str) -> None:
        """Raise Refused with 429 when the client was refused too often."""
        now = self._clock()
        for name, minute in list(self._minutes.items()):
            if not minute.begun <= now < minute.begun + _MINUTE:
                await self._end(name)
        present = self._minutes.get(client)
        if present is not None and present.on_record >= MOST_A_MINUTE:
            present.turned_away += 1
            raise Refused("too_many_refusals")

    def count(self, client: str) -> None:
        """Count a refusal that is on record."""
        self._minutes.setdefault(client, _Minute(begun=self._clock())).on_record += 1

    async def close(self) -> None:
        """Put on record what was counted."""
        for name in list(self._minutes):
            await self._end(name)

    async def _end(self, client: str) -> None:
        minute = self._minutes.pop(client, None)  # None: another request has written it meanwhile
        if minute is not None and minute.turned_away:
            await self._write(client, minute.turned_away)
