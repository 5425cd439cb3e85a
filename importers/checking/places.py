"""Where in a file a finding is, as an editor counts: byte offsets to lines or rows."""

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from importers.containers import SourceFile
from registry.domain.errors import InputRefused

_READ_SIZE = 1 << 20
_DBF_HEADER = struct.Struct("<4xLHH20x")


def find_places(file: SourceFile, offsets: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return {"line": n} or {"row": n} per offset, both from 1; empty where nobody can tell.

    A text is read once, up to the last offset. Tables of rows have rows.
    """
    wanted = sorted({offset for offset in offsets if offset >= 0})
    try:
        if file.suffix == ".gpkg":
            return {row: {"row": row} for row in wanted}
        with file.open() as stream:
            if file.suffix == ".dbf":
                return dict(_count_rows(stream, wanted))
            return {offset: {"line": line} for offset, line in _count_lines(stream, wanted)}
    except InputRefused:  # it is damaged further on than what was reported of it
        return {}


def _count_lines(stream: BinaryIO, wanted: list[int]) -> Iterator[tuple[int, int]]:
    line, begin, left = 1, 0, list(reversed(wanted))
    while left and (data := stream.read(_READ_SIZE)):
        counted = 0
        while left and left[-1] < begin + len(data):
            offset = left.pop()
            line += data.count(b"\n", counted, offset - begin)
            counted = offset - begin
            yield offset, line
        line += data.count(b"\n", counted)
        begin += len(data)


def _count_rows(stream: BinaryIO, wanted: list[int]) -> Iterator[tuple[int, dict[str, int]]]:
    head = stream.read(_DBF_HEADER.size)
    if len(head) < _DBF_HEADER.size:
        return
    _, begin, length = _DBF_HEADER.unpack(head)
    for offset in wanted if length else ():
        yield offset, {"row": (offset - begin) // length + 1}
