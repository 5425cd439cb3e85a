"""Finished pages in memory: what never changes is made once per worker."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

MOST_BYTES = 48_000_000
MOST_PLAIN_BYTES = 16_000_000
"""Pages are kept compressed, a twentieth of their size; as they are, only those asked for last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page as it is sent: where a reader goes on, and whether it is the same for ever.

    `mark` tells the history that it is of, up to the number `until`: see `api.v1.feed`.
    """

    content: bytes
    following: str | None
    is_complete: bool
    until: int
    mark: str


@dataclass(slots=True, kw_only=True)
class KeptPages:
    """The pages that were asked for last, of at most `most_bytes` together.

    Who asks for a page that is being made waits for it; a maker's error is everybody's.
    """

    most_bytes: int = MOST_BYTES
    _bytes: int = 0
    _pages: OrderedDict[Hashable, KeptPage] = field(default_factory=OrderedDict)
    _being_made: dict[Hashable, asyncio.Task[KeptPage]] = field(default_factory=dict)

    async def find_or_make(
        self,
        question: Hashable,
        seq: int,
        make: Callable[[], Awaitable[KeptPage]],
        is_valid: Callable[[KeptPage], bool],
    ) -> KeptPage:
        """Return the page that answers a question, made now if there is none as of `seq`.

        One that is not valid is not found: the register was restored to another history.
        """
        for key in (question, (question, seq)):
            if (page := self._pages.get(key)) and is_valid(page):
                self._pages.move_to_end(key)
                return page
        key = (question, seq)
        if key not in self._being_made:
            task = asyncio.ensure_future(self._make(question, seq, make))
            self._being_made[key] = task
            task.add_done_callback(lambda _: self._being_made.pop(key))
        # A reader that hangs up must not take the page from the others.
        return await asyncio.shield(self._being_made[key])

    async def _make(
        self, question: Hashable, seq: int, make: Callable[[], Awaitable[KeptPage]]
    ) -> KeptPage:
        page = await make()
        key = question if page.is_complete else (question, seq)
        known = self._pages.pop(key, None)
        self._pages[key] = page
        self._bytes += len(page.content) - (len(known.content) if known else 0)
        while self._bytes > self.most_bytes:
            _, dropped = self._pages.popitem(last=False)
            self._bytes -= len(dropped.content)
        return page
