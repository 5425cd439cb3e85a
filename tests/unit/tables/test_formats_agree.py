"""One address in two formats of its region: same identifier, same content where both know it.

Over the genuine rows of Haren, Lembeek and Malmedy. A format is one entry of FORMATS: how its
table is written of such a row, and the fields of an address that it has no column for.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

import pytest

from registry.domain.records import AddressRecord, Rejection, StreetNameRecord
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.shared_data import find_shared
from tests.database.test_extract_2022 import make_edition
from tests.unit.best_xml.reading import read_rows
from tests.unit.tables.reading import open_text, read_table, recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importers.tables.table import Table
    from registry.domain.records import Record

Row = dict[str, str]
ADDRESS = (
    *("street_name_id", "municipality_id", "part_id", "postal_code"),
    *("house_number", "box_number", "status", "position"),
)


class Format(NamedTuple):
    write: Callable[[list[Row]], Table]
    lacks: frozenset[str]


def cut_id(identifier: str) -> str:
    return identifier.rsplit("/", 2)[1]


def write_csv(rows: list[Row]) -> Table:
    """Write BeSt CSV: five decimals, bare identifiers, the columns of 2022."""
    told = [
        {
            "EPSG:31370_x": f"{float(row['x_l72']):.5f}",
            "EPSG:31370_y": f"{float(row['y_l72']):.5f}",
            "EPSG:4326_lat": row["lat"],
            "EPSG:4326_lon": row["lon"],
            "address_id": cut_id(row["address_id"]),
            "box_number": row["box_number"],
            "house_number": row["house_number"],
            "municipality_id": cut_id(row["municipality_id"]),
            **{f"municipality_name_{a}": row[f"municipality_{a}"] for a in ("de", "fr", "nl")},
            "postcode": row["postcode"],
            "postname_fr": row["postal_fr"] or row["part_fr"],
            "postname_nl": row["postal_nl"],
            "street_id": cut_id(row["street_id"]),
            **{f"streetname_{a}": row[f"street_{a}"] for a in ("de", "fr", "nl")},
            "region_code": row["region"],
            "status": row["status"],
        }
        for row in rows
    ]
    written = io.StringIO()
    writer = csv.DictWriter(written, list(told[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(told)
    return open_text(written.getvalue())


FORMATS = {"bestCsv": Format(write_csv, frozenset({"part_id"}))}


@pytest.fixture(scope="module")
def extract() -> list[Row]:
    path = find_shared("data/best-2022-sample/addresses_part_decoded.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_xml(region: Region, extract: list[Row], resource: Resource) -> list[Record | Rejection]:
    files = make_edition(region, extract).write_files()
    start = f"{region.label}{resource.replace('_', '')}".lower()
    (xml,) = (text for name, text in files.items() if name.lower().startswith(start))
    return read_rows(xml, region=region, resource=resource)


def tell(record: AddressRecord, fields: Iterable[str]) -> dict[str, object]:
    """Return the fields; a position as numbers, for decimals differ by format."""
    text = record.position.text
    told = {field: getattr(record, field) for field in fields if hasattr(record, field)}
    return told | {
        "status": record.status.status,
        "position": text
        and (record.position.crs, *(round(float(axis), 5) for axis in text.split())),
        "namespace": record.provenance.namespace,
    }


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("region", Region)
def test_an_address_is_the_same_in_every_format(
    region: Region, name: str, extract: list[Row]
) -> None:
    form = FORMATS[name]
    rows = [row for row in extract if row["region"] == region.iso_code]
    table = form.write(rows)
    assert recognise(table)[0] == name
    told, named = read_table(table, region)
    fields = [field for field in ADDRESS if field not in form.lacks]

    def gather(records: list[Record | Rejection]) -> dict[str, dict[str, object]]:
        addresses = [r for r in records if isinstance(r, AddressRecord)]
        assert len(addresses) == len(records) == len(rows)
        return {r.provenance.object_id: tell(r, fields) for r in addresses}

    assert gather(told) == gather(read_xml(region, extract, Resource.ADDRESS))
    streets = {
        r.provenance.object_id: (r.names, r.municipality_id, r.provenance.namespace)
        for r in read_xml(region, extract, Resource.STREET_NAME)
        if isinstance(r, StreetNameRecord)
    }
    assert streets == {
        i: (r.names, r.municipality_id, r.provenance.namespace)
        for i, r in named[Resource.STREET_NAME].items()
        if isinstance(r, StreetNameRecord)
    }


@pytest.mark.parametrize("region", Region)
def test_places_are_the_same_in_best_csv(region: Region, extract: list[Row]) -> None:
    rows = [row for row in extract if row["region"] == region.iso_code]
    _, named = read_table(write_csv(rows), region)

    for kind in (Resource.MUNICIPALITY, Resource.POSTAL_INFO):
        published = {
            r.provenance.object_id: r.names  # type: ignore[union-attr]
            for r in read_xml(region, extract, kind)
        }
        assert {i: r.names for i, r in named[kind].items()} == published
