"""Delimited text (CSV): every row as it was, byte for byte, with the answer behind it.

The parent process only cuts between lines; splitting, matching and writing are the workers'.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from registry.domain.errors import InputRefused
from registry.search.bulk.columns import Layout, Told, make_layout, name_added
from registry.search.bulk.cutting import cut_lines
from registry.search.bulk.encodings import TextForm, mend, recognise_form
from registry.search.bulk.formulas import is_formula, make_search, neutralise
from registry.search.bulk.tables import Added, Answers, Ask, Asked, Matched, Unreadable

SEPARATORS = (",", ";", "\t", "|")
_EXCEL_SAYS = "sep="

Cells = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedTable:
    """A delimited file, understood. `head` is what stands before its first row."""

    kind: ClassVar[str] = "csv"
    path: Path
    form: TextForm
    rows: int
    asked: str
    head: str
    head_written: str
    matcher: "DelimitedForm"

    @classmethod
    def open(cls, path: Path, told: Told) -> "DelimitedTable":
        """Recognise what is not told; InputRefused when it cannot be."""
        form = recognise_form(path, told.encoding)
        lines = _read_first_lines(path, form)
        said = lines.pop(0) if lines[0].startswith(_EXCEL_SAYS) and len(lines) > 1 else ""
        separator = told.separator or _read_said(said) or find_separator(lines)
        first, cells = next(split(lines, separator))
        if cells is None:
            raise InputRefused(f"{path.name}: the first line opens a quotation and does not end it")
        has_header = told.has_header is not False
        columns = [c.strip() for c in cells] if has_header else _number(cells)
        matcher = DelimitedForm(
            layout=make_layout(columns, told.columns, path.name),
            width=len(cells),
            separator=separator,
            form=form,
        )
        added = separator.join(["", *name_added(columns)])
        header = Extender(matcher).extend(first, cells, added) if has_header else ""
        head = said + (first if has_header else "")
        return cls(
            path=path,
            form=form,
            rows=max(0, form.lines - head.count("\n")),
            asked=matcher.layout.describe(columns),
            head=head,
            head_written=said + header,
            matcher=matcher,
        )

    def cut(self) -> Iterator[bytes]:
        """Yield the rows in pieces of whole lines."""
        left = len(self.form.encode_piece(self.head))
        for piece in cut_lines(self.form.read(self.path), self.path.name, has_quotes=True):
            yield piece[left:]
            left = max(0, left - len(piece))

    def write(self, target: Path, answered: Iterable[Matched]) -> None:
        """Write head and rows."""
        with target.open("wb") as file:
            file.write(self.form.mark + self.form.encode(self.head_written))
            file.writelines(matched.content for matched in answered)


def _read_first_lines(path: Path, form: TextForm) -> list[str]:
    begin = next(cut_lines(form.read(path), path.name, has_quotes=True), b"")
    if not begin.strip(b"\0\r\n\t ,;|"):
        raise InputRefused(f"{path.name}: the file is empty, or no table")
    if b"\r" in begin and b"\n" not in begin:
        raise InputRefused(
            f"{path.name}: lines end in a carriage return alone, as on old Macs. Convert them, or"
            " save the table again"
        )
    return io.StringIO(form.decode(begin)[0], newline="\n").readlines()


def _read_said(line: str) -> str | None:
    said = line.removeprefix(_EXCEL_SAYS)[:1]
    return said if said in SEPARATORS else None


def find_separator(lines: Sequence[str]) -> str:
    """Return what separates the columns of the first line; of a single one, what is in no line."""
    found = max(SEPARATORS, key=lines[0].count)
    return found if found in lines[0] else min(SEPARATORS, key="".join(lines).count)


def _number(cells: Sequence[str]) -> list[str]:
    return [str(place) for place in range(1, len(cells) + 1)]


def split(lines: Sequence[str], separator: str) -> Iterator[tuple[str, Cells | None]]:
    """Yield each row as it stands and its cells, None where no cells can be told.

    A line whose quotation marks do not fit is read alone, so that it takes no others with it.
    """
    begin = 0
    while begin < len(lines):
        left = map(lines.__getitem__, range(begin, len(lines)))
        rows = csv.reader(left, delimiter=separator, strict=True)
        start = begin
        try:
            for cells in rows:
                end = begin + rows.line_num
                yield "".join(lines[start:end]), cells
                start = end
        except csv.Error:
            yield lines[start], _split_alone(lines[start], separator)
            start += 1
        begin = start


def _split_alone(line: str, separator: str) -> Cells | None:
    """Return the cells of a line such as `"La Brise" dreef;5`, None if a quotation stays open."""
    if line.count('"') % 2:
        return None
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedForm:
    """What the pieces of a file are like."""

    layout: Layout
    width: int
    separator: str
    form: TextForm

    def make(self, ask: Ask) -> "DelimitedMatcher":
        """Return what matches pieces in one process."""
        return DelimitedMatcher(self, ask)


class Extender:
    """Writes rows again: as they were, but for cells that would run, and one text longer."""

    def __init__(self, form: DelimitedForm) -> None:
        self._form = form
        self._may_run = make_search(form.separator)
        self._needs_quotes = re.compile(rf'[\r\n"{re.escape(form.separator)}]').search
        self.neutralised = 0

    def may_run(self, text: str) -> bool:
        """Whether any cell of a text may be one that a spreadsheet runs."""
        return self._may_run.search(text) is not None

    def extend(self, raw: str, cells: Cells | None, added: str, *, look: bool = True) -> str:
        """Return a row with what is added; one that cannot be read stands in the first column."""
        body = raw.rstrip("\n")
        body = body.removesuffix("\r")
        end = raw[len(body) :]
        form = self._form
        if cells is None:
            missing = form.width - 1
            body = _quote(neutralise(body))
        else:
            missing = form.width - len(cells)
            if missing < 0 or (look and any(map(is_formula, cells))):
                self.neutralised += sum(map(is_formula, cells))
                quote = _quote if body.startswith('"') else self._quote_if_needed
                body = form.separator.join([quote(neutralise(c)) for c in cells[: form.width]])
        return f"{body}{form.separator * missing}{added}{end}"

    def write_added(self, added: Added) -> str:
        """Return the cells of an answer, each after a separator."""
        texts = [
            self._write_text(added.id),
            added.verdict,
            added.category,
            added.match_level or "",
            str(added.score),
            self._write_text(added.address),
            "" if added.lat is None else str(added.lat),
            "" if added.lon is None else str(added.lon),
            self._write_text(added.reason),
        ]
        return self._form.separator.join(["", *texts])

    def _write_text(self, text: str | None) -> str:
        """Return a cell with what stands in the register or in the row."""
        return self._quote_if_needed(self._form.form.limit(neutralise(text))) if text else ""

    def _quote_if_needed(self, cell: str) -> str:
        return _quote(cell) if self._needs_quotes(cell) else cell


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


class DelimitedMatcher:
    """Matches pieces of a delimited file in one process."""

    def __init__(self, form: DelimitedForm, ask: Ask) -> None:
        self._form = form
        self._extender = Extender(form)
        self._answers = Answers(ask=ask, write=self._extender.write_added)

    def __call__(self, piece: bytes) -> Matched:
        """Return the piece with what is added to each row. An empty line stays one."""
        form, extender = self._form, self._extender
        text, is_broken = form.form.decode(piece)
        lines = io.StringIO(text, newline="\n").readlines()
        rows = [self._check(*row) for row in split(lines, form.separator)]
        keys = self._make_keys([cells for _, cells in rows if cells], is_broken=is_broken)
        counts: Counter[str] = Counter()
        added = iter(self._answers.answer(keys, counts))
        look = extender.may_run(text)
        extender.neutralised = 0
        written = [
            raw
            if not cells
            else extender.extend(
                raw, None if isinstance(cells, Unreadable) else cells, next(added), look=look
            )
            for raw, cells in rows
        ]
        counts["neutralised"] = extender.neutralised
        return Matched(content=form.form.encode("".join(written)), rows=len(keys), counts=counts)

    def _check(self, raw: str, cells: Cells | None) -> tuple[str, Cells | Unreadable]:
        """Return the cells of a row: none of an empty line."""
        width = self._form.width
        if cells is None:
            return raw, Unreadable("a quotation mark that opens a text and none that closes it")
        if len(cells) > width and any(map(str.strip, cells[width:])):
            return raw, Unreadable(
                f"{len(cells)} cells in a row, and {width} columns in the header"
            )
        return raw, cells or ([""] if width == 1 else [])

    def _make_keys(self, rows: Sequence[Cells | Unreadable], *, is_broken: bool) -> list[Asked]:
        width = self._form.width
        blank = [""] * (width + 1)
        padded = [
            blank if isinstance(row, Unreadable) else [*row[:width], *blank[len(row[:width]) :]]
            for row in rows
        ]
        keys = self._form.layout.make_keys(padded)
        if is_broken:
            keys = [tuple(map(mend, key)) for key in keys]
        return [
            row if isinstance(row, Unreadable) else key for row, key in zip(rows, keys, strict=True)
        ]
