"""The links API as an ASGI application: what arrives, who answers, when it leaves."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from links.api.answers import Answer, make_refusal
from links.api.gate import READ_HEADERS, Request
from links.api.openapi import read_document
from links.api.problems import Refused
from links.api.service import Service
from links.api.ticks import Ticks
from links.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from links.settings import LinksSettings

MAX_BODY: Final = 32_768
ACCESS_LOG: Final = logging.getLogger("links.access")
_ERRORS: Final = logging.getLogger("links.errors")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Who answers a path; `on_tick` where the time it takes may depend on links."""

    method: str
    endpoint: Endpoint
    on_tick: bool = False


class LinksApi:
    """ASGI application; `clock` gives aware UTC."""

    def __init__(self, settings: LinksSettings, clock: Callable[[], datetime]) -> None:
        self._ticks = Ticks()
        self._service = Service(
            settings, clock=clock, hop_secret=os.environ.get("BEST_LINKS_HOP_SECRET") or None
        )
        self._routes: Mapping[str, Route] = _make_routes(self._service)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request or the life of the application."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._ticks.open()
        await self._service.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._service.close()
        self._ticks.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        arrived = time.monotonic()
        path = scope["path"]
        route = self._routes.get(path)
        answer = await self._find_answer(scope, receive, route, arrived)
        if route is not None and route.on_tick:
            await self._ticks.wait(arrived)
        headers = answer.list_headers()
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
        # No address of the network, no client, no length: a log says that the door is in use.
        ACCESS_LOG.info(
            "%s %s %d %d ms",
            scope["method"] if route else "-",
            path if route else "-",
            answer.status,
            (time.monotonic() - arrived) * 1000,
        )

    async def _find_answer(
        self, scope: Message, receive: Receive, route: Route | None, arrived: float
    ) -> Answer:
        try:
            endpoint = _find_endpoint(scope, route)
            request = Request(
                method=scope["method"],
                path=scope["path"],
                headers=_read_headers(scope["headers"]),
                body=await _read_body(receive),
                arrived=arrived,
            )
            return await endpoint(request)
        except Refused as refused:
            return make_refusal(refused)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, nobody learns what was asked
            code = getattr(error, "code", getattr(error, "sqlstate", ""))  # repeats no value
            where = scope["path"] if route else "-"
            _ERRORS.error("%s %s at %s", type(error).__name__, code, where)
            return make_refusal(Refused("unavailable"))


def make_app(settings: LinksSettings, *, clock: Callable[[], datetime] = utc_now) -> LinksApi:
    """Make the application; the environment may give BEST_LINKS_HOP_SECRET."""
    return LinksApi(settings, clock)


def _make_routes(service: Service) -> dict[str, Route]:
    questions = {
        f"/v1/{operation}": Route(method="POST", endpoint=endpoint, on_tick=True)
        for operation, endpoint in service.make_questions().items()
    }
    document = read_document()

    async def show_document(_: Request) -> Answer:
        return Answer(body=document)

    return questions | {
        "/v1/handles/open": Route(method="POST", endpoint=service.open_handle, on_tick=True),
        "/v1/changes": Route(method="POST", endpoint=service.take_notices, on_tick=True),
        "/v1/deliberations/mine": Route(method="GET", endpoint=service.list_deliberations),
        "/v1/usage/mine": Route(method="GET", endpoint=service.count_usage),
        "/oauth/token": Route(method="POST", endpoint=service.give_token),
        "/.well-known/oauth-authorization-server": Route(
            method="GET", endpoint=service.show_issuer
        ),
        "/jwks": Route(method="GET", endpoint=service.show_keys),
        "/health": Route(method="GET", endpoint=service.check_health),
        "/openapi.json": Route(method="GET", endpoint=show_document),
    }


def _find_endpoint(scope: Message, route: Route | None) -> Endpoint:
    if route is None:
        raise Refused("not_found")
    if scope["method"] != route.method:
        raise Refused("method_not_allowed")
    if scope["query_string"]:
        raise Refused("query_string")
    return route.endpoint


def _read_headers(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers that are read; one that was sent twice says nothing."""
    found: dict[str, str] = {}
    twice = set()
    for raw_name, value in headers:
        name = raw_name.decode("latin-1")
        if name in READ_HEADERS:
            if name in found:
                twice.add(name)
            found[name] = value.decode("latin-1")
    for name in twice:
        del found[name]
    return found


async def _read_body(receive: Receive) -> bytes:
    parts, length, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("request_malformed")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        more = message.get("more_body", False)
        if length > MAX_BODY:
            raise Refused("too_large")
    return b"".join(parts)
