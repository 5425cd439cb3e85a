"""A snapshot's parts as files, and the digest of what is in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import zstandard

from importers.mirror.documents import MalformedDocument, Part
from importers.mirror.records import check_record, to_text
from registry.domain.errors import InputRefused
from registry.domain.proof import make_leaf, make_node
from registry.domain.resource import Resource

LONGEST_LINE = 1 << 16
_MOST_WINDOW = 1 << 27
_BLOCK = 1 << 20
_NOWHERE_KINDS = (Resource.PART_OF_MUNICIPALITY, Resource.POSTAL_INFO)


def read_blocks(path: Path) -> Iterator[list[bytes]]:
    """Yield a part's lines, about a megabyte at a time; MalformedDocument when one is too long."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW)
    try:
        with (
            path.open("rb") as file,
            unpacker.stream_reader(file, read_across_frames=True) as stream,
        ):
            rest = b""
            while block := stream.read(_BLOCK):
                *lines, rest = (rest + block).split(b"\n")
                if len(rest) > LONGEST_LINE:
                    raise MalformedDocument(f"a line longer than {LONGEST_LINE:,} bytes")
                yield lines
    except zstandard.ZstdError as error:
        raise MalformedDocument(f"zstd: {error}") from error
    if rest:
        raise MalformedDocument("its last line is cut off")


@dataclass(slots=True)
class _Tree:
    """The digest of a municipality, record by record in the order of the tree."""

    part: Part
    children: list[bytes] = field(default_factory=list)
    street: str | None = None
    leaves: list[bytes] = field(default_factory=list)
    records: int = 0

    def add(self, record: Any) -> None:
        resource = check_record(record)
        self.records += 1
        if self.records > self.part.records:
            raise MalformedDocument(f"more than {self.part.records:,} records")
        leaf = make_leaf(to_text(record))
        street = find_street(resource, record)
        if street != self.street:
            self._end_street()
            self.street = street
        (self.children if street is None else self.leaves).append(leaf)

    def _end_street(self) -> None:
        if self.street is not None:
            self.children.append(make_node(self.leaves))
            self.leaves = []

    def finish(self) -> bytes:
        self._end_street()
        return make_node(self.children)


def find_street(resource: Resource, record: Any) -> str | None:
    """Return the street name that a record is proven with; None when it is with none."""
    if resource is Resource.ADDRESS:
        return str(record["streetName"])
    return str(record["objectIdentifier"]) if resource is Resource.STREET_NAME else None


def check_part(part: Part, path: Path) -> None:
    """Read a part to its end; MalformedDocument unless it adds up to its digest."""
    tree = _Tree(part)
    for lines in read_blocks(path):
        for line in lines:
            try:
                tree.add(orjson.loads(line)["record"])
            except (TypeError, LookupError, ValueError) as error:
                raise MalformedDocument(f"{type(error).__name__} {error}") from error
    if (tree.records, tree.finish()) != (part.records, part.digest):
        raise MalformedDocument(
            f"its {tree.records:,} records do not add up to the digest of the snapshot"
        )


def is_whole(part: Part, path: Path) -> bool:
    """Whether a file kept from before is this part."""
    try:
        check_part(part, path)
    except (OSError, InputRefused):
        return False
    return True
