"""The least that an ASGI application can be: what a 304 of the API is compared with."""

from typing import Any

_START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
_BODY = {"type": "http.response.body", "body": b"hello"}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001 - ASGI
    """Answer hello to every request."""
    if scope["type"] == "http":
        await send(_START)
        await send(_BODY)
