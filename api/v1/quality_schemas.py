"""The shapes of quality: rules, findings, scores."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field

from api.v1 import examples
from api.v1.parameters import LARGEST_PAGE, MunicipalityCode, RegionCode, ResourceName
from api.v1.quality_parameters import Mark, Severity
from api.v1.schema_parts import LocalizedString, Model
from api.v1.schemas import Collection, FeaturePoint


class QualityRule(Model):
    """What data is judged by."""

    self: AnyUrl | None = None
    id: str
    href: AnyUrl
    severity: Severity
    resource: Annotated[ResourceName, Field(description="the kind of object it mostly is about")]
    title: LocalizedString
    explanation: LocalizedString
    mending: Annotated[LocalizedString, Field(description="what its owner can do about it")]
    accepted: Annotated[str, Field(description="example of what the rule lets pass")]
    rejected: Annotated[str, Field(description="example of what the rule finds")]
    open_findings: Annotated[
        int, Field(ge=0, description="how many there are, counted within the last minute")
    ]
    findings: Annotated[AnyUrl, Field(description="the open ones")]
    dataset: Literal["sample"] | None = None


class QualityRuleCollection(Model):
    """Every rule."""

    self: AnyUrl
    items: list[QualityRule]
    dataset: Literal["sample"] | None = None


class FindingObject(Model):
    """What a finding is about; it may be gone since."""

    id: str
    href: AnyUrl


class FindingMark(Model):
    """What the owner of the data says of a finding."""

    value: Annotated[Mark, Field(description="confirmed, or exception: the data is right")]
    reason: str
    marked_at: datetime


class FindingSource(Model):
    """The file in which the object was met."""

    container: Annotated[str, Field(description="name of the file that was given")]
    sha256: Annotated[str, Field(description="of that file")]
    path: Annotated[str, Field(description="inside it")]
    offset: Annotated[int, Field(description="byte or row where the object stands")]


class Finding(Model):
    """Something wrong or odd in the data: told, not changed."""

    model_config = ConfigDict(json_schema_extra={"example": examples.FINDING})

    self: AnyUrl | None = None
    id: Annotated[int, Field(description="its number, kept as long as it persists")]
    href: AnyUrl
    rule_id: str
    severity: Severity | None = None
    region: RegionCode
    resource: ResourceName
    object: Annotated[
        FindingObject | None, Field(description="absent when its id could not be read")
    ] = None
    municipality_code: Annotated[
        MunicipalityCode | None, Field(description="NIS code that the object had when it was found")
    ] = None
    detail: Annotated[str, Field(description="what was met")]
    found_at: Annotated[datetime | None, Field(description="when that release was published")] = (
        None
    )
    found_in_release: Annotated[
        int | None, Field(description="the newest release of its region when it was found")
    ] = None
    repaired_at: Annotated[
        datetime | None, Field(description="when that release was published")
    ] = None
    repaired_in_release: Annotated[
        int | None, Field(description="the newest release of its region when it was there no more")
    ] = None
    mark: FindingMark | None = None
    source: FindingSource | None = None
    dataset: Literal["sample"] | None = None


class FindingCollection(Model):
    """A page of findings, by their numbers."""

    self: AnyUrl
    next: Annotated[AnyUrl | None, Field(description="absent on the last page")] = None
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
    items: list[Finding]
    dataset: Literal["sample"] | None = None


class FindingFeature(Model):
    """A finding as a GeoJSON feature, where its address is."""

    type: Literal["Feature"]
    id: int
    geometry: FeaturePoint | None
    properties: Finding
    dataset: Literal["sample"] | None = None


class FindingFeatureCollection(Model):
    """A page of findings as GeoJSON, in WGS 84."""

    type: Literal["FeatureCollection"]
    self: AnyUrl
    next: Annotated[AnyUrl | None, Field(description="absent on the last page")] = None
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
    features: list[FindingFeature]
    dataset: Literal["sample"] | None = None


class ScoreInTime(Model):
    """What a score was from a release on."""

    release: int | None = None
    as_of: datetime | None = None
    score: float


class QualityScore(Model):
    """How good the data of a municipality or a region is."""

    region: RegionCode
    municipality_code: Annotated[
        MunicipalityCode | None, Field(description="NIS code; absent: the whole region")
    ] = None
    name: LocalizedString | None = None
    score: Annotated[
        float, Field(ge=0, le=100, description="percentage of the objects that are not affected")
    ]
    objects: Annotated[int, Field(description="current addresses and street names")]
    affected: Annotated[
        int,
        Field(description="of them, those with an open error or warning that is no exception"),
    ]
    errors: Annotated[int, Field(description="open findings that are errors")]
    warnings: Annotated[int, Field(description="open findings that are warnings")]
    remarks: Annotated[int, Field(description="open findings that are remarks")]
    exceptions: Annotated[int, Field(description="open findings that are marked as exceptions")]
    as_of_release: Annotated[int | None, Field(description="since which it is so")] = None
    as_of: Annotated[datetime | None, Field(description="when that release was published")] = None
    trend: Annotated[
        list[ScoreInTime], Field(max_length=20, description="the last 20 times, the newest last")
    ]
    dataset: Literal["sample"] | None = None


class QualityScoreCollection(Collection):
    """A page of scores: regions first, then municipalities by NIS code."""

    items: list[QualityScore]
