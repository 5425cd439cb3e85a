"""One file over HTTP, whole or not at all: resumed where it broke off, given up in words."""

import errno
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, BinaryIO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from registry.domain.errors import EnvironmentProblem, InputRefused

Progress = Callable[[str], None]

_CHUNK = 1 << 20
_HEAD = 512  # enough to tell a zip from a web page, and to quote the page
_TELL_EVERY_SECONDS = 2.0
_LONGEST_PAUSE = 300.0  # however much more Retry-After asks for
_MEGABYTE = 1_000_000
_NOT_MODIFIED, _RANGE_NOT_SATISFIABLE = 304, 416
_TRANSIENT = {408, 425, 429}  # as is everything from 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a silent server is waited for, and the pause before each further attempt."""

    silence_seconds: float = 60.0
    pauses: tuple[float, ...] = (2.0, 5.0, 15.0, 30.0, 60.0)
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the server said of the version it sends (RFC 9110, 8.8); empty where it is silent."""

    etag: str = ""
    last_modified: str = ""

    @property
    def strong(self) -> str:
        """The one that proves two ranges to be of one version; a weak ETag never does."""
        return self.last_modified if self.etag.startswith("W/") else self.etag or self.last_modified


class _BrokenOff(Exception):
    """Something that another attempt may mend."""

    def __init__(self, explanation: str, retry_after: float = 0.0) -> None:
        super().__init__(explanation)
        self.retry_after = min(retry_after, _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The way of `url` into the file `part`, which another transfer may have begun."""

    url: str
    part: Path
    wants_zip: bool
    patience: Patience
    announce: Callable[[int, int], None]
    """Hears the whole length in bytes (0: not told) and what is there already; may raise."""
    progress: Progress

    def fetch(self, known: Validators) -> Validators | None:
        """Fill `part`; None when the server still has the version that `known` describes.

        InputRefused when the answer is final or no data, EnvironmentProblem when all attempts
        are used up; what came stays in `part`, to be resumed by the next transfer.
        """
        pauses = iter(self.patience.pauses)
        while True:
            try:
                return self._attempt(known)
            except _BrokenOff as error:
                pause = next(pauses, None)
                if pause is None:
                    raise self._give_up(error) from error
                seconds = max(pause, error.retry_after)
                self.progress(f"{error}; trying again in {seconds:g} s")
                self.patience.sleep(seconds)

    def _give_up(self, error: Exception) -> EnvironmentProblem:
        return EnvironmentProblem(
            f"{self.url} cannot be reached or broke off: {error}. {len(self.patience.pauses) + 1}"
            f" attempts were made. Run the same command again: what was downloaded is kept in"
            f" {self.part.parent} and resumed. A file you already have: ./best import FILE"
        )

    def _attempt(self, known: Validators) -> Validators | None:
        begun = self._read_begun()
        had = self.part.stat().st_size if begun.strong and self.part.exists() else 0
        response = self._open(self._make_request(known, begun, had))
        if response is None:
            return None
        with response:
            if response.status == _RANGE_NOT_SATISFIABLE:
                if self._continues(response.headers, begun, f"*/{had}"):
                    return begun  # all of it was there already
                self.part.unlink()  # the file has become shorter
                raise _BrokenOff(f"{self.url} has no more of what was begun")
            length = response.length or 0
            if response.status != 206:
                head = self._read(lambda: response.read(_HEAD))
                self._guard_kind(head, response.headers)
                begun = self._begin(response, had)
                self._receive(response, head, 0, length)
            elif self._continues(response.headers, begun, f"{had}"):
                self._receive(response, b"", had, had + length if length else 0)
            else:
                self.part.unlink()
                raise _BrokenOff("The file changed while it was fetched")
        return begun

    def _make_request(self, known: Validators, begun: Validators, had: int) -> Request:
        request = Request(self.url, headers={"User-Agent": "best-registry"})  # noqa: S310
        if had:
            request.add_header("Range", f"bytes={had}-")
            request.add_header("If-Range", begun.strong)
        else:
            if known.etag:
                request.add_header("If-None-Match", known.etag)
            if known.last_modified:
                request.add_header("If-Modified-Since", known.last_modified)
        return request

    def _open(self, request: Request) -> HTTPResponse | None:
        opener = build_opener(_Redirects)
        try:
            answer = opener.open(request, timeout=self.patience.silence_seconds)
        except HTTPError as error:
            if error.code == _RANGE_NOT_SATISFIABLE and request.has_header("Range"):
                return cast("HTTPResponse", error)
            with error:
                asked = {"If-none-match", "If-modified-since"} & set(request.headers)
                self._judge(error, may_be_unmodified=bool(asked))
            return None
        except (OSError, HTTPException) as error:
            raise self._explain(error) from error
        return cast("HTTPResponse", answer)

    def _judge(self, error: HTTPError, *, may_be_unmodified: bool) -> None:
        """Return for "not modified" alone, where that was asked; all else is raised in words."""
        if error.code == _NOT_MODIFIED and may_be_unmodified:
            return
        answer = f"{self.url} answered {error.code} {error.reason}"
        if error.code in _TRANSIENT or error.code >= 500:
            wait = error.headers.get("Retry-After", "")
            raise _BrokenOff(answer, float(wait) if wait.isdecimal() else 0.0)
        raise InputRefused(answer)

    def _explain(self, error: Exception) -> Exception:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            return EnvironmentProblem(f"{self.url}: its certificate is not trusted: {reason}")
        if isinstance(reason, TimeoutError):
            reason = f"the server said nothing for {self.patience.silence_seconds:g} s"
        return _BrokenOff(str(reason) or type(reason).__name__)

    def _begin(self, response: HTTPResponse, had: int) -> Validators:
        if had:
            self.progress("The file there is another one now, or cannot be resumed: from the start")
        self.part.unlink(missing_ok=True)
        begun = Validators(
            etag=response.headers.get("ETag", ""),
            last_modified=response.headers.get("Last-Modified", ""),
        )
        note = {"url": self.url, **asdict(begun)}
        self._note.write_text(json.dumps(note), encoding="utf-8")
        return begun

    @property
    def _note(self) -> Path:
        return self.part.with_name(f"{self.part.name}.json")

    def _read_begun(self) -> Validators:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            if note.pop("url") == self.url:
                return Validators(**note)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # none, or not of ours: then nothing is resumed
        return Validators()

    @staticmethod
    def _continues(headers: HTTPMessage, begun: Validators, place: str) -> bool:
        """Whether this is the rest of the same version, not just what the server calls so."""
        etag = headers.get("ETag", "")
        modified = headers.get("Last-Modified", "")
        return (
            headers.get("Content-Range", "").partition("-")[0] == f"bytes {place}"
            and etag in {"", begun.etag}
            and modified in {"", begun.last_modified}
        )

    def _receive(self, response: HTTPResponse, head: bytes, had: int, length: int) -> None:
        self.announce(length, had)
        try:
            with self.part.open("ab") as file:
                file.write(head)
                self._copy(response, file, length)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                self.part.unlink()  # a full disk stops the database too: give the room back
            raise
        size = self.part.stat().st_size
        if length and size != length:
            raise _BrokenOff(f"{size:,} of {length:,} bytes came")

    def _guard_kind(self, head: bytes, headers: HTTPMessage) -> None:
        if head.startswith(b"PK"):
            return  # whatever the server calls it
        kind = headers.get("Content-Type", "no type given")
        start = head.lstrip()[:_HEAD].lower()
        if start.startswith((b"<!doctype html", b"<html")) or "text/html" in kind:
            quoted = " ".join(head.decode("utf-8", errors="replace").split())[:100]
            raise InputRefused(
                f"{self.url} answered with a web page instead of data ({kind}). It begins:"
                f" {quoted}\nThe publisher may be at work on the site or has moved the file, or a"
                " network asks you to log in. See the address in a browser."
            )
        if self.wants_zip:
            raise InputRefused(
                f"{self.url} answered with something that is no zip file"
                f" ({kind}, {'empty' if not head else f'it begins: {head[:16]!r}'})"
            )

    def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (OSError, HTTPException) as error:
            raise self._explain(error) from error

    def _copy(self, response: HTTPResponse, file: BinaryIO, length: int) -> None:
        began = told = time.monotonic()
        start = file.tell()
        while chunk := self._read(lambda: response.read1(_CHUNK)):
            file.write(chunk)
            now = time.monotonic()
            if now - told >= _TELL_EVERY_SECONDS:
                told = now
                done, rate = file.tell(), (file.tell() - start) / (now - began)
                self.progress(describe_progress(done, length, rate))


def describe_progress(done: int, length: int, rate: float) -> str:
    """Say bytes, share, bytes a second and the seconds left; `length` 0 is not known."""
    speed = f"{rate / _MEGABYTE:,.1f} MB/s"
    if not length:
        return f"{done / _MEGABYTE:,.0f} MB, {speed}"
    whole = f"{done / _MEGABYTE:,.0f} of {length / _MEGABYTE:,.0f} MB ({done / length:.0%})"
    return f"{whole}, {speed}, {(length - done) / max(rate, 1):,.0f} s left"


class _Redirects(HTTPRedirectHandler):
    """Follows to the web only, and never from https down to what anybody can alter."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        allowed = {"https"} if req.type == "https" else {"http", "https"}
        if urlsplit(newurl).scheme not in allowed:
            raise InputRefused(f"{req.full_url} leads on to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
