"""Members of a request, read strictly: one spelling, one type; KeysRefused for all others."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from links.keys.derivation import REFERENCE_BYTES, KeysRefused, check_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from links.keys.keyring import KeyRing

    Request = Mapping[str, Any]

_HEX = re.compile("[0-9a-f]*")


def read_rows(request: Request, most: int, name: str = "rows") -> list[Any]:
    """Return a list of at most `most`."""
    rows = request[name]
    if not isinstance(rows, list):
        raise KeysRefused("rows_malformed")
    if len(rows) > most:
        raise KeysRefused("too_many_rows")
    return rows


def read_address(request: Request) -> bytes | None:
    """Return the address that is keyed, or None."""
    address = request.get("address")
    return None if address is None else check_text("address", address).encode()


def read_subject(ring: KeyRing, request: Request) -> bytes | None:
    """Return the subject that is keyed, or None; of the ring's world alone."""
    subject = request.get("subject")
    return None if subject is None else ring.read_subject(subject["type"], subject["value"])


def read_reference(text: object) -> bytes:
    """Return a reference, 16 bytes."""
    reference = read_hex(text)
    if len(reference) != REFERENCE_BYTES:
        raise KeysRefused("reference_malformed")
    return reference


def read_hex(text: object) -> bytes:
    """Return bytes written in lower case."""
    if not isinstance(text, str) or _HEX.fullmatch(text) is None or len(text) % 2:
        raise KeysRefused("reference_malformed")
    return bytes.fromhex(text)


def read_integer(value: object) -> int:
    """Return a number below 2^40: a kid, or seconds since 1970."""
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise KeysRefused("number_malformed")
    return value


def read_base64(text: object) -> bytes:
    """Return bytes of any length."""
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise KeysRefused("data_malformed") from None


def read_bound(request: Request) -> bytes:
    """Return what a seal is bound to."""
    return str(request["bound"]).encode()


def write_references(references: Iterable[bytes]) -> list[str]:
    """Return references as they go out."""
    return [reference.hex() for reference in references]
