"""What the other register says of itself, checked: its snapshot, its releases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from importers.mirror.peer import Peer
from registry.domain.dataset import Dataset
from registry.domain.errors import InputRefused
from registry.domain.proof import make_node
from registry.domain.region import Region
from registry.publication.upstream import UpstreamRelease

_Value = TypeVar("_Value")
_PAGE = 100
_MOST_RECORDS = 20_000_000
_MOST_OF_PART = 2_000_000  # five times the largest municipality
_NOWHERE = "none"  # in paths, for what belongs to no municipality


class MalformedDocument(InputRefused):
    """A document is not as /v1 describes it; the text says which member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A municipality of a snapshot; code "" is what belongs to none."""

    region: Region
    municipality_id: str
    records: int
    digest: bytes

    @property
    def place(self) -> str:
        """Its name in paths and messages."""
        return self.municipality_id or _NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A snapshot: everything that is current after a release, in parts."""

    seq: int
    release: int
    root: bytes
    parts: tuple[Part, ...]


def get(document: Any, name: str, kind: type[_Value]) -> _Value:
    """Return a member of exactly one type; MalformedDocument when it is none."""
    value = document.get(name) if isinstance(document, Mapping) else None
    if type(value) is not kind:
        raise MalformedDocument(f"`{name}` is missing or no {kind.__name__}")
    return value


def get_number(document: Any, name: str) -> int:
    """Return a member that counts something."""
    value = get(document, name, int)
    if not 0 <= value < 1 << 62:
        raise MalformedDocument(f"`{name}` is {value}")
    return value


def get_moment(document: Any, name: str) -> datetime:
    """Return an aware moment."""
    text = get(document, name, str)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedDocument(f"`{name}` is {text!r}, no moment") from error
    if moment.tzinfo is None:
        raise MalformedDocument(f"`{name}` is {text!r}, without a time zone")
    return moment


def get_digest(document: Any, name: str) -> bytes:
    """Return a SHA-256 digest."""
    text = get(document, name, str)
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise MalformedDocument(f"`{name}` is {text!r}, no SHA-256 digest")
    return digest


def get_region(document: Any) -> Region:
    """Return the region."""
    try:
        return Region.from_iso_code(get(document, "region", str))
    except ValueError as error:
        raise MalformedDocument(f"`region`: {error}") from error


def fetch_manifest(peer: Peer) -> Manifest:
    """Return the newest snapshot; its root follows from its parts' digests.

    InputRefused when it does not: before anything of it is asked for.
    """
    return _check_manifest(peer, peer.fetch("snapshots", "latest"), "parts")


def fetch_proof(peer: Peer, number: int) -> Manifest:
    """Return what was current after a release, as its proof says; errors as `fetch_manifest`."""
    return _check_manifest(peer, peer.fetch("releases", number, "proof"), "municipalities")


def _check_manifest(peer: Peer, document: Any, parts: str) -> Manifest:
    try:
        return _read_manifest(document, parts)
    except MalformedDocument as error:
        raise InputRefused(f"What {peer.url} says to hold cannot be read: {error}") from error


def _read_manifest(document: Any, parts_name: str) -> Manifest:
    parts: list[Part] = []
    roots = []
    regions = [get_region(each) for each in get(document, "regions", list)]
    if regions != sorted(set(regions)):
        raise MalformedDocument("`regions` are not in order")
    for region, each in zip(regions, document["regions"], strict=True):
        own = [_read_part(region, part) for part in get(each, parts_name, list)]
        codes = [part.municipality_id for part in own]
        if codes != sorted(set(codes)):
            raise MalformedDocument(f"the parts of {region.label} are not in order")
        roots.append(make_node(part.digest for part in own))
        if roots[-1] != get_digest(each, "root"):
            raise MalformedDocument(f"the root of {region.label} is not that of its parts")
        parts += own
    root = get_digest(document, "root")
    if make_node(roots) != root:
        raise MalformedDocument("its root is not that of its regions")
    if sum(part.records for part in parts) > _MOST_RECORDS:
        raise MalformedDocument(f"more than {_MOST_RECORDS:,} records")
    number, seq = get_number(document, "release"), get_number(document, "seq")
    return Manifest(seq=seq, release=number, root=root, parts=tuple(parts))


def _read_part(region: Region, document: Any) -> Part:
    code = get(document, "municipalityCode", str) if "municipalityCode" in document else ""
    records = get_number(document, "records")
    if records > _MOST_OF_PART:
        raise MalformedDocument(f"more than {_MOST_OF_PART:,} records of {code or _NOWHERE}")
    return Part(
        region=region,
        municipality_id=code,
        records=records,
        digest=get_digest(document, "digest"),
    )


def list_releases(peer: Peer, *, after: int) -> Iterator[UpstreamRelease]:
    """Yield the releases above number `after`, in order and without a gap but for withdrawn ones.

    InputRefused when one cannot be read.
    """
    while True:
        document = peer.fetch("releases", after=after, pageSize=_PAGE)
        try:
            dataset = _read_dataset(document)
            releases = [_read_release(each, dataset) for each in get(document, "items", list)]
        except MalformedDocument as error:
            raise InputRefused(f"A release of {peer.url} cannot be read: {error}") from error
        for release in releases:
            if release.number <= after:
                raise InputRefused(
                    f"{peer.url} lists release {release.number} after release {after}"
                )
            after = release.number
            yield release
        if not releases or "next" not in document:
            return


def _read_release(document: Any, dataset: Dataset) -> UpstreamRelease:
    counts = get(document, "counts", dict)
    for each in counts.values():
        if not isinstance(each, dict) or any(type(count) is not int for count in each.values()):
            raise MalformedDocument("`counts` holds something that is no count")
    return UpstreamRelease(
        number=get_number(document, "number"),
        region=get_region(document),
        dataset=dataset,
        first_seq=get_number(document, "firstSeq"),
        last_seq=get_number(document, "lastSeq"),
        published_at=get_moment(document, "publishedAt"),
        data_date=get_moment(document, "dataDate") if "dataDate" in document else None,
        counts=counts,
        root=get_digest(document, "root") if "root" in document else None,
        undoes=get_number(document, "undoes") if "undoes" in document else None,
    )


def _read_dataset(document: Any) -> Dataset:
    try:
        return Dataset(document.get("dataset", Dataset.OPEN))
    except ValueError as error:
        raise MalformedDocument(f"`dataset`: {error}") from error
