"""Matches a file: cut, answered by processes that map the same index, written in its order."""

import os
import re
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.domain.errors import InputRefused
from registry.search.bulk.columns import Told
from registry.search.bulk.delimited import DelimitedTable
from registry.search.bulk.json_lines import JsonLinesTable
from registry.search.bulk.processes import Pool
from registry.search.bulk.tables import Matched, Table

_AHEAD = 3
"""Pieces that wait per process: enough that none is idle, few enough to hold."""
PACKED = (b"PK", b"\xd0\xcf\x11\xe0")
"""How workbooks begin, and what is mistaken for one."""
_NO_TEXT = (
    *(
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
        b"BZh",
        b"\xfd7zXZ",
        b"7z\xbc\xaf",
        b"Rar!",
        b"%PDF",
        b"{\\rtf",
    ),
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"SQLite format 3", b"PAR1"),
)
"""How packed files, documents, pictures and databases begin."""
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*(\{|\[\s*[{\]])")
"""An array is no NDJSON, but then that is what is said of it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """How far it is: rows done, and how many came to what."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, matched: Matched) -> None:
        """Count a piece."""
        self.rows += matched.rows
        self.counts.update(matched.counts)


def open_table(path: Path, told: Told) -> Table:
    """Open a table by what its content is; InputRefused in the caller's words."""
    with path.open("rb") as stream:
        begin = stream.read(1000)
    if begin.startswith(PACKED):
        from registry.search.bulk.workbook import WorkbookTable  # noqa: PLC0415 - takes 0.1 s

        return WorkbookTable.open(path, told)
    if begin.startswith(_NO_TEXT):
        raise InputRefused(f"{path.name}: packed, a picture or a PDF, and no table")
    if _JSON.match(begin):
        return JsonLinesTable.open(path, told)
    return DelimitedTable.open(path, told)


def match_table(
    table: Table,
    target: Path,
    index_folder: Path,
    pool: Pool,
    *,
    minimum: float = 0.0,
    most_rows: int | None = None,
    progress: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Match a table into `target`, which is there whole or not at all.

    InputRefused where the table cannot be read further, or has more than `most_rows`.
    """
    tally = Tally()
    name = _make_beside(target)
    try:
        pool.begin(table.matcher, index_folder, minimum=minimum)
        answered = _answer(pool, table.cut())
        table.write(Path(name), _count(answered, tally, most_rows, progress))
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    return tally


def _make_beside(target: Path) -> str:
    """Make what becomes the target; OSError names the target, which is what the caller knows."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}."[:200], dir=target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
    os.close(descriptor)
    return name


def _answer(pool: Pool, pieces: Iterator[Any]) -> Iterator[Matched]:
    """Yield the pieces as they are answered, in their order; few are under way at any moment."""
    waiting: deque[Any] = deque()
    for piece in pieces:
        waiting.append(pool.submit(piece))
        if len(waiting) >= _AHEAD * pool.processes:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _count(
    answered: Iterator[Matched],
    tally: Tally,
    most_rows: int | None,
    progress: Callable[[Tally], None],
) -> Iterator[Matched]:
    for matched in answered:
        tally.add(matched)
        if most_rows is not None and tally.rows > most_rows:
            raise InputRefused(f"more than {most_rows:,} rows. Split the file")
        progress(tally)
        yield matched
