"""The shapes of the door's documents: what is sent is checked by them, answers described."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt
from pydantic.alias_generators import to_camel

from registry.deliveries.reports import ReportState
from registry.deliveries.states import AuthorisationState, State

RegionCode = Literal["BE-BRU", "BE-VLG", "BE-WAL"]
KindName = Literal[
    "municipalities", "partsOfMunicipalities", "postalInfos", "streetNames", "addresses"
]
LARGEST_RELEASE = 2**31 - 1
_SHA256 = r"^[0-9a-f]{64}$"
# No directory, nothing invisible, nothing that hides: the file is kept under a name of our own.
_FILE_NAME = r"^[^\x00-\x1f\x7f-\x9f/\\]*[^\x00-\x1f\x7f-\x9f/\\. ][^\x00-\x1f\x7f-\x9f/\\]*$"
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
FORMS = {
    _SHA256: "64 hexadecimal digits, in small letters",
    _FILE_NAME: "a name without a directory and without characters that nobody sees",
    _TEXT: "text without control characters",
}
"""What a pattern means, for who did not meet it."""

Count = Annotated[StrictInt, Field(ge=0, le=2**53)]


class Model(BaseModel):
    """A JSON object; members that have no value are left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Body(Model):
    """A JSON object that is sent here: a member that we do not know is refused."""

    model_config = ConfigDict(extra="forbid")


class DeclaredCounts(Body):
    """How many objects of each kind a file is said to have."""

    municipalities: Count | None = None
    parts_of_municipalities: Count | None = None
    postal_infos: Count | None = None
    street_names: Count | None = None
    addresses: Count | None = None


class DeliveryAnnounced(Body):
    """A file that will be sent."""

    region: Annotated[
        RegionCode, Field(json_schema_extra={"x-ignore-rules": {"cod-design": "ISO"}})
    ]
    complete: Annotated[StrictBool, Field(description="the whole region; false: mutations")]
    extracted_at: Annotated[AwareDatetime, Field(description="when the source wrote it")]
    file_name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            pattern=_FILE_NAME,
            description="without directory; its ending tells the kind",
            examples=["BrusselsFull.zip"],
        ),
    ]
    size: Annotated[StrictInt | None, Field(ge=1, le=2**53, description="bytes")] = None
    sha256: Annotated[
        str | None, Field(pattern=_SHA256, description="of the file, hexadecimal")
    ] = None
    counts: Annotated[DeclaredCounts | None, Field(description="objects in the file")] = None


class DeliveryFile(Model):
    """The file of a delivery."""

    href: str
    name: str
    size: Annotated[int | None, Field(description="bytes, once they are told")] = None
    received: Annotated[int, Field(description="bytes that are here: a part begins there")]
    sha256: Annotated[
        str | None, Field(description="as declared; once the file is whole, as it is")
    ] = None


class DeliveryEvent(Model):
    """Something that happened to a delivery."""

    state: Annotated[State, Field(description="after it")]
    at: datetime
    actor: Annotated[str, Field(description="client of the agency, or `worker`")]
    detail: Annotated[str | None, Field(description="why")] = None


class DeliverySummary(Model):
    """A delivery, without its history."""

    href: str
    id: str
    region: RegionCode
    complete: bool
    extracted_at: datetime
    file: DeliveryFile
    counts: Annotated[dict[str, int] | None, Field(description="as declared")] = None
    state: State
    state_at: datetime
    created_at: datetime
    created_by: str
    publisher: Annotated[str | None, Field(description="who asked for its publication")] = None
    second_publisher: Annotated[str | None, Field(description="who looked and agreed")] = None
    failed_doing: Annotated[State | None, Field(description="it goes on from there")] = None
    attempts: Annotated[int, Field(description="failures in a row")]
    checks: Annotated[int, Field(description="how often it was checked")]
    release_number: Annotated[
        int | None, Field(description="the release it became; absent: nothing changed")
    ] = None
    undoing: Annotated[bool, Field(description="its roll-back was asked for")]
    undone_by: Annotated[int | None, Field(description="the release that took it back")] = None


class DeliveryDocument(DeliverySummary):
    """A delivery."""

    history: list[DeliveryEvent]
    task: str
    report: Annotated[str | None, Field(description="the newest check report")] = None
    preview: Annotated[str | None, Field(description="what publication would change")] = None


class DeliveryCollection(Model):
    """Deliveries of the agency, in the order in which they were announced."""

    self: str
    items: list[DeliverySummary]
    next: Annotated[str | None, Field(description="absent: this is the last page")] = None


class TaskStatus(Model):
    """How a task stands."""

    state: Literal["processing", "done", "failed"]
    poll_after: Annotated[datetime | None, Field(description="when to ask again")] = None
    completed: datetime | None = None
    problem: dict[str, Any] | None = None


class Task(Model):
    """What is being done with a delivery."""

    self: str
    status: TaskStatus


class SignedPage(Model):
    """A page that a browser can open without a token."""

    href: str
    expires_at: datetime


class AuthorisationDocument(Model):
    """What the agency may deliver of a region."""

    region: RegionCode
    kinds: list[KindName]
    valid_from: datetime
    valid_to: datetime
    publishing_alone: Annotated[list[str], Field(description="clients that need no second one")]
    state: AuthorisationState
    renewal: Annotated[str | None, Field(description="what to do before it ends")] = None


class AuthorisationCollection(Model):
    """The agency and what it may."""

    self: str
    agency: str
    client_id: str
    items: list[AuthorisationDocument]


class ReportedPosition(Model):
    """Where it is, in metres."""

    x: float
    y: float
    crs: Annotated[int, Field(description="EPSG code: 3812, Lambert 2008")]


class ReportDocument(Model):
    """What somebody says is wrong with an address, as its owner sees it."""

    id: str
    region: RegionCode
    municipality_code: Annotated[int | None, Field(description="NIS code")] = None
    address_id: Annotated[
        str | None, Field(description="as the open API has it; absent where it is a place")
    ] = None
    position: ReportedPosition | None = None
    kind: Annotated[str, Field(description="what is said to be wrong")]
    text: Annotated[str | None, Field(description="until the report is closed")] = None
    state: ReportState
    reason: str | None = None
    release_number: int | None = None
    created_at: datetime
    state_at: datetime
    answered_by: str | None = None


class ReportCollection(Model):
    """Reports of the public on the agency's regions, oldest first."""

    self: str
    items: list[ReportDocument]
    next: Annotated[str | None, Field(description="absent: this is the last page")] = None


class ReportAnswer(Body):
    """What the owner says to a report: everybody can read it, for good, so it names nobody.

    A closed report can be answered anew: what is said then takes the place of what was said.
    """

    state: Literal["accepted", "corrected", "declined"]
    release: Annotated[
        StrictInt | None,
        Field(ge=1, le=LARGEST_RELEASE, description="`corrected`: the release that has it"),
    ] = None
    reason: Annotated[
        str | None,
        Field(min_length=1, max_length=500, pattern=_TEXT, description="public"),
    ] = None


class Health(Model):
    """Whether the door can answer."""

    status: Literal["UP", "DOWN"]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    href: str | None = None
    title: str
    status: int
    detail: str
    instance: str
    issues: list[dict[str, Any]] | None = None
