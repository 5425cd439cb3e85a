"""JSON as it is read at the door: one object that every reader would read alike."""

import json
from typing import Any, Final, NoReturn


class JsonRefused(ValueError):
    """Not an object as we read it; says why in words that repeat nothing of what was sent."""


def read_object(data: bytes, *, limit: int) -> dict[str, Any]:
    """Return the object that `data` is.

    Refused with JsonRefused: more than `limit` bytes, other encodings than UTF-8, members that
    come twice, infinities, integers that others would round.
    """
    if len(data) > limit:
        raise JsonRefused(f"it is longer than {limit} bytes")
    try:
        value = _DECODER.decode(data.decode())
    except JsonRefused:
        raise
    except (ValueError, RecursionError):
        raise JsonRefused("it is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise JsonRefused("it is not an object")
    return value


def _read_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonRefused("a member comes twice")
    return members


def _read_integer(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > 2**53:
        raise JsonRefused("a number is too large")
    return number


def _refuse(_text: str) -> NoReturn:
    raise JsonRefused("it has a number that is none")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_read_members, parse_int=_read_integer, parse_constant=_refuse
)
