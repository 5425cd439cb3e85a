"""Cells that a spreadsheet would run when it opens a CSV file (CWE-1236, OWASP CSV injection)."""

import re

_BEGINS = "=+-@\t\r＝＋－＠"  # noqa: RUF001 - the wide forms run too
_RUNS = re.compile(r"[=@\t\r＝＋－＠]|[+-](?![\d\s.,/()+-]*$)")  # noqa: RUF001 - likewise


def is_formula(cell: str) -> bool:
    """Whether a cell would run: numbers (-5) and telephone numbers (+32 2 123) do not."""
    return cell[:1] in _BEGINS and _RUNS.match(cell) is not None if cell else False


def neutralise(cell: str) -> str:
    """Return a cell as it can be shown: an apostrophe before what would run."""
    return f"'{cell}" if is_formula(cell) else cell


def make_search(separator: str) -> re.Pattern[str]:
    """Return what finds out fast that no cell of a text can run."""
    return re.compile(rf'(?:^|[\n"{re.escape(separator)}])[{re.escape(_BEGINS)}]')
