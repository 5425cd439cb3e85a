"""The citizen API and page: who asked about me, what is held about me, complaints, protection."""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from typing import Final

import uvicorn
from joserfc.jwk import KeySet
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from links.citizen.endpoints import make_routes
from links.citizen.identity import IdentityProvider
from links.citizen.problems import Refused, make_problem
from links.citizen.service import CitizenService
from links.citizen.usages import Urls
from links.clock import utc_now
from links.keys.client import AskKeys
from links.settings import LinksSettings
from links.store.connections import LinksRole, make_conninfo

_HTTP_CODES: Final = {404: "not_found", 405: "method_not_allowed"}


def make_app(
    settings: LinksSettings,
    *,
    clock: Callable[[], datetime] = utc_now,
    jwks: KeySet | None = None,
) -> Starlette:
    """Build the application; without an identity provider it answers 503 to whoever has a token."""
    return Starlette(
        routes=make_routes(),
        exception_handlers={Refused: _answer_refused, HTTPException: _answer_http},
        lifespan=partial(_live, settings=settings, clock=clock, jwks=jwks),
    )


@contextlib.asynccontextmanager
async def _live(
    app: Starlette,
    *,
    settings: LinksSettings,
    clock: Callable[[], datetime],
    jwks: KeySet | None,
) -> AsyncIterator[None]:
    pool = AsyncConnectionPool(
        make_conninfo(settings, LinksRole.CITIZEN),
        kwargs={"autocommit": True},
        min_size=1,
        max_size=4,
        timeout=2.0,
        open=False,
    )
    keys = AskKeys(settings.ask_socket)
    urls = Urls(citizen=settings.citizen_url, register=settings.register_url)
    provider = make_provider(settings, jwks)
    app.state.service = CitizenService(provider, keys, pool, urls, clock)
    await pool.open(wait=False)
    try:
        yield
    finally:
        await pool.close()
        await keys.close()


def make_provider(settings: LinksSettings, jwks: KeySet | None) -> IdentityProvider | None:
    """Return whom tokens are believed of: `jwks`, or the file that the settings name."""
    if jwks is None and settings.citizen_jwks is not None:
        jwks = KeySet.import_key_set(json.loads(settings.citizen_jwks.read_bytes()))
    if jwks is None or settings.citizen_issuer is None:
        return None
    return IdentityProvider(
        issuer=settings.citizen_issuer, audience=settings.citizen_url, keys=jwks
    )


async def _answer_refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return make_problem(error)


async def _answer_http(_request: Request, error: Exception) -> Response:
    code = _HTTP_CODES.get(getattr(error, "status_code", 500), "request_malformed")
    return make_problem(Refused(code))


def main() -> None:
    """Serve until told to stop; no access log: it would say when who looked."""
    settings = LinksSettings.from_environment(os.environ)
    uvicorn.run(
        make_app(settings),
        host="127.0.0.1",
        port=settings.citizen_port,
        access_log=False,
        server_header=False,
        date_header=False,
    )
