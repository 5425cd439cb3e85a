"""Shapefiles and GeoPackages through the whole import: real GRB tables, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry.domain.errors import InputRefused
from tests.database.editions import import_path
from tests.database.querying import assert_sound, fetch, hash_tables
from tests.database.shared_data import find_shared
from tests.unit.tables.writing import make_prj, make_shp, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden"
ADDRESSES = GOLDEN / "flanders" / "adressenregister"


def test_the_real_tables_of_kapelle_are_one_register(register: Settings, tmp_path: Path) -> None:
    for path in sorted(find_shared("data/grb-kapelle").glob("*.dbf")):
        shutil.copy(path, tmp_path)

    counts = [
        import_path(register, tmp_path).to_json()["regions"]["Flanders"]["addresses"]
        for _ in range(2)
    ]

    assert [count["seen"] for count in counts] == [16_412, 16_412]
    assert counts[1]["unchanged"] + counts[1]["rejected"] == 16_412
    assert counts[0]["rejected"] == counts[1]["rejected"] == 0  # an address of several buildings
    assert counts[0]["added"] + counts[0]["unchanged"] == 16_412
    ((count, boxes),) = fetch(
        register,
        "select count(*), count(*) filter (where box_number = 'nvt') from best.address",
    )
    assert (count, boxes) == (counts[0]["added"], 0)
    assert_sound(register)


def test_an_address_that_left_the_extract_is_removed_and_one_of_grb_is_not(
    register: Settings, tmp_path: Path
) -> None:
    for name, shorter in (("first", False), ("second", True)):
        out = tmp_path / name
        out.mkdir()
        write_rows(ADDRESSES, out, leave_out="900011002" if shorter else None)
        summary = import_path(register, out)
        assert not summary.failed
    assert summary.to_json()["regions"]["Flanders"]["addresses"]["removed"] == 1

    poorer = tmp_path / "grb"
    poorer.mkdir()
    write_rows(GOLDEN / "flanders" / "grb", poorer)
    import_path(register, poorer)
    ((kept,),) = fetch(
        register, "select count(*) from best.address where object_id like '9000110%%'"
    )
    assert kept == 10


def spoil_pair(folder: Path) -> None:
    (folder / "Adres.shp").write_bytes(make_shp([(1.0, 2.0)]))


def spoil_geometry(folder: Path) -> None:
    (folder / "Adres.shp").write_bytes(make_shp([None] * 12, 5))


def spoil_system(folder: Path) -> None:
    (folder / "Adres.prj").write_text(make_prj(28992))


def spoil_encoding(folder: Path) -> None:
    (folder / "Adres.cpg").write_text("UTF-8")


def spoil_end(folder: Path) -> None:
    path = folder / "Straatnaam.dbf"
    path.write_bytes(path.read_bytes()[:-30])


def spoil_columns(folder: Path) -> None:
    path = folder / "Straatnaam.dbf"
    path.write_bytes(path.read_bytes().replace(b"creatieid\0\0", b"versieid\0\0\0", 1))


def spoil_rows(folder: Path) -> None:
    path = folder / "Gemeente.dbf"
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(4) + content[8:])


def spoil_rows_file(folder: Path) -> None:
    (folder / "Adres.dbf").unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_pair, "they are no pair"),
        (spoil_geometry, "polygons where points were expected"),
        (spoil_system, "none of Belgium's"),
        (spoil_encoding, "row 7: the text is not utf-8"),
        (spoil_end, "the file is cut off"),
        (spoil_columns, "the column versieid is there twice"),
        (spoil_rows, "the table is empty"),
        (spoil_rows_file, "the .dbf of the same name is not there"),
    ],
)
def test_a_refused_shapefile_leaves_the_register_as_it_was(
    register: Settings, tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    write_rows(ADDRESSES, tmp_path)
    import_path(register, tmp_path)
    before = hash_tables(register)
    spoil(tmp_path)

    try:
        refusal = import_path(register, tmp_path).failure
    except InputRefused as error:  # told before any region was begun
        refusal = str(error)

    assert refusal is not None
    assert reason in refusal
    assert hash_tables(register) == before
