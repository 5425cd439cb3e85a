"""The shapes of an object's history: its versions, and what took the place of what."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AnyUrl, Field

from api.v1.parameters import RegionCode, ResourceName
from api.v1.schema_parts import (
    ChangedMember,
    Model,
    Predecessor,
    RecordedVersion,
    Successor,
    Validity,
)
from api.v1.schemas import Collection


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
        list[ChangedMember],
        Field(
            description="against the version before; empty for the first, and for what came back"
            " after a removal"
        ),
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
