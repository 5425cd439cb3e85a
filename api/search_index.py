"""The search index of one worker: loaded beside its other work, swapped when the register moved."""

import asyncio
import contextlib
import gc
import logging
import math
import os
import time
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING

import psycopg

from api.problems import SERVICE_UNAVAILABLE, Problem
from registry.domain.errors import RegistryError
from registry.settings import Settings
from registry.store.reading.register_state import RegisterState

if TYPE_CHECKING:
    from registry.search.index import SearchIndex

_LOG = logging.getLogger("best.search")

PATIENCE_SECONDS = 8.0
"""How long a question waits for an index. A small register's takes a second, the country's more."""
_RETRY_SECONDS = 10
_LOOK_SECONDS = 0.02
_NICENESS = 10
_AGAIN_SECONDS = 60.0
_REST_PER_SECOND = 50_000
"""Addresses: a rest is about as long as making an index takes."""


@dataclass(slots=True, kw_only=True)
class SearchIndexHolder:
    """Holds an index of the register; one that is a release behind serves until the next is made.

    A register that nobody searches costs nothing: an index that lies on the disk is loaded at
    once, and made anew when the register moves; where there is none the first question asks for it.
    """

    settings: Settings
    index: "SearchIndex | None" = None
    _state: RegisterState = field(default_factory=RegisterState)
    _is_asked: bool = False
    _is_there: asyncio.Event = field(default_factory=asyncio.Event)
    _is_warm: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    def follow(self, state: RegisterState) -> None:
        """Hear how the register is: in the worker's loop, whenever that changed."""
        if state.dataset is not self._state.dataset:
            self.index = None  # nothing of the sample is told as if it were of the country
            self._is_there.clear()
            self._is_warm.clear()
        self._state = state
        if self._is_asked or (self.settings.home / "search").is_dir():
            self._begin()

    async def get(self, *, for_matching: bool = True) -> "SearchIndex":
        """Return the index, made if there is none; raises the problem of coming too early.

        Matching waits until what it keeps of the index is made, so that it is not made twice.
        """
        if self.index is None:
            self._is_asked = True
            there = asyncio.create_task(self._is_there.wait())
            # What is loaded first may be behind: nobody waits for the next one.
            either = {there, self._begin()}
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait(either, timeout=PATIENCE_SECONDS, return_when=first)
            there.cancel()
        if self.index is None:
            raise _make_too_early()
        if for_matching and not self._is_warm.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_warm.wait(), PATIENCE_SECONDS)
        return self.index or await self.get(for_matching=for_matching)

    async def close(self) -> None:
        """Stop following, and end what is being made."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _begin(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._catch_up())
        return self._task

    async def _catch_up(self) -> None:
        """Load and make until the index is that of the register as it is."""
        try:
            if self.index is None:
                index = await asyncio.to_thread(_open, self.settings)
                self._take(index)  # suggestions need no more
                await self._warm(index)
                if index is None and await asyncio.to_thread(_is_other_code, self.settings):
                    _LOG.warning(
                        "the search index is made anew by this version of Best;"
                        " until then search answers 503"
                    )
                    self._is_asked = True
            while (self.index or self._is_asked) and not self._is_current():
                await self._rest()
                state = self._state
                hurry = PATIENCE_SECONDS if self.index is None else 0.0
                is_made = await _make(self.settings, hurry=hurry)
                if not is_made:
                    _LOG.warning("making a search index failed; it is tried again in a minute")
                index = await asyncio.to_thread(_open, self.settings)
                await self._warm(index)
                self._take(index, is_made=is_made)
                if is_made and state is self._state:
                    break  # another worker's index may be ahead of what is known here
                if not is_made and not self._is_current():
                    await asyncio.sleep(_AGAIN_SECONDS)
        except (RegistryError, psycopg.Error, OSError) as error:
            _LOG.warning("there is no new search index (%s)", type(error).__name__)

    async def _rest(self) -> None:
        """Wait until nothing more is published, the longer the larger the register.

        An import publishes region by region, and makes an index itself at its end.
        """
        state = None
        while self.index is not None and state is not self._state:
            state = self._state
            await asyncio.sleep(min(len(self.index.addresses.streets) / _REST_PER_SECOND, 60.0))

    async def _warm(self, index: "SearchIndex | None") -> None:
        """Let matching make what it keeps of an index, before anybody waits for that."""
        from registry.search.warming import warm  # noqa: PLC0415 - as in _open

        if index is not None:
            try:
                await asyncio.to_thread(warm, index)
            finally:
                self._is_warm.set()
            gc.freeze()  # names by the million are not walked again and again

    def _take(self, index: "SearchIndex | None", *, is_made: bool = False) -> None:
        """Serve an index, unless it is of a register that is no longer."""
        if index is None:
            return
        first = min((release.first_seq for release in self._state.releases), default=0)
        if is_made or self._is_current(index) or first <= index.seq <= self._state.seq:
            self.index, self._is_asked = index, True
            self._is_there.set()
            gc.freeze()

    def _is_current(self, index: "SearchIndex | None" = None) -> bool:
        from registry.search.store import name_register  # noqa: PLC0415 - as in _open

        index, fingerprint = index or self.index, self._state.fingerprint
        if index is None or fingerprint is None:
            return False
        return index.version.startswith(f"{name_register(fingerprint)}-")


def _open(settings: Settings) -> "SearchIndex | None":
    """Load the newest index there is, with what suggests."""
    from registry.search.store import open_index  # noqa: PLC0415 - nowhere where nobody searches
    from registry.search.suggestions import suggest  # noqa: PLC0415 - likewise

    index = open_index(settings)
    if index is not None:
        suggest("wetstr 1", index)
    return index


def _is_other_code(settings: Settings) -> bool:
    from registry.search.store import has_only_others  # noqa: PLC0415 - as above

    return has_only_others(settings)


async def _make(settings: Settings, *, hurry: float) -> bool:
    """Make the index in a process of its own; return whether it was made.

    While somebody waits, for `hurry` seconds, it is as important as answers; then they go first.
    """
    process = get_context("spawn").Process(target=_ensure, args=(settings,), daemon=True)
    process.start()
    until = time.monotonic() + hurry
    try:
        while process.is_alive():
            if time.monotonic() >= until and process.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
                until = math.inf
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        process.kill()
    return process.exitcode == 0


def _ensure(settings: Settings) -> None:
    from registry.search.store import ensure_index  # noqa: PLC0415 - as above

    ensure_index(settings, lambda _: None)


def _make_too_early() -> Problem:
    return Problem(
        type=SERVICE_UNAVAILABLE,
        detail="The search index of the register is being made. Try again in a moment.",
        headers={"Retry-After": str(_RETRY_SECONDS)},
    )
