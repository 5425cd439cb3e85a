"""Ask the pseudonymiser: `AskKeys` from programs that wait for many, `BatchKeys` from the others.

Nothing is kept between two requests: without the keys there is no answer at all. References are
hexadecimal on both sides; docs of each operation are those of links.keys.operations
and links.keys.batch, and who may ask for which is in links.keys.callers.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast

from links.keys.batch import MOST_BATCH_ROWS
from links.keys.derivation import KeysRefused
from links.keys.frames import FrameReader, FrameRefused, write_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    KeyedRows = tuple[int, list[list[str | None]]]

__all__ = ["AskKeys", "BatchKeys", "KeysRefused", "KeysUnavailable"]

SECONDS = 5.0
_FRAMES_AHEAD = 4
_BUSY = frozenset({"rate_limited", "failed"})


class KeysUnavailable(Exception):
    """The pseudonymiser is not there, does not answer or is asked too much: nothing can be said."""


class AskKeys:
    """A pipelined connection to ask.sock (or batch.sock), made again after it broke."""

    def __init__(self, path: Path, *, seconds: float = SECONDS) -> None:
        """Use the socket at `path`; nothing is connected before the first request."""
        self._path, self._seconds = str(path), seconds
        self._numbers = itertools.count(1)
        self._lock = asyncio.Lock()
        self._connection: _Connection | None = None

    async def ask(self, operation: str, **members: Any) -> dict[str, Any]:
        """Return the answer; KeysRefused for a wrong request, KeysUnavailable for no answer."""
        connection = self._connection
        if connection is None or connection.is_lost:
            connection = await self._connect()
        message = {"id": next(self._numbers), "op": operation, **members}
        try:
            async with asyncio.timeout(self._seconds):
                return read_answer(await connection.send(message))
        except TimeoutError:
            connection.hang_up()
            raise KeysUnavailable from None

    async def close(self) -> None:
        """Hang up; a later request connects again."""
        if self._connection is not None:
            self._connection.hang_up()
            self._connection = None

    async def _connect(self) -> _Connection:
        async with self._lock:
            if self._connection is None or self._connection.is_lost:
                try:
                    _, self._connection = await asyncio.get_running_loop().create_unix_connection(
                        _Connection, self._path
                    )
                except OSError:
                    raise KeysUnavailable from None
            return self._connection


class _Connection(asyncio.Protocol):
    """Requests under way, by their number."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        opened = cast("asyncio.Transport", transport)  # uvloop's are of no asyncio class
        self._transport = opened

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(KeysUnavailable())
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._reader.feed(data):
                waiting = self._waiting.pop(message["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
        except (FrameRefused, KeyError):
            self.hang_up()

    async def send(self, message: dict[str, Any]) -> dict[str, Any]:
        if self.is_lost or self._transport is None:
            raise KeysUnavailable
        frame = _write_request(message)
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[message["id"]] = waiting
        self._transport.write(frame)
        return await waiting  # type: ignore[no-any-return] # create_future knows no type

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class BatchKeys:
    """A connection to batch.sock for one thread; a context manager."""

    def __init__(self, path: Path, *, seconds: float = 30.0) -> None:
        """Connect; KeysUnavailable when nobody listens."""
        self._numbers, self._reader = itertools.count(1), FrameReader()
        self._received: Iterator[dict[str, Any]] = iter(())
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise KeysUnavailable from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, operation: str, **members: Any) -> dict[str, Any]:
        """Return the answer; KeysRefused for a wrong request, KeysUnavailable for no answer."""
        return read_answer(self._receive(self._send(operation, members)))

    def key_rows(self, sector: str, rows: Sequence[Sequence[str | None]]) -> KeyedRows:
        """Key any number of rows [address, subject type, subject, household].

        Returns the generation and [addr_ref, subj_ref, household_ref, addr_sealed] for each.
        KeysRefused carries the index of the first wrong row.
        """
        keyed: list[list[str | None]] = []
        kid = 0
        for start, answer in self._ask_ahead("key_rows", rows, sector=sector):
            kid = read_answer(answer, start)["kid"]
            keyed += answer["ok"]["rows"]
        return kid, keyed

    def list_rows(
        self, operation: str, rows: Sequence[Any], member: str, **members: Any
    ) -> list[Any]:
        """Ask about any number of `rows`; return the lists named `member` of the answers as one."""
        found: list[Any] = []
        for start, answer in self._ask_ahead(operation, rows, **members):
            found += read_answer(answer, start)[member]
        return found

    def shred_month(self, month: str) -> bool:
        """Destroy the data key of a month of more than ten years ago; whether there was one."""
        return bool(self.ask("shred_month", month=month)["existed"])

    def _ask_ahead(
        self, operation: str, rows: Sequence[Any], **members: Any
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Send frames ahead of their answers, so that neither side waits for the other."""
        under_way: deque[tuple[int, int]] = deque()
        for first in range(0, len(rows), MOST_BATCH_ROWS):
            part = rows[first : first + MOST_BATCH_ROWS]
            under_way.append((first, self._send(operation, {"rows": part, **members})))
            if len(under_way) == _FRAMES_AHEAD:
                start, number = under_way.popleft()
                yield start, self._receive(number)
        for start, number in under_way:
            yield start, self._receive(number)

    def _send(self, operation: str, members: dict[str, Any]) -> int:
        number = next(self._numbers)
        frame = _write_request({"id": number, "op": operation, **members})
        try:
            self._socket.sendall(frame)
        except OSError:
            self._fail()
        return number

    def _receive(self, number: int) -> dict[str, Any]:
        while True:
            for message in self._received:
                if message["id"] == number:  # others: of a list that was given up at an error
                    return message
            try:
                data = self._socket.recv(1 << 18)
            except OSError:
                data = b""
            if not data:
                self._fail()
            self._received = self._reader.feed(data)

    def _fail(self) -> NoReturn:
        self.close()
        raise KeysUnavailable from None


def read_answer(message: dict[str, Any], start: int = 0) -> dict[str, Any]:
    """Return what an answer says; its error is raised, with the row counted from `start`."""
    if "ok" in message:
        found: dict[str, Any] = message["ok"]
        return found
    code, row = str(message.get("error")), message.get("row")
    if code in _BUSY:
        raise KeysUnavailable
    raise KeysRefused(code, None if row is None else start + int(row))


def _write_request(message: dict[str, Any]) -> bytes:
    try:
        return write_frame(message)
    except (FrameRefused, TypeError):
        raise KeysRefused("request_malformed") from None
