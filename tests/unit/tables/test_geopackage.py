from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from importers.tables.geopackage import GeoPackageTable, list_layers
from importers.tables.table import BadRow
from registry.domain.errors import InputRefused
from tests.unit.tables.writing import (
    add_layer,
    make_geometry,
    make_prj,
    prepare_geopackage,
    write_geopackage,
)

if TYPE_CHECKING:
    from pathlib import Path

    from importers.tables.table import Cells

ADDRESSES = """ID:INTEGER,STREET_ID:REAL,ANGLE:REAL,NAME:TEXT,geometry_x,geometry_y
1,12340,1.5," Rue de l'Été ",149000.5,170000.25
2,12341,,,,
"""


def open_layer(path: Path) -> GeoPackageTable:
    (layer,) = list_layers(path, "a.gpkg")
    return GeoPackageTable(path, "a.gpkg", layer)


def read_rows(table: GeoPackageTable) -> list[tuple[Cells, int] | BadRow]:
    split = table.make_splitter()
    return [row for piece in table.cut() for row in split(piece)]


def write_layer(
    path: Path, columns: list[str], rows: list[list[object]], kind: str | None = "POINT"
) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        prepare_geopackage(connection, 31370)
        add_layer(connection, "Addresses", columns, rows, kind, 31370)
    return path


def test_rows_are_cells_and_reals_that_are_whole_are_written_so(tmp_path: Path) -> None:
    path = tmp_path / "a b#.gpkg"
    write_geopackage(path, {'Add"resses': ADDRESSES})
    table = open_layer(path)

    assert table.columns == ("ID", "STREET_ID", "ANGLE", "NAME", "geometry_x", "geometry_y")
    assert table.crs == 31370
    assert read_rows(table) == [
        (["1", "12340", "1.5", "Rue de l'Été", "149000.5", "170000.25"], 1),
        (["2", "12341", None, None, None, None], 2),
    ]


def test_a_layer_without_geometry_is_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_geopackage(path, {"Streets": "objectidentifier:REAL,spelling_fr:TEXT\n7,Rue\n"})
    table = open_layer(path)

    assert table.columns == ("objectidentifier", "spelling_fr")
    assert table.crs is None
    assert read_rows(table) == [(["7", "Rue"], 1)]


def test_many_rows_come_in_pieces_with_their_numbers(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg", ["ID INTEGER"], [[n] for n in range(12_000)], None)
    table = open_layer(path)

    assert [len(piece.rows) for piece in table.cut()] == [5_000, 5_000, 2_000]
    assert read_rows(table)[-1] == (["11999"], 12_000)


def test_geometries_of_each_shape(tmp_path: Path) -> None:
    point, two = (1.0, 2.0), [(1.0, 2.0), (3.0, 4.0)]
    with_envelope = b"GP\0\3" + make_geometry([point], 1)[4:8] + bytes(32)
    geometries: list[bytes | None] = [
        make_geometry([point], 1),
        make_geometry([point]),
        with_envelope + make_geometry([point], 1)[8:],
        make_geometry([]),
        None,
        make_geometry(two),
        b"GP\0\1",
        b"nonsense",
    ]
    path = write_layer(tmp_path / "a.gpkg", ["ID", "geom"], [[1, blob] for blob in geometries])

    cells = [row if isinstance(row, BadRow) else row[0][1:] for row in read_rows(open_layer(path))]

    assert cells[:5] == [["1.0", "2.0"]] * 3 + [[None, None]] * 2
    assert [row.reason for row in cells if isinstance(row, BadRow)] == [
        "the geometry is several points",
        "the geometry is damaged",
        "the geometry is damaged",
    ]


def test_a_system_that_is_not_said_by_code_is_known_by_its_description(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_geopackage(path, {"Addresses": ADDRESSES})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update gpkg_spatial_ref_sys set organization = 'NONE'")
        connection.execute("update gpkg_spatial_ref_sys set definition = ?", (make_prj(3812),))
    assert open_layer(path).crs == 3812

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update gpkg_spatial_ref_sys set definition = ?", (make_prj(28992),))
    with pytest.raises(InputRefused, match=r"layer Addresses: .* none of Belgium's"):
        read_rows(open_layer(path))


@pytest.mark.parametrize("content", [b"", b"PK\3\4" * 500, b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_geopackage_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.gpkg"
    path.write_bytes(content)

    with pytest.raises(InputRefused, match=r"^a.gpkg: no GeoPackage, or a damaged one"):
        list_layers(path, "a.gpkg")


def test_a_cut_off_geopackage_is_refused(tmp_path: Path) -> None:
    path = write_layer(
        tmp_path / "a.gpkg", ["ID", "NAME"], [[n, "x" * 90] for n in range(5_000)], None
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(InputRefused, match=r"^a.gpkg.*no GeoPackage, or a damaged one"):
        read_rows(open_layer(path))


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg", ["NAME"], [["ok"]], None)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("insert into Addresses values (cast(x'e9e9' as text))")

    with pytest.raises(InputRefused, match="Could not decode to UTF-8"):
        read_rows(open_layer(path))


def test_lines_and_polygons_are_refused(tmp_path: Path) -> None:
    declared = write_layer(tmp_path / "a.gpkg", ["ID", "geom"], [[1, None]], "POLYGON")
    with pytest.raises(InputRefused, match="layer Addresses: POLYGON where points were expected"):
        read_rows(open_layer(declared))

    hidden = make_geometry([(1.0, 2.0)]).replace(b"\4\0\0\0", b"\2\0\0\0")
    path = write_layer(tmp_path / "b.gpkg", ["ID", "geom"], [[1, None], [2, hidden]], "GEOMETRY")
    with pytest.raises(InputRefused, match="row 2: its geometry is no point"):
        read_rows(open_layer(path))


def test_an_empty_layer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="layer Addresses: the layer is empty"):
        read_rows(open_layer(write_layer(tmp_path / "a.gpkg", ["ID"], [], None)))


def test_a_view_is_no_layer(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg", ["ID"], [[1]], None)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create view Endless as select 1 as ID")
        connection.execute("insert into gpkg_contents values ('Endless', 'attributes', 0)")

    assert [layer.name for layer in list_layers(path, "a.gpkg")] == ["Addresses"]


def test_nothing_is_written_beside_the_file(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "a.gpkg", ["ID"], [[1]], None)
    path.chmod(0o444)
    read_rows(open_layer(path))

    assert [found.name for found in tmp_path.iterdir()] == ["a.gpkg"]
