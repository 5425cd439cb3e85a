"""What the format does not know is counted; what cannot be read is rejected with its reason."""

from __future__ import annotations

import pytest

from importers.unknowns import Unknowns
from registry.domain.resource import Resource
from tests.unit.best_xml.examples import ADDRESS, STREET_NAME, in_file
from tests.unit.best_xml.reading import read_one, read_rejection, read_rows


@pytest.mark.parametrize(
    ("before", "after", "where", "what"),
    [
        (">parcel<", ">lamppost<", "position_specification", "lamppost"),
        (">derivedFromObject<", ">guessed<", "position_method", "guessed"),
        (">current<", ">archived<", "status", "archived"),
    ],
)
def test_values_outside_an_open_enumeration_are_kept_and_told(
    before: str, after: str, where: str, what: str
) -> None:
    unknowns = Unknowns()

    record = read_one(in_file(ADDRESS.replace(before, after)), unknowns=unknowns)

    assert what in {record.status.status, record.position.method, record.position.specification}
    assert unknowns.to_json() == [{"kind": "value", "where": where, "what": what, "count": 1}]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<com:houseNumber>", "<com:floor>3</com:floor><com:houseNumber>"),
        ("<com:status>", "<com:floor>3</com:floor><com:status>"),
        ("<com:positionSpecification>", "<com:floor/><com:positionSpecification>"),
        ("<tns:address ", '<tns:address floor="3" '),
        ("<com:objectIdentifier>3", "<com:floor>x</com:floor><com:objectIdentifier>3"),
        ("<com:objectIdentifier>57007", "<com:floor>x</com:floor><com:objectIdentifier>57007"),
    ],
)
def test_elements_and_attributes_nobody_expected_are_counted(before: str, after: str) -> None:
    unknowns = Unknowns()
    odd = ADDRESS.replace(before, after, 1)

    rows = read_rows(in_file(f"{odd}\n{odd}\n{odd}"), unknowns=unknowns)

    assert len(rows) == 3
    (entry,) = unknowns.to_json()
    assert str(entry["what"]).removeprefix("@") == "floor"
    assert entry["count"] == 3


def test_an_unknown_header_element_is_told() -> None:
    unknowns = Unknowns()
    xml = in_file(ADDRESS).replace(
        "<tns:timestamp>", "<tns:licence>CC</tns:licence><tns:timestamp>"
    )

    read_rows(xml, unknowns=unknowns)

    assert unknowns.to_json() == [
        {"kind": "element", "where": "header", "what": "licence", "count": 1}
    ]


@pytest.mark.parametrize(
    ("before", "after", "object_id", "reason"),
    [
        ("<com:houseNumber>59</com:houseNumber>", "", "30328681", "houseNumber is missing"),
        (">59<", "> <", "30328681", "houseNumber is missing"),
        (">57007<", "><", "30328681", "hasStreetName is missing"),
        (">11002<", "><", "30328681", "hasMunicipality is missing"),
        (">30328681<", "><", None, "objectIdentifier is missing"),
        (">30328681<", ">30 328681<", None, "'30 328681' has a space or a slash"),
        (">30328681<", ">30/328681<", None, "'30/328681' has a space or a slash"),
        (">2024-04-04T16:44:37Z<", ">gisteren<", "30328681", "'gisteren' is no date or time"),
        (">2024-04-04T16:44:37Z<", ">2024-02-30<", "30328681", "'2024-02-30' is no date"),
        (">2024-04-04T16:44:37Z<", ">0001-01-01T00:00:00<", "30328681", "'0001-01-01T00:00:00'"),
        ('"2014-04-04T16:44:32Z"', '"soon"', "30328681", "'soon' is no date or time"),
        (">true<", ">maybe<", "30328681", "'maybe' is neither true nor false"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(
    before: str, after: str, object_id: str | None, reason: str
) -> None:
    # An identifier that cannot be trusted is none: it must not protect or accuse another object.
    xml = in_file(ADDRESS.replace(before, after))

    rejection = read_rejection(xml)

    assert rejection.object_id == object_id
    assert reason in rejection.reason
    assert rejection.resource is Resource.ADDRESS
    assert xml[rejection.offset :].startswith("<tns:address ")


def test_a_street_name_without_municipality_is_rejected() -> None:
    xml = in_file(STREET_NAME.replace(">11002<", "><"), Resource.STREET_NAME)

    rejection = read_rejection(xml, resource=Resource.STREET_NAME)

    assert rejection.object_id == "57007"
    assert rejection.reason == "the municipality is missing"


def test_a_rejected_row_does_not_hide_its_neighbours() -> None:
    bad = ADDRESS.replace(">59<", "><").replace("30328681", "2")

    rows = read_rows(in_file(f"{ADDRESS}\n{bad}\n{ADDRESS}\n{bad}"))

    assert [hasattr(row, "reason") for row in rows] == [False, True, False, True]


@pytest.mark.parametrize(
    "namespace", ["geodata.wallonie.be/id/Address", "https://databrussels.be/id/address/"]
)
def test_an_address_of_another_region_is_rejected(namespace: str) -> None:
    xml = in_file(ADDRESS.replace("https://data.vlaanderen.be/id/adres/", namespace))

    assert namespace in read_rejection(xml).reason


@pytest.mark.parametrize(
    ("tag", "object_id"), [("houseNumber", "30328681"), ("objectIdentifier", None)]
)
def test_a_value_that_no_index_can_hold_is_rejected(tag: str, object_id: str | None) -> None:
    start = ADDRESS.index(f"<com:{tag}>") + len(f"<com:{tag}>")
    long = ADDRESS[:start] + "x" * 3_000 + ADDRESS[start:]

    rejection = read_rejection(in_file(long))

    assert "characters" in rejection.reason
    assert rejection.object_id == object_id
