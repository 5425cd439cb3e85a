"""Compression for those who ask for it, and next to no time for those who do not."""

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import Message, Receive, Scope, Send

from api.negotiation import MediaType, accepts_encoding

COMPRESSED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, MediaType.ZSTD.value)


class Compression(GZipMiddleware):
    """Starlette's, but an answer that is sent as it is only learns that it might not have been."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, its answer compressed if that is wanted."""
        if scope["type"] != "http" or accepts_encoding(scope, "gzip"):
            await super().__call__(scope, receive, send)
            return

        async def send_as_it_is(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"vary", b"Accept-Encoding"))
            await send(message)

        await self.app(scope, receive, send_as_it_is)
