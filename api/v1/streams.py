"""Answers that are longer than what a worker may hold: sent as they are made."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping

import zstandard
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.problems import SERVICE_UNAVAILABLE, Problem

_CHUNK_BYTES = 512_000
_LEVEL = 3


class Stream(StreamingResponse):
    """A streamed answer that takes one of a few places for as long as it lasts."""

    def __init__(
        self,
        pieces: AsyncIterable[bytes],
        places: asyncio.Semaphore,
        *,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        """Make the answer; serviceUnavailable when all `places` are taken."""
        if places.locked():
            detail = "Others are being sent as much as this service sends at once. Try again later."
            raise Problem(type=SERVICE_UNAVAILABLE, detail=detail, headers={"Retry-After": "5"})
        super().__init__(gather(pieces), headers=headers, media_type=media_type)
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with self._places:
            await super().__call__(scope, receive, send)


async def gather(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield the same bytes in chunks worth sending."""
    waiting: list[bytes] = []
    size = 0
    async for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


async def compress(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield them as one zstd frame; the work is done in a thread."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
    async for chunk in gather(pieces):
        yield await asyncio.to_thread(compressor.compress, chunk)
    yield compressor.flush()
