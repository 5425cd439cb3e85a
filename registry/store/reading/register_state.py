"""What the register holds at this moment: its newest sequence number, releases and totals."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import sql

from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.host import ReadHost, is_standby
from registry.store.reading.pool import Connection, Row, open_connection
from registry.store.reading.statements import compose, read_statement

_SNAPSHOT = "set transaction isolation level repeatable read, read only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One publication of one region.

    `root` is the digest of all that was current then, `undoes` the first release it takes back,
    `extracted_at` the time of the oldest file in it.
    """

    number: int
    region: Region
    dataset: Dataset
    first_seq: int
    last_seq: int
    published_at: datetime
    datum_shift: str
    accuracy_metres: float
    root: bytes | None
    undoes: int | None
    extracted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The newest release of a region and the date of the data in it."""

    release: Release
    extracted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many objects of a kind were current at `seq`, under one code and status."""

    region: str
    code: str
    status: str
    count: int
    seq: int


TotalsByDimension = Mapping[tuple[str, str], tuple[Total, ...]]
"""By (kind, dimension): region, municipality or postalCode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The newest number, releases withdrawn, newest file, newest outline, and the datum shift.

    `history_from` is the oldest number that can be asked for: see registry.pruning. By the moment
    of its newest release a register that was restored is another, though its numbers are the same.
    """

    seq: int
    withdrawn: int
    newest_source: int
    history_from: int
    datum_shift: str
    published_at: datetime | None
    outlined_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterState:
    """Everything an answer says about the register itself, read in one snapshot."""

    seq: int = 0
    fingerprint: Fingerprint | None = None
    dataset: Dataset = Dataset.OPEN
    releases: tuple[Release, ...] = ()
    editions: Mapping[Region, Edition] = field(default_factory=dict)
    totals: TotalsByDimension = field(default_factory=dict)
    first_releases: Mapping[Region, Release] = field(default_factory=dict)

    @property
    def oldest_seq(self) -> int:
        """The oldest number that can still be asked for; 0 when nothing was let go of."""
        return self.fingerprint.history_from if self.fingerprint else 0

    def find_history_from(self, region: Region) -> datetime | None:
        """Return how old the oldest file of a region is; None when there is none."""
        first = self.first_releases.get(region)
        return None if first is None else first.extracted_at or first.published_at

    def find_release_at(self, moment: datetime) -> Release | None:
        """Return the newest release of those published by a moment."""
        return next((r for r in reversed(self.releases) if r.published_at <= moment), None)

    def find_release_by_number(self, number: int) -> Release | None:
        """Return a release by its number; one that was withdrawn is none."""
        return next((r for r in reversed(self.releases) if r.number == number), None)

    def find_release(self, seq: int) -> Release | None:
        """Return the release that a sequence number belongs to."""
        place = bisect_left(self.releases, seq, key=lambda release: release.last_seq)
        found = self.releases[place] if place < len(self.releases) else None
        return found if found is not None and found.first_seq <= seq else None

    def find_accuracy(self, datum_shift: str) -> float | None:
        """Return the accuracy in metres of a named pipeline, as the releases recorded it."""
        known = (r.accuracy_metres for r in self.releases if r.datum_shift == datum_shift)
        return next(known, None)

    def find_total(
        self,
        resource: Resource,
        dimension: str,
        *,
        regions: frozenset[str],
        code: str | None,
        statuses: frozenset[str],
        seq: int,
    ) -> int | None:
        """Count what was current at `seq`; None when no total says so for that number."""
        counted = [
            row for row in self.totals.get((resource, dimension), ()) if row.region in regions
        ]
        if not counted or any(row.seq > seq for row in counted):
            return None
        wanted = [
            row
            for row in counted
            if (code is None or row.code == code) and (not statuses or row.status in statuses)
        ]
        return sum(row.count for row in wanted)


async def fetch_fingerprint(connection: Connection) -> Fingerprint:
    """Return what changes whenever the state does; one cheap statement."""
    row = await (await connection.execute(compose(read_statement("fingerprint")))).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return Fingerprint(**row)


async def connect_where_known(host: ReadHost, seq: int) -> Connection:
    """Connect to where to read from: not to a standby that has not replayed `seq` yet.

    Behind `seq` only the primary is believed: then what came up to it is lost.
    """
    connection = await open_connection(host.make_choosing_conninfo())
    if is_standby(connection) and (await fetch_fingerprint(connection)).seq < seq:
        await connection.close()
        connection = await open_connection(host.make_primary_conninfo())
    return connection


async def fetch_register_state(connection: Connection) -> RegisterState:
    """Read the whole state in one snapshot."""
    async with connection.transaction():
        await connection.execute(_SNAPSHOT)
        fingerprint = await fetch_fingerprint(connection)
        releases = await _fetch_rows(connection, "register_state")
        dates = await _fetch_rows(connection, "extraction_dates")
        totals = await _fetch_rows(connection, "totals")
    made = tuple(map(_to_release, releases))
    return RegisterState(
        seq=fingerprint.seq,
        fingerprint=fingerprint,
        dataset=made[-1].dataset if made else Dataset.OPEN,
        releases=made,
        editions=_make_editions(made, dates),
        totals=_group_totals(totals),
        first_releases={release.region: release for release in reversed(made)},
    )


async def _fetch_rows(connection: Connection, name: str) -> list[Row]:
    return await (await connection.execute(compose(read_statement(name)))).fetchall()


def _to_release(row: Row) -> Release:
    return Release(**row | {"region": Region(row["region"]), "dataset": Dataset(row["dataset"])})


def _make_editions(releases: tuple[Release, ...], dates: list[Row]) -> dict[Region, Edition]:
    extracted = {(row["region"], row["dataset"]): row["extracted_at"] for row in dates}
    newest = {release.region: release for release in releases}
    return {
        region: Edition(release=release, extracted_at=extracted.get((region, release.dataset)))
        for region, release in sorted(newest.items())
    }


def _group_totals(rows: list[Row]) -> TotalsByDimension:
    groups: defaultdict[tuple[str, str], list[Total]] = defaultdict(list)
    for row in rows:
        kept = ("region", "code", "status", "count", "seq")
        groups[row["resource"], row["dimension"]].append(Total(**{k: row[k] for k in kept}))
    return {key: tuple(totals) for key, totals in groups.items()}


LISTEN = sql.SQL("listen best_release")
"""The channel on which a publisher says that a release is out."""
