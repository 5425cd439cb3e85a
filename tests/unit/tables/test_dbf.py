from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.tables.dbf import DbfTable
from importers.tables.table import BadRow, Table
from registry.domain.errors import InputRefused
from tests.unit.tables.writing import Field, Point, make_dbf, make_prj, make_shp

GRB = Path(__file__).parents[4] / "shared" / "data" / "grb-kapelle"
FIELDS = [Field("ID", "N", 10), Field("NAAM", "C", 20)]
ROWS = [["1", "Kluisweg"], ["2", "Zégelaan"], ["3", ""]]


def open_table(
    content: bytes,
    *,
    points: list[Point] | None = None,
    shp: bytes | None = None,
    prj: str | None = None,
    cpg: str | None = None,
) -> DbfTable:
    shapes = make_shp(points) if points else shp
    stream = io.BytesIO(shapes) if shapes else None
    return DbfTable(io.BytesIO(content), "a.dbf", shp=stream, prj=prj, cpg=cpg)


def read_rows(table: Table) -> list[tuple[list[str | None], int]]:
    split = table.make_splitter()
    rows = []
    for piece in table.cut():
        for row in split(piece):
            assert not isinstance(row, BadRow)
            rows.append((list(row[0]), row[1]))
    return rows


def read_cells(table: Table) -> list[list[str | None]]:
    return [cells for cells, _ in read_rows(table)]


def test_rows_are_cells_without_their_blanks_and_the_byte_where_they_begin() -> None:
    content = make_dbf(FIELDS, ROWS)
    table = open_table(content)
    first = content.index(b"\r") + 1

    assert table.columns == ("ID", "NAAM")
    assert table.extracted_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert read_rows(table) == [
        (["1", "Kluisweg"], first),
        (["2", "Zégelaan"], first + 31),
        (["3", None], first + 62),
    ]


def test_deleted_rows_are_passed_over_with_their_points() -> None:
    table = open_table(make_dbf(FIELDS, ROWS, deleted=[1]), points=[(1.5, 2.5), (3.0, 4.0), None])

    assert table.columns == ("ID", "NAAM", "geometry_x", "geometry_y")
    assert read_cells(table) == [["1", "Kluisweg", "1.5", "2.5"], ["3", None, None, None]]


@pytest.mark.parametrize(
    ("kind", "length", "decimals", "text", "cell"),
    [
        ("N", 12, 2, "12340.00", "12340"),
        ("N", 12, 2, "150.25", "150.25"),
        ("F", 12, 4, "7704480.0000", "7704480"),
        ("N", 12, 0, "100", "100"),
        ("L", 1, 0, "T", "T"),
        ("D", 8, 0, "20201231", "20201231"),
        ("C", 12, 0, "1.00", "1.00"),
        ("C", 12, 0, "B\0\0\0", "B"),
        ("C", 12, 0, "\0\0", None),
    ],
)
def test_cells_by_type(kind: str, length: int, decimals: int, text: str, cell: str | None) -> None:
    content = make_dbf([Field("A", kind, length, decimals)], [[text]])

    assert read_cells(open_table(content)) == [[cell]]


@pytest.mark.parametrize(
    ("written", "cpg", "language"),
    [
        ("utf-8", "UTF-8", 0),
        ("utf-8", "65001", 0x57),
        ("cp1252", "1252", 0),
        ("cp1252", "ANSI 1252", 0),
        ("latin-1", "ISO-8859-1\n", 0),
        ("latin-1", "88591", 0),
        ("cp1252", None, 0x57),
        ("cp850", None, 0x02),
        ("cp1252", None, 0),
    ],
)
def test_the_encoding_is_that_of_the_cpg_then_of_the_header_then_the_usual(
    written: str, cpg: str | None, language: int
) -> None:
    content = make_dbf(FIELDS, ROWS, encoding=written, language=language)

    assert read_cells(open_table(content, cpg=cpg))[1] == ["2", "Zégelaan"]


@pytest.mark.parametrize("kind", [1, 11, 21])
@pytest.mark.parametrize("crs", [31370, 3812, 4326, 4258])
def test_points_of_each_kind_in_the_systems_of_belgium(kind: int, crs: int) -> None:
    shp = make_shp([(1.0, 2.0), None, (3.0, 4.0)], kind)
    table = open_table(make_dbf(FIELDS, ROWS), shp=shp, prj=make_prj(crs))

    assert table.crs == crs
    assert [cells[2:] for cells in read_cells(table)] == [
        ["1.0", "2.0"],
        [None, None],
        ["3.0", "4.0"],
    ]


