"""The current schema (23.3, 24.3): each kind as its producer writes it, to its record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importers.unknowns import Unknowns
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    PositionRecord,
    Provenance,
    StatusRecord,
    StreetNameRecord,
)
from registry.domain.resource import Resource
from tests.unit.best_xml.examples import ADDRESS, STREET_NAME, in_file, make_name, make_named
from tests.unit.best_xml.reading import read_one, read_rows


def test_an_address() -> None:
    xml = in_file(ADDRESS)

    assert read_one(xml) == AddressRecord(
        provenance=Provenance(
            object_id="30328681",
            version_id="2024-04-04T18:44:37+02:00",
            namespace=None,
            offset=xml.index("<tns:address "),
            life_begin=datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC),
            life_end=datetime(2024, 5, 1, 9, tzinfo=UTC),
        ),
        status=StatusRecord(
            status="current",
            valid_from=datetime(2024, 4, 4, 16, 44, 37, tzinfo=UTC),
            valid_to=datetime(2024, 5, 1, 8, tzinfo=UTC),
        ),
        position=PositionRecord(
            text="165260.87 210822.78",
            crs=31370,
            method="derivedFromObject",
            specification="parcel",
        ),
        street_name_id="57007",
        municipality_id="11002",
        part_id=None,
        postal_code="2060",
        house_number="59",
        box_number="0101",
        officially_assigned=True,
    )


def test_a_street_name() -> None:
    record = read_one(in_file(STREET_NAME, Resource.STREET_NAME), resource=Resource.STREET_NAME)

    assert isinstance(record, StreetNameRecord)
    assert record.provenance.life_begin == datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC)
    assert dict(record.names) == {"nl": "Kerkstraat", "fr": "Rue de l'Église"}
    assert record.status == StatusRecord(
        status="current", valid_from=datetime(2011, 4, 28, 22, tzinfo=UTC)
    )
    assert record.municipality_id == "11002"
    assert record.homonym_addition == "HO"
    assert record.street_name_type == "streetname"


@pytest.mark.parametrize(
    ("resource", "tag", "languages"),
    [
        (Resource.MUNICIPALITY, "municipality", ["nl", "fr", "de", "en"]),
        (Resource.PART_OF_MUNICIPALITY, "partOfMunicipality", ["fr", "de"]),
        (Resource.POSTAL_INFO, "postalInfo", ["nl"]),
        (Resource.POSTAL_INFO, "postalInfo", []),
    ],
)
def test_a_municipality_a_part_and_a_postal_info(
    resource: Resource, tag: str, languages: list[str]
) -> None:
    names = "".join(make_name(language, f"Name {language}") for language in languages)

    record = read_one(in_file(make_named(tag, names), resource), resource=resource)

    assert isinstance(record, NamedRecord)
    assert record.provenance.object_id == "11002"
    assert record.provenance.version_id == "3"
    assert dict(record.names) == {language: f"Name {language}" for language in languages}


def test_postal_names_joined_by_slashes_stay_as_they_are() -> None:
    names = make_name("nl", "Boekhout/GINGELOM/Jeuk/Vorsen")
    xml = in_file(make_named("postalInfo", names, "3890"), Resource.POSTAL_INFO)

    assert dict(read_one(xml, resource=Resource.POSTAL_INFO).names) == {
        "nl": "Boekhout/GINGELOM/Jeuk/Vorsen"
    }


def test_empty_names_are_no_names() -> None:
    names = "<com:name/>" + make_name("fr", "") + make_name("de", "Eupen")
    xml = in_file(make_named("postalInfo", names, "4700"), Resource.POSTAL_INFO)
    unknowns = Unknowns()

    record = read_one(xml, resource=Resource.POSTAL_INFO, unknowns=unknowns)

    assert dict(record.names) == {"de": "Eupen"}
    assert unknowns.to_json() == []


@pytest.mark.parametrize("language", ["NL", "nl", "Nl"])
def test_the_case_of_a_language_does_not_matter(language: str) -> None:
    xml = in_file(
        make_named("postalInfo", make_name(language, "Gent"), "9000"), Resource.POSTAL_INFO
    )

    assert dict(read_one(xml, resource=Resource.POSTAL_INFO).names) == {"nl": "Gent"}


@pytest.mark.parametrize(
    ("resource", "tag", "language"),
    [
        (Resource.POSTAL_INFO, "postalInfo", "it"),
        (Resource.POSTAL_INFO, "postalInfo", "en"),
        (Resource.MUNICIPALITY, "municipality", "lb"),
    ],
)
def test_a_language_the_kind_does_not_have_is_told(
    resource: Resource, tag: str, language: str
) -> None:
    unknowns = Unknowns()
    xml = in_file(make_named(tag, make_name(language, "X") + make_name("fr", "Y")), resource)

    record = read_one(xml, resource=resource, unknowns=unknowns)

    assert dict(record.names) == {"fr": "Y"}
    assert [entry["what"] for entry in unknowns.to_json()] == [language]


def test_a_language_given_twice_is_told() -> None:
    unknowns = Unknowns()
    xml = in_file(
        make_named("postalInfo", make_name("fr", "X") + make_name("fr", "Y")), Resource.POSTAL_INFO
    )

    read_one(xml, resource=Resource.POSTAL_INFO, unknowns=unknowns)

    assert unknowns.to_json()


@pytest.mark.parametrize(
    "namespace",
    [
        "https://data.vlaanderen.be/id/adres",
        "https://data.vlaanderen.be/id/adres/",
        "http://data.vlaanderen.be/id/adres",
        "data.vlaanderen.be/id/adres",
    ],
)
def test_the_spellings_of_the_usual_namespace_are_not_kept(namespace: str) -> None:
    xml = in_file(ADDRESS.replace("https://data.vlaanderen.be/id/adres/", namespace))

    assert read_one(xml).provenance.namespace is None


@pytest.mark.parametrize("namespace", ["BE.BRUSSELS.BRIC.ADM.ADDR", "https://example.org/id/adres"])
def test_another_namespace_is_kept_as_published(namespace: str) -> None:
    xml = in_file(ADDRESS.replace("https://data.vlaanderen.be/id/adres/", namespace))

    assert read_one(xml).provenance.namespace == namespace


def test_references_are_known_by_object_identifier_whatever_their_version_and_namespace() -> None:
    other = ADDRESS.replace("id/straatnaam/<", "id/straatnaam<").replace("2011-04-29", "1999-01-01")

    assert read_one(in_file(other)).street_name_id == read_one(in_file(ADDRESS)).street_name_id


@pytest.mark.parametrize(
    "srs_name",
    [
        "http://www.opengis.net/def/crs/EPSG/0/3812",
        "https://www.opengis.net/def/crs/EPSG/0/3812",
        "urn:ogc:def:crs:EPSG::3812",
        "urn:ogc:def:crs:EPSG:6.9:3812",
        "EPSG:3812",
        "epsg:3812",
        "http://www.opengis.net/gml/srs/epsg.xml#3812",
    ],
)
def test_every_spelling_of_the_reference_system_is_read(srs_name: str) -> None:
    xml = in_file(ADDRESS.replace("http://www.opengis.net/def/crs/EPSG/0/31370", srs_name))

    assert read_one(xml).position.crs == 3812


def test_the_reference_system_is_read_on_every_record() -> None:
    first = ADDRESS.replace("30328681", "1")
    second = ADDRESS.replace("30328681", "2").replace("EPSG/0/31370", "EPSG/0/3812")
    third = ADDRESS.replace("30328681", "3")

    rows = read_rows(in_file(f"{first}\n{second}\n{third}\n{first}\n{second}"))

    assert [row.position.crs for row in rows] == [31370, 3812, 31370, 31370, 3812]


def test_an_unknown_reference_system_is_told() -> None:
    unknowns = Unknowns()

    record = read_one(in_file(ADDRESS.replace("EPSG/0/31370", "OGC/CRS84")), unknowns=unknowns)

    assert record.position.crs is None
    assert unknowns.to_json()[0]["where"] == "pos/@srsName"


@pytest.mark.parametrize("text", ["0 0", "0.00 0.00", "", "NaN NaN", "1 2 3"])
def test_a_position_is_kept_exactly_as_published(text: str) -> None:
    record = read_one(in_file(ADDRESS.replace("165260.87 210822.78", text)))

    assert record.position.text == (text or None)


def test_an_address_without_position_box_dates_and_postal_info() -> None:
    xml = in_file(
        "<tns:address><com:code><com:objectIdentifier>1</com:objectIdentifier></com:code>"
        "<com:houseNumber>59</com:houseNumber>"
        "<com:hasStreetName><com:objectIdentifier>5</com:objectIdentifier></com:hasStreetName>"
        "<com:hasMunicipality><com:objectIdentifier>11002</com:objectIdentifier>"
        "</com:hasMunicipality></tns:address>"
    )

    record = read_one(xml)

    assert record.position == PositionRecord()
    assert record.status == StatusRecord()
    assert (record.box_number, record.postal_code, record.officially_assigned) == (None,) * 3
    assert record.provenance.version_id is None


def test_a_part_of_municipality_is_read_wherever_it_stands() -> None:
    part = (
        "<com:hasPartOfMunicipality><com:namespace>geodata.wallonie.be/id/PartOfMunicipality"
        "</com:namespace><com:objectIdentifier>1525</com:objectIdentifier>"
        "</com:hasPartOfMunicipality>"
    )
    first = ADDRESS.replace("<com:hasPostalInfo>", part + "<com:hasPostalInfo>")
    last = ADDRESS.replace("</tns:address>", part + "</tns:address>")

    rows = read_rows(in_file(first + last))

    assert [row.part_id for row in rows] == ["1525", "1525"]


def test_life_span_is_read_from_elements_too() -> None:
    xml = in_file(
        ADDRESS.replace(' beginLifeSpanVersion="2014-04-04T16:44:32Z"', "").replace(
            "<com:addressStatus>",
            "<com:beginLifeSpanVersion>2014-04-04T16:44:32Z</com:beginLifeSpanVersion>"
            "<com:addressStatus>",
        )
    )

    assert read_one(xml).provenance.life_begin == datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC)


def test_a_life_span_written_with_outer_space_reads_the_same_in_every_place() -> None:
    spaced = ADDRESS.replace('"2014-04-04T16:44:32Z"', '" 2014-04-04T16:44:32Z "')

    rows = read_rows(in_file(f"{ADDRESS}\n{ADDRESS}\n{spaced}"))

    begins = {row.provenance.life_begin for row in rows}
    assert begins == {datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC)}
