"""Releases of the other register as they come: each whole, in order, or not at all."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import psycopg
from psycopg import Connection

from geo.projection import Projection
from importers.mirror.documents import MalformedDocument, get, get_moment, get_number, list_releases
from importers.mirror.peer import Peer, PeerGone
from importers.mirror.records import (
    RESOURCES,
    RowMaker,
    make_removal,
    make_row_maker,
    read_object_id,
    read_validity,
)
from registry.clock import utc_now
from registry.domain.change import Change
from registry.publication.mirroring import Mirroring, fetch_position
from registry.publication.upstream import ReleaseRefused, Rows, UpstreamRelease, guard_way

Progress = Callable[[str], None]
_PAGE = 500
_AT_NO_MOMENT = datetime(1, 1, 1, tzinfo=UTC)  # of what a roll-back removes: it never was


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Brings a mirror up to date with the register it mirrors."""

    connection: Connection
    peer: Peer
    projection: Projection
    progress: Progress

    def catch_up(self) -> int:
        """Apply every release that is new, one transaction each; return how many.

        InputRefused, naming the release, when one is not what was published; nothing of it
        stays, and the releases before it do. Likewise when the newest one here is not theirs.
        """
        count, position = 0, fetch_position(self.connection)
        releases = list_releases(self.peer, after=position.number - 1)
        guard_way(position, self.peer.url, next(releases, None))
        for release in releases:
            try:
                self._apply(release)
            except (ReleaseRefused, MalformedDocument, psycopg.DataError) as error:
                raise self._refuse(release, str(error)) from error
            except psycopg.IntegrityError as error:
                reason = f"an object twice: {error.diag.message_detail}"
                raise self._refuse(release, reason) from error
            except PeerGone as error:
                raise PeerGone(
                    f"{error}: the changes after the last one here are kept there no more. To begin"
                    f" anew: ./best reset, then ./best mirror {self.peer.url}"
                ) from error
            count += 1
        return count

    def _refuse(self, release: UpstreamRelease, reason: str) -> ReleaseRefused:
        return ReleaseRefused(f"Release {release.number} of {self.peer.url} is refused: {reason}")

    def _apply(self, release: UpstreamRelease) -> None:
        mirroring = Mirroring(
            connection=self.connection,
            url=self.peer.url,
            shift=self.projection.shift,
            now=utc_now(),
        )
        with self.connection.transaction():
            mirroring.follow(release)
            maker = make_row_maker(mirroring, [release], self.projection)
            mirroring.apply(release, self._list_rows(release, maker))
        self.progress(
            f"Release {release.number} ({release.region.label}): numbers {release.first_seq:,} to"
            f" {release.last_seq:,}, proven"
        )

    def _list_rows(self, release: UpstreamRelease, maker: RowMaker) -> Iterator[Rows]:
        events = self._list_changes(release)
        while page := list(islice(events, _PAGE)):
            yield from _make_rows(maker, page)

    def _list_changes(self, release: UpstreamRelease) -> Iterator[Mapping[str, Any]]:
        """Yield the changes of a release, each number once and in order."""
        after = release.first_seq - 1
        while after < release.last_seq:
            document = self.peer.fetch("changes", after=after, limit=_PAGE)
            begun = after
            for event in get(document, "items", list):
                change = get(event, "data", dict)
                if (seq := get_number(change, "seq")) > release.last_seq:
                    break
                if seq != after + 1:
                    raise MalformedDocument(f"number {seq} follows on {after}")
                _check_place(release, change)
                after = seq
                yield change
            if after == begun:
                raise MalformedDocument(f"no changes after number {after} come")


def _check_place(release: UpstreamRelease, change: Mapping[str, Any]) -> None:
    told = (change.get("release"), change.get("region"))
    if told != (release.number, release.region.iso_code):
        raise MalformedDocument(f"number {change['seq']} is of release {told[0]}, region {told[1]}")


def _make_rows(maker: RowMaker, changes: list[Mapping[str, Any]]) -> Iterator[Rows]:
    """Yield runs of one kind as COPY text, in the order of their numbers."""
    versions = []
    try:
        for change in changes:
            if change["change"] != Change.REMOVED:
                record, validity = change["record"], read_validity(change["validity"])
                versions.append((record, (change["seq"], change["change"], *validity)))
                continue
            resource = RESOURCES[change["resource"]]
            object_id = read_object_id(resource, maker.region, get(change, "id", str))
            at = get_moment(change, "removedAt") if "removedAt" in change else _AT_NO_MOMENT
            yield resource, make_removal(maker.region, resource, object_id, change["seq"], at)
        yield from maker.make(versions)
    except (TypeError, LookupError, ValueError, AttributeError) as error:
        raise MalformedDocument(f"{type(error).__name__} {error}") from error
