"""The shapes of what a copy is kept by: releases, changes, snapshots, and their digests."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field

from api.v1 import examples
from api.v1.parameters import LARGEST_PAGE, RegionCode, ResourceName
from api.v1.schema_parts import ChangedMember, Model, Validity

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
NisCode = Annotated[str, Field(pattern=r"^.{1,20}$")]


class Release(Model):
    """One publication of one region."""

    model_config = ConfigDict(json_schema_extra={"example": examples.RELEASE})

    self: AnyUrl
    href: AnyUrl
    number: int
    region: RegionCode
    first_seq: Annotated[int, Field(description="number of its first change")]
    last_seq: Annotated[int, Field(description="number of its last change")]
    published_at: datetime
    data_date: Annotated[
        datetime | None, Field(description="when the region extracted the data")
    ] = None
    counts: Annotated[
        dict[str, dict[str, int]],
        Field(description="per kind of object: seen, added, altered, ..."),
    ]
    datum_shift: str
    accuracy_metres: float
    root: Annotated[
        Digest | None,
        Field(description="SHA-256 over all that was current after it; absent: not proven"),
    ] = None
    undoes: Annotated[
        int | None, Field(description="a roll-back: the first release that it takes back")
    ] = None
    dataset: Literal["sample"] | None = None


class ReleaseCollection(Model):
    """A page of releases, the oldest first."""

    self: AnyUrl
    next: Annotated[AnyUrl | None, Field(description="absent on the last page")] = None
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
    items: list[Release]
    dataset: Literal["sample"] | None = None


class MunicipalityProof(Model):
    """The digest over the records of one municipality."""

    municipality_code: Annotated[
        NisCode | None, Field(description="NIS code; absent for what is in no municipality")
    ] = None
    records: Annotated[int, Field(ge=0, description="how many records that is")]
    digest: Digest


class RegionProof(Model):
    """The digest of a region over those of its municipalities."""

    region: RegionCode
    root: Digest
    municipalities: list[MunicipalityProof]


class ReleaseProof(Model):
    """What the root of a release is made of."""

    self: AnyUrl
    release: int
    seq: Annotated[int, Field(description="number of its last change")]
    root: Digest | None = None
    regions: list[RegionProof]
    dataset: Literal["sample"] | None = None


class Change(Model):
    """What happened to one object: the state after it, and what differs from before."""

    seq: Annotated[int, Field(description="its number; larger is later, none is left out")]
    release: int
    resource: ResourceName
    id: str
    region: RegionCode
    municipality_code: Annotated[
        NisCode | None, Field(description="NIS code of where it is, or last was")
    ] = None
    change: Annotated[
        str,
        Field(
            description="added, altered, reversioned, retired, removed or restored; between two"
            " releases only added, altered or removed"
        ),
    ]
    nature: Annotated[
        Literal["change", "correction", "undated"],
        Field(description="of the world; of what was said of it; no source says which"),
    ]
    validity: Annotated[Validity | None, Field(description="absent of a removal")] = None
    removed_at: Annotated[
        datetime | None, Field(description="when the file that lacks it was extracted")
    ] = None
    record: Annotated[
        dict[str, str | bool] | None,
        Field(description="canonical record: all of it, as published; absent of a removal"),
    ] = None
    changed: Annotated[
        list[ChangedMember], Field(description="empty when it came or went as a whole")
    ]
    dataset: Literal["sample"] | None = None


class ChangeEvent(Model):
    """A change as an event of CloudEvents 1.0."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(description="the number of the change")]
    source: AnyUrl
    type: Annotated[str, Field(description="be.best.addressRegistry.v1.{resource}.notify.{change}")]
    subject: Annotated[str, Field(description="id of the object")]
    time: Annotated[datetime, Field(description="when its release was published")]
    datacontenttype: Literal["application/json"]
    sequence: Annotated[str, Field(description="the number, of as many digits as sort as text")]
    data: Change
    dataset: Literal["sample"] | None = None


class ChangeCollection(Model):
    """A page of changes."""

    model_config = ConfigDict(json_schema_extra={"example": examples.CHANGES})

    self: AnyUrl
    next: Annotated[
        AnyUrl | None,
        Field(description="where to go on; absent only at the end of differences"),
    ] = None
    until: Annotated[int, Field(description="everything up to this number was looked through")]
    items: Annotated[
        list[ChangeEvent | Change],
        Field(description="events; between two releases, given by `from`, bare changes"),
    ]
    dataset: Literal["sample"] | None = None


class SnapshotPart(MunicipalityProof):
    """One municipality of a snapshot."""

    href: Annotated[AnyUrl, Field(description="its records, one a line")]


class SnapshotRegion(Model):
    """One region of a snapshot."""

    region: RegionCode
    root: Digest
    parts: list[SnapshotPart]


class Snapshot(Model):
    """What a snapshot consists of: all that was current after a release."""

    self: AnyUrl
    seq: Annotated[int, Field(description="from which number on changes come after it")]
    release: int
    root: Digest
    href: Annotated[AnyUrl, Field(description="this one, also when it is no longer the latest")]
    regions: list[SnapshotRegion]
    releases: Annotated[AnyUrl, Field(description="the release")]
    successions: AnyUrl
    dataset: Literal["sample"] | None = None
