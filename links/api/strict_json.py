"""JSON as it is read at the door: one object that every reader would read alike."""

import json
import unicodedata
from typing import Final

MAX_BYTES: Final = 16_384
_MAX_DEPTH: Final = 4
_MAX_INTEGER: Final = 2**53


class JsonRefused(Exception):
    """Not JSON as we read it; `code` says why, in words that repeat nothing of what was sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_object(data: bytes, *, limit: int = MAX_BYTES) -> dict[str, object]:
    """Return the object that `data` is, or raise JsonRefused.

    Refused: other encodings than UTF-8, duplicate members, fractions, infinities, integers that
    others would round, deep nesting, and text with control or format characters, lone
    surrogates, or a spelling that is not NFC.
    """
    if len(data) > limit:
        raise JsonRefused("too_large")
    try:
        value = _DECODER.decode(data.decode())
    except JsonRefused:
        raise
    except (ValueError, RecursionError):
        raise JsonRefused("not_json") from None
    if not isinstance(value, dict):
        raise JsonRefused("not_an_object")
    _check(value, 0)
    return value


def _refuse_number(_text: str) -> object:
    raise JsonRefused("number")


def _read_integer(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > _MAX_INTEGER:
        raise JsonRefused("number")
    return number


def _read_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonRefused("duplicate_member")
    return members


def _check(value: object, depth: int) -> None:
    if isinstance(value, str):
        if not is_plain(value):
            raise JsonRefused("characters")
    elif isinstance(value, dict | list):
        if depth == _MAX_DEPTH:
            raise JsonRefused("too_deep")
        for inner in value:
            _check(inner, depth + 1)
        if isinstance(value, dict):
            for inner in value.values():
                _check(inner, depth + 1)


def is_plain(text: str) -> bool:
    """Whether `text` has nothing but visible characters and single kinds of blanks, in NFC."""
    # str.isprintable is False for controls, formats, surrogates, and blanks other than U+0020.
    return text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_read_members,
    parse_float=_refuse_number,
    parse_constant=_refuse_number,
    parse_int=_read_integer,
)
