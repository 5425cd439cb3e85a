"""The examples of the current schema, as the producers write them."""

from __future__ import annotations

from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import wrap

ADDRESS = """\
  <tns:address beginLifeSpanVersion="2014-04-04T16:44:32Z" endLifeSpanVersion="2024-05-01T09:00:00Z">
    <com:code>
      <com:namespace>https://data.vlaanderen.be/id/adres/</com:namespace>
      <com:objectIdentifier>30328681</com:objectIdentifier>
      <com:versionIdentifier>2024-04-04T18:44:37+02:00</com:versionIdentifier>
    </com:code>
    <com:position>
      <com:pointGeometry>
        <com:point>
          <com:pos axisLabels="x y" srsDimension="2" srsName="http://www.opengis.net/def/crs/EPSG/0/31370" uomLabels="m m">165260.87 210822.78</com:pos>
        </com:point>
      </com:pointGeometry>
      <com:positionGeometryMethod>derivedFromObject</com:positionGeometryMethod>
      <com:positionSpecification>parcel</com:positionSpecification>
    </com:position>
    <com:addressStatus>
      <com:status>current</com:status>
      <com:validFrom>2024-04-04T16:44:37Z</com:validFrom>
      <com:validTo>2024-05-01T08:00:00Z</com:validTo>
    </com:addressStatus>
    <com:boxNumber>0101</com:boxNumber>
    <com:houseNumber>59</com:houseNumber>
    <com:officiallyAssigned>true</com:officiallyAssigned>
    <com:hasStreetName>
      <com:namespace>https://data.vlaanderen.be/id/straatnaam/</com:namespace>
      <com:objectIdentifier>57007</com:objectIdentifier>
      <com:versionIdentifier>2011-04-29T00:00:00+02:00</com:versionIdentifier>
    </com:hasStreetName>
    <com:hasMunicipality>
      <com:namespace>https://data.vlaanderen.be/id/gemeente/</com:namespace>
      <com:objectIdentifier>11002</com:objectIdentifier>
      <com:versionIdentifier>2002-08-13T17:32:32+02:00</com:versionIdentifier>
    </com:hasMunicipality>
    <com:hasPostalInfo>
      <com:namespace>https://data.vlaanderen.be/id/postinfo/</com:namespace>
      <com:objectIdentifier>2060</com:objectIdentifier>
      <com:versionIdentifier>2020-02-10T12:44:14+01:00</com:versionIdentifier>
    </com:hasPostalInfo>
  </tns:address>"""  # noqa: E501

STREET_NAME = """\
  <tns:streetName beginLifeSpanVersion="2014-04-04T16:44:32Z">
    <com:code><com:namespace>https://data.vlaanderen.be/id/straatnaam/</com:namespace>
      <com:objectIdentifier>57007</com:objectIdentifier>
      <com:versionIdentifier>2011-04-29T00:00:00+02:00</com:versionIdentifier></com:code>
    <com:name><com:language>nl</com:language><com:spelling>Kerkstraat</com:spelling></com:name>
    <com:name><com:language>fr</com:language><com:spelling>Rue de l'Église</com:spelling></com:name>
    <com:streetNameStatus><com:status>current</com:status>
      <com:validFrom>2011-04-29T00:00:00+02:00</com:validFrom></com:streetNameStatus>
    <com:type>streetname</com:type>
    <com:homonymAddition>HO</com:homonymAddition>
    <com:isAssignedByMunicipality>
      <com:namespace>https://data.vlaanderen.be/id/gemeente/</com:namespace>
      <com:objectIdentifier>11002</com:objectIdentifier>
      <com:versionIdentifier>2002-08-13T17:32:32+02:00</com:versionIdentifier>
    </com:isAssignedByMunicipality>
  </tns:streetName>"""


def in_file(rows: str, resource: Resource = Resource.ADDRESS) -> str:
    return wrap(resource, Region.FLANDERS, "2026-11-02", rows)


def make_named(tag: str, names: str, identifier: str = "11002") -> str:
    return (
        f"<tns:{tag}><com:code><com:namespace>x</com:namespace>"
        f"<com:objectIdentifier>{identifier}</com:objectIdentifier>"
        f"<com:versionIdentifier>3</com:versionIdentifier></com:code>{names}</tns:{tag}>"
    )


def make_name(language: str, spelling: str) -> str:
    return (
        f"<com:name><com:language>{language}</com:language>"
        f"<com:spelling>{spelling}</com:spelling></com:name>"
    )
