"""The outermost layer: a trace id, one line of access log and one count per request.

Never logged: the query string, the path as it came, a body, a whole client address.
"""

import logging
import re
import secrets
import time
import traceback
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.clients import find_client
from api.operations.metrics import observe_request
from api.options import Network
from api.problems import make_problem, make_problem_response

ACCESS_LOG = logging.getLogger("best.access")
ERROR_LOG = logging.getLogger("best.error")

_TRACE_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
UNMATCHED = "unmatched"


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and write down that it happened."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, method, trace_id = time.perf_counter(), scope["method"], secrets.token_hex(16)
        headers = Headers(scope=scope)
        scope["best.client"] = find_client(scope, headers, self.trusted_proxies)
        related = headers.get("belgov-trace-id", "")
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
        log_access(route, method, seen.status, seconds, trace_id, scope["best.client"])


def add_trace_headers(message: Message, trace_id: str, related: str) -> None:
    """Say our trace id and, if it is a well-formed one, the client's."""
    headers = MutableHeaders(scope=message)
    headers["BelGov-Trace-Id"] = trace_id
    if _TRACE_ID.fullmatch(related):
        headers["BelGov-Related-Trace-Id"] = related


def find_template(scope: Scope) -> str:
    """Return the template of the route that was taken, not the path that was asked."""
    template = getattr(scope.get("route"), "path", None)
    return template.replace(":path}", "}") if isinstance(template, str) else UNMATCHED


def shorten_client(address: str) -> str:
    """Return the network a client is in: /24 or /48, nothing when it has no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    prefix = 24 if parsed.version == 4 else 48
    return str(ip_network((parsed, prefix), strict=False))


def log_access(
    route: str, method: str, status: int, seconds: float, trace_id: str, client: str
) -> None:
    """Write one line of access log."""
    if not ACCESS_LOG.isEnabledFor(logging.INFO):
        return
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
    ACCESS_LOG.info(orjson.dumps(line).decode())


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
