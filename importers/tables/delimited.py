"""Delimited text (CSV): RFC 4180 with any of four separators, in pieces that end with a record."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import BinaryIO

from importers.blocks import Block
from importers.tables.table import BadRow, Cells, HeaderRefused
from registry.domain.errors import InputRefused

_PIECE_BYTES = 1_000_000
_LONGEST_RECORD = 1_000_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PLAIN = {
    "new-line character": "a carriage return in a cell that is not quoted",
    "expected after": "a quotation mark within a quoted cell, or text behind one",
    "unexpected end": "a quotation mark that opens a text and none that closes it",
    "field limit": "a cell of more than 131,072 characters",
}
"""What the csv module says, and what it means."""
_SEPARATORS = (",", ";", "|", "\t")


class DelimitedTable:
    """A delimited file, opened: header read, separator found unless it is given.

    `encoding`, UTF-8 if None, is one that writes ASCII as ASCII. What is wrong with the file is
    InputRefused.
    """

    crs: int | None = None

    def __init__(
        self,
        stream: BinaryIO,
        label: str,
        *,
        separator: str | None = None,
        encoding: str | None = None,
        extracted_at: datetime | None = None,
    ) -> None:
        self.label = label
        self.extracted_at = extracted_at
        self._stream = stream
        self._encoding = encoding or "utf-8"
        begin = stream.read(_PIECE_BYTES)
        self._offset = len(_BYTE_ORDER_MARK) if begin.startswith(_BYTE_ORDER_MARK) else 0
        header, self._rest = _take_header(begin[self._offset :])
        if not header.strip(b"\0\r\n\t ,;|"):
            raise HeaderRefused(f"{label}: there is no header line: the file is empty, or no table")
        if b"\r" in header and b"\n" not in header:
            raise HeaderRefused(
                f"{label}: lines end in a carriage return alone, as on old Macs. Convert them, or"
                " save the table again"
            )
        try:
            text = _decode(header, self._encoding, label, self._offset)
        except InputRefused as refusal:
            raise HeaderRefused(str(refusal)) from refusal
        self._offset += len(header)
        self._separator = separator or max(_SEPARATORS, key=text.count)
        self.columns = self._read_columns(text)

    def _read_columns(self, header: str) -> tuple[str, ...]:
        try:
            row = next(csv.reader([header], delimiter=self._separator))
        except csv.Error as error:
            raise HeaderRefused(
                f"{self.label}: the first line is no header: {_explain(error)}"
            ) from error
        columns = tuple(name.strip() for name in row)
        double = sorted({name for name in columns if columns.count(name) > 1})
        if double:
            raise HeaderRefused(
                f"{self.label}: the header has {', '.join(map(repr, double))} more than once, so"
                " that nobody can tell which counts. Remove one, or ask the source"
            )
        return columns

    def cut(self) -> Iterator[Block]:
        """Yield the file in pieces of whole records; a table without any is InputRefused."""
        offset, carry, empty = self._offset, self._rest, True
        while more := self._stream.read(_PIECE_BYTES):
            carry += more
            end = _find_last_end(carry)
            if end == 0 and len(carry) > _LONGEST_RECORD:
                raise InputRefused(
                    f"{self.label}, byte {offset:,}: a record longer than 1 MB, or a quotation"
                    " mark that opens a text and none that closes it"
                )
            if end:
                empty = empty and not carry[:end].strip()
                yield Block(carry[:end], offset)
                offset, carry = offset + end, carry[end:]
        if carry.strip():
            yield Block(carry, offset)
        elif empty:
            raise InputRefused(f"{self.label}: the table has a header and no rows")

    def make_splitter(self) -> "TextSplitter":
        """Return what splits pieces into rows."""
        return TextSplitter(
            width=len(self.columns),
            separator=self._separator,
            encoding=self._encoding,
            label=self.label,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSplitter:
    """Splits pieces of a delimited file into rows of cells."""

    width: int
    separator: str
    encoding: str
    label: str

    def __call__(self, piece: Block) -> Iterator[tuple[Cells, int] | BadRow]:
        """Yield cells and byte offset of each row; InputRefused: it is not of the encoding."""
        self._check_not_utf8(piece)
        text = _decode(piece.content, self.encoding, self.label, piece.offset)
        lines = io.StringIO(text.replace("\0", " "), newline="\n")
        lengths = (len(line) + 1 for line in piece.content.split(b"\n"))
        offsets = list(accumulate(lengths, initial=piece.offset))
        # Strict: a quotation mark in the wrong place is told, not read as something else.
        rows = csv.reader(lines, delimiter=self.separator, strict=True)
        width = self.width
        while True:
            offset = offsets[rows.line_num]
            try:
                for row in rows:
                    if len(row) == width:
                        yield [cell.strip() or None for cell in row], offset
                    elif row:
                        yield BadRow(
                            place=offset,
                            reason=f"{len(row)} cells in a row, and {width} columns in the header",
                        )
                    offset = offsets[rows.line_num]
            except csv.Error as error:
                yield BadRow(place=offset, reason=f"not as RFC 4180 writes it: {_explain(error)}")
                continue
            return

    def _check_not_utf8(self, piece: Block) -> None:
        """Refuse UTF-8 under another name: no letter beyond ASCII would be right."""
        if self.encoding.startswith("utf-8") or piece.content.isascii():
            return
        try:
            piece.content.decode()
        except UnicodeDecodeError:
            return
        raise InputRefused(
            f"{self.label}, byte {piece.offset:,} and further: the text is UTF-8, and the column"
            f" map says {self.encoding}. Leave out its encoding"
        )


def _explain(error: csv.Error) -> str:
    """Return in plain words what the reader of the text met."""
    return next((plain for begin, plain in _PLAIN.items() if begin in str(error)), str(error))


def _take_header(data: bytes) -> tuple[bytes, bytes]:
    """Return the first record and the rest."""
    end = data.find(b"\n") + 1
    while end and data.count(b'"', 0, end) % 2:
        end = data.find(b"\n", end) + 1
    return (data[:end], data[end:]) if end else (data, b"")


def _find_last_end(data: bytes) -> int:
    """Return where the last record that surely ends in the data ends, 0 if none does.

    A line end is one of a record if the quotation marks before it are even in number.
    """
    end = data.rfind(b"\n") + 1
    marks = data.count(b'"', 0, end)
    while end and marks % 2:
        previous = data.rfind(b"\n", 0, end - 1) + 1
        marks -= data.count(b'"', previous, end)
        end = previous
    return end


def _decode(data: bytes, encoding: str, label: str, offset: int) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputRefused(
            f"{label}, byte {offset + error.start:,}: this is no {encoding} text. Ask the source"
            " for the encoding and name it in a column map, or convert the file"
        ) from error
