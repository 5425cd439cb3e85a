"""Frames of the pseudonymiser's sockets: four bytes of length, big-endian, then JSON.

Requests {"id": n, "op": ..., ...}; answers {"id": n, "ok": {...}} or {"id": n, "error": code,
"row"?: k}. Many may be under way; answers come in the order of their requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_BYTES = 4
LONGEST_FRAME = 1 << 20
"""Bytes: a thousand rows, or a signed request of 500 kB."""


class FrameRefused(Exception):
    """The other side does not speak in frames: there is nothing to do but hang up."""


def write_frame(message: dict[str, Any]) -> bytes:
    """Return a message as it goes over the socket."""
    body = orjson.dumps(message)
    if len(body) > LONGEST_FRAME:
        raise FrameRefused
    return len(body).to_bytes(HEADER_BYTES, "big") + body


class FrameReader:
    """Cuts what arrives into messages."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        """Start with nothing read."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Add what was read and return the messages that are whole; FrameRefused for others."""
        buffer = self._buffer
        buffer += data
        start = 0
        try:
            while len(buffer) - start >= HEADER_BYTES:
                length = int.from_bytes(buffer[start : start + HEADER_BYTES], "big")
                if length > LONGEST_FRAME:
                    raise FrameRefused
                end = start + HEADER_BYTES + length
                if len(buffer) < end:
                    break
                body = bytes(buffer[start + HEADER_BYTES : end])
                start = end
                yield read_body(body)
        finally:
            del buffer[:start]


def read_body(body: bytes) -> dict[str, Any]:
    """Return the message in a frame; FrameRefused when it is none."""
    try:
        message = orjson.loads(body)
    except ValueError:
        raise FrameRefused from None
    if not isinstance(message, dict):
        raise FrameRefused
    return message
