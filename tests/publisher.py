"""A server of our own that stands for the public one, and misbehaves as it is told to."""

from __future__ import annotations

import io
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from importers.transfer import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "/best-full-latest.zip"
MONDAY = "Mon, 02 Nov 2026 01:00:00 GMT"
WEB_PAGE = b"<!DOCTYPE html><html><title>Onderhoud</title>Even geduld</html>"


def make_zip(note: str, size: int = 3_000_000) -> bytes:
    """A zip that holds a zip of `size` bytes and a little more, in which nothing is BeSt."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("filling.bin", bytes(range(250)) * (size // 250))
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("filling.zip", inner.getvalue())
        archive.writestr("note.txt", note)
    return outer.getvalue()


@dataclass(slots=True)
class Publisher:
    """What is published now, what to do at the next requests, and what was asked so far."""

    content: bytes
    etag: str = '"first"'
    last_modified: str = MONDAY
    sends_length: bool = True
    faults: list[Callable[[Answer], None]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def republish(self, content: bytes, etag: str) -> None:
        self.content, self.etag = content, etag

    @property
    def ranges(self) -> list[str]:
        return [headers.get("Range", "all") for headers in self.asked]


class Answer(BaseHTTPRequestHandler):
    publisher: Publisher

    def do_GET(self) -> None:
        self.publisher.asked.append(dict(self.headers))
        fault = self.publisher.faults.pop(0) if self.publisher.faults else honest
        if self.path.startswith(NAME):
            fault(self)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def send_head(self, status: int, *, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"ETag": self.publisher.etag, **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        if self.publisher.last_modified:
            self.send_header("Last-Modified", self.publisher.last_modified)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def start(self, *, ignores_if_range: bool = False) -> bytes:
        """Send the head of a proper answer and return the bytes that have to follow."""
        publisher, content = self.publisher, self.publisher.content
        wanted = self.headers.get("Range")
        proof = self.headers.get("If-Range") in {publisher.etag, publisher.last_modified}
        if wanted and (proof or ignores_if_range):
            begin = int(wanted.removeprefix("bytes=").rstrip("-"))
            if begin >= len(content):
                self.send_head(416, length=0, Content_Range=f"bytes */{len(content)}")
                return b""
            rest = content[begin:]
            span = f"bytes {begin}-{len(content) - 1}/{len(content)}"
            self.send_head(206, length=len(rest), Content_Range=span)
            return rest
        self.send_head(200, length=len(content) if publisher.sends_length else None)
        return content


def honest(answer: Answer) -> None:
    publisher = answer.publisher
    unmodified = (publisher.etag and answer.headers.get("If-None-Match") == publisher.etag) or (
        publisher.last_modified
        and "If-None-Match" not in answer.headers
        and answer.headers.get("If-Modified-Since") == publisher.last_modified
    )
    if unmodified:
        answer.send_head(304)
    else:
        answer.wfile.write(answer.start())


def break_off(after: int) -> Callable[[Answer], None]:
    """Announce everything, send `after` bytes of it and hang up."""
    return lambda answer: (answer.wfile.write(answer.start()[:after]), None)[1]


def stall(after: int) -> Callable[[Answer], None]:
    """Send `after` bytes and then nothing more, on an open line."""

    def run(answer: Answer) -> None:
        answer.wfile.write(answer.start()[:after])
        answer.publisher.closing.wait(30)

    return run


def drip(answer: Answer) -> None:
    """Send slowly, but never silent for long."""
    body = answer.start()
    piece = len(body) // 5 + 1
    for begin in range(0, len(body), piece):
        answer.wfile.write(body[begin : begin + piece])
        answer.wfile.flush()
        answer.publisher.closing.wait(0.05)


def ignore_if_range(answer: Answer) -> None:
    """Send the rest of whatever is published now."""
    answer.wfile.write(answer.start(ignores_if_range=True))


def say(status: int, **headers: str) -> Callable[[Answer], None]:
    """Answer with a bare status."""
    return lambda answer: answer.send_head(status, length=0, **headers)


def show_page(answer: Answer) -> None:
    """A web page with status 200, as sites at maintenance send."""
    answer.send_head(200, length=len(WEB_PAGE), Content_Type="text/html; charset=utf-8")
    answer.wfile.write(WEB_PAGE)


@contextmanager
def publishing(content: bytes, port: int = 0) -> Iterator[Publisher]:
    """Publish `content` for the block."""
    publisher = Publisher(content=content)
    handler = type("BoundAnswer", (Answer,), {"publisher": publisher})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    publisher.url = f"http://127.0.0.1:{server.server_port}{NAME}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield publisher
    finally:
        publisher.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def make_patience(pauses: int = 2) -> tuple[Patience, list[float]]:
    """Patience that notes its pauses and does not sleep; a quarter of a second is silence."""
    slept: list[float] = []
    lengths = tuple(float(n + 1) for n in range(pauses))
    return Patience(silence_seconds=0.25, pauses=lengths, sleep=slept.append), slept
