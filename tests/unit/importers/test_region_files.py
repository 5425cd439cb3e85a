"""Which of the tables that were given are read, and what is told of the others."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from importers.containers import list_source_files
from importers.formats.column_file import read_format
from importers.region_files import list_region_files
from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = read_format(
    """
    region = "vlg"
    [columns]
    house_number = "NR"
    street_name_nl = "STREET"
    postal_code = "ZIP"
    """,
    "map.toml",
)
TABLE = "NR,STREET,ZIP\n1,Veldstraat,9000\n"
CRAB = "post_code,street_name_nl,house_number,lon,lat\n9000,Veldstraat,1,3.72,51.05\n"
LICENCE = 'Open licence, "free of charge".\nFor everyone.\n'


def make_zip(path: Path, **files: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return path


@pytest.mark.parametrize("prose", [LICENCE, LICENCE.encode("utf-16"), b"", b"a,b\rc,d\r"])
def test_a_licence_beside_the_table_of_a_map_is_passed_over(
    tmp_path: Path, prose: str | bytes
) -> None:
    found = list_region_files([make_zip(tmp_path / "x.zip", A_txt=prose, TABLE_txt=TABLE)], GIVEN)

    (region_files,) = found.by_region
    assert [table.source.label for table in region_files.tables] == [
        f"{tmp_path}/x.zip > TABLE.txt"
    ]
    (told,) = found.passed_over
    assert told.startswith(f"{tmp_path}/x.zip > A.txt")


def test_the_layers_that_a_map_does_not_mean_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            create table gpkg_contents (table_name text, data_type text);
            create table gpkg_geometry_columns (table_name text, column_name text,
                geometry_type_name text, srs_id integer);
            create table gpkg_spatial_ref_sys (srs_id integer, organization text,
                organization_coordsys_id integer, definition text);
            insert into gpkg_contents values ('a', 'attributes'), ('b', 'attributes');
            create table a (name text);
            create table b ("NR" text, "STREET" text, "ZIP" text);
            """
        )
        connection.commit()
    found = list_region_files([path], GIVEN)

    (region_files,) = found.by_region
    assert [table.source.label for table in region_files.tables] == [f"{path}, layer b"]


def test_a_map_that_no_table_fits_is_refused_with_what_each_lacks(tmp_path: Path) -> None:
    one = tmp_path / "one.csv"
    one.write_text("NR,ZIP\n1,9000\n")
    with pytest.raises(InputRefused, match=r"one\.csv: the map names columns that the file lacks"):
        list_region_files([one], GIVEN)
    both = make_zip(tmp_path / "x.zip", A_csv="NR,ZIP\n1,9000\n", B_csv="STREET,ZIP\nx,9000\n")
    with pytest.raises(InputRefused, match=r"lacks: STREET; it has NR, ZIP\n.*lacks: NR; it has"):
        list_region_files([both], GIVEN)


@pytest.mark.parametrize("other", [b"\xff\xfe\x00", b"", b"a,b\n1,2\n", b"a,b\rc,d\r"])
def test_a_csv_of_no_format_beside_a_known_one_is_passed_over_and_told(
    tmp_path: Path, other: bytes
) -> None:
    found = list_region_files([make_zip(tmp_path / "x.zip", A_csv=other, CRAB_csv=CRAB)])

    assert len(found.by_region) == 1
    (told,) = found.passed_over
    assert told.startswith(f"{tmp_path}/x.zip > A.csv")


def test_a_known_format_that_lost_a_column_is_never_passed_over(tmp_path: Path) -> None:
    best = "address_id,street_id,region_code\n1,2,BE-VLG\n"
    with pytest.raises(InputRefused, match=r"A\.csv: the header lacks house_number"):
        list_region_files([make_zip(tmp_path / "x.zip", A_csv=best, CRAB_csv=CRAB)])


@pytest.mark.parametrize(
    "content", [b"no gzip at all", gzip.compress(TABLE.encode() * 100, mtime=0)[:-20], b""]
)
def test_a_gzip_that_is_none_or_is_cut_off_is_refused_as_one(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        list_region_files([path])
    assert "zip file" not in str(refused.value)
    if content:
        refused.match(r"x\.csv\.gz: this is no gzip, or it is cut off or damaged")


def test_a_workbook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK")
    with pytest.raises(InputRefused, match=r"an Excel workbook\. Save its sheet as CSV UTF-8"):
        list_source_files(path)
