"""A genuine extract of 2022 (Haren, Lembeek, Malmedy), turned into XML, counted exactly."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import Address, Edition, Named, StreetName, import_editions
from tests.database.querying import assert_sound, fetch, fetch_current
from tests.database.shared_data import find_shared

if TYPE_CHECKING:
    from importers.summary import ImportSummary
    from registry.settings import Settings

ROWS = {"bru": 2492, "vlg": 3446, "wal": 5941}
STREETS = 431
LANGUAGES = ("nl", "fr", "de")
Extract = list[dict[str, str]]


@pytest.fixture(scope="module")
def extract() -> Extract:
    path = find_shared("data/best-2022-sample/addresses_part_decoded.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    summary: ImportSummary


@pytest.fixture(scope="module")
def loaded(module_register: Settings, extract: Extract) -> Loaded:
    editions = [make_edition(region, extract) for region in Region]
    return Loaded(module_register, import_editions(module_register, *editions))


def make_edition(region: Region, extract: Extract) -> Edition:
    rows = [row for row in extract if row["region"] == region.iso_code]
    streets = {row["street_id"]: row for row in rows}
    parts = {row["part_id"]: row["part_fr"] for row in rows if row["part_id"]}
    return Edition(
        region=region,
        day="2022-01-31",
        addresses=[make_address(row) for row in rows],
        street_names=[make_street_name(row) for row in streets.values()],
        municipalities=make_named(rows, "municipality"),
        postal_infos=make_named(rows, "postal"),
        parts=[
            Named(id=split(identifier)[1], names={"fr": name} if name else {})
            for identifier, name in parts.items()
        ]
        or None,
    )


def split(identifier: str) -> tuple[str, str, str]:
    namespace, object_id, version = identifier.rsplit("/", 2)
    return namespace, object_id, version


def pick_names(row: dict[str, str], prefix: str) -> dict[str, str]:
    found = {language: row.get(f"{prefix}_{language}") for language in LANGUAGES}
    return {language: name for language, name in found.items() if name}


def make_address(row: dict[str, str]) -> Address:
    namespace, object_id, version = split(row["address_id"])
    return Address(
        id=object_id,
        version=version,
        namespace=namespace,
        street=split(row["street_id"])[1],
        municipality=split(row["municipality_id"])[1],
        part=split(row["part_id"])[1] if row["part_id"] else None,
        postal_code=split(row["postal_id"])[1],
        number=row["house_number"],
        box=row["box_number"] or None,
        status=row["status"],
        valid_from=row["valid_from"] or None,
        begin=None,
        position=f"{row['x_l72']} {row['y_l72']}",
    )


def make_street_name(row: dict[str, str]) -> StreetName:
    _, object_id, version = split(row["street_id"])
    return StreetName(
        id=object_id,
        version=version,
        names=pick_names(row, "street"),
        municipality=split(row["municipality_id"])[1],
    )


def make_named(rows: Extract, kind: str) -> list[Named]:
    return [
        Named(id=split(i)[1], version=split(i)[2], names=pick_names(row, kind))
        for i, row in {row[f"{kind}_id"]: row for row in rows}.items()
    ]


def test_every_row_is_an_address_of_its_region(loaded: Loaded) -> None:
    assert not loaded.summary.failed
    assert dict(Counter(row["region"] for row in fetch_current(loaded.settings))) == ROWS
    assert sum(ROWS.values()) == 11_879
    for outcome in loaded.summary.outcomes:
        counts = outcome.counts[Resource.ADDRESS].to_json()
        size = ROWS[outcome.region]
        assert counts == dict.fromkeys(counts, 0) | {"seen": size, "added": size}
    assert_sound(loaded.settings)


def test_every_street_municipality_postal_info_and_part_is_there(loaded: Loaded) -> None:
    sizes = {kind: len(fetch_current(loaded.settings, kind)) for kind in Resource}

    assert sizes[Resource.STREET_NAME] == STREETS
    assert sizes[Resource.MUNICIPALITY] == sizes[Resource.POSTAL_INFO] == 3
    assert sizes[Resource.PART_OF_MUNICIPALITY] == 6


def test_656_walloon_addresses_at_zero_zero_have_no_position(loaded: Loaded) -> None:
    findings = loaded.summary.to_json()["findings"]

    assert findings == {"duplicateAddress": 24, "positionZero": 656}
    assert fetch(
        loaded.settings,
        "select region, count(*) from best.address where position is null group by region",
    ) == [("wal", 656)]
    assert fetch(
        loaded.settings,
        "select count(*) from best.address where latitude < 49.4 or longitude < 2.5",
    ) == [(0,)]


def test_24_keys_occur_twice_and_both_rows_stay(loaded: Loaded) -> None:
    twice = fetch(
        loaded.settings,
        "select street_name_id, house_number, box_number, status from best.address"
        " group by 1, 2, 3, 4 having count(*) > 1",
    )
    assert len(twice) == 24
    assert ("bru-4003", "89A", None, "current") in twice


def test_statuses_and_boxes_are_as_published(loaded: Loaded, extract: Extract) -> None:
    rows = fetch_current(loaded.settings)

    assert Counter((row["region"], row["status"]) for row in rows) == {
        ("bru", "current"): 2492,
        ("vlg", "current"): 3402,
        ("vlg", "retired"): 41,
        ("vlg", "proposed"): 2,
        ("vlg", "reserved"): 1,
        ("wal", "current"): 5941,
    }
    assert Counter(row["box_number"] for row in rows if row["box_number"]) == Counter(
        row["box_number"] for row in extract if row["box_number"]
    )
    assert sum(row["box_number"] is not None for row in rows) == 1637


def test_identifiers_come_back_as_published(loaded: Loaded, extract: Extract) -> None:
    expected = {split(row["address_id"])[1:] for row in extract}

    rows = fetch_current(loaded.settings)

    assert {(row["object_id"], row["version_id"]) for row in rows} == expected
    assert {row["namespace"] for row in rows} == {None}


def test_positions_are_within_the_known_error_of_the_published_degrees(
    loaded: Loaded, extract: Extract
) -> None:
    # The extract's degrees were made without the grid: up to 1.2 m off, 1e-5 degrees is 1.1 m.
    published = {split(row["address_id"])[:2]: row for row in extract if row["lat"]}
    derived = {(row["region"], row["object_id"]): row for row in fetch_current(loaded.settings)}
    assert len(published) == 11_879 - 656
    for (_, object_id), row in published.items():
        found = derived[row["region"].removeprefix("BE-").lower(), object_id]
        assert found["longitude"] == pytest.approx(float(row["lon"]), abs=2.5e-5)
        assert found["latitude"] == pytest.approx(float(row["lat"]), abs=2.5e-5)


def test_names_of_streets_are_in_the_languages_of_their_place(loaded: Loaded) -> None:
    rows = fetch(
        loaded.settings,
        "select region, count(*), count(name_nl), count(name_fr), count(name_de)"
        " from best.street_name group by region order by region",
    )
    totals = {region: counts for region, *counts in rows}
    assert totals["bru"][0] == totals["bru"][1] == totals["bru"][2]
    assert totals["vlg"][1] == totals["vlg"][0]
    assert totals["wal"][2] == totals["wal"][0]
    assert totals["wal"][1] == 0
