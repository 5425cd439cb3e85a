"""Which part of a file a request brings (RFC 9110 14.4, and 14.5 for PUT)."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers

from api.deliveries.problems import LENGTH_REQUIRED, make_bad_input
from api.problems import PAYLOAD_TOO_LARGE, Problem
from registry.deliveries.store import Delivery

SMALLEST_PART: Final = 65_536
_RANGE: Final = re.compile(r"bytes (?:(\d{1,16})-(\d{1,16})|\*)/(\d{1,16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Bytes [start, end) of a file of `total` bytes; none: only whether it is whole is asked."""

    start: int
    end: int
    total: int


def read_part(headers: Headers, delivery: Delivery, *, most: int) -> Part:
    """Return the part that a request says it brings, or the problem of one that cannot be."""
    part = _read_part(headers, delivery)
    told = delivery.declared_size if delivery.size is None else delivery.size
    if part.total > most:
        detail = f"A file may have {most} bytes at most."
        raise Problem(type=PAYLOAD_TOO_LARGE, detail=detail, members={"limit": most})
    if told is not None and part.total != told:
        detail = f"The file was said to have {told} bytes, and now {part.total}."
        if "content-range" in headers:
            raise _refuse(detail)
        detail += " A part needs Content-Range; without it a body is the whole file."
        raise _refuse(detail, name="Content-Length")
    length = headers.get("content-length")
    if length is not None and int(length) != part.end - part.start:
        raise _refuse("Content-Length and Content-Range do not agree.")
    if 0 < part.end - part.start < SMALLEST_PART and part.end < part.total:
        raise _refuse(f"A part has {SMALLEST_PART} bytes or more, but for the last.")
    return part


def _read_part(headers: Headers, delivery: Delivery) -> Part:
    given, received = headers.get("content-range", "").strip(), delivery.received
    is_here = headers.get("content-length") == "0" and 0 < received == delivery.size
    if is_here and (not given or given.endswith(f"/{received}")):
        # No bytes ask for the end of it, whatever range a client makes up for none.
        return Part(start=received, end=received, total=received)
    if not given:
        length = headers.get("content-length") or delivery.declared_size
        if length is None:
            raise Problem(type=LENGTH_REQUIRED, detail=LENGTH_REQUIRED.meaning)
        if int(length) == 0:
            raise _refuse("The file is empty.", name="Content-Length")
        return Part(start=0, end=int(length), total=int(length))
    found = _RANGE.fullmatch(given)
    if found is None:
        raise _refuse("It looks like `bytes 0-1048575/52428800`, or `bytes */52428800`.")
    total = int(found[3])
    if found[1] is None and total > 0:
        return Part(start=received, end=received, total=total)
    part = Part(start=int(found[1] or 0), end=int(found[2] or 0) + 1, total=total)
    if not part.start < part.end <= part.total:
        raise _refuse("The part ends before it begins, or behind the end of the file.")
    return part


def _refuse(detail: str, *, name: str = "Content-Range") -> Problem:
    return make_bad_input(name, detail, place="header")
