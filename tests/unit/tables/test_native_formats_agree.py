"""The regions' own formats say of the genuine rows of 2022 what BeSt XML says of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest

from importers.tables.dbf import DbfTable
from importers.tables.geopackage import GeoPackageTable, list_layers
from registry.domain.records import AddressRecord, Rejection
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.shared_data import find_shared
from tests.unit.tables.reading import read_table, recognise
from tests.unit.tables.test_formats_agree import ADDRESS, Row, cut_id, read_xml, tell
from tests.unit.tables.writing import Field, make_dbf, make_prj, make_shp, write_geopackage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importers.tables.table import Table
    from registry.domain.records import Record

STATUSES = {"current": "InGebruik", "proposed": "Voorgesteld", "retired": "Gehistoreerd"}
Told = dict[str, Callable[[Row], str]]


class Format(NamedTuple):
    """How a format tells a row: text by column; the fields that it has no column for."""

    region: Region
    columns: Told
    lacks: frozenset[str]


def of(column: str) -> Callable[[Row], str]:
    return lambda row: row[column]


def id_of(kind: str) -> Callable[[Row], str]:
    return lambda row: cut_id(row[f"{kind}_id"])


GRB: Told = {
    "HUISNR": of("house_number"),
    "BUSNR": lambda row: row["box_number"] or "nvt",
    "STRAATNMID": id_of("street"),
    "STRAATNM": of("street_nl"),
    "NISCODE": id_of("municipality"),
    "GEMEENTE": of("municipality_nl"),
    "POSTCODE": of("postcode"),
}
FORMATS = {
    "adressenregister": Format(
        Region.FLANDERS,
        {
            "adresid": id_of("address"),
            "posspec": lambda row: "Gebouw",
            "straatnmid": id_of("street"),
            "straatnm": of("street_nl"),
            "huisnr": of("house_number"),
            "busnr": of("box_number"),
            "postcode": of("postcode"),
            "gemeenteid": id_of("municipality"),
            "gemeentenm": of("municipality_nl"),
            "status": lambda row: STATUSES.get(row["status"], row["status"]),
        },
        frozenset({"part_id"}),
    ),
    "icar": Format(
        Region.WALLONIA,
        {
            "ADR_ID": lambda row: f"{cut_id(row['address_id'])}.00000",
            "ADR_NUMERO": of("house_number"),
            "ADR_BOITE": lambda row: row["box_number"].ljust(8, "\0"),
            "RUE_ID": lambda row: f"{cut_id(row['street_id'])}.00000",
            "RUE_NM": lambda row: row["street_fr"] or row["street_de"],
            "CODE_POSTA": of("postcode"),
            "CODE_INS": id_of("municipality"),
            "COM_NM": of("municipality_fr"),
        },
        frozenset({"part_id", "status"}),
    ),
    "urbis": Format(
        Region.BRUSSELS,
        {
            "INSPIRE_ID:TEXT": lambda row: f"BE.BRUSSELS.BRIC.ADM.ADDR.{cut_id(row['address_id'])}",
            "STREET_ID:INTEGER": id_of("street"),
            "STRNAMEFRE:TEXT": of("street_fr"),
            "STRNAMEDUT:TEXT": of("street_nl"),
            "POLICENUM:TEXT": of("house_number"),
            "BOXNUMBER:TEXT": of("box_number"),
            "ZIPCODE:TEXT": of("postcode"),
            "MUNNISCODE:TEXT": of("municipality_id"),
        },
        frozenset({"part_id", "status"}),
    ),
    "bestBrussels": Format(
        Region.BRUSSELS,
        {
            "objectidentifier:REAL": id_of("address"),
            "housenumber:TEXT": of("house_number"),
            "boxnumber:TEXT": of("box_number"),
            "hasstreetname_objectidentifier:REAL": id_of("street"),
            "hasmunicipality_objectidentifier:REAL": id_of("municipality"),
            "haspostalinfo_objectidentifier:TEXT": of("postcode"),
            "status:TEXT": of("status"),
        },
        frozenset({"part_id"}),
    ),
}


def write_dbf(columns: Told, rows: list[Row], *, points: bool = True) -> Table:
    fields = [Field(name, "N" if name in {"ADR_ID", "RUE_ID"} else "C", 80, 5) for name in columns]
    cells = [[tell_cell(row) for tell_cell in columns.values()] for row in rows]
    dbf = io.BytesIO(make_dbf(fields, cells))
    if not points:
        return DbfTable(dbf, "a.dbf")
    shp = io.BytesIO(make_shp([(float(row["x_l72"]), float(row["y_l72"])) for row in rows]))
    return DbfTable(dbf, "a.dbf", shp=shp, prj=make_prj(31370))


def write_layer(columns: Told, rows: list[Row], folder: Path) -> Table:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([*columns, "geometry_x", "geometry_y"])
    for row in rows:
        writer.writerow([*(t(row) for t in columns.values()), row["x_l72"], row["y_l72"]])
    write_geopackage(folder / "a.gpkg", {"Addresses": written.getvalue()})
    (layer,) = list_layers(folder / "a.gpkg", "a.gpkg")
    return GeoPackageTable(folder / "a.gpkg", "a.gpkg", layer)


@pytest.fixture(scope="module")
def extract() -> list[Row]:
    path = find_shared("data/best-2022-sample/addresses_part_decoded.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def gather(records: list[Record | Rejection], fields: list[str]) -> Mapping[str, dict[str, object]]:
    addresses = [record for record in records if isinstance(record, AddressRecord)]
    assert len(addresses) == len(records)
    told = {record.provenance.object_id: tell(record, fields) for record in addresses}
    return {
        object_id: {field: row[field] for field in (*fields, "namespace")}
        for object_id, row in told.items()
    }


@pytest.mark.parametrize("name", FORMATS)
def test_an_address_is_the_same_as_in_best_xml(
    name: str, extract: list[Row], tmp_path: Path
) -> None:
    form = FORMATS[name]
    rows = [row for row in extract if row["region"] == form.region.iso_code]
    layered = form.region is Region.BRUSSELS
    table = write_layer(form.columns, rows, tmp_path) if layered else write_dbf(form.columns, rows)
    assert recognise(table)[0] == name
    fields = [field for field in ADDRESS if field not in form.lacks]

    told, named = read_table(table, form.region)

    assert gather(told, fields) == gather(read_xml(form.region, extract, Resource.ADDRESS), fields)
    streets = {
        record.provenance.object_id: record
        for record in read_xml(form.region, extract, Resource.STREET_NAME)
        if not isinstance(record, Rejection)
    }
    for object_id, street in named.get(Resource.STREET_NAME, {}).items():
        names = streets[object_id].names  # type: ignore[union-attr]
        assert set(street.names.values()) <= set(names.values())


def test_an_address_is_the_same_in_grb_and_in_crab(extract: list[Row]) -> None:
    rows = [row for row in extract if row["region"] == Region.FLANDERS.iso_code]
    columns: dict[str, Told] = {"grb": {"GBGOIDN": of("house_number"), "APPARTNR": lambda _: "nvt"}}
    columns |= {"crab": {"HERKOMST": of("status"), "APPTNR": lambda _: "nvt"}}
    fields = [f for f in ADDRESS if f not in {"part_id", "status", "position"}]
    told = {}
    for name, more in columns.items():
        table = write_dbf(GRB | more, rows, points=name == "crab")
        found, column_map = recognise(table)
        assert found == name
        assert column_map.view is not None
        records, _ = read_table(column_map.view(table), Region.FLANDERS, column_map)
        told[name] = gather(records, fields)

    assert told["grb"] == told["crab"]
    assert len(told["grb"]) > 3_000
