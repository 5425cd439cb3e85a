"""The headers that BeSt CSV had, has, and will have."""

from __future__ import annotations

import pytest

from registry.domain.errors import InputRefused
from registry.domain.records import AddressRecord
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.unit.tables.reading import open_text, read_text, recognise

HEADER = (
    "EPSG:31370_x,EPSG:31370_y,EPSG:4326_lat,EPSG:4326_lon,address_id,box_number,house_number,"
    "municipality_id,municipality_name_de,municipality_name_fr,municipality_name_nl,postcode,"
    "postname_fr,postname_nl,street_id,streetname_de,streetname_fr,streetname_nl,region_code,status"
)
ROW = (
    "146321.07800,169504.60900,50.83595,4.31653,615867,RDC,475,21001,,Anderlecht,Anderlecht,1070,"
    ",,4568,,Chaussée de Mons,Bergense Steenweg,BE-BRU,current"
)


@pytest.mark.parametrize(
    ("old", "new", "crs"),
    [
        ("", "", 31370),
        ("EPSG:31370", "EPSG:3812", 3812),
        ("municipality", "muncipality", 31370),
    ],
)
def test_every_header_gives_the_same_address(old: str, new: str, crs: int) -> None:
    header = HEADER.replace(old, new) if old else HEADER
    (address,), named = read_text(f"{header}\n{ROW}\n", Region.BRUSSELS)

    assert isinstance(address, AddressRecord)
    assert (address.provenance.object_id, address.provenance.namespace) == ("615867", None)
    assert (address.house_number, address.box_number) == ("475", "RDC")
    assert address.position.text == "146321.07800 169504.60900"
    assert address.position.crs == crs
    assert named[Resource.MUNICIPALITY]["21001"].names == {"nl": "Anderlecht", "fr": "Anderlecht"}


def test_metres_were_once_called_latitude_and_longitude() -> None:
    header = HEADER.replace("31370_x", "31370_lon").replace("31370_y", "31370_lat")
    (address,), _ = read_text(f"{header}\n{ROW}\n", Region.BRUSSELS)

    assert isinstance(address, AddressRecord)
    assert address.position.text == "146321.07800 169504.60900"
    assert address.position.crs == 31370


def test_no_column_is_unknown() -> None:
    table = open_text(f"{HEADER}\n{ROW}\n")

    assert recognise(table)[1].list_unused(table.columns) == []


def test_a_header_that_lost_a_column_is_refused_by_its_name() -> None:
    header = HEADER.replace("house_number", "number")

    with pytest.raises(InputRefused, match="the header lacks house_number; it has EPSG:31370_x"):
        read_text(f"{header}\n{ROW}\n", Region.BRUSSELS)
