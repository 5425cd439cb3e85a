"""Where a listing goes on: opaque, url-safe, and good only for the listing it came from."""

from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from api.problems import Issue, Problem, make_bad_request
from registry.domain.dataset import Dataset

_VERSION = 1
_CHECK_BYTES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The release that a walk sees, and the last key it met."""

    seq: int
    dataset: Dataset
    key: tuple[Any, ...]


def write_cursor(cursor: Cursor, *, listing: str) -> str:
    """Return the text of a cursor; `listing` is everything that makes the listing what it is."""
    payload = orjson.dumps([_VERSION, cursor.seq, cursor.dataset, *cursor.key])
    return urlsafe_b64encode(_make_check(payload, listing) + payload).rstrip(b"=").decode()


def read_cursor(text: str, *, listing: str, key_types: tuple[type, ...]) -> Cursor:
    """Read a cursor back; a broken or foreign one is a bad request."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = b64decode(padded, altchars=b"-_", validate=True)
        payload = raw[_CHECK_BYTES:]
        if raw[:_CHECK_BYTES] != _make_check(payload, listing):
            raise make_cursor_problem(text)
        version, seq, dataset, *key = orjson.loads(payload)
        cursor = Cursor(seq=seq, dataset=Dataset(dataset), key=tuple(key))
    except (ValueError, TypeError) as error:
        raise make_cursor_problem(text) from error
    if (version, *map(type, (seq, *key))) != (_VERSION, int, *key_types):
        raise make_cursor_problem(text)
    return cursor


def make_cursor_problem(text: str, detail: str | None = None) -> Problem:
    """Return the bad request of a cursor that leads nowhere."""
    detail = detail or (
        "The cursor is broken or comes from another listing. Follow `next` as it was given,"
        " without changing other parameters."
    )
    return make_bad_request([Issue(name="cursor", kind="invalidInput", detail=detail, value=text)])


def _make_check(payload: bytes, listing: str) -> bytes:
    # Not a secret: it finds mistakes, and a forged cursor reaches nothing that is not public.
    return blake2b(payload + b"\0" + listing.encode(), digest_size=_CHECK_BYTES).digest()
