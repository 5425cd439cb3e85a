"""The shapes of what the service says of itself, and of problems."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field

from api.operations.health import HealthState
from api.v1 import examples
from api.v1.parameters import RegionCode
from api.v1.schema_parts import LastKnown, Model, Predecessor, Successor


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
    search: Annotated[
        dict[str, AnyUrl],
        Field(description="links to what finds addresses; match and matchBatches are POST"),
    ]
    quality: Annotated[dict[str, AnyUrl], Field(description="links to rules, findings and scores")]
    reports: Annotated[AnyUrl, Field(description="POST: where to say what is wrong")]
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
