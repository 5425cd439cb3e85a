"""The shapes of v1's answers, for the contract and the tests; bodies are made from plain dicts."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field

from api.v1 import examples
from api.v1.parameters import (
    LARGEST_PAGE,
    MunicipalityCode,
    PostCode,
    RegionCode,
)
from api.v1.schema_parts import (
    BestIdentifier,
    FormattedAddress,
    LifeSpan,
    LocalizedString,
    Model,
    MunicipalityReference,
    Position,
    PostalInfoReference,
    Recorded,
    Reference,
    StreetNameReference,
    Validity,
)


class Identified(Model):
    """What every object carries."""

    self: Annotated[AnyUrl | None, Field(description="this document")] = None
    id: str
    href: AnyUrl
    best_id: Annotated[
        str | None, Field(description="namespace/objectIdentifier/versionIdentifier")
    ] = None
    best_identifier: BestIdentifier | None = None
    title: Annotated[
        str | None, Field(description="to show in a list, in a language of the reader")
    ] = None
    status: Annotated[
        str | None, Field(description="current, proposed, reserved, retired; others as met")
    ] = None
    region: RegionCode
    validity: Validity | None = None
    life_span: LifeSpan | None = None
    recorded: Recorded
    dataset: Annotated[
        Literal["sample"] | None,
        Field(description="only while the register holds the sample, not real data"),
    ] = None
    history_from: Annotated[
        datetime | None,
        Field(
            description="when the register's history of the region begins, in an answer for"
            " a moment before that: it gives a name only where a source dated it"
        ),
    ] = None


class Address(Identified):
    """A house number, with or without box, in a street."""

    house_number: Annotated[str, Field(description="as published")]
    box_number: Annotated[str | None, Field(description="as published")] = None
    officially_assigned: bool | None = None
    street_name: StreetNameReference
    municipality: MunicipalityReference
    part_of_municipality: Reference | None = None
    postal_info: PostalInfoReference | None = None
    position: Position | None = None
    distance: Annotated[float | None, Field(description="metres from the point asked for")] = None
    formatted_address: FormattedAddress | None = None


class StreetName(Identified):
    """A street or hamlet that addresses are in."""

    name: LocalizedString | None = None
    homonym_addition: str | None = None
    street_name_type: str | None = None
    municipality: MunicipalityReference


class Municipality(Identified):
    """A municipality, by its NIS code."""

    municipality_code: MunicipalityCode
    name: LocalizedString | None = None


class PartOfMunicipality(Identified):
    """A former municipality or section."""

    name: LocalizedString | None = None


class PostalInfo(Identified):
    """A postal code with its postal names."""

    post_code: PostCode
    name: LocalizedString | None = None


Embedded = dict[str, StreetName | Municipality | PartOfMunicipality | PostalInfo]


class Collection(Model):
    """A page of a listing."""

    self: AnyUrl
    next: Annotated[AnyUrl | None, Field(description="absent on the last page")] = None
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
    total: Annotated[
        int | None,
        Field(ge=0, description="of the whole listing; only where it is kept, never counted"),
    ] = None
    history_from: Annotated[
        dict[str, datetime] | None,
        Field(
            description="by region: when the register's history begins, in an answer for a"
            " moment before that"
        ),
    ] = None
    dataset: Literal["sample"] | None = None


class AddressDocument(Address):
    """An address, and what it refers to when that is asked for."""

    model_config = ConfigDict(json_schema_extra={"example": examples.ADDRESS})

    embedded: Embedded | None = None


class AddressCollection(Collection):
    """A page of addresses."""

    model_config = ConfigDict(json_schema_extra={"example": examples.ADDRESSES})

    items: list[Address]
    embedded: Embedded | None = None


class AddressFeature(Model):
    """An address as a GeoJSON feature."""

    type: Literal["Feature"]
    id: str
    geometry: "FeaturePoint | None"
    properties: Address
    dataset: Literal["sample"] | None = None


class FeaturePoint(Model):
    """Longitude, latitude."""

    # In OpenAPI 3.0 null must be allowed where the type is: a reference cannot add it.
    model_config = ConfigDict(json_schema_extra={"nullable": True})

    type: Literal["Point"]
    coordinates: Annotated[list[float], Field(min_length=2, max_length=2)]


class AddressFeatureCollection(Collection):
    """A page of addresses as GeoJSON, in WGS 84."""

    type: Literal["FeatureCollection"]
    features: list[AddressFeature]


class StreetNameDocument(StreetName):
    """A street name, and its municipality when that is asked for."""

    model_config = ConfigDict(json_schema_extra={"example": examples.STREET_NAME})

    embedded: Embedded | None = None


class StreetNameCollection(Collection):
    """A page of street names."""

    items: list[StreetName]
    embedded: Embedded | None = None


class MunicipalityDocument(Municipality):
    """A municipality."""

    model_config = ConfigDict(json_schema_extra={"example": examples.MUNICIPALITY})


class MunicipalityCollection(Collection):
    """A page of municipalities."""

    items: list[Municipality]


class PartOfMunicipalityDocument(PartOfMunicipality):
    """A part of a municipality."""


class PartOfMunicipalityCollection(Collection):
    """A page of parts of municipalities."""

    items: list[PartOfMunicipality]


class PostalInfoDocument(PostalInfo):
    """A postal info."""

    model_config = ConfigDict(json_schema_extra={"example": examples.POSTAL_INFO})


class PostalInfoCollection(Collection):
    """A page of postal infos."""

    items: list[PostalInfo]
