"""Asks the links API as fast as it answers: requests signed beforehand, so many in flight."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from links.bench.crowd import Member

VERIFY = "/v1/verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many were answered in how long; seconds of each."""

    seconds: float
    latencies: Sequence[float]

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def find_latency(self, share: float) -> float:
        """Return the seconds within which this share was answered."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


def sign_requests(members: Sequence[Member], people: int, count: int) -> list[bytes]:
    """Sign `count` questions of the members in turn, as they go over the wire.

    They are good for a minute from now, each once.
    """
    tokens = {member.number: member.requester.fetch_token() for member in members}
    turns = itertools.cycle(members)
    return [
        _sign(next(turns), number // len(members) % people + 1, tokens) for number in range(count)
    ]


def _sign(member: Member, row: int, tokens: dict[int, str]) -> bytes:
    requester = member.requester
    body = requester.sign(VERIFY, member.make_question(row))
    token = tokens[member.number]
    lines = [
        f"POST {VERIFY} HTTP/1.1",
        "host: 127.0.0.1",
        f"authorization: DPoP {token}",
        f"dpop: {requester.make_proof('POST', VERIFY, token)}",
        "content-type: application/jose",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", body]).encode()


def send_requests(port: int, requests: Sequence[bytes], in_flight: int) -> Load:
    """Send all, `in_flight` at a time; RuntimeError unless each is answered with yes."""
    latencies: list[float] = []
    begun = time.perf_counter()
    uvloop.run(_send_all(port, iter(requests), in_flight, latencies))
    return Load(seconds=time.perf_counter() - begun, latencies=latencies)


async def _send_all(
    port: int, requests: Iterator[bytes], in_flight: int, latencies: list[float]
) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(in_flight):
            tasks.create_task(_send_in_turn(port, requests, latencies))


async def _send_in_turn(port: int, requests: Iterator[bytes], latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        latencies.append(time.perf_counter() - begun)
        if not head.startswith(b"HTTP/1.1 200") or not orjson.loads(body)["result"]:
            raise RuntimeError(f"{head[:20]!r}: {body[:200]!r}")
    writer.close()
