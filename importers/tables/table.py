"""Tables of source files: rows of text cells, in pieces that any process can split."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from registry.domain.errors import InputRefused

Cells = Sequence[str | None]
"""The cells of a row in the order of the columns; None is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that has no cells to speak of: where it stands and what is wrong with it."""

    place: int
    reason: str


class HeaderRefused(InputRefused):
    """The beginning of a file is not that of such a table: it may be none, but a licence."""


Splitter = Callable[[Any], Iterable[tuple[Cells, int] | BadRow]]
"""Gives the rows of a piece: cells and place, which is a byte offset or a row number. Picklable."""


class Table(Protocol):
    """One table of a source file, opened. Whatever is wrong with it is InputRefused.

    `columns` are as the file writes them, each once; positions of a geometry come as two more,
    `geometry_x` and `geometry_y`, in the system `crs` (None: the file does not say).
    `extracted_at` is the file's own word, None when it has none.
    """

    label: str
    columns: tuple[str, ...]
    crs: int | None
    extracted_at: datetime | None

    def cut(self) -> Iterator[Any]:
        """Yield the pieces of the table in order, about a megabyte each."""
        ...

    def make_splitter(self) -> Splitter:
        """Return what splits those pieces into rows, in any process."""
        ...
