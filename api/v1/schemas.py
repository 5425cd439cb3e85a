"""The shapes of v1's answers, for the contract and the tests; bodies are made from plain dicts."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field

from api.operations.health import HealthState
from api.v1 import examples
from api.v1.parameters import (
    LARGEST_PAGE,
    MunicipalityCode,
    PostCode,
    RegionCode,
    ResourceName,
)
from api.v1.schema_parts import (
    BestIdentifier,
    ChangedMember,
    FormattedAddress,
    LastKnown,
    LifeSpan,
    LocalizedString,
    Model,
    MunicipalityReference,
    Position,
    PostalInfoReference,
    Predecessor,
    Recorded,
    RecordedVersion,
    Reference,
    StreetNameReference,
    Successor,
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


class Version(Model):
    """A version of an object as it was recorded."""

    validity: Validity
    recorded: RecordedVersion
    change: Annotated[
        str, Field(description="added, altered, reversioned, retired or restored: what made it")
    ]
    nature: Annotated[
        Literal["change", "correction", "undated"],
        Field(description="of the world; of what was said of it; no source says which"),
    ]
    changed: Annotated[
        list[ChangedMember], Field(description="against the version before; empty for the first")
    ]
    removed_at: Annotated[
        datetime | None,
        Field(description="it ended by a removal: when the file that lacks it was extracted"),
    ] = None
    record: Annotated[
        dict[str, str | bool], Field(description="canonical record: all of it, as published")
    ]


class VersionCollection(Model):
    """Every version of one object that was recorded, the oldest first."""

    self: AnyUrl
    id: str
    items: list[Version]
    successors: list[Successor] | None = None
    predecessors: list[Predecessor] | None = None
    history_from: Annotated[
        datetime | None, Field(description="when the first file of its region was extracted")
    ] = None
    oldest: Annotated[
        int | None, Field(description="what ended before this number was let go of")
    ] = None
    dataset: Literal["sample"] | None = None


class ObjectLink(Model):
    """An object and where it is."""

    id: str
    href: AnyUrl


class RecordedSuccession(Model):
    """A succession as it was recorded."""

    seq: Annotated[int, Field(description="recorded from this number")]
    ended_seq: Annotated[
        int | None, Field(description="until this one: the object came back, or a roll-back")
    ] = None
    region: RegionCode
    resource: ResourceName
    id: str
    successor: ObjectLink
    basis: Literal["declared", "inferred"]
    rule: str
    evidence: dict[str, int | str]
    happened_at: datetime | None = None
    dataset: Literal["sample"] | None = None


class SuccessionCollection(Collection):
    """A page of recorded successions."""

    items: list[RecordedSuccession]


class RegionEdition(Model):
    """How recent a region's data is."""

    region: RegionCode
    release: int
    published_at: datetime
    data_date: Annotated[
        datetime | None, Field(description="when the region extracted the data")
    ] = None
    history_from: Annotated[
        datetime | None, Field(description="when its first data here was extracted")
    ] = None
    accuracy_metres: float
    datum_shift: str
    licence: AnyUrl
    attribution: str


class Landing(Model):
    """What there is, and how recent."""

    self: AnyUrl
    title: str
    seq: Annotated[int, Field(description="of the newest release")]
    documentation: AnyUrl
    contract: AnyUrl
    collections: dict[str, AnyUrl]
    changes: Annotated[AnyUrl, Field(description="every change, in the order of numbers")]
    releases: Annotated[AnyUrl, Field(description="every publication")]
    successions: Annotated[AnyUrl, Field(description="what took the place of what")]
    snapshot: Annotated[AnyUrl, Field(description="where a copy begins")]
    regions: list[RegionEdition]
    dataset: Literal["sample"] | None = None


class InputValidationIssue(Model):
    """One thing that is wrong with the input."""

    type: str
    title: str | None = None
    detail: str | None = None
    location: Annotated[Literal["body", "header", "path", "query"] | None, Field(alias="in")] = None
    name: str | None = None
    value: str | None = None


class Problem(Model):
    """RFC 9457 problem details, as the belgif REST guide profiles them."""

    model_config = ConfigDict(json_schema_extra={"example": examples.PROBLEM})

    type: str
    href: AnyUrl
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: str
    issues: list[InputValidationIssue] | None = None
    reason: Annotated[
        str | None,
        Field(
            description="of 410: removed, retired, rolledBack, mergedMunicipality,"
            " recodedMunicipality, namespaceReplaced; others may come"
        ),
    ] = None
    gone_since: Annotated[
        datetime | None, Field(description="when the release that lacks it was published")
    ] = None
    last_known: LastKnown | None = None
    successors: list[Successor] | None = None
    predecessors: list[Predecessor] | None = None
    limit: int | None = None
    oldest: Annotated[int | None, Field(description="the first number that can be asked for")] = (
        None
    )
    snapshot: Annotated[AnyUrl | None, Field(description="where a copy begins")] = None
    history_from: Annotated[
        datetime | None, Field(description="when the register's history begins, if that is why")
    ] = None
    oldest_moment: Annotated[
        datetime | None, Field(description="the first moment that can be asked for")
    ] = None
    retry_after_sec: int | None = None


class Health(Model):
    """Whether the service can answer."""

    status: HealthState
    dataset: Literal["sample"] | None = None
