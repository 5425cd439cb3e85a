"""The layers of a GeoPackage, as tables; its geometries are points."""

import math
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from geo.crs import Crs
from importers.tables.dbf import GEOMETRY, check_columns, format_point
from importers.tables.systems import identify_crs
from importers.tables.table import BadRow, Cells
from registry.domain.errors import InputRefused

_ROWS = 5_000
_LAYERS = """
    select c.table_name, g.column_name, upper(g.geometry_type_name), s.organization,
           s.organization_coordsys_id, s.definition
    from gpkg_contents c
    join sqlite_master m on m.type = 'table' and m.name = c.table_name
    left join gpkg_geometry_columns g on g.table_name = c.table_name
    left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id and g.srs_id not in (-1, 0)
    where c.data_type in ('features', 'attributes')
    order by c.table_name"""
_COLUMNS = "select name from pragma_table_info(?) order by cid"
_KINDS = {"POINT", "MULTIPOINT", "GEOMETRY", "GEOMETRYCOLLECTION"}
_ENVELOPES = (0, 32, 48, 48, 64)  # bytes, by the envelope's number in the flags
_POINT, _MULTIPOINT = 1, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer as the GeoPackage's own lists describe it; `geometry` None: it has none."""

    name: str
    geometry: str | None
    kind: str | None
    organization: str | None
    code: int | None
    definition: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPiece:
    """Some rows as SQLite gives them, and the number of the first."""

    rows: list[tuple[Any, ...]]
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoPackageSplitter:
    """Splits pieces into rows; `geometry` is the number of the column of the point, if any."""

    label: str
    geometry: int | None

    def __call__(self, piece: RowPiece) -> Iterator[tuple[Cells, int] | BadRow]:
        """Yield the cells of each row, and its number from 1."""
        for row, number in zip(piece.rows, count(piece.number), strict=False):
            if self.geometry is None:
                yield [_to_text(value) for value in row], number
                continue
            place = self.geometry
            try:
                point = self._read_point(row[place], number)
            except (struct.error, IndexError, TypeError):
                yield BadRow(place=number, reason="the geometry is damaged")
                continue
            if point is None:
                yield BadRow(place=number, reason="the geometry is several points")
                continue
            others = row[:place] + row[place + 1 :]
            yield [*map(_to_text, others), *format_point(*point)], number

    def _read_point(self, blob: bytes | None, number: int) -> tuple[float, float] | None:
        """Return x and y, NaN where there is no point; None: there are several."""
        if blob is None:
            return math.nan, math.nan
        if blob[:2] != b"GP":
            raise struct.error
        at = 8 + _ENVELOPES[blob[3] >> 1 & 7]
        order, kind = _read_kind(blob, at)
        if kind == _MULTIPOINT:
            (points,) = struct.unpack_from(order + "I", blob, at + 5)
            if points != 1:
                return None if points else (math.nan, math.nan)
            at += 9
            order, kind = _read_kind(blob, at)
        if kind != _POINT:
            raise InputRefused(
                f"{self.label}, row {number:,}: its geometry is no point. Give the layer of points."
            )
        x, y = struct.unpack_from(order + "dd", blob, at + 5)
        return x, y


def _read_kind(blob: bytes, at: int) -> tuple[str, int]:
    """Return byte order and kind of the geometry that begins there, whatever its dimensions."""
    order = "<" if blob[at] else ">"
    (kind,) = struct.unpack_from(order + "I", blob, at + 1)
    return order, kind % 1000


def _to_text(value: Any) -> str | None:
    """Return a cell as text; a whole number stored as a real is written without fraction."""
    if value is None or isinstance(value, bytes):
        return None
    if isinstance(value, str):
        return (value.replace("\0", " ") if "\0" in value else value).strip() or None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


class GeoPackageTable:
    """One layer of a GeoPackage; as of a .dbf, what is wrong is refused when it is cut."""

    crs: int | None
    extracted_at: datetime | None = None

    def __init__(self, path: Path, label: str, layer: Layer) -> None:
        self._path = path
        self._layer = layer
        self.label = f"{label}, layer {layer.name}"
        with _connect(path, label) as connection:
            names = [name for (name,) in connection.execute(_COLUMNS, (layer.name,))]
        self._geometry = names.index(layer.geometry) if layer.geometry in names else None
        if self._geometry is not None:
            names = [name for name in names if name != layer.geometry] + [*GEOMETRY]
        self.columns = tuple(names)
        self.crs, self._refusal = None, None
        try:
            self.crs = self._identify_crs() if self._geometry is not None else None
        except InputRefused as refusal:
            self._refusal = refusal

    def cut(self) -> Iterator[RowPiece]:
        """Yield pieces of rows in the order they are stored."""
        kind, number = self._layer.kind, 1
        check_columns(self.columns, self.label)
        if kind is not None and kind not in _KINDS:
            raise InputRefused(
                f"{self.label}: {kind} where points were expected. Give the layer of points."
            )
        if self._refusal:
            raise self._refusal
        with _connect(self._path, self.label) as connection:
            cursor = connection.execute(_select(self._layer))
            while rows := cursor.fetchmany(_ROWS):
                yield RowPiece(rows=rows, number=number)
                number += len(rows)
        if number == 1:
            raise InputRefused(f"{self.label}: the layer is empty")

    def make_splitter(self) -> GeoPackageSplitter:
        """Return what splits the pieces."""
        return GeoPackageSplitter(label=self.label, geometry=self._geometry)

    def _identify_crs(self) -> int | None:
        layer = self._layer
        if layer.organization is None:
            return None
        if layer.organization.upper() == "EPSG" and layer.code in list(Crs):
            return layer.code
        return identify_crs(layer.definition or "", self.label)


def list_layers(path: Path, label: str) -> list[Layer]:
    """Return the layers of a GeoPackage that are tables; InputRefused: it is none."""
    with _connect(path, label) as connection:
        return [
            Layer(
                name=name,
                geometry=geometry,
                kind=kind,
                organization=organization,
                code=code,
                definition=definition,
            )
            for name, geometry, kind, organization, code, definition in connection.execute(_LAYERS)
        ]


def _select(layer: Layer) -> str:
    """Return the statement of a layer's rows: SQLite takes no name of a table as parameter."""
    name = layer.name.replace('"', '""')
    return f'select * from "{name}"'  # noqa: S608 - a name of the file's own tables, quoted


@contextmanager
def _connect(path: Path, label: str) -> Iterator[sqlite3.Connection]:
    """Open a file that somebody made: nothing in it runs, nothing is written beside it."""
    try:
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("pragma trusted_schema = off")
            yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter of its own message
        raise InputRefused(
            f"{label}: no GeoPackage, or a damaged one: {error}. Copy or download it again."
        ) from error
