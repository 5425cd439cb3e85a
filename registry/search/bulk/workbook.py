"""Workbooks (xlsx): the first sheet that is visible, its values with the answers behind them.

Values keep their types and number formats; a formula becomes the value that it last had. What is
text stays text, also when it begins as a formula does.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from registry.domain.errors import InputRefused
from registry.search.bulk.columns import Layout, Told, make_layout, name_added
from registry.search.bulk.json_lines import read_value
from registry.search.bulk.tables import Added, Answers, Ask, Matched

_OLE = b"\xd0\xcf\x11\xe0"
_PIECE_ROWS = 500
_MOST_BYTES = 2_000_000_000
_MOST_TIMES, _ALWAYS_ALLOWED = 150, 100_000_000
_MOST_ENTRIES = 2_000
_MOST_TEXTS = 300_000_000  # openpyxl holds all that are shared
_WIDEST, _MOST_ROWS = 1_000, 1_048_576
_DAMAGE = (
    *(zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError),
    *(EOFError, NotImplementedError, TypeError, AttributeError, IndexError, RuntimeError),
)
"""What openpyxl raises for files that no spreadsheet wrote."""

Cell = tuple[Any, str]
"""A value and its number format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookTable:
    """A sheet, understood."""

    kind: ClassVar[str] = "xlsx"
    path: Path
    rows: int
    asked: str
    width: int
    header: tuple[Any, ...]
    matcher: "WorkbookForm"

    @classmethod
    def open(cls, path: Path, told: Told) -> "WorkbookTable":
        """Look at the first row; InputRefused when the file is no workbook, or none of ours."""
        check_packing(path)
        rows = list(islice(_read_rows(path), 1))
        if not rows or not any(value is not None for value, _ in rows[0]):
            raise InputRefused(f"{path.name}: the first row of the first sheet is empty")
        texts = [_read_text(cell) for cell in rows[0]]
        has_header = told.has_header is not False
        columns = texts if has_header else [str(n) for n in range(1, len(texts) + 1)]
        layout = make_layout(columns, told.columns, path.name)
        return cls(
            path=path,
            rows=0,
            asked=layout.describe(columns),
            width=len(columns),
            header=(*columns, *name_added(columns)) if has_header else (),
            matcher=WorkbookForm(layout=layout, width=len(columns)),
        )

    def cut(self) -> Iterator[list[list[Cell]]]:
        """Yield the rows of the sheet but its header."""
        rows = _read_rows(self.path)
        if self.header:
            next(rows)
        while piece := list(islice(rows, _PIECE_ROWS)):
            yield piece

    def write(self, target: Path, answered: Iterable[Matched]) -> None:
        """Write a workbook with one sheet."""
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        rows = chain.from_iterable(matched.content for matched in answered)
        header = [[(name, "General") for name in self.header]] if self.header else []
        for row in chain(header, rows):
            sheet.append([_make_cell(sheet, *cell) for cell in row])
        book.save(target)
        book.close()


def check_packing(path: Path) -> None:
    """Refuse what is no workbook, is encrypted, or unpacks without bound."""
    with path.open("rb") as stream:
        begin = stream.read(4)
    if begin == _OLE:
        raise InputRefused(
            f"{path.name}: a workbook with a password, or of the old format .xls. Save it as .xlsx"
            " without a password"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _DAMAGE as error:
        raise _make_refusal(path) from error
    if "[Content_Types].xml" not in {entry.filename for entry in entries}:
        raise InputRefused(f"{path.name}: a zip, and no workbook. Unpack it and give what is in it")
    size = sum(entry.file_size for entry in entries)
    most = min(_MOST_BYTES, max(_ALWAYS_ALLOWED, _MOST_TIMES * path.stat().st_size))
    texts = sum(e.file_size for e in entries if e.filename.endswith("sharedStrings.xml"))
    if size > most or texts > _MOST_TEXTS or len(entries) > _MOST_ENTRIES:
        raise InputRefused(f"{path.name}: the workbook unpacks to too much, as zip bombs do")


def _make_refusal(path: Path) -> InputRefused:
    return InputRefused(f"{path.name}: the workbook is cut off or damaged: save it again")


def _read_rows(path: Path) -> Iterator[list[Cell]]:
    try:
        with path.open("rb") as file:  # of a path, openpyxl would look at how it ends
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = next(s for s in book.worksheets if s.sheet_state == "visible")
            sheet.reset_dimensions()  # what the sheet says of its own size may be wrong
            for row in sheet.iter_rows(max_row=_MOST_ROWS):
                yield [
                    (cell.value, cell.number_format if cell.value is not None else "General")
                    for cell in row[:_WIDEST]
                ]
    except (StopIteration, *_DAMAGE) as error:
        raise _make_refusal(path) from error


def _make_cell(sheet: Any, value: Any, number_format: str) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
        cell.data_type = "s"
        return cell
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = number_format
    return cell


def _read_text(cell: Cell) -> str:
    value = cell[0]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return read_value(value).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookForm:
    """What the rows of a sheet are like."""

    layout: Layout
    width: int

    def make(self, ask: Ask) -> "WorkbookMatcher":
        """Return what matches rows in one process."""
        return WorkbookMatcher(self, ask)


class WorkbookMatcher:
    """Matches rows of a sheet in one process."""

    def __init__(self, form: WorkbookForm, ask: Ask) -> None:
        self._form = form
        self._answers: Answers[Added] = Answers(ask=ask, write=lambda added: added)

    def __call__(self, piece: Sequence[list[Cell]]) -> Matched:
        """Return the rows, each as wide as the header, with what is added. Empty ones stay so."""
        width = self._form.width
        blank: list[Cell] = [(None, "General")] * width
        counts: Counter[str] = Counter()
        full = [row for row in piece if any(value is not None for value, _ in row)]
        texts = [[*map(_read_text, [*row[:width], *blank[len(row[:width]) :]]), ""] for row in full]
        added = iter(self._answers.answer(self._form.layout.make_keys(texts), counts))
        content = []
        for row in piece:
            if not any(value is not None for value, _ in row):
                content.append(row)
                continue
            values: list[Cell] = [(value, "General") for value in next(added)]
            content.append([*row[:width], *blank[len(row[:width]) :], *values, *row[width:]])
        return Matched(content=content, rows=len(full), counts=counts)
