"""Another register's releases, as a mirror takes them over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from registry.domain.dataset import Dataset
from registry.domain.edition import ReleaseNote
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

Rows = tuple[Resource, bytes]
"""Versions of one kind as COPY text, in the columns of `mirror_copy_versions.sql`."""


class ReleaseRefused(InputRefused):
    """What came is not what was published; another attempt may bring it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a register is; number 0: nothing was published yet."""

    number: int
    seq: int
    dataset: Dataset
    root: bytes | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRelease:
    """A release as the mirrored register tells it; `data_date` None: it came from no file."""

    number: int
    region: Region
    dataset: Dataset
    first_seq: int
    last_seq: int
    published_at: datetime
    data_date: datetime | None
    counts: Mapping[str, Mapping[str, int]]
    root: bytes | None
    undoes: int | None

    @property
    def note(self) -> ReleaseNote:
        """The release as the rest of this package knows it."""
        return ReleaseNote(
            number=self.number,
            region=self.region,
            first_seq=self.first_seq,
            last_seq=self.last_seq,
        )


def guard_way(position: Position, url: str, same: UpstreamRelease | None) -> None:
    """Refuse to follow a register whose release of our newest number, `same`, is not ours.

    It was restored from a backup or emptied, and its later releases follow on something else.
    """
    anew = f"To begin anew: ./best reset, then ./best mirror {url}"
    if same is not None and same.dataset is not position.dataset:
        raise InputRefused(
            f"{url} holds {same.dataset} data now, this mirror {position.dataset} data. {anew}"
        )
    ours = (position.number, position.root, position.published_at)
    if same is None or (same.number, same.root, same.published_at) != ours:
        what = "is not there" if same is None or same.number != position.number else "is another"
        raise ReleaseRefused(
            f"{url} went another way since: release {position.number} {what}. {anew}"
        )
