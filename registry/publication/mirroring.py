"""Writing what another register published, with its numbers, moments and order.

The caller owns the connection, each function its transaction's part. What is written is proven
anew from the rows: a release whose digest is not the published one is refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from geo.pipelines import DatumShift
from registry.domain.dataset import Dataset
from registry.domain.edition import FormatFamily, SourceOrigin
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication import first_load
from registry.publication.proof import prove_release
from registry.publication.releases import count_totals
from registry.publication.successions import infer_successions
from registry.publication.upstream import Position, ReleaseRefused, Rows, UpstreamRelease
from registry.store.sources import insert_source
from registry.store.statements import compose, compose_first_load, read_statement

_FAMILY = FormatFamily(name="mirror", rank=0)
_MEANWHILE = "Something was published here meanwhile. Run this again."


def find_mirrored_url(connection: Connection) -> str | None:
    """Return where this register comes from; None when it is no mirror."""
    row = connection.execute(read_statement("mirror_find_url")).fetchone()
    return None if row is None else str(row[0])


def refuse_if_mirror(connection: Connection) -> None:
    """Refuse to publish into a mirror."""
    if (url := find_mirrored_url(connection)) is not None:
        raise InputRefused(f"This register is a mirror of {url}: what changes comes from there.")


def fetch_position(connection: Connection) -> Position:
    """Return the newest release that is in service."""
    row = connection.execute(read_statement("mirror_fetch_position")).fetchone()
    assert row is not None  # noqa: S101 - there is always the number 0
    number, seq, dataset, root, published_at = row
    return Position(
        number=number, seq=seq, dataset=Dataset(dataset), root=root, published_at=published_at
    )


def is_mirroring(connection: Connection, url: str) -> bool:
    """Whether this is a mirror of `url` already; InputRefused when it may not become one."""
    mirrored = find_mirrored_url(connection)
    if mirrored is not None and mirrored != url:
        raise InputRefused(f"This register is a mirror of {mirrored}, not of {url}.")
    position = fetch_position(connection)
    if mirrored is None and position.number and position.dataset is Dataset.OPEN:
        raise InputRefused(
            "This register holds data of its own; a mirror begins with an empty one."
            " `./best reset` empties it."
        )
    return mirrored is not None


def withdraw_sample(connection: Connection) -> None:
    """Empty a register that holds no more than the sample; needs the owner of the tables.

    InputRefused when it holds more by now: the lock keeps it as it is from here on.
    """
    connection.execute(read_statement("lock_publishing"))
    position = fetch_position(connection)
    if position.number and position.dataset is Dataset.OPEN:
        raise InputRefused(_MEANWHILE)
    connection.execute("select registry.withdraw_sample()")
    first_load.drop_sample(connection)
    connection.execute(read_statement("mirror_forget_sample"))
    connection.execute("notify best_release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirroring:
    """The register at `url` on its way into this one, within the caller's transaction."""

    connection: Connection
    url: str
    shift: DatumShift
    now: datetime

    def begin(self) -> None:
        """Take the publishing lock and see that the register is still empty."""
        self.connection.execute(read_statement("lock_publishing"))
        if fetch_position(self.connection).number:
            raise InputRefused(_MEANWHILE)

    def follow(self, release: UpstreamRelease) -> None:
        """Take the publishing lock and see that the release is the next one."""
        self.connection.execute(read_statement("lock_publishing"))
        position = fetch_position(self.connection)
        told = (release.number, release.first_seq)
        if told != (position.number + 1, position.seq + 1) or release.last_seq < release.first_seq:
            raise ReleaseRefused(
                f"it has the numbers {release.first_seq} to {release.last_seq}, here release"
                f" {position.number} ends at {position.seq}"
            )

    def write_sources(self, releases: Iterable[UpstreamRelease]) -> dict[tuple[int, Resource], int]:
        """Record where rows come from; return the source's number by release and kind."""
        return {
            (release.number, resource): self._write_source(release, resource)
            for release in releases
            for resource in Resource
        }

    def _write_source(self, release: UpstreamRelease, resource: Resource) -> int:
        if release.data_date is None:
            place = {"region": release.region, "resource": resource}
            row = self.connection.execute(read_statement("mirror_find_source"), place).fetchone()
            if row is not None:
                return int(row[0])
        counted = release.counts.get(resource.plural, {})
        source_id = insert_source(
            self.connection,
            region=release.region,
            dataset=release.dataset,
            resource=resource,
            family=_FAMILY,
            complete=True,
            origin=SourceOrigin(
                container=self.url,
                sha256="",
                path="",
                extracted_at=release.data_date or release.published_at,
            ),
            imported_at=self.now,
        )
        number = release.number if release.data_date else None
        seen = {"id": source_id, "seen": counted.get("seen", 0), "release_number": number}
        self.connection.execute(read_statement("finish_source"), seen)
        return source_id

    def load_region(self, releases: Sequence[UpstreamRelease], parts: Iterator[Rows]) -> bytes:
        """Write a region's current versions, its releases and digests; return the root so far."""
        connection, newest = self.connection, releases[-1]
        region, number = newest.region, newest.number
        connection.execute("select registry.start_first_load(%s, %s)", (region, number))
        self._copy_region(region, number, parts)
        for resource in Resource:
            statement = _compose(resource, "mirror_insert_loaded_identities", region, number)
            connection.execute(statement, {"region": region})
        first_load.index(connection, region, number)
        connection.execute("select registry.analyze_names()")
        for release in releases:
            self._write_release(release)
        return self._finish(newest, is_first_load=True)

    def _copy_region(self, region: Region, number: int, parts: Iterator[Rows]) -> None:
        """Addresses go straight on; the other kinds are few and wait for their turn."""
        kept: dict[Resource, list[bytes]] = {resource: [] for resource in Resource}
        statement = compose_first_load("mirror_copy_versions", region, number)
        with self.connection.cursor().copy(statement) as copy:
            for resource, text in parts:
                if resource is Resource.ADDRESS:
                    copy.write(text)
                else:
                    kept[resource].append(text)
        for resource, texts in kept.items():
            statement = compose("mirror_copy_versions", resource)
            with self.connection.cursor().copy(statement) as copy:
                for text in texts:
                    copy.write(text)

    def attach(self, releases: Iterable[UpstreamRelease]) -> None:
        """Make the loaded regions part of the register, right before the commit."""
        for newest in releases:
            first_load.attach(self.connection, newest.region, newest.number)

    def set_history_from(self, seq: int) -> None:
        """Say that nothing is known of before the snapshot."""
        facts = {"history_from": seq, "pruned_at": self.now, "versions": 0, "findings": 0}
        self.connection.execute(read_statement("insert_pruning"), facts)

    def write_successions(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write what took the place of what; `evidence` is any JSON."""
        statement = read_statement("mirror_insert_succession")
        for row in rows:
            self.connection.execute(statement, {**row, "evidence": Jsonb(row["evidence"])})

    def apply(self, release: UpstreamRelease, rows: Iterable[Rows]) -> None:
        """Write one release as it was published; ReleaseRefused when it does not follow."""
        is_first_load = first_load.is_due(self.connection, release.region)
        for resource, run in groupby(rows, key=itemgetter(0)):
            self.connection.execute(compose("mirror_make_staged", resource))
            with self.connection.cursor().copy(compose("mirror_copy_staged", resource)) as copy:
                for _, text in run:
                    copy.write(text)
        if is_first_load:
            self.connection.execute(
                "select registry.start_first_load(%s, %s)", (release.region, release.number)
            )
        for resource in Resource:
            if resource is Resource.ADDRESS and is_first_load:
                self._write_first_addresses(release)
            else:
                self._write_changes(release, resource)
        if is_first_load:
            first_load.index(self.connection, release.region, release.number)
        self._write_release(release)
        self._follow_successions(release)
        self._guard_root(release, self._finish(release, is_first_load=is_first_load))
        if is_first_load:
            self.attach([release])

    def _follow_successions(self, release: UpstreamRelease) -> None:
        """Conclude what the other register concluded, from the same changes."""
        numbers = (release.first_seq, release.last_seq)
        if release.undoes is None:
            infer_successions(self.connection, release.region, *numbers)
            return
        place = {"region": release.region, "undoes": release.undoes, "seq": release.last_seq}
        row = self.connection.execute(read_statement("mirror_find_undone"), place).fetchone()
        if row is not None:
            for name in ("end_later_successions", "restore_successions"):
                self.connection.execute(read_statement(name), place | {"until": row[0]})

    def _write_first_addresses(self, release: UpstreamRelease) -> None:
        self.connection.execute(compose("mirror_make_staged", Resource.ADDRESS))
        for name in ("mirror_insert_first_versions", "insert_first_identities"):
            self.connection.execute(compose_first_load(name, release.region, release.number))

    def _write_changes(self, release: UpstreamRelease, resource: Resource) -> None:
        parameters = {"region": release.region}
        for name in ("mirror_make_staged", "make_delta", "mirror_insert_delta"):
            self.connection.execute(compose(name, resource))
        delta = sql.Identifier(f"delta_{resource}")
        self.connection.execute(sql.SQL("create unique index on {} (object_id)").format(delta))
        unmatched = self.connection.execute(compose("mirror_find_unmatched", resource), parameters)
        for seq, change, object_id in unmatched:
            raise ReleaseRefused(
                f"number {seq}, {change} {resource.plural} {object_id}, does not follow on what is"
                " here"
            )
        for name in ("close_versions", "mirror_insert_identities", "insert_versions"):
            self.connection.execute(compose(name, resource), parameters)

    def _write_release(self, release: UpstreamRelease) -> None:
        self.connection.execute(
            read_statement("insert_release"),
            {
                "number": release.number,
                "region": release.region,
                "dataset": release.dataset,
                "first_seq": release.first_seq,
                "last_seq": release.last_seq,
                "published_at": release.published_at,
                "counts": Jsonb(release.counts),
                "datum_shift": self.shift.name,
                "accuracy_metres": self.shift.accuracy_metres,
                "root": release.root,
                "undoes": release.undoes,
            },
        )

    def _finish(self, release: UpstreamRelease, *, is_first_load: bool) -> bytes:
        """Count and prove what is there now; return the root."""
        count_totals(self.connection, release.note, is_first_load=is_first_load)
        root = prove_release(self.connection, release.note, is_first_load=is_first_load)
        self.connection.execute("notify best_release")
        return root

    @staticmethod
    def _guard_root(release: UpstreamRelease, root: bytes) -> None:
        if release.root != root:
            published = release.root.hex() if release.root else "none"
            raise ReleaseRefused(f"its root is {published}, what came adds up to {root.hex()}")


def _compose(resource: Resource, name: str, region: Region, number: int) -> sql.Composed:
    if resource is Resource.ADDRESS:
        return compose_first_load(name, region, number)
    return compose(name, resource)
