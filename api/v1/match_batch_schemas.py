"""The shapes of matching by the file: parameters, and the task that is followed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field
from pydantic.config import JsonDict

from api.v1.parameters import Parameters
from api.v1.schema_parts import Model

_EXAMPLE: JsonDict = {
    "self": "https://addresses.example.be/v1/matchBatches/0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "status": {"state": "processing", "pollAfter": "2026-11-22T12:00:02Z"},
    "rows": 100000,
    "rowsDone": 42000,
    "created": "2026-11-22T12:00:00Z",
    "expires": "2026-11-23T12:00:00Z",
}

BATCH_ID = r"^[0-9a-f]{32}$"


class MatchBatchParameters(Parameters):
    """What is known of the file; what is not told is recognised."""

    separator: Annotated[
        Literal[",", ";", "|", "tab"] | None,
        Field(description="what stands between the columns of CSV", examples=[";"]),
    ] = None
    encoding: Annotated[
        Literal["utf-8", "utf-16", "iso-8859-1", "iso-8859-15", "windows-1252", "cp850"] | None,
        Field(
            description="of CSV; a `charset` in Content-Type is not looked at",
            examples=["windows-1252"],
        ),
    ] = None
    columns: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=2000,
            description="which columns are what: FIELD=COLUMN with commas between. Fields: text,"
            " street, number, box, postCode, municipality, country; columns by name, or by number"
            " from 1",
            examples=["street=Straat,number=Nr,postCode=5"],
        ),
    ] = None
    header: Annotated[
        bool | None, Field(description="false: the first row is an address too", examples=[True])
    ] = None
    minimum: Annotated[
        float,
        Field(ge=0, le=1, allow_inf_nan=False, description="lowest score that counts"),
    ] = 0.0


class TaskStatus(Model):
    """How a task stands."""

    state: Literal["processing", "done", "failed"]
    poll_after: Annotated[datetime | None, Field(description="when to ask again; not before")] = (
        None
    )
    completed: Annotated[datetime | None, Field(description="when it was done or failed")] = None
    problem: Annotated[str | None, Field(description="why it failed")] = None


class MatchBatch(Model):
    """A file that is being matched, or was."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    self: AnyUrl
    status: TaskStatus
    rows: Annotated[
        int, Field(ge=0, description="of the file, about; 0 where that is not known beforehand")
    ]
    rows_done: Annotated[int, Field(ge=0, description="that are matched")]
    created: datetime
    expires: Annotated[datetime, Field(description="when its files are removed")]
