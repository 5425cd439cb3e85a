"""Order of house and box numbers as people read them: 2, 9A, 10, 10 bis, 100."""

import re

_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
_BOX_SEPARATOR = "\x01"  # below every printable character: 16 comes before 16A, its boxes between


def _pad(match: re.Match[str]) -> str:
    """Write a run of digits so that text order is number order, whatever its length."""
    digits = match[0].lstrip("0") or "0"
    return f"{len(digits):02d}{digits}"


def make_number_key(text: str) -> str:
    """Return the sort key of one house or box number; equal for 10A and 10 a."""
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0") or "0"
        return f"{len(digits):02d}{digits}"
    return _DIGITS.sub(_pad, _SPACE.sub("", text).upper())


def make_sort_key(house_number: str, box_number: str | None) -> str:
    """Return the sort key of an address within its street."""
    if not box_number:
        return make_number_key(house_number)
    return f"{make_number_key(house_number)}{_BOX_SEPARATOR}{make_number_key(box_number)}"
