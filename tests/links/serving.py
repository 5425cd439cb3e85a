"""The links API served on the loopback, from a thread of the test; as many workers as wanted."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from links.api.__main__ import make_config
from links.api.app import make_app
from links.api.requester import Reply, Requester
from links.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from links.settings import LinksSettings
    from tests.links.world import Client


@dataclass(slots=True)
class Clock:
    """Ours, shifted."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running API; `urls` of its workers."""

    settings: LinksSettings
    urls: list[str]
    clock: Clock

    def make_requester(self, client: Client, worker: int = 0) -> Requester:
        """Return a requester with the client's key and a fresh key for DPoP."""
        return Requester(
            issuer=self.settings.issuer,
            client=client.id,
            kid=client.kid,
            key=client.key,
            possession=generate_private_key(SECP256R1()),
            url=self.urls[worker],
            clock=self.clock,
        )


@contextmanager
def serving_links(settings: LinksSettings, workers: int = 1) -> Iterator[Served]:
    """Serve for the block."""
    clock = Clock()
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(workers)]
    servers = []
    for _ in sockets:
        config = make_config(settings, make_app(settings, clock=clock))
        servers.append(uvicorn.Server(config))
    failures: list[BaseException] = []

    async def serve() -> None:
        await asyncio.gather(
            *(
                server.serve(sockets=[listening])
                for server, listening in zip(servers, sockets, strict=True)
            )
        )

    def run() -> None:
        try:
            uvloop.run(serve())
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while not all(server.started for server in servers):
            assert thread.is_alive(), failures
            thread.join(0.01)
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in sockets]
        yield Served(settings=settings, urls=urls, clock=clock)
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(10)


def make_question(deliberation: str, **members: Any) -> dict[str, Any]:
    """Return the content of a request; purpose and kind of cpas_verify where nothing is said."""
    content = {
        "deliberation": f"TEST/{deliberation}",
        "purpose": "aid",
        "caseReference": "case-1",
        "endUser": "desk-1",
        "correlationId": "c-1",
        "kind": "residence",
    } | members
    return {name: value for name, value in content.items() if value is not None}


def person(ssin: str) -> dict[str, str]:
    """Return a subject."""
    return {"type": "person", "value": ssin}


def read_problem(reply: Reply) -> tuple[int, str]:
    """Return status and the last word of the problem's type."""
    assert reply.headers["content-type"] == "application/problem+json", reply
    return reply.status, str(reply.content["type"]).rpartition(":")[2]
