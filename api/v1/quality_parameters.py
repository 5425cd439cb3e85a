"""The parameters of quality: which findings, which scores."""

from typing import Annotated, Literal

from pydantic import Field

from api.v1.parameters import (
    DEFAULT_PAGE_SIZE,
    DIGITS,
    LARGEST_PAGE,
    LARGEST_SEQ,
    MunicipalityCode,
    OwningRegion,
    PagingParameters,
    Parameters,
    PlainText,
    ResourceName,
)

Severity = Literal["error", "warning", "remark"]
Mark = Literal["confirmed", "exception"]

_MunicipalityCode = Annotated[
    MunicipalityCode | None, Field(description="NIS code", examples=[21004])
]


class FindingListParameters(Parameters):
    """Which findings."""

    rule_id: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9]{1,60}$",
            description="id of a rule: /v1/quality/rules lists them",
            examples=["duplicateAddress"],
        ),
    ] = None
    severity: Annotated[Severity | None, Field(description="of the rule")] = None
    region: OwningRegion = None
    municipality_code: Annotated[
        MunicipalityCode | None,
        Field(description="NIS code that the object had when it was found", examples=[21004]),
    ] = None
    resource: Annotated[
        ResourceName | None, Field(description="kind of object", examples=["addresses"])
    ] = None
    object_id: Annotated[
        PlainText | None,
        Field(description="id of an object, a NIS code or a postal code", examples=["bru-210225"]),
    ] = None
    mark: Annotated[
        Mark | None,
        Field(description="what the data's owner says of it; `exception`: the data is right"),
    ] = None
    status: Annotated[
        Literal["open", "closed", "all"], Field(description="closed are those that were repaired")
    ] = "open"
    after: Annotated[
        int,
        Field(ge=0, le=LARGEST_SEQ, description="those with higher numbers; `next` has it"),
        DIGITS,
    ] = 0
    page_size: Annotated[
        int, Field(ge=1, le=LARGEST_PAGE, description="how many findings at most"), DIGITS
    ] = DEFAULT_PAGE_SIZE


class ScoreListParameters(PagingParameters):
    """Which scores."""

    region: OwningRegion = None
    municipality_code: _MunicipalityCode = None
