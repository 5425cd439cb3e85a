"""A real register behind a server in between, which lies, breaks off or stalls as it is told."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import orjson
import zstandard

from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx2

    from registry.settings import Settings


@dataclass(slots=True, kw_only=True)
class Answered:
    """What the register answered, to be sent on or not."""

    status: int
    headers: dict[str, str]
    body: bytes

    def edit(self, change: Callable[[object], object]) -> None:
        """Alter a JSON document, or every line of a part."""
        packed = self.headers.pop("Content-Encoding", "") == "zstd"
        text = self.body
        if packed:
            text = zstandard.ZstdDecompressor().decompressobj().decompress(self.body)
        if "ndjson" in self.headers["Content-Type"]:
            lines = [change(orjson.loads(line)) for line in text.splitlines()]
            self.body = b"".join(orjson.dumps(line) + b"\n" for line in lines if line)
        else:
            self.body = orjson.dumps(change(orjson.loads(text)))


Fault = "Callable[[Relay, Answered], None]"


@dataclass(slots=True)
class Upstream:
    """The register to mirror. `faults` befall the next answers whose path has that text in it."""

    client: httpx2.Client
    url: str = ""
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def fail(self, path: str, fault: Fault, times: int = 1) -> None:
        self.faults += [(path, fault)] * times

    def await_release(self, number: int) -> None:
        """Wait until the server has heard of a release: it is told a moment after it is made."""
        deadline = time.monotonic() + 10
        while self.client.get(f"/v1/releases/{number}").status_code != 200:
            assert time.monotonic() < deadline, f"release {number} is not served"
            time.sleep(0.02)

    def find_fault(self, path: str) -> Fault:
        for place, (part, fault) in enumerate(self.faults):
            if part in path:
                del self.faults[place]
                return fault
        return pass_on


class Relay(BaseHTTPRequestHandler):
    upstream: Upstream

    def do_GET(self) -> None:
        self.upstream.asked.append(self.path)
        names = ("Accept", "Accept-Encoding")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        with self.upstream.client.stream("GET", self.path, headers=headers) as response:
            body = b"".join(response.iter_raw())
        kept = {
            n: response.headers[n]
            for n in ("Content-Type", "Content-Encoding")
            if n in response.headers
        }
        answered = Answered(status=response.status_code, headers=kept, body=body)
        self.upstream.find_fault(self.path)(self, answered)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def send_head(self, answered: Answered, length: int | None = None) -> None:
        self.send_response(answered.status)
        for name, value in answered.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answered.body) if length is None else length))
        self.end_headers()


def pass_on(relay: Relay, answered: Answered) -> None:
    relay.send_head(answered)
    relay.wfile.write(answered.body)


def altering(change: Callable[[object], object]) -> Fault:
    """Send a document on that is altered, or lines; None leaves a line out."""

    def send(relay: Relay, answered: Answered) -> None:
        answered.edit(change)
        pass_on(relay, answered)

    return send


def break_off(relay: Relay, answered: Answered) -> None:
    relay.send_head(answered)
    relay.wfile.write(answered.body[: len(answered.body) // 2])


def cut_short(relay: Relay, answered: Answered) -> None:
    """Half of it, as if it were all."""
    answered.body = answered.body[: len(answered.body) // 2]
    pass_on(relay, answered)


def stall(relay: Relay, answered: Answered) -> None:
    relay.send_head(answered)
    relay.wfile.write(answered.body[:10])
    relay.wfile.flush()
    relay.upstream.closing.wait(30)


def drip(relay: Relay, answered: Answered) -> None:
    """Never silent for long, and never done."""
    relay.send_head(answered)
    with suppress(OSError):
        for place in range(len(answered.body)):
            relay.wfile.write(answered.body[place : place + 1])
            relay.wfile.flush()
            relay.upstream.closing.wait(0.05)


def flood(relay: Relay, answered: Answered) -> None:
    """Send without end, as long as somebody reads."""
    relay.send_response(200)
    relay.end_headers()
    with suppress(OSError):
        while not relay.upstream.closing.is_set():
            relay.wfile.write(bytes(1 << 20))


def saying(status: int, **headers: str) -> Fault:
    def send(relay: Relay, answered: Answered) -> None:
        pass_on(relay, Answered(status=status, headers=headers, body=b""))

    return send


@contextmanager
def relaying(settings: Settings) -> Iterator[Upstream]:
    """Serve a register through a relay for the block."""
    with serving(settings) as client:
        upstream = Upstream(client)
        handler = type("BoundRelay", (Relay,), {"upstream": upstream})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        upstream.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield upstream
        finally:
            upstream.closing.set()
            server.shutdown()
            thread.join()
            server.server_close()
