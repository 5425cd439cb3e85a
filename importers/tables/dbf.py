"""dBase III tables, alone or as the rows of a shapefile of points."""

import codecs
import math
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import BinaryIO

from importers.tables.shapefile import PointFile
from importers.tables.systems import identify_crs
from importers.tables.table import Cells
from registry.domain.errors import InputRefused

_HEADER = struct.Struct("<4BIHH17xBxx")
_FIELD = struct.Struct("<11sc4xBB14x")
_TYPES = b"NCLDF"
_PIECE = 1 << 20
_LONGEST_HEADER = 1 << 16
_DELETED = "*"
_LANGUAGES = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0x64: "cp852"}
_USUAL_ENCODING = "cp1252"
_GDAL_DATE = (95, 7, 26)  # written by GDAL whatever the day, so that files compare
_ZERO_FRACTION = re.compile(r"\.0*$")
GEOMETRY = ("geometry_x", "geometry_y")


@dataclass(frozen=True, slots=True, kw_only=True)
class DbfPiece:
    """Whole records, deleted ones too: bytes, offset of the first, x and y of each if any."""

    content: bytes
    offset: int
    points: Sequence[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DbfSplitter:
    """Splits pieces into rows; `bounds` are where columns begin in a record, and where it ends.

    `told` False: the encoding is the usual one because the file does not say its own.
    """

    label: str
    first: int
    bounds: tuple[int, ...]
    reals: tuple[int, ...]
    encoding: str
    told: bool

    def __call__(self, piece: DbfPiece) -> Iterator[tuple[Cells, int]]:
        """Yield the rows that are not deleted: cells, and byte offset in the .dbf."""
        length = self.bounds[-1]
        content = piece.content.replace(b"\0", b" ")
        slices = [slice(*bounds) for bounds in pairwise(self.bounds)]
        whole = self._decode_whole(content, piece.offset)
        for place in range(0, len(content), length):
            cells: list[str | None]
            if whole is not None:
                row = whole[place : place + length]
                cells = [row[column].strip() or None for column in slices]
            else:
                row, cells = self._decode_row(content[place : place + length], piece, place, slices)
            if row[0] == _DELETED:
                continue
            for number in self.reals:
                if text := cells[number]:
                    cells[number] = _ZERO_FRACTION.sub("", text)
            if piece.points is not None:
                at = place // length * 2
                cells += format_point(piece.points[at], piece.points[at + 1])
            yield cells, piece.offset + place

    def _decode_whole(self, content: bytes, offset: int) -> str | None:
        """Return the piece as text if a byte is a character in it; None: it is not."""
        if content.isascii():
            return content.decode("ascii")
        if not self.told:
            self._check_not_utf8(content, offset)
        if not self.encoding.startswith(("cp", "iso", "latin")):
            return None
        try:
            return content.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise self._refuse(offset, error) from error

    def _decode_row(
        self, record: bytes, piece: DbfPiece, place: int, slices: Sequence[slice]
    ) -> tuple[str, list[str | None]]:
        try:
            if record.isascii():
                row = record.decode("ascii")
                return row, [row[column].strip() or None for column in slices]
            texts = [record[column].decode(self.encoding) for column in slices]
        except UnicodeDecodeError as error:
            raise self._refuse(piece.offset + place, error) from error
        return chr(record[0]), [text.strip() or None for text in texts]

    def _check_not_utf8(self, content: bytes, offset: int) -> None:
        try:
            content.decode()
        except UnicodeDecodeError:
            return
        raise InputRefused(
            f"{self.label}, row {self._count(offset):,} and further: the text looks like UTF-8, and"
            " nothing says so. Put UTF-8 in a .cpg file beside it."
        )

    def _count(self, offset: int) -> int:
        return (offset - self.first) // self.bounds[-1] + 1

    def _refuse(self, offset: int, error: UnicodeDecodeError) -> InputRefused:
        row = self._count(offset + error.start)
        return InputRefused(
            f"{self.label}, row {row:,}: the text is not {self.encoding}: byte"
            f" {error.object[error.start]:#04x}. Name its encoding in a .cpg file beside it."
        )


def format_point(x: float, y: float) -> list[str | None]:
    """Return the cells of a point's two axes; a place that is none is two empty cells."""
    return [repr(x), repr(y)] if math.isfinite(x) and math.isfinite(y) else [None, None]


class DbfTable:
    """A .dbf with, if there are, the .shp, .prj and .cpg of the same name.

    A delivery has tables of no use beside those of addresses, of lines and areas too: what is
    wrong with rows and geometry is refused when it is cut, not when it is looked at.
    """

    crs: int | None

    def __init__(
        self,
        stream: BinaryIO,
        label: str,
        *,
        shp: BinaryIO | None = None,
        prj: str | None = None,
        cpg: str | None = None,
    ) -> None:
        self._stream = stream
        self.label = label
        header = stream.read(_HEADER.size)
        if len(header) < _HEADER.size or header[0] != 3:
            raise InputRefused(f"{label}: no dBase III table: it does not begin like one")
        _, *date, self._count, self._first, self._length, language = _HEADER.unpack(header)
        self.extracted_at = _read_date(*date)
        self._encoding, self._told = self._find_encoding(cpg, language)
        self._fields = self._read_fields()
        self._shp = shp
        self.columns = (*(name for name, _, _, _ in self._fields), *(GEOMETRY if shp else ()))
        self._bounds = _add_up([length for _, _, length, _ in self._fields])
        self._reals = tuple(
            number
            for number, (_, kind, _, digits) in enumerate(self._fields)
            if kind in b"NF" and digits
        )
        self.crs, self._refusal = None, None
        try:
            self.crs = identify_crs(prj, f"{label}, .prj") if prj and shp else None
        except InputRefused as refusal:
            self._refusal = refusal

    def cut(self) -> Iterator[DbfPiece]:
        """Yield pieces of whole records; the file must end where its header says."""
        points = self._check()
        offset, left = self._first, self._count
        while left:
            count = min(left, max(1, _PIECE // self._length))
            content = self._stream.read(count * self._length)
            if len(content) < count * self._length:
                raise InputRefused(
                    f"{self.label}, byte {offset + len(content):,}: the file is cut off: its header"
                    f" promises {self._count:,} rows. Copy or download it again."
                )
            pairs = points.read(count) if points else None
            yield DbfPiece(content=content, offset=offset, points=pairs)
            offset, left = offset + len(content), left - count
        self._check_end(offset)
        if points:
            points.check_end()

    def make_splitter(self) -> DbfSplitter:
        """Return what splits the pieces."""
        return DbfSplitter(
            label=self.label,
            first=self._first,
            bounds=self._bounds,
            reals=self._reals,
            encoding=self._encoding,
            told=self._told,
        )

    def _read_fields(self) -> list[tuple[str, bytes, int, int]]:
        """Return name, type, length and decimals of each column."""
        rest = self._stream.read(max(0, min(self._first, _LONGEST_HEADER) - _HEADER.size))
        end = rest.find(b"\r", 0, len(rest)) if rest else -1
        while end % _FIELD.size and end >= 0:  # a carriage return within a field's description
            end = rest.find(b"\r", end + 1)
        if end < 0:
            raise InputRefused(f"{self.label}: the header is cut off. Copy or download it again.")
        return [
            (name.split(b"\0")[0].decode("latin-1").strip(), kind, length, digits)
            for name, kind, length, digits in _FIELD.iter_unpack(rest[:end])
        ]

    def _check(self) -> PointFile | None:
        """Return the points; only who reads the rows is told that they cannot be read."""
        check_columns(self.columns, self.label)
        if self._refusal:
            raise self._refusal
        for name, kind, _, _ in self._fields:
            if kind not in _TYPES:
                raise InputRefused(
                    f"{self.label}: column {name} has the type {kind.decode('latin-1')!r}; only"
                    " N, C, L, D and F are read. Write it as dBase III."
                )
        if self._bounds[-1] != self._length:
            raise InputRefused(
                f"{self.label}: the header contradicts itself: the columns do not add up to rows of"
                f" {self._length} bytes. Ask the source for a whole file."
            )
        if not self._count:
            raise InputRefused(f"{self.label}: the table is empty")
        return PointFile(self._shp, f"{self.label}, .shp") if self._shp else None

    def _find_encoding(self, cpg: str | None, language: int) -> tuple[str, bool]:
        """Return the encoding, and whether the file says it."""
        if not cpg or not (told := cpg.strip()):
            return _LANGUAGES.get(language, _USUAL_ENCODING), language in _LANGUAGES
        name = re.sub(r"[^0-9a-z]+", "", told.casefold()).removeprefix("ansi")
        name = {"65001": "utf8", "iso88591": "latin1", "88591": "latin1"}.get(name, name)
        try:
            return codecs.lookup(f"cp{name}" if name.isdecimal() else name).name, True
        except LookupError as error:
            raise InputRefused(
                f"{self.label}, .cpg: the encoding {told!a} is unknown. Write UTF-8 or 1252."
            ) from error

    def _check_end(self, offset: int) -> None:
        if self._stream.read(self._length + 1).strip(b"\x1a\0 "):
            raise InputRefused(
                f"{self.label}, byte {offset:,}: more rows than the header's {self._count:,}: the"
                " file was not finished. Ask the source for a whole one."
            )


def check_columns(columns: Sequence[str], label: str) -> None:
    """Check that each column has a name of its own, whatever its case."""
    names = [name.casefold() for name in columns]
    for name in names:
        if not name or names.count(name) > 1:
            what = f"the column {name} is there twice" if name else "a column has no name"
            raise InputRefused(f"{label}: {what}: which counts?")


def _add_up(lengths: Sequence[int]) -> tuple[int, ...]:
    bounds = [1]  # after the mark of deletion
    for length in lengths:
        bounds.append(bounds[-1] + length)
    return tuple(bounds)


def _read_date(year: int, month: int, day: int) -> datetime | None:
    """Return the day of the last change, which many writers leave out."""
    if (year, month, day) == _GDAL_DATE:
        return None
    try:
        return datetime(1900 + year, month, day, tzinfo=UTC)
    except ValueError:
        return None
