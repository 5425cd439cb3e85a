"""The other register over HTTP: bounded in size and time, and nowhere else than under its URL.

No address in a document is followed: each is made here, of the operator's URL and what the
document says (a number, a region, a code).
"""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import IO, Any, TypeVar, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson
import zstandard

from importers.transfer import Patience
from registry.domain.errors import EnvironmentProblem, InputRefused

Progress = Callable[[str], None]
_Result = TypeVar("_Result")
_CHUNK = 1 << 18
_LONGEST_DOCUMENT = 64 << 20
_LONGEST_PAUSE = 300.0
_SLOWEST = 1000.0  # bytes a second, once a silence would have been too long
_TRANSIENT = {408, 425, 429}  # as is everything from 500


class PeerUnavailable(EnvironmentProblem):
    """The other register does not answer, or broke off; another attempt may mend it."""

    def __init__(self, explanation: str, retry_after: float = 0.0) -> None:
        super().__init__(explanation)
        self.retry_after = min(retry_after, _LONGEST_PAUSE)


class PeerGone(InputRefused):
    """The other register no longer has what was asked for (410)."""


def check_url(url: str) -> str:
    """Return the URL of a register as it is remembered; InputRefused when it is none."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InputRefused(f"{url}: no address of a register: {error}") from error
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not is_web or parts.query or parts.fragment:
        raise InputRefused(f"{url}: no address of a register, such as https://addresses.example.be")
    if parts.username is not None:
        raise InputRefused("An address of a register is remembered, so it may hold no password.")
    return url.rstrip("/").removesuffix("/v1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The register at `url`, as `check_url` returns it."""

    url: str
    progress: Progress
    patience: Patience = field(default_factory=Patience)

    def fetch(self, *path: object, **query: object) -> Any:
        """Return a JSON document below /v1; PeerUnavailable when all attempts are used up."""
        return self._attempt(lambda: self._read_document(self._make_url(path, query)))

    def save(self, *path: object, target: Path, most_bytes: int) -> None:
        """Write a body of lines to `target` as zstd; at most `most_bytes` may come."""
        self._attempt(lambda: self._save(self._make_url(path, {}), target, most_bytes))

    def _make_url(self, path: tuple[object, ...], query: dict[str, object]) -> str:
        place = "/".join(quote(str(part), safe="") for part in path)
        return f"{self.url}/v1/{place}{'?' if query else ''}{urlencode(query)}"

    def _attempt(self, work: Callable[[], _Result]) -> _Result:
        for pause in self.patience.pauses:
            try:
                return work()
            except PeerUnavailable as problem:
                seconds = max(pause, problem.retry_after)
                self.progress(f"{problem}; trying again in {seconds:g} s")
                self.patience.sleep(seconds)
        return work()

    def _read_document(self, url: str) -> Any:
        with self._open(url, "application/json", "identity") as response:
            body = b"".join(self._read(url, response, _LONGEST_DOCUMENT))
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise PeerUnavailable(f"{url} answered with something that is no JSON") from error

    def _save(self, url: str, target: Path, most_bytes: int) -> None:
        with (
            self._open(url, "application/x-ndjson", "zstd") as response,
            target.open("wb") as file,
        ):
            chunks = self._read(url, response, most_bytes)
            if response.headers.get("Content-Encoding", "") != "zstd":
                chunks = _pack(chunks)
            file.writelines(chunks)

    def _open(self, url: str, accept: str, encoding: str) -> HTTPResponse:
        request = Request(  # noqa: S310 - check_url lets http and https by
            url,
            headers={
                "User-Agent": "best-registry mirror",
                "Accept": accept,
                "Accept-Encoding": encoding,
            },
        )
        try:
            answer = build_opener(_UnderOneUrl(self.url)).open(
                request, timeout=self.patience.silence_seconds
            )
        except HTTPError as error:
            with error:
                raise _judge(url, error) from error
        except (OSError, HTTPException) as error:
            raise self._explain(url, error) from error
        return cast("HTTPResponse", answer)

    def _read(self, url: str, response: HTTPResponse, most_bytes: int) -> Iterator[bytes]:
        had, began = 0, monotonic()
        while chunk := self._read_chunk(url, response):
            had += len(chunk)
            seconds = monotonic() - began - self.patience.silence_seconds
            if seconds > 0 and had < seconds * _SLOWEST:
                raise PeerUnavailable(f"{url} comes in drops: {had:,} bytes until now")
            if had > most_bytes:
                raise InputRefused(f"{url} sends without end: more than {most_bytes:,} bytes came")
            yield chunk
        if response.length:
            raise PeerUnavailable(f"{url} broke off, {response.length:,} bytes before its end")

    def _read_chunk(self, url: str, response: HTTPResponse) -> bytes:
        try:
            return response.read1(_CHUNK)
        except (OSError, HTTPException) as error:
            raise self._explain(url, error) from error

    def _explain(self, url: str, error: Exception) -> EnvironmentProblem:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            return EnvironmentProblem(f"{url}: its certificate is not trusted: {reason}")
        if isinstance(reason, TimeoutError):
            reason = f"nothing came for {self.patience.silence_seconds:g} s"
        return PeerUnavailable(f"{url}: {str(reason) or type(reason).__name__}")


def _pack(chunks: Iterator[bytes]) -> Iterator[bytes]:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    yield from map(packer.compress, chunks)
    yield packer.flush()


def _judge(url: str, error: HTTPError) -> Exception:
    answer = f"{url} answered {error.code} {error.reason}"
    if error.code == 410:
        return PeerGone(answer)
    if error.code in _TRANSIENT or error.code >= 500:
        wait = error.headers.get("Retry-After", "")
        return PeerUnavailable(answer, float(wait) if wait.isdecimal() else 0.0)
    return InputRefused(answer)


class _UnderOneUrl(HTTPRedirectHandler):
    """Follows no redirect that leaves the register: it could lead into the operator's network."""

    def __init__(self, url: str) -> None:
        self.url = url

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not newurl.startswith(f"{self.url}/v1/"):
            raise InputRefused(f"{req.full_url} leads on to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
