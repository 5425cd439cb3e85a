"""Shapefiles and GeoPackages made of readable CSV, so that no opaque file lies in the repository.

The header says names and types: `adresid:N10,straatnm:C80,geometry_x,geometry_y` for a .dbf (with
a .shp if there is a geometry), `POLICENUM:TEXT,STREET_ID:REAL,...` for a layer.
"""

from __future__ import annotations

import csv
import io
import sqlite3
import struct
from typing import TYPE_CHECKING, NamedTuple

from pyproj import CRS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GEOMETRY = ("geometry_x", "geometry_y")
Point = tuple[float, float] | None


class Field(NamedTuple):
    name: str
    kind: str
    length: int = 0
    decimals: int = 0


def make_dbf(
    fields: Sequence[Field],
    rows: Sequence[Sequence[str]],
    *,
    encoding: str = "cp1252",
    language: int = 0,
    date: tuple[int, int, int] = (126, 11, 2),
    deleted: Sequence[int] = (),
) -> bytes:
    length = 1 + sum(field.length for field in fields)
    head = struct.pack("<4BIHH17xBxx", 3, *date, len(rows), 33 + 32 * len(fields), length, language)
    for field in fields:
        kind = field.kind.encode()
        head += struct.pack("<11sc4xBB14x", field.name.encode(), kind, field.length, field.decimals)
    body = b"".join(
        (b"*" if number in deleted else b" ")
        + b"".join(map(_make_cell, fields, row, [encoding] * len(fields)))
        for number, row in enumerate(rows)
    )
    return head + b"\r" + body + b"\x1a"


def _make_cell(field: Field, text: str, encoding: str) -> bytes:
    cell = text.encode(encoding)
    assert len(cell) <= field.length, f"{text!r} is longer than {field}"
    return cell.rjust(field.length) if field.kind in "NF" else cell.ljust(field.length)


def make_shp(points: Sequence[Point], kind: int = 1) -> bytes:
    more = {1: 0, 11: 2, 21: 1}.get(kind, 0)
    body = b""
    for number, point in enumerate(points, 1):
        content = struct.pack("<i", 0)
        if point is not None:
            content = struct.pack("<i2d", kind, *point) + bytes(8 * more)
        body += struct.pack(">2i", number, len(content) // 2) + content
    words = (100 + len(body)) // 2
    return struct.pack(">i20xi", 9994, words) + struct.pack("<2i64x", 1000, kind) + body


def make_prj(code: int) -> str:
    text: str = CRS.from_epsg(code).to_wkt("WKT1_ESRI")
    return text


def write_shapefile(
    folder: Path, name: str, text: str, *, crs: int = 31370, encoding: str = "cp1252"
) -> None:
    """Write .dbf and .cpg, and .shp and .prj if the rows have points."""
    header, *rows = csv.reader(io.StringIO(text))
    fields = [_read_field(column) for column in header if column not in GEOMETRY]
    cells = [row[: len(fields)] for row in rows]
    (folder / f"{name}.dbf").write_bytes(make_dbf(fields, cells, encoding=encoding))
    (folder / f"{name}.cpg").write_text(encoding.removeprefix("cp"))
    if len(header) > len(fields):
        (folder / f"{name}.shp").write_bytes(make_shp([_read_point(row) for row in rows]))
        (folder / f"{name}.prj").write_text(make_prj(crs))


def write_rows(folder: Path, out: Path, *, leave_out: str | None = None) -> None:
    """Write what a folder tells: `NAME.dbf.rows` a shapefile, `NAME.gpkg.LAYER.rows` a layer.

    `␀` is a NUL byte, as some writers pad with. `leave_out` is a text of rows that are not.
    """
    layers: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.rows")):
        name, kind, *layer = path.name.removesuffix(".rows").split(".")
        lines = path.read_text(encoding="utf-8").replace("␀", "\0").splitlines(keepends=True)
        text = "".join(line for line in lines if leave_out is None or leave_out not in line)
        if kind == "dbf":
            write_shapefile(out, name, text)
        else:
            layers.setdefault(f"{name}.{kind}", {})[layer[0]] = text
    for file, texts in layers.items():
        write_geopackage(out / file, texts)


def _read_field(column: str) -> Field:
    name, _, told = column.partition(":")
    length, _, decimals = told[1:].partition(".")
    return Field(name, told[0], int(length), int(decimals or 0))


def _read_point(row: Sequence[str]) -> Point:
    return (float(row[-2]), float(row[-1])) if row[-1] else None


def make_geometry(points: Sequence[tuple[float, float]], kind: int = 4, crs: int = 31370) -> bytes:
    """Return points as a GeoPackage stores them; `kind` 4 is a multipoint, 1 a point."""
    head = b"GP\0\1" + struct.pack("<i", crs)
    each = [struct.pack("<BI2d", 1, 1, *point) for point in points]
    if kind == 1:
        return head + each[0]
    return head + struct.pack("<BII", 1, kind, len(each)) + b"".join(each)


def write_geopackage(path: Path, layers: Mapping[str, str], *, crs: int = 31370) -> None:
    """Write layers of multipoints, or without geometry, of CSV."""
    with sqlite3.connect(path) as connection:
        prepare_geopackage(connection, crs)
        for name, text in layers.items():
            header, *rows = csv.reader(io.StringIO(text))
            columns = [column.replace(":", " ") for column in header if column not in GEOMETRY]
            has_points = len(header) > len(columns)
            cells = [[cell or None for cell in row[: len(columns)]] for row in rows]
            if has_points:
                columns.insert(1, "geom BLOB")
                for row, made in zip(rows, cells, strict=True):
                    point = _read_point(row)
                    made.insert(1, make_geometry([point], crs=crs) if point else None)  # type: ignore[arg-type]
            add_layer(connection, name, columns, cells, "MULTIPOINT" if has_points else None, crs)
    connection.close()


def prepare_geopackage(connection: sqlite3.Connection, crs: int) -> None:
    connection.executescript("""
        create table gpkg_spatial_ref_sys (srs_name text, srs_id integer, organization text,
            organization_coordsys_id integer, definition text);
        create table gpkg_contents (table_name text, data_type text, srs_id integer);
        create table gpkg_geometry_columns (table_name text, column_name text,
            geometry_type_name text, srs_id integer)""")
    connection.execute(
        "insert into gpkg_spatial_ref_sys values ('ours', ?, 'EPSG', ?, ?)",
        (crs, crs, make_prj(crs)),
    )


def add_layer(
    connection: sqlite3.Connection,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    kind: str | None,
    crs: int,
) -> None:
    quoted = name.replace('"', '""')
    connection.execute(f'create table "{quoted}" ({", ".join(columns)})')
    marks = ", ".join("?" * len(columns))
    connection.executemany(f'insert into "{quoted}" values ({marks})', rows)
    connection.execute(
        "insert into gpkg_contents values (?, ?, ?)",
        (name, "features" if kind else "attributes", crs),
    )
    if kind:
        connection.execute(
            "insert into gpkg_geometry_columns values (?, 'geom', ?, ?)", (name, kind, crs)
        )
