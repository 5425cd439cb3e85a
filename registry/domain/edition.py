"""One region's edition, as it is published: what it declares and what it did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from registry.domain.change import Change
from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOrigin:
    """Where one file of an edition came from: container, its SHA-256, the way inside."""

    container: str
    sha256: str
    path: str
    extracted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatFamily:
    """A family of formats; what a higher rank told, a lower one neither alters nor ends."""

    name: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What the operator allows beyond the usual."""

    dry_run: bool = False
    allow_older: bool = False
    accept_totals: bool = False


@dataclass(slots=True)
class Counts:
    """What happened to the objects of one kind; the words of `Change`, and four more.

    `outranked`: a richer family has told of the object, or has listed all there is without it.
    """

    seen: int = 0
    unchanged: int = 0
    rejected: int = 0
    outranked: int = 0
    by_change: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))

    @property
    def changed(self) -> int:
        """How many objects get a new version or end."""
        return sum(self.by_change.values())

    def to_json(self) -> dict[str, int]:
        """Return the counts by word, in the order of the summary."""
        return {
            "seen": self.seen,
            **{str(change): count for change, count in self.by_change.items()},
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            **({"outranked": self.outranked} if self.outranked else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseNote:
    """A release as the summary tells it."""

    number: int
    region: Region
    first_seq: int
    last_seq: int


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one region's import did, or would do in a dry run; `release` None: nothing changed."""

    region: Region
    counts: dict[Resource, Counts] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    release: ReleaseNote | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFile:
    """A file whose rows are in their staging table.

    `deletions` are the identifiers that a file of mutations deletes; `seen` are its other rows.
    `lists_all`: what it does not have is gone. `knows` are the columns that its format can fill,
    None when it can fill all. `first_rejection` says where and why. `parts` are the numbers and
    rows of further files of the kind.
    """

    source_id: int
    origin: SourceOrigin
    seen: int
    rejected: int
    unreadable_identifiers: int
    deletions: int = 0
    first_rejection: str = ""
    lists_all: bool = True
    knows: frozenset[str] | None = None
    parts: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A region's staged files, of one format family; `complete`: no files of mutations."""

    region: Region
    dataset: Dataset
    family: FormatFamily
    complete: bool
    files: dict[Resource, StagedFile]
