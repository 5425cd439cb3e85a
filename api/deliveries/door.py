"""What the door works with, and who stands before it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Protocol

import orjson
import psycopg
from fastapi import Depends, Request
from psycopg_pool import ConnectionPool
from starlette.responses import Response

from api.deliveries.jose import Bearer, TokenRefused
from api.deliveries.options import DoorOptions
from api.deliveries.problems import (
    EXPIRED_ACCESS_TOKEN,
    INVALID_ACCESS_TOKEN,
    NO_ACCESS_TOKEN,
    make_unauthorized,
)
from api.deliveries.token_endpoint import TokenEndpoint
from api.problems import Issue, make_bad_request
from api.rate_limits import COST_OF_REQUEST, RateLimiter
from registry.deliveries.agencies import Actor, find_actor, find_keys
from registry.deliveries.files import DeliveryFiles

ROOT = "/deliveries/v1"
PRIVATE = {"Cache-Control": "no-store"}


class TokenReader(Protocol):
    """Who knows access tokens: the embedded issuer, or the organisation's own."""

    def find_bearer(self, text: str, now: float) -> Bearer:
        """Return who a token names, or raise TokenRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Everything that a request needs; `uploads` counts those under way by agency."""

    options: DoorOptions
    base_url: str
    pool: ConnectionPool[psycopg.Connection]
    files: DeliveryFiles
    reader: TokenReader
    issuer: TokenEndpoint | None
    limiter: RateLimiter
    page_key: bytes = field(repr=False)
    clock: Callable[[], datetime]
    uploads: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A connection whose changes hold together, and hold once the block is left."""
        with self.pool.connection(timeout=5.0) as connection:
            yield connection

    def make_url(self, path: str) -> str:
        """Return the absolute address of a path below /deliveries/v1."""
        return f"{self.base_url}{ROOT}{path}"

    def find_actor(self, connection: psycopg.Connection, bearer: Bearer) -> Actor | None:
        """Return who a bearer is now: who was suspended a moment ago is nobody.

        So is who comes with what was got by a key that is no longer in use.
        """
        if bearer.kid is not None and bearer.kid not in find_keys(connection, bearer.client_id):
            return None
        return find_actor(connection, bearer.client_id, self.clock())

    def require_actor(self, bearer: Bearer) -> Actor:
        """Return who a bearer is now, or raise the problem of who is nobody."""
        with self.transaction() as connection:
            actor = self.find_actor(connection, bearer)
        if actor is None:
            raise make_unauthorized(INVALID_ACCESS_TOKEN)
        return actor


def get_door(request: Request) -> Door:
    """Return what the application was made with."""
    door: Door = request.app.state.door
    return door


def authenticate(request: Request) -> Actor:
    """Return who asks, by the access token (RFC 6750) and by what the database says of it now.

    `request.state.bearer` is what the token says.
    """
    door = get_door(request)
    given = request.headers.getlist("authorization")
    if not given:
        raise make_unauthorized(NO_ACCESS_TOKEN)
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise make_unauthorized(INVALID_ACCESS_TOKEN)
    try:
        bearer = door.reader.find_bearer(token.strip(), door.clock().timestamp())
    except TokenRefused as refusal:
        kind = EXPIRED_ACCESS_TOKEN if refusal.code == "exp" else INVALID_ACCESS_TOKEN
        raise make_unauthorized(kind) from None
    actor = door.require_actor(bearer)
    door.limiter.charge(f"client {bearer.client_id}", COST_OF_REQUEST)
    request.state.bearer = bearer
    return actor


def check_parameters(request: Request) -> None:
    """Refuse parameters that this path does not have, and one that comes twice."""
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    given = [name for name, _ in request.query_params.multi_items()]
    issues = [
        Issue(name=name, kind="unknownInput", detail=f"There is no parameter {name} here.")
        for name in dict.fromkeys(given)
        if name not in known
    ] + [
        Issue(name=name, kind="invalidInput", detail=f"{name} is given more than once.")
        for name in known
        if given.count(name) > 1
    ]
    if issues:
        raise make_bad_request(issues)


Caller = Annotated[Actor, Depends(authenticate)]
TheDoor = Annotated[Door, Depends(get_door)]


def answer(document: Any, status: int = 200, **headers: str) -> Response:
    """Answer JSON that nobody keeps."""
    return Response(
        orjson.dumps(document, option=orjson.OPT_UTC_Z),
        status_code=status,
        media_type="application/json",
        headers=PRIVATE | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def strip(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of ours without the members that have no value."""
    return {name: _strip_inside(value) for name, value in document.items() if value is not None}


def _strip_inside(value: Any) -> Any:
    if isinstance(value, list):
        return [_strip_inside(one) for one in value]
    return strip(value) if isinstance(value, dict) else value
