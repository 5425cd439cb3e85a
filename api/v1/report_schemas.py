"""The shapes of reports: what the public says is wrong, and what its owner answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field

from api.v1 import examples
from api.v1.parameters import MunicipalityCode, PointParameters, RegionCode
from api.v1.schema_parts import Model, Position

LONGEST_TEXT = 500
REPORT_ID = r"^[a-z2-7]{26}$"

ReportKind = Literal["missing", "wrongName", "wrongNumber", "wrongPosition", "duplicate", "other"]
ReportState = Literal["open", "accepted", "corrected", "declined"]

_KIND = (
    "`missing`: an address that is there is not in the register; `wrongName`, `wrongNumber`,"
    " `wrongPosition`: the street name, the number or box, the place is wrong; `duplicate`: the"
    " address is in the register twice"
)


class ReportedPoint(PointParameters):
    """A place in Belgium: lat and lon in WGS 84, or x, y and crs."""


class NewReport(Model):
    """Something that is wrong, at an address or at a place: one of the two.

    Nobody is asked who they are, and nothing of who reports is kept.
    """

    model_config = ConfigDict(
        extra="forbid", populate_by_name=False, json_schema_extra={"example": examples.NEW_REPORT}
    )

    kind: Annotated[ReportKind, Field(description=_KIND)]
    address_id: Annotated[
        str | None,
        Field(max_length=110, description="id of the address, current or retired"),
    ] = None
    position: Annotated[
        ReportedPoint | None, Field(description="where it is, when it is at no address")
    ] = None
    text: Annotated[
        str | None,
        Field(
            max_length=LONGEST_TEXT,
            description="what is wrong, in one line; `other` needs it. The owner of the data alone"
            " reads it, and it is deleted when the report is closed. Write nothing about people: no"
            " names, telephone numbers, e-mail addresses or national numbers",
        ),
    ] = None


class ReportLink(Model):
    """Where a report is, that was taken."""

    id: str
    href: AnyUrl


class ReportedAddress(Model):
    """The address that a report is about; it may be gone since."""

    id: str
    href: AnyUrl


class Report(Model):
    """A report and what the owner of the data answered; without what was written."""

    model_config = ConfigDict(json_schema_extra={"example": examples.REPORT})

    self: AnyUrl
    id: str
    href: AnyUrl
    kind: Annotated[ReportKind, Field(description="as it was reported")]
    state: Annotated[
        ReportState,
        Field(
            description="open: nobody has answered; accepted: it will be looked at; corrected: in"
            " `correctedInRelease`; declined: for a `reason`"
        ),
    ]
    region: Annotated[RegionCode, Field(description="whose owner it was given to")]
    municipality_code: Annotated[MunicipalityCode | None, Field(description="NIS code")] = None
    address: ReportedAddress | None = None
    position: Annotated[
        Position | None, Field(description="where it is, when it is at no address")
    ] = None
    reason: Annotated[str | None, Field(description="the owner's own words")] = None
    corrected_in_release: Annotated[
        int | None, Field(description="/v1/releases/{number} is that release")
    ] = None
    created_at: Annotated[datetime, Field(description="when it was made")]
    answered_at: Annotated[
        datetime | None, Field(description="when it came into its state; absent while open")
    ] = None
    dataset: Literal["sample"] | None = None
