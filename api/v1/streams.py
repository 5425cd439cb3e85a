"""Answers that are longer than what a worker may hold: sent as they are made.

Who hangs up must not leave a statement running behind: each step closes the one before it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

import zstandard
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from api.problems import SERVICE_UNAVAILABLE, Problem

Pieces = AsyncGenerator[bytes, None]

_CHUNK_BYTES = 512_000
_LEVEL = 3
_WAIT_SECONDS = 3.0
PATIENCE_SECONDS = 60.0
"""In which a reader has to take what is sent, half a megabyte at most."""

_SLOWEST = 50_000.0
"""Bytes a second that a reader takes at least, once it has been waited for that long in all."""


@dataclass(slots=True, kw_only=True)
class Places:
    """The places of `most` streams at once, each of another client."""

    most: int
    _clients: set[str] = field(default_factory=set)
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def hold(self, client: str) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        while client in self._clients or len(self._clients) >= self.most:
            await self._freed.wait()
        self._clients.add(client)
        try:
            yield
        finally:
            self._clients.discard(client)
            self._freed.set()
            self._freed = asyncio.Event()


class Stream(StreamingResponse):
    """A streamed answer that takes one of a few places for as long as it lasts."""

    def __init__(
        self,
        pieces: Pieces,
        places: Places,
        *,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        """Make the answer, for which `wait_for_place` has seen that there is a place."""
        self._places, self._chunks = places, gather(pieces)
        self._bytes, self._waited = 0, 0.0
        super().__init__(self._chunks, headers=headers, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with self._places.hold(scope["best.client"]):
            try:
                await super().__call__(scope, receive, send)
            finally:
                # In a task of its own: in this one, whatever waits is cancelled once more.
                await asyncio.shield(asyncio.ensure_future(_close(self._chunks)))

    async def stream_response(self, send: Send) -> None:
        """Send piece by piece.

        TimeoutError when the reader stalls or is too slow, which gives its place back.
        """

        async def send_in_time(message: Message) -> None:
            begun = monotonic()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await send(message)
            # The time that it takes to make the pieces is none of the reader's.
            self._waited += monotonic() - begun
            self._bytes += len(message.get("body", b""))
            if self._bytes < (self._waited - PATIENCE_SECONDS) * _SLOWEST:
                raise TimeoutError

        await super().stream_response(send_in_time)


async def wait_for_place(places: Places, client: str) -> None:
    """Return when there is a place; serviceUnavailable when there is none for some seconds.

    One that fetches part after part comes back before its last place is free again.
    """
    try:
        async with asyncio.timeout(_WAIT_SECONDS), places.hold(client):
            return
    except TimeoutError:
        detail = "Others are being sent as much as this service sends at once. Try again later."
        headers = {"Retry-After": "5"}
        raise Problem(type=SERVICE_UNAVAILABLE, detail=detail, headers=headers) from None


async def _close(pieces: Pieces) -> None:
    await pieces.aclose()


async def gather(pieces: Pieces) -> Pieces:
    """Yield the same bytes in chunks worth sending."""
    waiting: list[bytes] = []
    size = 0
    async with aclosing(pieces):
        async for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= _CHUNK_BYTES:
                yield b"".join(waiting)
                waiting, size = [], 0
    yield b"".join(waiting)


async def compress(pieces: Pieces) -> Pieces:
    """Yield them as one zstd frame; the work is done in a thread."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
    async with aclosing(gather(pieces)) as chunks:
        async for chunk in chunks:
            yield await asyncio.to_thread(compressor.compress, chunk)
    yield compressor.flush()


async def run_in_thread(pieces: Generator[bytes, None, None]) -> Pieces:
    """Yield what a generator makes in a thread."""
    try:
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    finally:
        await asyncio.shield(asyncio.to_thread(pieces.close))
