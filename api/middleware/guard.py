"""What is refused before anything is read: long addresses, bodies, clients out of units.

HEAD is answered as GET without a body, by every route.
"""

import re
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.negotiation import read_header
from api.problems import (
    PAYLOAD_TOO_LARGE,
    URI_TOO_LONG,
    Problem,
    ProblemType,
    make_problem_response,
)
from api.rate_limits import COST_OF_REQUEST, RateLimiter

LONGEST_URL = 4096
LARGEST_BODY = 65_536

# A probe that watches the service must not be turned away.
_FREE_PATHS = frozenset({"/health"})
# Files come here: who takes them counts what comes.
_UPLOADS = re.compile("/v1/matchBatches")


@dataclass(frozen=True, slots=True)
class Guard:
    """ASGI middleware in front of the routes."""

    app: ASGIApp
    base_url: str
    limiter: RateLimiter
    uploads: re.Pattern[str] = _UPLOADS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request or let it through; tell the client what it has left."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        # A copy: the server beneath must still know that no body will come.
        asked = {**scope, "method": "GET"} if is_head else scope

        async def send_answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_allowance(asked, message)
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            check_size(scope, self.uploads)
            if scope["path"] not in _FREE_PATHS:
                asked["best.allowance"] = self.limiter.charge(scope["best.client"], COST_OF_REQUEST)
        except Problem as problem:
            response = make_problem_response(problem, base_url=self.base_url)
            await response(scope, receive, send_answer)
        else:
            await self.app(asked, receive, send_answer)
            scope["route"] = asked.get("route")


def check_size(scope: Scope, uploads: re.Pattern[str]) -> None:
    """Raise the problem of a request that is too long."""
    query = scope["query_string"]
    length = len(scope.get("raw_path") or scope["path"]) + len(query)
    if length > LONGEST_URL:
        raise _refuse(URI_TOO_LONG)
    text = read_header(scope, b"content-length") or "0"
    is_large = not text.isdigit() or int(text) > LARGEST_BODY
    if is_large and not uploads.fullmatch(scope["path"]):
        raise _refuse(PAYLOAD_TOO_LARGE)


def _refuse(kind: ProblemType) -> Problem:
    return Problem(type=kind, detail=kind.meaning)


def add_allowance(scope: Scope, message: Message) -> None:
    """Add what the client has left to an answer that does not say it itself."""
    allowance = scope.get("best.allowance")
    if allowance is None:
        return
    headers = MutableHeaders(scope=message)
    for name, value in allowance.make_headers().items():
        headers.setdefault(name, value)
