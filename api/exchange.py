"""One question and its answer: the state it is answered from, its form, its headers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.cursors import Cursor, make_cursor_problem, read_cursor
from api.negotiation import (
    LANGUAGES,
    MediaType,
    choose_languages,
    choose_media_type,
    read_header,
)
from api.problems import Issue, make_bad_request, make_not_ready
from api.services import Services, get_services
from registry.domain.dataset import Dataset
from registry.store.reading.register_state import RegisterState
from registry.store.reading.statements import ValidOn

REPRESENTATION = "1"
"""Part of every ETag: raise it whenever the same rows are written differently."""

MAX_AGE_SECONDS = 60
_VARY = "Accept, Accept-Language"
_REPEATABLE = frozenset({"status", "embed", "kind"})
_JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What is asked and what the answer is made from.

    `seq` is the release it sees, `valid_on` the moment in the world, when one is asked for:
    else what is current is meant. `languages` are those the reader prefers, best first, empty when
    nothing was said. `content` is a digest of answers that change though the register does not.
    """

    request: Request
    services: Services
    state: RegisterState
    seq: int
    media: MediaType
    language: str | None
    languages: tuple[str, ...]
    valid_on: ValidOn | None = None
    content: str = ""

    @classmethod
    def begin(
        cls, request: Request, *, offered: tuple[MediaType, ...], language: str | None = None
    ) -> "Exchange":
        """Look at a request's form; `language` is what the parameter `lang` asks for."""
        if request.scope["query_string"]:
            check_not_repeated(request)
        services = get_services(request)
        state = services.watcher.state
        if state.fingerprint is None:
            raise make_not_ready()
        accept = read_header(request.scope, b"accept")
        wanted = read_header(request.scope, b"accept-language")
        return cls(
            request=request,
            services=services,
            state=state,
            seq=state.seq,
            media=choose_media_type(accept, offered),
            language=language,
            languages=(language,) if language else choose_languages(wanted),
        )

    @property
    def content_language(self) -> str:
        """The language that was chosen, else all that names are in."""
        return self.languages[0] if self.languages else ", ".join(LANGUAGES[:3])

    @cached_property
    def etag(self) -> str:
        """Weak validator: this register at this number, in this form, asked this way."""
        scope = self.request.scope
        stored = self.state.fingerprint.datum_shift if self.state.fingerprint else ""
        # Stored positions were derived by one, Lambert 72 of others is derived here.
        shifts = f"{stored} {self.services.datum_shift}"
        asked = (scope["path"], scope["query_string"].decode("latin-1"))
        form = (REPRESENTATION, self.state.dataset, shifts, *asked, self.media, self.content)
        text = "\0".join((*form, ",".join(self.languages), self.services.base_url))
        return f'W/"{self.seq}-{blake2b(text.encode(), digest_size=6).hexdigest()}"'

    async def resume(self, text: str | None, *, key_types: tuple[type, ...]) -> "Resumed":
        """Go on with the walk that a cursor belongs to, in the release it began with."""
        if text is None:
            return Resumed(exchange=self, key=None)
        cursor = read_cursor(text, listing=self.listing, key_types=key_types)
        state = self.state
        if cursor.seq > state.seq:
            # Another worker heard of the release first.
            state = await self.services.watcher.hear_news(lambda state: cursor.seq <= state.seq)
        check_cursor_fits(cursor, state, text)
        exchange = replace(self, state=state, seq=cursor.seq)
        return Resumed(exchange=exchange, key=cursor.key)

    @cached_property
    def listing(self) -> str:
        """Everything that makes a listing what it is: its path and its conditions."""
        passing = {"cursor", "pageSize", "embed", "lang"}
        items = sorted(
            (name, value)
            for name, value in self.request.query_params.multi_items()
            if name not in passing
        )
        return f"{self.request.scope['path']} {items}"

    def is_unchanged(self) -> bool:
        """Whether the client already has this answer; `*` is for when there is one: see answer."""
        return self.etag.removeprefix("W/") in self._known_tags

    @cached_property
    def _known_tags(self) -> frozenset[str]:
        given = read_header(self.request.scope, b"if-none-match")
        return frozenset(tag.strip().removeprefix("W/") for tag in given.split(","))

    @property
    def client(self) -> str:
        """Who asks: what allowances and places are counted by."""
        return str(self.request.scope["best.client"])

    def charge(self, cost: int) -> None:
        """Take what a question costs beyond the request itself."""
        allowance = self.services.limiter.charge(self.client, cost)
        self.request.scope["best.allowance"] = allowance

    def make_headers(self) -> dict[str, str]:
        """Return the headers of an answer that may be kept for a while."""
        return {
            "ETag": self.etag,
            "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
            "Vary": _VARY,
            "Content-Language": self.content_language,
        }

    def answer_unchanged(self) -> Response:
        """Answer that the client has it already."""
        return Response(status_code=304, headers=self.make_headers())

    def answer(self, body: Mapping[str, Any], **headers: str) -> Response:
        """Write a document or a collection, marked when it is only the sample."""
        if self.media is MediaType.NDJSON:
            return self.answer_lines([body], **headers)
        return self._respond(orjson.dumps(self.mark(body), option=_JSON_OPTIONS), headers)

    def answer_alone(self, body: Mapping[str, Any]) -> Response:
        """Write an answer to a question in a body: for who asked, and for no cache."""
        content = orjson.dumps(self.mark(body), option=_JSON_OPTIONS)
        headers = self.make_headers() | {"Cache-Control": "no-store"}
        del headers["ETag"]
        return Response(content, headers=headers, media_type=self.media.value)

    def answer_lines(self, documents: Iterable[Mapping[str, Any]], **headers: str) -> Response:
        """Write one document per line."""
        option = _JSON_OPTIONS | orjson.OPT_APPEND_NEWLINE
        lines = (orjson.dumps(self.mark(document), option=option) for document in documents)
        return self._respond(b"".join(lines), headers)

    def mark(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add `dataset` to what is written while the register holds the sample."""
        if self.state.dataset is Dataset.SAMPLE:
            return {**body, "dataset": Dataset.SAMPLE}
        return dict(body)

    def _respond(self, content: bytes, headers: Mapping[str, str]) -> Response:
        if "*" in self._known_tags:
            return self.answer_unchanged()
        return Response(
            content, headers={**self.make_headers(), **headers}, media_type=self.media.value
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """An exchange in the release of its cursor, and the key after which it goes on."""

    exchange: Exchange
    key: tuple[Any, ...] | None


def check_not_repeated(request: Request) -> None:
    """Refuse a parameter that was given twice but may only be given once."""
    counts: dict[str, int] = {}
    for name, _ in request.query_params.multi_items():
        counts[name] = counts.get(name, 0) + 1
    issues = [
        Issue(name=name, kind="invalidInput", detail=f"{name} is given {count} times.")
        for name, count in counts.items()
        if count > 1 and name not in _REPEATABLE
    ]
    if issues:
        raise make_bad_request(issues)


def check_cursor_fits(cursor: Cursor, state: RegisterState, text: str) -> None:
    """Refuse a cursor of a register that is no longer, or never was, this one."""
    if cursor.dataset is not state.dataset:
        raise make_cursor_problem(
            text,
            "The register has changed from the sample to real data. Start again without cursor.",
        )
    if cursor.seq > state.seq:
        raise make_cursor_problem(text, "The cursor is of a release that this register lacks.")
    if state.fingerprint and cursor.seq < state.fingerprint.history_from:
        raise make_cursor_problem(
            text, "The history of the cursor's release was let go of. Start again without cursor."
        )
