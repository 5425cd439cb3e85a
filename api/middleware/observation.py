"""The outermost layer: a trace id, one line of access log and one count per request.

Never logged: the query string, the path as it came, a body, a whole client address.
"""

import asyncio
import logging
import re
import time
import traceback
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.clients import find_client
from api.negotiation import read_header
from api.operations.metrics import observe_request
from api.options import Network
from api.problems import make_problem, make_problem_response
from api.random_ids import make_trace_id

ACCESS_LOG = logging.getLogger("best.access")
ERROR_LOG = logging.getLogger("best.error")

_TRACE_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
UNMATCHED = "unmatched"

FLUSH_SECONDS = 0.05
"""Lines of access log wait this long for each other: a line on its own costs as much as a 304."""


@dataclass(slots=True)
class _Seen:
    status: int = 0
    started: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """ASGI middleware around everything else."""

    app: ASGIApp
    base_url: str
    trusted_proxies: tuple[Network, ...] = ()
    lines: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and write down that it happened."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            self.flush()  # the lifespan is over, and with it the loop that would write them
            return
        begun, method, trace_id = time.perf_counter(), scope["method"], make_trace_id()
        scope["best.client"] = find_client(scope, Headers(scope=scope), self.trusted_proxies)
        related = read_header(scope, b"belgov-trace-id")
        seen = _Seen()

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status, seen.started = message["status"], True
                add_trace_headers(message, trace_id, related)
            await send(message)

        try:
            await self.app(scope, receive, send_traced)
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            log_error(error, trace_id)
            if not seen.started:
                response = make_problem_response(make_problem(error), base_url=self.base_url)
                await response(scope, receive, send_traced)
        seconds = time.perf_counter() - begun
        route = find_template(scope)
        observe_request(route, method, seen.status, seconds)
        if ACCESS_LOG.isEnabledFor(logging.INFO):
            line = make_line(route, method, seen.status, seconds, trace_id, scope["best.client"])
            self._log(line)

    def _log(self, line: str) -> None:
        """Write one line of access log, together with those of the same moment."""
        if not self.lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self.lines.append(line)

    def flush(self) -> None:
        """Write the lines that wait."""
        if self.lines:
            ACCESS_LOG.info("\n".join(self.lines))
            self.lines.clear()


def add_trace_headers(message: Message, trace_id: str, related: str) -> None:
    """Say our trace id and, if it is a well-formed one, the client's."""
    # Added in place, as by all middleware here, to the list that the response itself has: each
    # request makes its own response, none is kept and sent again (what is kept is content).
    headers: list[tuple[bytes, bytes]] = message["headers"]
    headers.append((b"belgov-trace-id", trace_id.encode()))
    if _TRACE_ID.fullmatch(related):
        headers.append((b"belgov-related-trace-id", related.encode()))


def find_template(scope: Scope) -> str:
    """Return the template of the route that was taken, not the path that was asked."""
    template = getattr(scope.get("route"), "path", None)
    return template.replace(":path}", "}") if isinstance(template, str) else UNMATCHED


@lru_cache(maxsize=4096)
def shorten_client(address: str) -> str:
    """Return the network a client is in: /24 or /48, nothing when it has no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    prefix = 24 if parsed.version == 4 else 48
    return str(ip_network((parsed, prefix), strict=False))


def make_line(
    route: str, method: str, status: int, seconds: float, trace_id: str, client: str
) -> str:
    """Return a line of access log."""
    line = {
        "time": round(time.time(), 3),
        "event": "request",
        "route": route,
        "method": method,
        "status": status,
        "durationMs": round(seconds * 1000, 2),
        "traceId": trace_id,
        "client": shorten_client(client),
    }
    return orjson.dumps(line).decode()


def log_error(error: Exception, trace_id: str) -> None:
    """Write where a mistake of ours happened; not its text, which may hold what was asked."""
    frames = traceback.extract_tb(error.__traceback__)
    line = {
        "event": "error",
        "traceId": trace_id,
        "error": type(error).__qualname__,
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    ERROR_LOG.error(orjson.dumps(line).decode())
