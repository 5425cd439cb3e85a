"""Tables seen otherwise than they are written, where columns alone do not say what rows mean."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from importers.tables.table import BadRow, Cells, Splitter, Table

Row = tuple[Cells, int] | BadRow


class Edit(Protocol):
    """What is done to each row; picklable."""

    def __call__(self, cells: list[str | None], /) -> bool:
        """Edit the cells in place; False: the row is left out."""
        ...


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Leaves out the rows whose text in a column is of a pattern."""

    place: int
    pattern: re.Pattern[str]

    def __call__(self, cells: list[str | None]) -> bool:
        """Return whether the row stays."""
        return self.pattern.fullmatch(cells[self.place] or "") is None


@dataclass(frozen=True, slots=True)
class FillFrom:
    """Fills a column from another one where it is empty or has a text that means so."""

    place: int
    other: int
    empty: frozenset[str]

    def __call__(self, cells: list[str | None]) -> bool:
        """Fill the cell; the row stays."""
        if cells[self.place] in self.empty or cells[self.place] is None:
            cells[self.place] = cells[self.other]
        return True


class EditedTable:
    """A table whose rows are edited where they are split."""

    def __init__(self, table: Table, edit: Edit) -> None:
        self._table = table
        self._edit = edit
        self.label = table.label
        self.columns = table.columns
        self.crs = table.crs
        self.extracted_at = table.extracted_at

    def cut(self) -> Iterator[Any]:
        """Yield the pieces of the table."""
        return self._table.cut()

    def make_splitter(self) -> Splitter:
        """Return what splits and edits."""
        return _EditingSplitter(self._table.make_splitter(), self._edit)


@dataclass(frozen=True, slots=True)
class _EditingSplitter:
    split: Splitter
    edit: Edit

    def __call__(self, piece: Any) -> Iterator[Row]:
        for row in self.split(piece):
            if isinstance(row, BadRow):
                yield row
            else:
                cells = list(row[0])
                if self.edit(cells):
                    yield cells, row[1]


class JoinedTable:
    """A small table that has a row for each name of an object, with one row for each object.

    The names are joined by "/" in their order, as BeSt does; the first row gives the rest.
    """

    def __init__(self, table: Table, key: int, column: int) -> None:
        self._table = table
        self._key, self._column = key, column
        self.label = table.label
        self.columns = table.columns
        self.crs = table.crs
        self.extracted_at = table.extracted_at

    def cut(self) -> Iterator[list[Row]]:
        """Yield all rows as one piece."""
        split = self._table.make_splitter()
        bad: list[Row] = []
        first: dict[str | None, tuple[list[str | None], int]] = {}
        names: dict[str | None, set[str]] = {}
        for row in (row for piece in self._table.cut() for row in split(piece)):
            if isinstance(row, BadRow):
                bad.append(row)
                continue
            cells, place = row
            first.setdefault(cells[self._key], (list(cells), place))
            if name := cells[self._column]:
                names.setdefault(cells[self._key], set()).add(name)
        for key, (joined, _) in first.items():
            joined[self._column] = "/".join(sorted(names.get(key, ()))) or None
        yield [*first.values(), *bad]

    def make_splitter(self) -> Splitter:
        """Return what gives the rows of the piece."""
        return _give_rows


def _give_rows(piece: list[Row]) -> Iterable[Row]:
    return piece


def find_column(columns: Sequence[str], name: str) -> int:
    """Return the place of a column, whatever the case of its name."""
    return [column.casefold() for column in columns].index(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatAsBox:
    """Sees the flat as the box where there is no box: BeSt does not tell them apart.

    `box` and `flat` are columns, `none` the texts that mean none.
    """

    box: str
    flat: str
    none: frozenset[str]

    def __call__(self, table: Table) -> Table:
        """Return the table seen so."""
        box, flat = (find_column(table.columns, name) for name in (self.box, self.flat))
        return EditedTable(table, FillFrom(box, flat, self.none))
