"""The agencies' door as one ASGI application: its own process, database role and port."""

import asyncio
import contextlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import ConnectionPool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.bare_app import make_bare_app
from api.deliveries.access_tokens import AccessTokens, read_secret, read_signing_key
from api.deliveries.act_routes import router as act_router
from api.deliveries.check_routes import router as check_router
from api.deliveries.delivery_routes import router as delivery_router
from api.deliveries.door import ROOT, Door
from api.deliveries.oauth_routes import router as oauth_router
from api.deliveries.oidc import OrganisationIssuer
from api.deliveries.options import DoorOptions
from api.deliveries.problems import make_not_found
from api.deliveries.queue_routes import router as queue_router
from api.deliveries.token_endpoint import TokenEndpoint
from api.middleware.guard import Guard
from api.middleware.observation import Observation
from api.problems import NOT_FOUND, make_error_response
from api.rate_limits import RateLimiter
from api.validation import make_validation_problem
from registry.clock import utc_now
from registry.deliveries.agencies import find_keys, remember_assertion
from registry.deliveries.files import DeliveryFiles
from registry.settings import Settings
from registry.store.connections import Role, make_conninfo

DOOR_VERSION: Final = "1.0.0"
_POOL_SIZE: Final = 8
_LINGER_SECONDS: Final = 5.0
_FILES: Final = re.compile(rf"{ROOT}/deliveries/[^/]+/file")
_CONNECTION: Final[dict[str, Any]] = {
    "application_name": "best door",
    "connect_timeout": 5,
    "options": "-c statement_timeout=10s -c timezone=UTC",
}


def make_door(settings: Settings, base_url: str, options: DoorOptions | None = None) -> FastAPI:
    """Build the application; `base_url` is the issuer and what links begin with, without slash."""
    options = options or DoorOptions.from_environment(os.environ)
    app = make_bare_app(
        title="Deliveries to the Belgian open address registry",
        version=DOOR_VERSION,
        live=_live,
        answer_problem=_answer_problem,
        middleware=[
            Middleware(Observation, base_url=base_url, trusted_proxies=options.trusted_proxies),
            Middleware(
                Guard,
                base_url=base_url,
                limiter=RateLimiter(units=options.rate_limit),
                uploads=_FILES,
            ),
        ],
    )
    app.state.door = _make_door(settings, base_url, options)
    for router in (delivery_router, act_router, check_router, queue_router, oauth_router):
        app.include_router(router)
    return app


def _make_door(settings: Settings, base_url: str, options: DoorOptions) -> Door:
    pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
        _join_conninfo(settings), min_size=1, max_size=_POOL_SIZE, open=False
    )
    secret = settings.home / "deliveries" / "door"
    issuer: TokenEndpoint | None = None
    if options.oidc_issuer is None:
        tokens = AccessTokens(base_url, read_signing_key(secret))
        issuer = TokenEndpoint(issuer=base_url, tokens=tokens, clients=_Clients(pool))
    return Door(
        options=options,
        base_url=base_url,
        pool=pool,
        files=DeliveryFiles(settings.home),
        reader=(
            issuer.tokens
            if issuer
            else OrganisationIssuer(issuer=str(options.oidc_issuer), audience=base_url)
        ),
        issuer=issuer,
        limiter=RateLimiter(units=options.rate_limit),
        page_key=read_secret(secret / "pages.key", lambda: secrets.token_bytes(32)),
        clock=utc_now,
    )


def _join_conninfo(settings: Settings) -> str:
    given = psycopg.conninfo.conninfo_to_dict(make_conninfo(settings, Role.DELIVERIES))
    options = f"{given.get('options') or ''} {_CONNECTION['options']}".strip()
    return psycopg.conninfo.make_conninfo(**{**given, **_CONNECTION, "options": options})


class _Clients:
    """The database's side of the token endpoint."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection]) -> None:
        self._pool = pool

    def find_keys(self, client_id: str) -> Mapping[str, Mapping[str, Any]]:
        with self._pool.connection(timeout=5.0) as connection:
            return find_keys(connection, client_id)

    def remember(self, digest: bytes, expires_at: datetime) -> bool:
        with self._pool.connection(timeout=5.0) as connection:
            return remember_assertion(connection, digest, expires_at, utc_now())


@contextlib.asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    door: Door = app.state.door
    door.pool.open(wait=False)
    try:
        yield {}
    finally:
        await asyncio.to_thread(door.pool.close, 2.0)


async def _answer_problem(request: Request, error: Exception) -> Response:
    door: Door = request.app.state.door
    if isinstance(error, RequestValidationError):
        error = make_validation_problem(error.errors())
    elif isinstance(error, HTTPException) and error.status_code == NOT_FOUND.status:
        error = make_not_found()
    answer = make_error_response(error, base_url=door.base_url)
    return _Lingering(answer) if request.method == "PUT" else answer


class _Lingering(Response):
    """An answer to who is still sending: said at once, and then the rest is let run out a while.

    A connection that is closed with bytes unread takes the answer with it, and the client would
    only learn that it broke.
    """

    def __init__(self, answer: Response) -> None:
        headers = {**answer.headers, "Connection": "close"}
        super().__init__(answer.body, answer.status_code, headers)

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                more = True
                while more:
                    message = await receive()
                    more = message["type"] == "http.request" and message.get("more_body", False)
        await send({"type": "http.response.body", "body": b""})
