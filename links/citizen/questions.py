"""What is asked of the citizen API: every parameter and member is known, or the request refused."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from links.citizen.problems import Refused
from links.citizen.service import MAX_PAGE, PAGE
from links.citizen.texts import LANGUAGES, choose_language

MAX_BODY: Final = 20_000
MAX_TEXT: Final = 4_000
_REFERENCE: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuestion:
    """Which page of consultations, and in which language."""

    whole: bool
    after: str | None
    limit: int
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The text of a complaint or request, and the consultation it is about."""

    text: str
    about: str | None


def read_parameters(request: Request, allowed: Sequence[str]) -> dict[str, str]:
    """Return the query's parameters: each allowed, and once."""
    pairs = request.query_params.multi_items()
    parameters = dict(pairs)
    if len(parameters) != len(pairs) or parameters.keys() - set(allowed):
        raise Refused("request_malformed")
    return parameters


def read_page(request: Request) -> PageQuestion:
    """Read `whole`, `cursor`, `limit` and `lang`."""
    found = read_parameters(request, ("whole", "cursor", "limit", "lang"))
    limit, whole = found.get("limit", str(PAGE)), found.get("whole", "false")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", limit) or int(limit) > MAX_PAGE:
        raise Refused("request_malformed")
    if whole not in _BOOLEANS:
        raise Refused("request_malformed")
    return PageQuestion(
        whole=_BOOLEANS[whole],
        after=_read_reference(found.get("cursor"), "cursor_unknown"),
        limit=int(limit),
        language=read_language(request),
    )


def read_about(request: Request) -> str | None:
    """Read the consultation that a complaint's form is about."""
    return _read_reference(read_parameters(request, ("about", "lang")).get("about"))


def read_language(request: Request) -> str:
    """Return `lang`, or what the browser prefers."""
    asked = request.query_params.get("lang")
    if asked is not None and asked not in LANGUAGES:
        raise Refused("request_malformed")
    return asked or choose_language(request.headers.get("accept-language", ""))


async def read_json_filing(request: Request, *, with_about: bool) -> Filing:
    """Read a filing sent as JSON."""
    body = await _read_body(request, "application/json")
    try:
        members = json.loads(body, object_pairs_hook=_read_pairs)
    except (ValueError, RecursionError):
        raise Refused("request_malformed") from None
    return _make_filing(members, with_about=with_about)


async def read_form_filing(request: Request, *, with_about: bool) -> Filing:
    """Read a filing sent by the page's own form."""
    body = await _read_body(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict"
        )
    except ValueError:
        raise Refused("request_malformed") from None
    return _make_filing(_read_pairs(pairs), with_about=with_about)


def _make_filing(members: Any, *, with_about: bool) -> Filing:
    allowed = {"text", "about"} if with_about else {"text"}
    if not isinstance(members, dict) or members.keys() - allowed:
        raise Refused("request_malformed")
    text = members.get("text")
    if not isinstance(text, str):
        raise Refused("request_malformed")
    text = text.replace("\r\n", "\n").strip()
    if not 0 < len(text) <= MAX_TEXT or not text.replace("\n", "").isprintable():
        raise Refused("request_malformed")
    return Filing(text=text, about=_read_reference(members.get("about")))


def _read_pairs(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("request_malformed")
    return members


def _read_reference(value: object, code: str = "usage_unknown") -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
        raise Refused(code)
    return value


async def _read_body(request: Request, media_type: str) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip() != media_type:
        raise Refused("media_type")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused("too_large")
    return body
