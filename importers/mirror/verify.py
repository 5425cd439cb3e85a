"""Whether a mirror holds what the other register published, and where it first does not."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from psycopg import Connection

from importers.mirror.documents import Manifest, Part, fetch_proof
from importers.mirror.parts import find_street, read_blocks
from importers.mirror.peer import Peer
from importers.mirror.records import check_record, to_text
from importers.mirror.snapshot import fetch_part
from registry.domain.proof import make_leaf
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.mirror_proof import list_records, prove_again
from registry.publication.mirroring import fetch_position

_Place = tuple[str, bool, str, Resource]
"""Of a record in the tree: street name, whether it is below that, object identifier, kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The root of what is here; `difference` says where it first differs, None: nowhere."""

    root: bytes
    difference: str | None


def verify_mirror(connection: Connection, peer: Peer) -> Verdict:
    """Prove every row here anew and compare with the proof of the same release there.

    `connection` is the owner's, autocommitting; nothing is changed. InputRefused when nothing is
    here, or the other register cannot say what it held.
    """
    with connection.transaction(force_rollback=True):
        connection.execute("set local timezone = 'UTC'")
        root, ours = prove_again(connection)
        manifest = fetch_proof(peer, fetch_position(connection).number)
        if root == manifest.root:
            return Verdict(root=root, difference=None)
        theirs = {(part.region, part.municipality_id): part for part in manifest.parts}
        digests = {key: part.digest for key, part in theirs.items()}
        keys = sorted(ours.keys() | digests.keys())
        first = next(key for key in keys if ours.get(key) != digests.get(key))
        records = _list_ours(connection, *first)
        words = _describe(peer, manifest, theirs.get(first), records)
        name = f"municipality {first[1]}" if first[1] else "what is of no municipality"
        return Verdict(root=root, difference=f"{first[0].iso_code}, {name}: {words}")


def _list_ours(connection: Connection, region: Region, municipality_id: str) -> dict[_Place, bytes]:
    return {
        (street, resource is Resource.ADDRESS, object_id, resource): make_leaf(text.encode())
        for resource, street, object_id, text in list_records(connection, region, municipality_id)
    }


def _list_theirs(peer: Peer, manifest: Manifest, part: Part) -> Iterator[tuple[_Place, bytes]]:
    with tempfile.TemporaryDirectory(prefix="best-mirror-") as folder:
        path = Path(folder) / "part.zst"
        fetch_part(peer, manifest, part, path)
        for line in (line for lines in read_blocks(path) for line in lines):
            record = orjson.loads(line)["record"]
            resource = check_record(record)
            street = find_street(resource, record) or ""
            place = (street, resource is Resource.ADDRESS, record["objectIdentifier"], resource)
            yield place, make_leaf(to_text(record))


def _describe(peer: Peer, manifest: Manifest, part: Part | None, ours: dict[_Place, bytes]) -> str:
    """Name the first record that differs, in the order of the tree."""
    theirs = {} if part is None else dict(_list_theirs(peer, manifest, part))
    places: Iterable[_Place] = sorted(ours.keys() | theirs.keys())
    place = next(place for place in places if ours.get(place) != theirs.get(place))
    name = f"{place[3].plural} {place[2]}"
    if place not in ours:
        return f"{name} is missing here"
    return f"{name} is not there" if place not in theirs else f"{name} is another one here"
