"""Reads BeSt XML from memory, through streams that return what they like."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from importers.best_xml.reader import BestXmlFile
from registry.domain.records import Rejection
from registry.domain.region import Region
from registry.domain.resource import Resource

if TYPE_CHECKING:
    from importers.unknowns import Unknowns
    from registry.domain.records import Record


class Trickle(io.RawIOBase):
    """A stream that gives at most `size` bytes a read, as nested zips and sockets do."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size, self._at = content, size, 0

    def read(self, size: int = -1, /) -> bytes:
        length = self._size if size < 0 else min(size, self._size)
        part = self._content[self._at : self._at + length]
        self._at += len(part)
        return part


def read_rows(
    xml: bytes | str,
    *,
    region: Region = Region.FLANDERS,
    resource: Resource = Resource.ADDRESS,
    unknowns: Unknowns | None = None,
    size: int = 1 << 20,
) -> list[Record | Rejection]:
    content = xml.encode() if isinstance(xml, str) else xml
    file = BestXmlFile(Trickle(content, size), "file.xml")  # type: ignore[arg-type]
    return read_file(file, region, resource, unknowns)


def read_file(
    file: BestXmlFile, region: Region, resource: Resource, unknowns: Unknowns | None
) -> list[Record | Rejection]:
    reader = file.make_reader(region, resource)
    pieces = (piece for block in file.cut() for piece in reader.split(block))
    rows = [reader.read(record, offset) for record, offset in pieces]
    if unknowns is not None:
        unknowns.add_all(reader.unknowns)
    return rows


def read_one(xml: bytes | str, **settings: Region | Resource | Unknowns) -> Record:
    (row,) = read_rows(xml, **settings)  # type: ignore[arg-type]
    assert not isinstance(row, Rejection), row.reason
    return row


def read_rejection(xml: bytes | str, **settings: Region | Resource | Unknowns) -> Rejection:
    (row,) = read_rows(xml, **settings)  # type: ignore[arg-type]
    assert isinstance(row, Rejection)
    return row
