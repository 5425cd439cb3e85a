"""A part of a file on its way to the disk: large blocks, written while the next ones come."""

import asyncio
import errno
import hashlib
import os
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, BinaryIO, Final, TypeAlias

BLOCK_BYTES: Final = 1 << 20
_MOST_WAITING: Final = 4
"""Blocks: the network and the disk are seldom slow at the same moment."""
_MOST_PIECES: Final = 256
_LEAST_BYTES: Final = 65_536
_SENT_ON_BYTES: Final = 16 << 20
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

Receive: TypeAlias = Callable[[], Awaitable[Any]]


class Ending(Enum):
    """How a part ended."""

    COMPLETE = "complete"
    BROKEN = "broken"
    SLOW = "slow"
    TOO_LONG = "too long"
    NO_ROOM = "no room"


@dataclass(slots=True)
class PartFile:
    """A file that grows from byte `written` on, where it was opened."""

    file: BinaryIO
    written: int
    _sent_on: int = field(init=False)
    _is_broken: bool = field(default=False, init=False)
    _digest: Any = field(init=False)

    def __post_init__(self) -> None:
        self._sent_on = self.written
        self._digest = hashlib.sha256() if self.written == 0 else None

    def write(self, block: list[bytes]) -> None:
        """Add a block; what could be written of it counts also when not all could.

        After a block that failed none is written: it would stand in its place.
        """
        if self._is_broken:
            return
        self._is_broken = True
        for piece in block:
            rest = memoryview(piece)
            while rest:
                count = os.write(self.file.fileno(), rest)
                self.written += count
                rest = rest[count:]
            if self._digest is not None:
                self._digest.update(piece)
        if self.written - self._sent_on >= _SENT_ON_BYTES:
            # On to the disk while more comes: else the end waits for all of it, and a large file
            # pushes the register out of the machine's memory.
            length = self.written - self._sent_on
            os.posix_fadvise(self.file.fileno(), self._sent_on, length, os.POSIX_FADV_DONTNEED)
            self._sent_on = self.written
        self._is_broken = False

    def cut(self, size: int) -> None:
        """Forget what lies behind `size`."""
        self.file.truncate(size)
        self.written, self._digest = size, None

    def settle(self) -> None:
        """Return when what was written is on the disk."""
        os.fsync(self.file.fileno())

    def find_sha256(self) -> str:
        """Return the digest of the file: as it came, or read again when not all of it came now."""
        if self._digest is None:
            with os.fdopen(self.file.fileno(), "rb", closefd=False) as whole:
                whole.seek(0)
                self._digest = hashlib.file_digest(whole, "sha256")
        return str(self._digest.hexdigest())


@dataclass(slots=True, kw_only=True)
class Reception:
    """Writes what comes to `file` until `length` bytes are there.

    In every `idle_seconds` 64 KiB must come. Every `checkpoint_seconds` `checkpoint` is called,
    which notes how far it is, and raises when the client may go on no more.
    """

    receive: Receive
    file: PartFile
    length: int
    idle_seconds: float
    checkpoint_seconds: float
    checkpoint: Callable[[], Awaitable[None]]
    _block: list[bytes] = field(default_factory=list, init=False)
    _writing: deque[asyncio.Future[None]] = field(default_factory=deque, init=False)

    async def run(self) -> Ending:
        """Return how it ended; what came before is in the file then, also when this raises."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="upload") as writer:
            try:
                try:
                    return await self._take(writer)
                finally:
                    await self._write(writer)
                    await self._wait()
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                return Ending.NO_ROOM

    async def _take(self, writer: Executor) -> Ending:
        taken, lately, waiting = 0, 0, 0
        clock = asyncio.get_running_loop().time
        late, due = clock() + self.idle_seconds, clock() + self.checkpoint_seconds
        while taken < self.length:
            if clock() >= due:
                await self._write(writer)
                await self._wait()
                waiting = 0
                await self.checkpoint()
                due = clock() + self.checkpoint_seconds
            if clock() >= late:
                return Ending.SLOW
            message = await self._receive(min(late, due))
            if message is None:
                continue
            if message["type"] == "http.disconnect":
                return Ending.BROKEN
            body = message.get("body", b"")
            taken, lately = taken + len(body), lately + len(body)
            if taken > self.length:
                return Ending.TOO_LONG
            if lately >= _LEAST_BYTES:
                late, lately = clock() + self.idle_seconds, 0
            self._block.append(body)
            waiting += len(body)
            if waiting >= BLOCK_BYTES or len(self._block) >= _MOST_PIECES:
                await self._write(writer)
                waiting = 0
            if not message.get("more_body", False) and taken < self.length:
                return Ending.BROKEN
        return Ending.COMPLETE

    async def _receive(self, until: float) -> Any:
        try:
            async with asyncio.timeout_at(until):
                return await self.receive()
        except TimeoutError:
            return None

    async def _write(self, writer: Executor) -> None:
        """Have the block written, after those before it and while the next ones come."""
        block, self._block = self._block, []
        self._writing.append(
            asyncio.get_running_loop().run_in_executor(writer, self.file.write, block)
        )
        while len(self._writing) > _MOST_WAITING:
            await self._writing.popleft()

    async def _wait(self) -> None:
        while self._writing:
            await self._writing.popleft()
