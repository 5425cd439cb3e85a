"""The shapes that v1's documents are made of."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.v1.parameters import MunicipalityCode, PostCode


class Model(BaseModel):
    """A JSON object; members that have no value are left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class LocalizedString(Model):
    """One text in the languages in which it is published."""

    nl: str | None = None
    fr: str | None = None
    de: str | None = None
    en: str | None = None


class BestIdentifier(Model):
    """A BeSt identifier in its parts, as the region publishes them."""

    namespace: str
    object_identifier: str
    version_identifier: str | None = None


class Validity(Model):
    """When it was true in the world; from inclusive, to exclusive, absent = open or unknown."""

    valid_from: datetime | None = None
    valid_to: datetime | None = None
    assumed: Annotated[
        bool | None, Field(description="no source says validFrom: it was taken from other dates")
    ] = None


class LifeSpan(Model):
    """When this version was in the source, as the source says."""

    begin: datetime | None = None
    end: datetime | None = None


class Recorded(Model):
    """When this register took it in: a number in the order of publication."""

    seq: int
    release: int | None = None
    at: datetime | None = None


class RecordedVersion(Recorded):
    """When this register had a version."""

    until: Annotated[datetime | None, Field(description="absent: it has it still")] = None


class ChangedMember(Model):
    """A member of the canonical record that changed; one that came or went lacks a side."""

    member: str
    old: str | bool | None = None
    new: str | bool | None = None


class Succession(Model):
    """What took the place of an object, or whose place it took, and how that is known."""

    id: str
    href: AnyUrl
    basis: Annotated[
        Literal["declared", "inferred"],
        Field(description="whether a source says so, or this register concludes it"),
    ]
    rule: Annotated[
        str,
        Field(
            description="mergedMunicipality, recodedMunicipality, namespaceReplaced; rePointed,"
            " sameNameInSuccessor, sameNumberInSuccessor, samePosition; others may come"
        ),
    ]
    evidence: Annotated[
        dict[str, int | str], Field(description="what that rests on: figures, ids, the act")
    ]
    happened_at: Annotated[
        datetime | None, Field(description="in the world; absent: no source says")
    ] = None


class Successor(Succession):
    """An object that took the place, with what took its own."""

    successors: list["Successor"] | None = None


class Predecessor(Succession):
    """An object whose place was taken, with whose place that had taken."""

    predecessors: list["Predecessor"] | None = None


class LastKnown(Model):
    """The last version of an object that is gone: `.../versions` has it whole."""

    recorded: RecordedVersion
    removed_at: Annotated[
        datetime | None, Field(description="when the file that lacks it was extracted")
    ] = None


class Reference(Model):
    """A link to an object; one that is not in the register has an id only."""

    id: str
    href: AnyUrl | None = None
    name: LocalizedString | None = None


class StreetNameReference(Reference):
    """A link to a street name."""

    homonym_addition: str | None = None


class MunicipalityReference(Reference):
    """A link to a municipality."""

    municipality_code: MunicipalityCode | None = None


class PostalInfoReference(Reference):
    """A link to a postal info."""

    post_code: PostCode | None = None


class Point(Model):
    """Metres in a projected system."""

    x: float
    y: float


class GeographicPoint(Model):
    """Degrees."""

    lat: float
    lon: float


class PublishedPoint(Model):
    """A position exactly as its owner published it."""

    x: Annotated[str, Field(examples=["149743.26"])]
    y: Annotated[str, Field(examples=["170552.79"])]
    crs: Annotated[str, Field(examples=["EPSG:31370"])]


class Position(Model):
    """Where the address is; absent when its owner publishes none."""

    lambert2008: Annotated[Point, Field(description="EPSG:3812")]
    lambert72: Annotated[Point, Field(description="EPSG:31370")]
    wgs84: Annotated[GeographicPoint, Field(description="EPSG:4326, taken as ETRS89")]
    etrs89: Annotated[GeographicPoint | None, Field(description="EPSG:4258, with crs=4258")] = None
    web_mercator: Annotated[Point | None, Field(description="EPSG:3857, with crs=3857")] = None
    geometry_method: str | None = None
    specification: str | None = None
    published: PublishedPoint | None = None
    datum_shift: Annotated[
        str | None, Field(description="how Lambert 72 became Lambert 2008, by name")
    ] = None
    accuracy_metres: Annotated[float | None, Field(description="of that datum shift")] = None


class WrittenAddress(Model):
    """An address as one writes it on an envelope, in one language."""

    lines: list[str]
    line: str


class FormattedAddress(Model):
    """The written address in each language of its place; no line mixes languages.

    The postal code is followed by the municipality, and boxes are written "bus", "bte" and "box"
    (Royal Decree of 24 April 2014 on the postal service, article 34).
    """

    nl: WrittenAddress | None = None
    fr: WrittenAddress | None = None
    de: WrittenAddress | None = None
