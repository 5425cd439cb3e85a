"""Every quirk of addresses that an importer can meet is in the sample."""

from collections import Counter

import pytest

from tests.unit.sample.download import (
    COM,
    REGIONS,
    Download,
    door,
    position,
    text,
)


def test_missing_positions(download: Download) -> None:
    flemish = list(download.addresses("Flanders"))
    absent = sum(position(a) is None for a in flemish)
    assert 0 < absent < len(flemish) * 0.05
    assert not any(a.text == "0 0" for a in map(position, flemish) if a is not None)
    walloon = list(download.addresses("Wallonia"))
    zero = sum(position(a).text == "0 0" for a in walloon)
    assert 0.09 < zero / len(walloon) < 0.14
    assert all(position(a).text != "0 0" for a in download.addresses("Brussels"))


def test_main_address_or_box_alone_has_a_position(download: Download) -> None:
    placed = {door(a)[:3]: position(a) is not None for a in download.addresses("Flanders")}
    befferstraat = "900000014"
    assert not placed[befferstraat, "171", None]
    assert placed[befferstraat, "171", "glvl"]
    assert placed[befferstraat, "173", None]
    assert not placed[befferstraat, "173", "0101"]


def test_boxes_of_a_building_share_one_point(download: Download) -> None:
    for region in REGIONS:
        points = Counter(p.text for p in map(position, download.addresses(region)) if p is not None)
        assert sum(1 for point, n in points.items() if point != "0 0" and n > 2) > 20


def test_two_coordinate_systems_in_the_flemish_file(download: Download) -> None:
    systems = Counter(
        p.get("srsName").rpartition("/")[2]
        for p in map(position, download.addresses())
        if p is not None
    )
    assert set(systems) == {"31370", "3812"}
    assert systems["3812"] == 3


def test_every_position_is_in_belgium(download: Download) -> None:
    for point in map(position, download.addresses()):
        if point is None or point.text == "0 0":
            continue
        shift = 500_000 if point.get("srsName").endswith("3812") else 0
        x, y = (float(part) - shift for part in point.text.split())
        assert 20_000 < x < 300_000
        assert 20_000 < y < 245_000


def test_exact_duplicates(download: Download) -> None:
    for region, number in (("Flanders", "89A"), ("Brussels", "701"), ("Wallonia", "401")):
        doors = Counter(door(a) for a in download.addresses(region) if number in door(a))
        assert 2 in doors.values()
    doubled = [
        n for region in REGIONS for n in Counter(map(door, download.addresses(region))).values()
    ]
    assert Counter(doubled)[2] == 3
    assert max(doubled) == 2


def test_readdressed_under_a_new_identifier(download: Download) -> None:
    statuses = [
        door(a)[3] for a in download.addresses("Flanders") if door(a)[:2] == ("26016", "401")
    ]
    assert statuses == ["retired", "current"]


@pytest.mark.parametrize(
    ("region", "tag", "values"),
    [
        ("Flanders", "houseNumber", "11_1 89A A9 A 9+ 9_ zn 0 9ter 98B1 4xx"),
        ("Brussels", "houseNumber", "45-47 149/153 104BIS"),
        ("Wallonia", "houseNumber", "149/153 54/12 104BIS 9.9 9-9 0"),
        ("Flanders", "boxNumber", "glvl 0101 0-11 1.0 bs21 (2) ¨1 0001"),
        ("Brussels", "boxNumber", "b001 B001 b2.1 b00E bC.3 RDC 2eET étg ++++"),
        ("Wallonia", "boxNumber", "0001 1 A7 4/B B/3 3//B J--5 1ET 0RCH BP3 2„Et ƒ074 (10)"),
    ],
)
def test_shapes_of_house_and_box_numbers(
    download: Download, region: str, tag: str, values: str
) -> None:
    found = {text(address, tag) for address in download.addresses(region)}
    assert found >= set(values.split())


@pytest.mark.parametrize(
    ("region", "share"), [("Flanders", 0.30), ("Brussels", 0.73), ("Wallonia", 0.21)]
)
def test_share_of_boxes_is_that_of_the_region(
    download: Download, region: str, share: float
) -> None:
    boxed = [text(a, "boxNumber") is not None for a in download.addresses(region)]
    assert abs(sum(boxed) / len(boxed) - share) < 0.05


def test_statuses_per_region(download: Download) -> None:
    found = {region: {door(a)[3] for a in download.addresses(region)} for region in REGIONS}
    assert found == {
        "Flanders": {"current", "proposed", "reserved", "retired", "rejected"},
        "Brussels": {"current", "proposed", "reserved", "retired"},
        "Wallonia": {"current"},
    }


def test_ends_of_life_span_and_validity(download: Download) -> None:
    for address in download.addresses("Flanders"):
        ended = door(address)[3] in {"retired", "rejected"}
        assert (address.get("endLifeSpanVersion") is not None) == ended
        assert text(address, "addressStatus", "validTo") is None
    for address in download.addresses("Brussels"):
        valid_to = text(address, "addressStatus", "validTo")
        assert (valid_to is not None) == (door(address)[3] == "retired")
        if valid_to:
            assert (text(address, "addressStatus", "validFrom") or "") < valid_to
    assert any(a.get("endLifeSpanVersion") for a in download.addresses("Brussels"))
    begins = [a.get("beginLifeSpanVersion") for a in download.addresses("Brussels", "Wallonia")]
    assert None in begins
    assert any(begins)


def test_officially_assigned_true_false_and_absent(download: Download) -> None:
    for region, values in (
        ("Flanders", {"true", "false"}),
        ("Brussels", {"true", "false", None}),
        ("Wallonia", {"true", "false", None}),
    ):
        assert {text(a, "officiallyAssigned") for a in download.addresses(region)} == values


def test_one_record_has_an_element_that_no_schema_has(download: Download) -> None:
    unknown = [a for a in download.addresses() if a.find(f"{COM}annotation") is not None]
    assert len(unknown) == 1


def test_position_specifications(download: Download) -> None:
    found = {text(a, "position", "positionSpecification") for a in download.addresses()} - {None}
    assert found == {
        "municipality",
        "street",
        "parcel",
        "plot",
        "stand",
        "mooringPlace",
        "building",
        "buildingUnit",
        "entrance",
    }
    methods = {text(a, "position", "positionGeometryMethod") for a in download.addresses()} - {None}
    assert methods == {"assignedByAdministrator", "derivedFromObject"}
