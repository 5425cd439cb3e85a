"""A snapshot of the other register: fetched and checked in parts, loaded in one transaction."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from psycopg import Connection, DataError, IntegrityError

from geo.projection import Projection
from importers.mirror.documents import (
    MalformedDocument,
    Manifest,
    Part,
    fetch_manifest,
    list_releases,
)
from importers.mirror.parts import LONGEST_LINE, check_part, is_whole, read_blocks
from importers.mirror.peer import Peer
from importers.mirror.records import RowMaker, make_row_maker
from importers.mirror.successions import list_successions
from importers.ticker import Ticker
from importers.workers import apply_to_all
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.publication.mirroring import Mirroring
from registry.publication.upstream import Rows, UpstreamRelease

Progress = Callable[[str], None]
_TALLEST = 4096  # bytes of a line, in the mean of a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot that is here whole: every part is in `folder` and adds up to the root."""

    manifest: Manifest
    folder: Path

    def get_path(self, part: Part) -> Path:
        """Return the file of a part."""
        return self.folder / f"{part.region}-{self.manifest.parts.index(part)}.ndjson.zst"

    def remove(self) -> None:
        """Give the room back."""
        shutil.rmtree(self.folder, ignore_errors=True)


def fetch_snapshot(peer: Peer, folder: Path, progress: Progress) -> Snapshot:
    """Fetch the newest snapshot into `folder`/(its number); parts that are there are kept.

    InputRefused when a part is not what the snapshot's root says.
    """
    manifest = fetch_manifest(peer)
    snapshot = Snapshot(manifest=manifest, folder=folder / str(manifest.seq))
    for other in folder.glob("*/"):
        if other != snapshot.folder:
            shutil.rmtree(other)
    snapshot.folder.mkdir(parents=True, exist_ok=True)
    records = sum(part.records for part in manifest.parts)
    progress(f"Snapshot of release {manifest.release}: {records:,} records to fetch and check")
    ticker, done = Ticker(f"Snapshot of release {manifest.release}", progress), 0
    pool = ThreadPoolExecutor(1)  # the next part comes while this one is checked
    try:
        coming = pool.map(partial(_fetch_if_absent, peer, snapshot), manifest.parts)
        for part, path in zip(manifest.parts, coming, strict=True):
            _keep(peer, snapshot, part, path)
            done += part.records
            ticker.tell(done)
    finally:
        pool.shutdown(cancel_futures=True)
    return snapshot


def _fetch_if_absent(peer: Peer, snapshot: Snapshot, part: Part) -> Path:
    path = snapshot.get_path(part)
    if path.exists():
        return path
    unfinished = path.with_suffix(".part")
    _save(peer, snapshot.manifest, part, unfinished)
    return unfinished


def _keep(peer: Peer, snapshot: Snapshot, part: Part, path: Path) -> None:
    """Give a part its name once it is checked; one of before that is damaged is fetched again."""
    target = snapshot.get_path(part)
    if path != target:
        _check(peer, snapshot.manifest, part, path)
        path.replace(target)
    elif not is_whole(part, target):
        fetch_part(peer, snapshot.manifest, part, target)


def fetch_part(peer: Peer, manifest: Manifest, part: Part, path: Path) -> None:
    """Fetch a part and check it against its digest; InputRefused when it is another."""
    _save(peer, manifest, part, path)
    _check(peer, manifest, part, path)


def _save(peer: Peer, manifest: Manifest, part: Part, path: Path) -> None:
    most = LONGEST_LINE + part.records * _TALLEST
    peer.save(*_list_steps(manifest, part), target=path, most_bytes=most)


def _list_steps(manifest: Manifest, part: Part) -> tuple[object, ...]:
    return ("snapshots", manifest.seq, part.region.iso_code, part.place)


def _check(peer: Peer, manifest: Manifest, part: Part, path: Path) -> None:
    try:
        check_part(part, path)
    except MalformedDocument as error:
        path.unlink()
        name = "/".join(map(str, _list_steps(manifest, part)))
        raise InputRefused(f"Part {name} of {peer.url} is another: {error}") from error


def load_snapshot(
    connection: Connection,
    peer: Peer,
    snapshot: Snapshot,
    *,
    projection: Projection,
    now: datetime,
    progress: Progress,
) -> None:
    """Make an empty register the snapshot's; InputRefused when its rows prove another root."""
    manifest = snapshot.manifest
    releases = [r for r in list_releases(peer, after=0) if r.number <= manifest.release]
    _check_releases(manifest, releases)
    successions = list(list_successions(peer, until=manifest.seq))
    mirroring = Mirroring(connection=connection, url=peer.url, shift=projection.shift, now=now)
    with connection.transaction():
        mirroring.begin()
        try:
            root, newest = _load_regions(mirroring, snapshot, releases, projection, progress)
        except (MalformedDocument, DataError, IntegrityError) as error:
            raise InputRefused(f"The snapshot of {peer.url} cannot be loaded: {error}") from error
        if root != manifest.root:
            raise InputRefused(
                f"The snapshot of {peer.url} proves another root here: {root.hex()}, not"
                f" {manifest.root.hex()}. Nothing was loaded."
            )
        mirroring.write_successions(successions)
        mirroring.set_history_from(manifest.seq)
        mirroring.attach(newest)
    connection.execute("select registry.analyze_register()")


def _check_releases(manifest: Manifest, releases: list[UpstreamRelease]) -> None:
    newest = releases[-1] if releases else None
    if newest is None or (newest.number, newest.last_seq, newest.root) != (
        manifest.release,
        manifest.seq,
        manifest.root,
    ):
        raise InputRefused(
            f"The snapshot is of release {manifest.release} and root {manifest.root.hex()}; the"
            " list of releases says otherwise."
        )


def _load_regions(
    mirroring: Mirroring,
    snapshot: Snapshot,
    releases: list[UpstreamRelease],
    projection: Projection,
    progress: Progress,
) -> tuple[bytes, list[UpstreamRelease]]:
    """Load every region; return the root of all, and the newest release of each."""
    root = b""
    own = {region: [r for r in releases if r.region is region] for region in Region}
    makers = {
        region: make_row_maker(mirroring, found, projection)
        for region, found in own.items()
        if found
    }
    newest = [found[-1] for found in own.values() if found]
    for region, rows in groupby(_make_rows(makers, snapshot, progress), key=itemgetter(0)):
        root = mirroring.load_region(own.pop(region), (row for _, made in rows for row in made))
        progress(f"{region.label}: loaded and proven")
    for emptied in filter(None, own.values()):
        root = mirroring.load_region(emptied, iter(()))
    return root, newest


@dataclass(frozen=True, slots=True)
class _PieceReader:
    """Makes rows of pieces of any region, in any process."""

    makers: dict[Region, RowMaker]

    def __call__(self, piece: tuple[Region, list[bytes]]) -> tuple[Region, list[Rows]]:
        region, lines = piece
        if region not in self.makers:
            raise MalformedDocument(f"there is {region.label}, but no release of it")
        return region, self.makers[region](lines)


def _make_rows(
    makers: dict[Region, RowMaker], snapshot: Snapshot, progress: Progress
) -> Iterator[tuple[Region, list[Rows]]]:
    ticker, read = Ticker("Loading", progress), 0
    pieces = (
        (part.region, lines)
        for part in snapshot.manifest.parts
        for lines in read_blocks(snapshot.get_path(part))
    )
    # One set of processes for all: starting them takes as long as thousands of rows.
    for region, rows in apply_to_all(_PieceReader(makers), pieces):
        read += sum(text.count(b"\n") for _, text in rows)
        ticker.tell(read)
        yield region, rows