def test_a_system_is_known_by_its_numbers_not_only_by_its_name() -> None:
    usual = make_prj(31370)
    close = usual.replace("150000.013", "150000.01256")

    assert usual != close
    assert open_table(make_dbf(FIELDS, ROWS), points=[None] * 3, prj=close).crs == 31370
    with pytest.raises(InputRefused, match="none of Belgium's"):
        read_rows(
            open_table(
                make_dbf(FIELDS, ROWS), points=[None] * 3, prj=usual.replace("150000.013", "200000")
            )
        )


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another file": ({"content": b"UIDN;OIDN\n1;2\n" * 9}, "no dBase III table"),
    "nothing": ({"content": b""}, "no dBase III table"),
    "half a header": ({"content": make_dbf(FIELDS, ROWS)[:60]}, "the header is cut off"),
    "cut off": ({"content": make_dbf(FIELDS, ROWS)[:-20]}, r"byte 171: .* is cut off"),
    "more rows": ({"content": make_dbf(FIELDS, ROWS)[:-1] + b" " * 10 + b"x" * 21}, "more rows"),
    "no rows": ({"content": make_dbf(FIELDS, [])}, "the table is empty"),
    "double column": (
        {"content": make_dbf([*FIELDS, Field("id", "C", 1)], [["1", "a", "b"]])},
        "the column id is there twice",
    ),
    "no name": ({"content": make_dbf([Field("", "C", 1)], [["1"]])}, "a column has no name"),
    "memo": ({"content": make_dbf([Field("A", "M", 10)], [["1"]])}, "only N, C, L, D and F"),
    "sizes": (
        {"content": make_dbf(FIELDS, ROWS).replace(struct.pack("<H", 31), b"\x20\0", 1)},
        "contradicts itself",
    ),
    "unknown code page": (
        {"content": make_dbf(FIELDS, ROWS), "cpg": "KLINGON"},
        "'KLINGON' is unknown",
    ),
    "utf-8 that is not": (
        {"content": make_dbf(FIELDS, ROWS), "cpg": "UTF-8"},
        "row 2: the text is not utf-8",
    ),
    "cp1252 that is not": (
        {"content": make_dbf(FIELDS, [["1", "a"], ["2", "\x81"]], encoding="latin-1")},
        "row 2: the text is not cp1252: byte 0x81",
    ),
    "utf-8 untold": (
        {"content": make_dbf(FIELDS, ROWS, encoding="utf-8")},
        "looks like UTF-8",
    ),
    "fewer shapes": (
        {"content": make_dbf(FIELDS, ROWS), "points": [(1.0, 2.0)] * 2},
        "ends after 2 shapes, .* they are no pair",
    ),
    "more shapes": (
        {"content": make_dbf(FIELDS, ROWS), "points": [(1.0, 2.0)] * 4},
        "more shapes than the .dbf has rows",
    ),
    "cut off shapes": (
        {"content": make_dbf(FIELDS, ROWS), "shp": make_shp([(1.0, 2.0)] * 3)[:-8]},
        "the .shp is cut off",
    ),
    "no shapefile": ({"content": make_dbf(FIELDS, ROWS), "shp": b"x" * 200}, "is no shapefile"),
    "polygons": (
        {"content": make_dbf(FIELDS, ROWS), "shp": make_shp([None] * 3, 5)},
        "polygons where points were expected",
    ),
    "a line among points": (
        {
            "content": make_dbf(FIELDS, ROWS),
            "shp": make_shp([(1.0, 2.0)] * 3)
            .replace(b"\1\0\0\0", b"\3\0\0\0")
            .replace(b"\3\0\0\0", b"\1\0\0\0", 1),
        },
        "shape 1: lines where a point was expected",
    ),
    "unknown system": (
        {"content": make_dbf(FIELDS, ROWS), "points": [None] * 3, "prj": make_prj(28992)},
        "none of Belgium's .* but the system Amersfoort",
    ),
    "no system": (
        {"content": make_dbf(FIELDS, ROWS), "points": [None] * 3, "prj": "Lambert"},
        "a system that cannot be read",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused_in_words_that_name_the_file(wrong: str) -> None:
    given, reason = WRONG[wrong]
    with pytest.raises(InputRefused, match=f"^a.dbf.*{reason}"):
        read_rows(open_table(**given))


@pytest.mark.parametrize(("name", "count"), [("TblAdpAdr", 591), ("TblGbgAdr", 15_821)])
def test_the_real_tables_of_kapelle_op_den_bos(name: str, count: int) -> None:
    if not GRB.is_dir():
        pytest.skip("the real GRB tables are not at hand")
    with (GRB / f"{name}.dbf").open("rb") as stream:
        table = DbfTable(stream, name)
        rows = read_cells(table)

    assert len(rows) == count
    assert table.columns[3:6] == ("HUISNR", "BUSNR", "APPARTNR")
    assert all(row[8] and len(row[8]) == 5 and row[8].isdecimal() for row in rows)


def test_a_table_of_no_use_may_be_looked_at_whatever_is_wrong_with_its_rows() -> None:
    polygons = make_shp([None] * 3, 5)

    table = open_table(make_dbf(FIELDS, []), shp=polygons, prj=make_prj(28992))

    assert table.columns == ("ID", "NAAM", "geometry_x", "geometry_y")


@given(
    place=st.integers(0, 400),
    byte=st.integers(0, 255),
    length=st.integers(0, 400),
    of_shp=st.booleans(),
)
def test_damage_is_refused_or_harmless(place: int, byte: int, length: int, of_shp: bool) -> None:
    contents = [make_dbf(FIELDS, ROWS), make_shp([(1.0, 2.0), None, (3.0, 4.0)])]
    damaged = bytearray(contents[of_shp])
    damaged[place % len(damaged)] = byte
    contents[of_shp] = bytes(damaged[: max(length, 1)])

    try:
        rows = read_cells(open_table(contents[0], shp=contents[1]))
    except InputRefused:
        return
    assert len(rows) <= len(ROWS)
