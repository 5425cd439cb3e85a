"""The state of the register as this worker knows it, kept up to date in the background."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from registry.settings import Settings
from registry.store.reading.pool import Connection, open_connection
from registry.store.reading.register_state import (
    LISTEN,
    RegisterState,
    fetch_fingerprint,
    fetch_register_state,
)

_LOG = logging.getLogger("best.register")

POLL_SECONDS = 0.5
RETRY_SECONDS = 1.0


@dataclass(slots=True)
class RegisterWatcher:
    """Holds the newest state; `follow` runs until it is cancelled.

    Every answer takes its state once, so its body, ETag and cursor speak of one release even
    when another comes out in between.
    """

    settings: Settings
    on_change: Callable[[RegisterState], None] = lambda _: None
    state: RegisterState = field(default_factory=RegisterState)
    is_reachable: bool = False
    is_known: asyncio.Event = field(default_factory=asyncio.Event)
    _refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def follow(self) -> None:
        """Read the state again whenever a release is published or withdrawn."""
        while True:
            try:
                connection = await open_connection(self.settings)
                async with connection:
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                if self.is_reachable:
                    _LOG.warning("the register does not answer (%s)", type(error).__name__)
                self.is_reachable = False
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, connection: Connection) -> None:
        await connection.execute(LISTEN)
        while True:
            await self.refresh(connection)
            self.is_reachable = True
            self.is_known.set()
            # A notification may get lost with a connection; the poll does not.
            async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass

    async def refresh(self, connection: Connection) -> RegisterState:
        """Return the state, read anew if there is a newer one."""
        async with self._refreshing:
            if await fetch_fingerprint(connection) != self.state.fingerprint:
                self.state = await fetch_register_state(connection)
                self.on_change(self.state)
            return self.state
