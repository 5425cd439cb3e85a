"""The pseudonymiser at work: two unix sockets, no database, nothing written down.

It logs no input, leaves no core dump and lets nobody attach; a request that fails is answered with
a code. Whoever may enter is decided by the kernel's word on who connects (SO_PEERCRED).
"""

from __future__ import annotations

import asyncio
import ctypes
import resource
import socket
import struct
import sys
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from links.keys.derivation import KeysRefused
from links.keys.frames import FrameReader, FrameRefused, write_frame
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from links.keys.callers import Operations
    from links.keys.operations import Request, Vault

TURN_SECONDS = 0.002
"""How long one connection may keep the others waiting, but for one frame."""
MOST_WAITING = 256
_PR_SET_DUMPABLE = 4


class Allowance:
    """How much may be asked: so many a second, and no more than that at once."""

    __slots__ = ("_clock", "_left", "_per_second", "_since")

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start full."""
        self._per_second, self._clock = per_second, clock
        self._left, self._since = per_second, clock()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = self._clock()
        self._left = min(self._per_second, self._left + (now - self._since) * self._per_second)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What one user may have done, and how often; a caller's connections share the allowance."""

    operations: Operations
    allowance: Allowance | None = None


def answer(vault: Vault, operations: Operations, message: Request) -> dict[str, Any]:
    """Return the answer to one message; whatever goes wrong is a code that repeats no input."""
    number = message.get("id")
    number = number if type(number) is int else None
    try:
        operation = operations[message["op"]]
        return {"id": number, "ok": operation(vault, message)}
    except KeysRefused as error:
        place = {} if error.row is None else {"row": error.row}
        return {"id": number, "error": error.code, **place}
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return {"id": number, "error": "request_malformed"}
    except Exception as error:  # noqa: BLE001 - its text could quote what was asked
        print(f"pseudonymiser: {type(error).__name__}", file=sys.stderr)
        return {"id": number, "error": "failed"}


class Conversation(asyncio.Protocol):
    """One connection: frames in, frames out, in their order."""

    def __init__(self, vault: Vault, callers: Mapping[int, Caller]) -> None:
        """Serve the users in `callers`, each what it may."""
        self._vault, self._callers = vault, callers
        self._caller: Caller | None = None
        self._reader, self._waiting = FrameReader(), deque[dict[str, Any]]()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._is_scheduled = self._is_full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the kernel who it is, and hang up on others."""
        opened = cast("asyncio.Transport", transport)  # uvloop's are of no asyncio class
        self._caller = self._callers.get(find_peer(opened.get_extra_info("socket")))
        if self._caller is None:
            opened.abort()
        else:
            self._transport = opened

    def hang_up(self) -> None:
        """End the conversation at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        """Forget what was not answered."""
        self._transport = None
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Take frames in; hang up on what is none."""
        if self._transport is None:
            return
        try:
            self._waiting.extend(self._reader.feed(data))
        except FrameRefused:
            self._transport.abort()
            return
        if len(self._waiting) > MOST_WAITING:
            self._transport.pause_reading()
        self._schedule()

    def pause_writing(self) -> None:
        """Stop answering whoever does not read."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._is_full = False
        self._schedule()

    def _schedule(self) -> None:
        if self._waiting and not self._is_scheduled and not self._is_full:
            self._is_scheduled = True
            self._loop.call_soon(self._work)

    def _work(self) -> None:
        self._is_scheduled = False
        until, answers = time.monotonic() + TURN_SECONDS, []
        while self._waiting and self._caller is not None:
            answers.append(write_frame(self._answer(self._caller, self._waiting.popleft())))
            if time.monotonic() >= until:
                break
        if self._transport is None:
            return
        self._transport.write(b"".join(answers))
        if len(self._waiting) <= MOST_WAITING and not self._transport.is_reading():
            self._transport.resume_reading()
        self._schedule()

    def _answer(self, caller: Caller, message: dict[str, Any]) -> dict[str, Any]:
        if caller.allowance is not None and not caller.allowance.take():
            return {"id": message.get("id"), "error": "rate_limited"}
        return answer(self._vault, caller.operations, message)


def find_peer(connection: socket.socket) -> int:
    """Return the user id of the process at the other end, as the kernel knows it."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", raw)[1])


@asynccontextmanager
async def serving(
    vault: Vault, sockets: Mapping[Path, Mapping[int, Caller]]
) -> AsyncIterator[None]:
    """Serve for the block; sockets: the callers of each by the number of their user."""
    loop = asyncio.get_running_loop()
    servers: list[asyncio.AbstractServer] = []
    conversations = WeakSet[Conversation]()
    for path, callers in sockets.items():
        clear_path(path)

        def converse(callers: Mapping[int, Caller] = callers) -> Conversation:
            conversation = Conversation(vault, callers)
            conversations.add(conversation)
            return conversation

        servers.append(await loop.create_unix_server(converse, str(path)))
    try:
        yield
    finally:
        for server in servers:
            server.close()
        for conversation in conversations:
            conversation.hang_up()
        await asyncio.sleep(0)  # transports close in the loop's next turn
        for path in sockets:
            path.unlink(missing_ok=True)


def clear_path(path: Path) -> None:
    """Remove a socket that nobody serves; EnvironmentProblem when somebody does."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise EnvironmentProblem(f"A pseudonymiser serves {path} already.")


def harden() -> None:
    """Leave no core dump, and let no process of the same user look into this one."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise EnvironmentProblem("The kernel does not let this process hide its memory.")
