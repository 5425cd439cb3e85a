"""The public register over HTTP: what everybody may ask of it, and nothing that betrays a person.

Only whole snapshots, the feed and successions are asked for, never one address. No address in a
document is followed, and no redirect: each URL is made here, of the operator's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import zstandard

from registry.domain.errors import EnvironmentProblem, InputRefused

_SECONDS = 60.0
_LONGEST_DOCUMENT = 64 << 20
_LONGEST_LINE = 1 << 16
_MOST_WINDOW = 1 << 27
_CHUNK = 1 << 20
_PAGE_OF_CHANGES = 500
_PAGE_OF_SUCCESSIONS = 100
_GONE = 410

Document = Mapping[str, Any]


class RegisterUnavailable(EnvironmentProblem):
    """The register does not answer now; another attempt may mend it."""


class HistoryGone(InputRefused):
    """The register no longer has the changes after this place, or never had it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register at `url`, such as http://127.0.0.1:8000."""

    url: str

    def fetch(self, path: str, **query: object) -> Any:
        """Return a JSON document below /v1."""
        with _Exchange(self.url, path, query, "application/json") as response:
            body = response.read(_LONGEST_DOCUMENT + 1)
        if len(body) > _LONGEST_DOCUMENT:
            raise InputRefused(f"{self.url}/v1/{path} sends without end")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise RegisterUnavailable(f"{self.url}/v1/{path}: no JSON came") from error

    def list_snapshot_lines(self, seq: int) -> Iterator[bytes]:
        """Yield the lines of a whole snapshot, in the order of its parts."""
        with _Exchange(self.url, f"snapshots/{seq}", {}, "application/zstd") as response:
            unpacker = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW)
            try:
                with unpacker.stream_reader(response, read_across_frames=True) as stream:
                    yield from _split(stream)
            except zstandard.ZstdError as error:
                raise RegisterUnavailable(f"{self.url}: its snapshot broke off") from error

    def list_changes(self, after: int, until: int) -> Iterator[Document]:
        """Yield the events of addresses above `after` up to `until`, in order."""
        while after < until:
            page = self.fetch("changes", after=after, limit=_PAGE_OF_CHANGES, resource="addresses")
            for event in page["items"]:
                if event["data"]["seq"] > until:
                    return
                yield event
            if page["until"] <= after:
                raise RegisterUnavailable(f"{self.url}: no changes come after {after}")
            after = page["until"]

    def list_successions(self, after: int, until: int) -> Iterator[Document]:
        """Yield the successions of addresses recorded above `after` up to `until`."""
        query: dict[str, object] = {"after": after, "limit": _PAGE_OF_SUCCESSIONS}
        while True:
            page = self.fetch("successions", resource="addresses", **query)
            for each in page["items"]:
                if each["seq"] > until:
                    return
                yield each
            if "next" not in page:
                return
            # Only the cursor of it is used, never its address.
            query["cursor"] = parse_qs(urlsplit(page["next"]).query).get("cursor", [""])[0]


def _split(stream: Any) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(_CHUNK):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise InputRefused(f"the snapshot has a line longer than {_LONGEST_LINE:,} bytes")
        yield from lines
    if rest:
        raise RegisterUnavailable("the last line of the snapshot is cut off")


@dataclass(slots=True)
class _Exchange:
    """One request; its connection is closed with the block."""

    url: str
    path: str
    query: Mapping[str, object]
    accept: str
    connection: HTTPConnection | None = None

    def __enter__(self) -> HTTPResponse:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputRefused(f"{self.url}: no address of a register (BEST_LINKS_REGISTER)")
        self.connection = kind(parts.hostname, parts.port, timeout=_SECONDS)
        target = f"{parts.path.rstrip('/')}/v1/{self.path}"
        headers = {"Accept": self.accept, "User-Agent": "best-links replica"}
        try:
            self.connection.request(
                "GET", f"{target}?{urlencode(self.query)}" if self.query else target, None, headers
            )
            response = self.connection.getresponse()
        except (OSError, HTTPException) as error:
            self.connection.close()
            raise RegisterUnavailable(f"{self.url}: {error}") from error
        if response.status != 200:
            self.connection.close()
            raise self._judge(response.status)
        return response

    def _judge(self, status: int) -> Exception:
        told = f"{self.url}/v1/{self.path} answered {status}"
        if status in {400, _GONE}:
            return HistoryGone(told)
        return RegisterUnavailable(told)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self.connection is not None:
            self.connection.close()
        if isinstance(error, OSError | HTTPException):
            raise RegisterUnavailable(f"{self.url}: {error}") from error
