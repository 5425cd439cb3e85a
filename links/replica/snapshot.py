"""A snapshot of the register, proven against its root line by line while it comes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from links.replica.addresses import ReplicaRow, read_address
from links.replica.register import Register, RegisterUnavailable
from registry.domain.canonical import MEMBERS
from registry.domain.errors import InputRefused
from registry.domain.proof import make_leaf, make_node
from registry.domain.resource import Resource

_RESOURCES = {resource.plural: resource for resource in Resource}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a snapshot holds: number of records and digest of each part, in order."""

    seq: int
    root: str
    parts: tuple[tuple[int, str], ...]


def fetch_manifest(register: Register) -> Manifest:
    """Return the newest snapshot; InputRefused unless its root follows from its parts."""
    document = register.fetch("snapshots/latest")
    try:
        roots, parts = [], []
        for region in document["regions"]:
            own = [(int(part["records"]), str(part["digest"])) for part in region["parts"]]
            roots.append(make_node(bytes.fromhex(digest) for _, digest in own))
            parts += own
        manifest = Manifest(seq=document["seq"], root=document["root"], parts=tuple(parts))
    except (KeyError, TypeError, ValueError) as error:
        raise InputRefused(f"{register.url}: its snapshot cannot be read: {error!r}") from error
    if make_node(roots).hex() != manifest.root:
        raise InputRefused(f"{register.url}: the root of its snapshot is not that of its parts")
    return manifest


def list_proven_addresses(register: Register, manifest: Manifest) -> Iterator[ReplicaRow]:
    """Yield the addresses of a snapshot; InputRefused at the part that is not what was proven.

    Whoever keeps what came must wait for the end: the proof of a part is in its last line.
    """
    lines = iter(register.list_snapshot_lines(manifest.seq))
    for records, digest in manifest.parts:
        part = _Part()
        for _ in range(records):
            line = next(lines, None)
            if line is None:
                raise RegisterUnavailable(f"{register.url}: its snapshot is too short")
            row = part.add(line)
            if row is not None:
                yield row
        if part.finish() != digest:
            raise InputRefused(f"{register.url}: a part of its snapshot is not what it proves")
    if next(lines, None) is not None:
        raise InputRefused(f"{register.url}: its snapshot has more records than it says")


@dataclass(slots=True)
class _Part:
    """The digest of one municipality, record by record in the order of the tree."""

    children: list[bytes] = field(default_factory=list)
    street: str | None = None
    leaves: list[bytes] = field(default_factory=list)

    def add(self, line: bytes) -> ReplicaRow | None:
        """Take a line into the digest; return its row if it is an address."""
        try:
            document = orjson.loads(line)
            record: dict[str, Any] = document["record"]
            resource = _RESOURCES[record["resource"]]
            if not record.keys() <= {"resource", *MEMBERS[resource]}:
                raise InputRefused(f"a record has members that {resource.plural} have not")
            leaf = make_leaf(orjson.dumps(record, option=orjson.OPT_SORT_KEYS))
            self._place(resource, record, leaf)
            return read_address(document) if resource is Resource.ADDRESS else None
        except (KeyError, TypeError, ValueError) as error:
            raise InputRefused(f"the snapshot has a line that is no record: {error!r}") from error

    def _place(self, resource: Resource, record: dict[str, Any], leaf: bytes) -> None:
        street = {
            Resource.ADDRESS: record.get("streetName"),
            Resource.STREET_NAME: record["objectIdentifier"],
        }.get(resource)
        if street != self.street:
            self._end_street()
            self.street = street
        (self.children if street is None else self.leaves).append(leaf)

    def _end_street(self) -> None:
        if self.street is not None:
            self.children.append(make_node(self.leaves))
            self.leaves = []

    def finish(self) -> str:
        """Return the digest of all that was added, hexadecimal."""
        self._end_street()
        return make_node(self.children).hex()
