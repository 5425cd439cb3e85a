"""The state of the register as this worker knows it, kept up to date in the background."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from registry.store.reading.host import ReadHost, is_standby
from registry.store.reading.pool import Connection, Pool
from registry.store.reading.register_state import (
    LISTEN,
    RegisterState,
    connect_where_known,
    fetch_fingerprint,
    fetch_register_state,
)

_LOG = logging.getLogger("best.register")

POLL_SECONDS = 0.5
RETRY_SECONDS = 0.25
_RECONSIDER_SECONDS = 60.0
"""Whoever reads from the primary for want of a standby looks that often whether there is one."""

_REPLAY_SECONDS = 3.0


@dataclass(slots=True)
class RegisterWatcher:
    """Holds the newest state; `follow` runs until it is cancelled.

    Every answer takes its state once, so its body, ETag and cursor speak of one release even
    when another comes out in between.
    """

    host: ReadHost
    pool: Pool
    on_change: Callable[[RegisterState], None] = lambda _: None
    state: RegisterState = field(default_factory=RegisterState)
    is_reachable: bool = False
    reads_standby: bool = False
    is_known: asyncio.Event = field(default_factory=asyncio.Event)
    _refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def follow(self) -> None:
        """Read the state again whenever a release is published or withdrawn."""
        while True:
            try:
                connection = await connect_where_known(self.host, self.state.seq)
                async with connection:
                    if self.host.settle(connection):
                        await self.pool.drain()
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                if self.is_reachable:
                    _LOG.warning("the register does not answer (%s)", type(error).__name__)
                self.is_reachable = False
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, connection: Connection) -> None:
        self.reads_standby = is_standby(connection)
        if not self.reads_standby:  # where nobody can listen: there the poll must do
            await connection.execute(LISTEN)
        until = time.monotonic() + _RECONSIDER_SECONDS
        while time.monotonic() < until or not self.host.has_better(connection):
            await self.refresh(connection)
            self.is_reachable = True
            self.is_known.set()
            # A notification may get lost with a connection; the poll does not.
            async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass

    async def hear_news(self, is_told: Callable[[RegisterState], bool]) -> RegisterState:
        """Return the state read anew: what is not told there may have been by another worker.

        A standby has some seconds to replay it, as others may read from a quicker one.
        """
        async with self.pool.connection() as connection:
            state = await self.refresh(connection)
        until = time.monotonic() + _REPLAY_SECONDS
        while self.reads_standby and not is_told(state) and time.monotonic() < until:
            await asyncio.sleep(POLL_SECONDS / 2)
            state = self.state
        return state

    async def refresh(self, connection: Connection) -> RegisterState:
        """Return the state, read anew if there is a newer one."""
        async with self._refreshing:
            if await fetch_fingerprint(connection) != self.state.fingerprint:
                self.state = await fetch_register_state(connection)
                self.on_change(self.state)
            return self.state
