"""CSV that people open in a spreadsheet: no cell runs as a formula there."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from registry.domain.errors import InputRefused

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def neutralise(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run, as OWASP advises."""
    return f"'{cell}" if cell.startswith(_RUNS) else cell


def restore(cell: str) -> str:
    """Take the apostrophe away that `neutralise` put there."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RUNS) else cell


def write_spreadsheet(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a new file that its owner alone may read; InputRefused when it exists."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputRefused(f"{path}: it cannot be written: {error.strerror}") from error
    with open(number, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([neutralise(cell) for cell in row] for row in rows)
