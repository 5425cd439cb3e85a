"""Identifiers for objects whose format has none: of the natural key, the same every time."""

from functools import lru_cache
from hashlib import blake2b

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_TRIPLES = [a + b + c for a in _LETTERS for b in _LETTERS for c in _LETTERS]


def derive_id(*parts: str) -> str:
    """Return "d" and 13 characters (base 32 of an 8-byte BLAKE2b) for a key's parts, in order."""
    digest = blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    bits = int.from_bytes(digest) << 1  # 65 bits are 13 characters; the standard's padding
    return (
        "d"
        + _LETTERS[bits >> 60]
        + _TRIPLES[bits >> 45 & 0x7FFF]
        + _TRIPLES[bits >> 30 & 0x7FFF]
        + _TRIPLES[bits >> 15 & 0x7FFF]
        + _TRIPLES[bits & 0x7FFF]
    )


@lru_cache(maxsize=65536)
def make_identity_key(number: str | None) -> str:
    """Return the key of a house or box number as identity: no blanks, no case, all else kept."""
    return "" if number is None else "".join(number.split()).casefold()
