"""A huge XML element list, cut at record ends, so that its pieces parse on their own.

The file is never held whole: memory is a few megabytes whatever its size, and each record's
byte offset is known, so that any row can be found again in the original file.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from importers.best_xml.heads import read_head, refuse
from importers.blocks import Block

_READ_SIZE = 1 << 20
_LONGEST_RECORD = 1 << 20
_LONGEST_HEADER = 1 << 20
BETWEEN_RECORDS = "something that is no record stands between records"
_RECORD = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*:)?(?:address|streetname|municipality|postalinfo|partofmunicipality))"
    rb"[\s>]",
    re.IGNORECASE,
)


class BlockCutter:
    """Cuts one XML file into blocks; `head` and `fields` are there once the object is made."""

    def __init__(self, stream: BinaryIO, label: str) -> None:
        self._stream = stream
        self._buffer = b""
        self._offset = 0  # of the first byte of the buffer in the file
        record = self._find_first_record(label)
        end = record.start() if record else len(self._buffer)
        self.head, self.fields = read_head(label, self._buffer[:end], record[1] if record else b"")
        if record:
            self._drop(end)

    def _find_first_record(self, label: str) -> re.Match[bytes] | None:
        while (record := _RECORD.search(self._buffer)) is None:
            if b"\x00" in self._buffer[:64]:
                break  # not UTF-8, which the head tells
            if len(self._buffer) > _LONGEST_HEADER:
                reason = "no BeSt record in the first megabyte; is this BeSt XML?"
                raise refuse(label, reason, 0)
            if not self._fill():
                break
        return record

    def _fill(self) -> bool:
        data = self._stream.read(_READ_SIZE)
        self._buffer += data
        return bool(data)

    def _drop(self, length: int) -> None:
        self._buffer = self._buffer[length:]
        self._offset += length

    def cut(self) -> Iterator[Block]:
        """Yield blocks of whole records; whatever stands before a record belongs to it."""
        if not self.head.record_tag:
            return
        close = self.head.record_close
        while True:
            end = self._buffer.rfind(close) + len(close)
            if end >= len(close):
                yield Block(self._buffer[:end], self._offset)
                self._drop(end)
            if len(self._buffer) > _LONGEST_RECORD:
                raise self.head.refuse("a record longer than 1 MB", self._offset)
            if not self._fill():
                break
        self._check_end()

    def _check_end(self) -> None:
        end = self._offset + len(self._buffer)
        inside = self.head.find_inside(self._buffer, end)
        rest = self.head.parse(inside, self._offset)
        if len(rest) or has_text(rest):
            raise self.head.refuse(BETWEEN_RECORDS, self._offset)


def has_text(root: etree._Element) -> bool:
    """Whether words stand before the first element, as where an error was written into a file."""
    return bool((root.text or "").strip())


def split_block(block: Block, close: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield each record of a block, whole, with the offset of its first byte."""
    offset = block.offset
    for record in block.content.split(close)[:-1]:
        text = record + close
        yield text, offset
        offset += len(text)
