"""How the regions' own formats are recognised, and what they cannot be read without."""

from __future__ import annotations

import io

import pytest

from importers.formats.catalogue import FORMATS
from importers.formats.format import Look
from importers.formats.identifiers import read_local_id
from importers.tables.dbf import DbfTable
from importers.tables.rows import RowMapper
from importers.unknowns import Unknowns
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from tests.unit.tables.reading import read_table
from tests.unit.tables.writing import Field, make_dbf

ICAR = ("ADR_ID", "ADR_NUMERO", "RUE_ID", "RUE_NM", "CODE_POSTA", "CODE_INS", "COM_NM")
GRB = ("UIDN", "GBGOIDN", "HUISNR", "BUSNR", "APPARTNR", "STRAATNMID", "STRAATNM", "NISCODE")


def recognise(columns: tuple[str, ...], layer: str = "") -> list[str]:
    look = Look(columns=frozenset(columns), name="file", layer=layer)
    return [found.name for found in FORMATS if found.recognise(look) is not None]


@pytest.mark.parametrize(
    ("columns", "layer", "name"),
    [
        (("id", "adresid", "huisnr", "posspec"), "", "adressenregister"),
        (("straatnmid", "straatnm", "homoniemtv"), "", "adressenregister"),
        (("postinfoid", "postnaam"), "", "adressenregister"),
        (GRB, "", "grb"),
        (("STRAATNMID", "HUISNR", "APPTNR", "BUSNR", "HERKOMST"), "", "crab"),
        (("POLICENUM", "STRNAMEFRE", "MUNNISCODE"), "Addresses", "urbis"),
        (("housenumber", "hasstreetname_objectidentifier"), "Any", "bestBrussels"),
        (("objectidentifier", "spelling_fr", "spelling_nl"), "BrusselsStreetname", "bestBrussels"),
        (ICAR, "", "icar"),
    ],
)
def test_one_format_knows_the_columns_in_any_case(
    columns: tuple[str, ...], layer: str, name: str
) -> None:
    assert recognise(columns, layer) == [name]
    assert recognise(tuple(map(str.upper, columns)), layer) == [name]
    assert recognise(tuple(map(str.lower, columns)), layer) == [name]


@pytest.mark.parametrize(
    ("columns", "layer"),
    [
        (("objecttype", "adresobjid", "adresid", "voladres"), ""),
        (("postcode", "straatnmid"), ""),
        (("objectidentifier", "spelling_fr", "spelling_nl"), "Monuments"),
        (("id", "capakey", "geometry_x", "geometry_y"), "Buildings"),
    ],
)
def test_tables_of_no_use_are_of_no_format(columns: tuple[str, ...], layer: str) -> None:
    assert recognise(columns, layer) == []


def test_icar_without_a_column_for_the_box_is_refused() -> None:
    look = Look(columns=frozenset(ICAR), name="file")
    column_map = next(found for f in FORMATS if (found := f.recognise(look)))

    with pytest.raises(InputRefused, match="lacks adr_boite or adr_bte"):
        RowMapper(column_map, ICAR, Region.WALLONIA, Unknowns())


def test_columns_are_read_in_whatever_order_they_stand() -> None:
    row = dict(zip(GRB, ["1", "2", "59", "nvt", "0.1", "30044", "Kluisweg", "23096"], strict=True))
    written = [Field(name, "C", 20) for name in reversed(GRB)]
    table = DbfTable(io.BytesIO(make_dbf(written, [[row[f.name] for f in written]])), "a.dbf")
    look = Look(columns=frozenset(table.columns), name="a.dbf")
    column_map = next(found for f in FORMATS if (found := f.recognise(look)))
    assert column_map.view is not None

    ((address,), _) = read_table(column_map.view(table), Region.FLANDERS, column_map)

    assert (address.house_number, address.box_number) == ("59", "0.1")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12340", "12340"),
        ("12340.0", "12340"),
        ("BE.BRUSSELS.BRIC.ADM.ADDR.12340", "12340"),
        ("BE.BRUSSELS.BRIC.ADM.STR.4568", "4568"),
        ("https://databrussels.be/id/address/12340/2", "12340"),
        ("https://databrussels.be/id/streetname/4568", "4568"),
        ("12A", "12A"),
        ("", ""),
    ],
)
def test_identifiers_are_the_numbers_that_best_has(text: str, number: str) -> None:
    assert read_local_id(text) == number
