"""The schema until November 2023, for archives: other names, one more level, gml positions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importers.unknowns import Unknowns
from registry.domain.records import AddressRecord, PositionRecord, StatusRecord, StreetNameRecord
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.unit.best_xml.reading import read_one

TNS = "http://fsb.belgium.be/mappingservices/FullDownload/v1_00"
INSPIRE = "http://vocab.belgif.be/ns/inspire/"
GML = "http://www.opengis.net/gml/3.2"


def make_code(tag: str, namespace: str, identifier: str) -> str:
    return (
        f"<add:{tag}><add:namespace>{namespace}</add:namespace>"
        f"<add:objectIdentifier>{identifier}</add:objectIdentifier>"
        f"<add:versionIdentifier>2</add:versionIdentifier></add:{tag}>"
    )


def in_file(kind: str, record: str) -> str:
    return (
        f'<?xml version="1.0"?><tns:{kind}ResponseBySource xmlns:tns="{TNS}"'
        f' xmlns:add="{INSPIRE}" xmlns:gml="{GML}"><tns:Source>Brussels</tns:Source>'
        f"<tns:TimeStamp>2022-01-31T01:00:00</tns:TimeStamp>{record}</tns:{kind}ResponseBySource>"
    )


ADDRESS = in_file(
    "Address",
    "<tns:Address>"
    + make_code("addressCode", "BE.BRUSSELS.BRIC.ADM.ADDR", "110975")
    + "<add:addressPosition><add:pointGeometry>"
    '<gml:Point srsName="http://www.opengis.net/def/crs/EPSG/0/31370">'
    "<gml:pos>153835.939 175936.949</gml:pos></gml:Point></add:pointGeometry>"
    "<add:positionGeometryMethod>assignedByAdministrator</add:positionGeometryMethod>"
    "<add:positionSpecification>entrance</add:positionSpecification></add:addressPosition>"
    "<add:addressSortfield>138</add:addressSortfield>"
    "<add:addressStatus><add:status>current</add:status>"
    "<add:validFrom>2000-01-01T00:00</add:validFrom></add:addressStatus>"
    "<add:houseNumber>138</add:houseNumber><add:boxNumber>RDC</add:boxNumber>"
    "<add:officiallyAssigned>false</add:officiallyAssigned>"
    "<add:hasStreetname>"
    + make_code("Streetname", "BE.BRUSSELS.BRIC.ADM.STR", "2855")
    + "</add:hasStreetname><add:hasMunicipality>"
    + make_code("Municipality", "BE.BRUSSELS.BRIC.ADM.MUNICIPALITY", "21004")
    + "</add:hasMunicipality><add:hasPostalInfo>"
    + make_code("PostalInfo", "BE.BRUSSELS.BRIC.ADM.PZ", "1130")
    + "</add:hasPostalInfo></tns:Address>",
)


def test_an_address() -> None:
    unknowns = Unknowns()

    record = read_one(ADDRESS, region=Region.BRUSSELS, unknowns=unknowns)

    assert isinstance(record, AddressRecord)
    assert record.provenance.object_id == "110975"
    assert record.provenance.version_id == "2"
    assert record.provenance.namespace == "BE.BRUSSELS.BRIC.ADM.ADDR"
    assert record.position == PositionRecord(
        text="153835.939 175936.949",
        crs=31370,
        method="assignedByAdministrator",
        specification="entrance",
    )
    assert record.status == StatusRecord(
        status="current", valid_from=datetime(1999, 12, 31, 23, tzinfo=UTC)
    )
    assert (record.house_number, record.box_number) == ("138", "RDC")
    assert record.officially_assigned is False
    assert (record.street_name_id, record.municipality_id) == ("2855", "21004")
    assert record.postal_code == "1130"
    assert unknowns.to_json() == []


def test_a_street_name() -> None:
    xml = in_file(
        "Streetname",
        "<tns:Streetname>"
        + make_code("streetnameCode", "BE.BRUSSELS.BRIC.ADM.STR", "2855")
        + "<add:streetname><add:language>fr</add:language>"
        "<add:spelling>Rue de la Seigneurie</add:spelling></add:streetname>"
        "<add:streetname><add:language>nl</add:language>"
        "<add:spelling>Heerlijkheidsstraat</add:spelling></add:streetname>"
        "<add:streetnameStatus><add:status>current</add:status></add:streetnameStatus>"
        "<add:streetnameType>streetname</add:streetnameType><add:isAssignedBy>"
        + make_code("Municipality", "BE.BRUSSELS.BRIC.ADM.MUNICIPALITY", "21004")
        + "</add:isAssignedBy></tns:Streetname>",
    )

    unknowns = Unknowns()

    record = read_one(xml, region=Region.BRUSSELS, resource=Resource.STREET_NAME, unknowns=unknowns)

    assert isinstance(record, StreetNameRecord)
    assert dict(record.names) == {"fr": "Rue de la Seigneurie", "nl": "Heerlijkheidsstraat"}
    assert record.municipality_id == "21004"
    assert record.street_name_type == "streetname"
    assert unknowns.to_json() == []


@pytest.mark.parametrize(
    ("resource", "kind", "code", "name"),
    [
        (Resource.MUNICIPALITY, "Municipality", "municipalityCode", "municipalityName"),
        (Resource.POSTAL_INFO, "PostalInfo", "postcode", "postname"),
        (
            Resource.PART_OF_MUNICIPALITY,
            "PartOfMunicipality",
            "partOfMunicipalityCode",
            "partOfMunicipalityName",
        ),
    ],
)
def test_kinds_with_a_code_and_names(resource: Resource, kind: str, code: str, name: str) -> None:
    xml = in_file(
        kind,
        f"<tns:{kind}>"
        + make_code(code, "x", "1130")
        + f"<add:{name}><add:language>fr</add:language><add:spelling>Haren</add:spelling>"
        f"</add:{name}></tns:{kind}>",
    )
    unknowns = Unknowns()

    record = read_one(xml, region=Region.BRUSSELS, resource=resource, unknowns=unknowns)

    assert record.provenance.object_id == "1130"
    assert dict(record.names) == {"fr": "Haren"}
    assert unknowns.to_json() == []
