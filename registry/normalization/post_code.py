"""Postal codes: four digits as text, the zero of 0612 kept."""

import re
from functools import lru_cache

_CODE = re.compile(r"\s*(?:BE?\s?-?\s?)?([0-9]{4})(?:\.0+)?\s*", re.IGNORECASE)


@lru_cache(maxsize=4096)
def normalize_post_code(text: str) -> str | None:
    """Return the four digits of `1000`, `B-1000`, `BE 1000`, `1000.0` (a real); None for the rest.

    Foreign codes (`1077CZ`), more or fewer digits and text around them are no Belgian code.
    """
    match = _CODE.fullmatch(text.replace("\x00", " "))
    return match and match[1]
