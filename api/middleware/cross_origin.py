"""Pages of any origin may ask: everything here is public, and nothing knows who asks.

But for reports: no page of another origin makes its visitors report, each from a network of their
own. A report is JSON, which no form sends, so a browser asks first.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EXPOSED = (
    *("BelGov-Trace-Id", "Content-Language", "ETag", "Link", "Location"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"),
)
_HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        ", ".join(_EXPOSED).encode(),
    ),
]
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
_OWN_PAGES_ALONE = frozenset({"/v1/reports"})


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """ASGI middleware: the same headers whatever the origin, so that caches can share answers."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or let a request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(_HEADERS)
            await send(message)

        if not is_preflight(scope):
            await self.app(scope, receive, send_open)
        elif scope["path"] in _OWN_PAGES_ALONE:
            await Response(status_code=403)(scope, receive, send)
        else:
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send_open)


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks if it may ask."""
    return scope["method"] == "OPTIONS" and (
        "access-control-request-method" in Headers(scope=scope)
    )
