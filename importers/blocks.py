"""Blocks of a source file: pieces that can be read apart from each other, by any process."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from importers.unknowns import Unknowns
from registry.domain.records import Record, Rejection


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records of a file, about a megabyte; `offset` is that of the first byte in it."""

    content: bytes
    offset: int


class BlockReader(Protocol):
    """Reads the blocks of one file. It can be pickled, with what it has learned.

    `reading` names format and way of reading: it changes when software makes something else
    of the same bytes; at most 16 bytes. `unknowns` counts what was met beyond the format.
    """

    reading: bytes
    unknowns: Unknowns

    def split(self, block: Block) -> Iterator[tuple[bytes, int]]:
        """Yield each record of a block, undecoded, with its offset in the file."""
        ...

    def read(self, record: bytes, offset: int, record_hash: int | None) -> Record | Rejection:
        """Return what a record says, or why that cannot be told."""
        ...
