"""Identifiers for objects whose format has none: of the natural key, the same every time."""

from functools import lru_cache
from hashlib import blake2b


def derive_id(*parts: str) -> str:
    """Return "d" and 16 hexadecimal characters (8 bytes of BLAKE2b) for a key's parts, in order."""
    return "d" + blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=65536)
def make_identity_key(number: str | None) -> str:
    """Return the key of a house or box number as identity: no blanks, no case, all else kept."""
    return "" if number is None else "".join(number.split()).casefold()
