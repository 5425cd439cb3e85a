"""A huge XML element list, cut at record ends, so that its pieces parse on their own.

A file of mutations has two such lists, each in an element of its own: objects to add, and the
identifiers of those to delete.

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
_LIST = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*:)?(add|delete)objectversion)(?:\s[^<>]*?)?(/?)>", re.IGNORECASE
)
_ELEMENT = re.compile(rb"<([A-Za-z_][\w.:-]*)[\s>]")


class BlockCutter:
    """Cuts one XML file into blocks; `head` and `fields` are there once the object is made.

    `has_lists`: the file is one of mutations, whose `head.record_tag` is that of its first list.
    """

    def __init__(self, stream: BinaryIO, label: str) -> None:
        self._stream = stream
        self._buffer = b""
        self._offset = 0  # of the first byte of the buffer in the file
        record = self._find_first(label)
        end = record.start() if record else len(self._buffer)
        self.head, self.fields = read_head(label, self._buffer[:end], record[1] if record else b"")
        self.has_lists = record is not None and record.re is _LIST
        if record:
            self._drop(end)

    def _find_first(self, label: str) -> re.Match[bytes] | None:
        """Return where the first record begins, or the list that it is in."""
        while True:
            found = [m for kind in (_RECORD, _LIST) if (m := kind.search(self._buffer))]
            if found:
                return min(found, key=re.Match.start)
            if b"\x00" in self._buffer[:64]:
                return None  # not UTF-8, which the head tells
            if len(self._buffer) > _LONGEST_HEADER:
                reason = "no BeSt record in the first megabyte; is this BeSt XML?"
                raise refuse(label, reason, 0)
            if not self._fill():
                return None

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
            self._guard_length()
            if not self._fill():
                break
        self._check_end()

    def cut_list(self, name: bytes) -> Iterator[Block]:
        """Yield the blocks of a list, `add` or `delete`; those of the other are passed over."""
        while (opening := self._find_list()) is not None:
            self._drop(opening.end())
            if not opening[3]:
                for block in self._cut_to(b"</" + opening[1] + b">"):
                    if opening[2].lower() == name:
                        yield block
        self._check_end()

    def _find_list(self) -> re.Match[bytes] | None:
        while (opening := _LIST.search(self._buffer)) is None:
            self._guard_length()
            if not self._fill():
                return None
        self._check_empty(self._buffer[: opening.start()])
        return opening

    def _cut_to(self, end_tag: bytes) -> Iterator[Block]:
        """Yield blocks up to the end of a list, and go past it."""
        close = b""
        while True:
            stop = self._buffer.find(end_tag)
            bound = stop if stop >= 0 else len(self._buffer)
            if not close and (first := _ELEMENT.search(self._buffer, 0, bound)):
                close = b"</" + first[1] + b">"
            end = self._buffer.rfind(close, 0, bound) + len(close) if close else -1
            if end >= len(close):
                yield Block(self._buffer[:end], self._offset)
                self._drop(end)
                bound -= end
            if stop >= 0:
                self._check_empty(self._buffer[:bound])
                self._drop(bound + len(end_tag))
                return
            self._guard_length()
            if not self._fill():
                closing = end_tag.decode(errors="replace")
                place = self._offset + len(self._buffer)
                raise self.head.refuse(f"the file ends before {closing}: it is cut off", place)

    def _guard_length(self) -> None:
        if len(self._buffer) > _LONGEST_RECORD:
            raise self.head.refuse("a record longer than 1 MB", self._offset)

    def _check_end(self) -> None:
        end = self._offset + len(self._buffer)
        self._check_empty(self.head.find_inside(self._buffer, end))

    def _check_empty(self, text: bytes) -> None:
        rest = self.head.parse(text, self._offset)
        if len(rest) or has_text(rest):
            raise self.head.refuse(BETWEEN_RECORDS, self._offset)


def has_text(root: etree._Element) -> bool:
    """Whether words stand before the first element, as where an error was written into a file."""
    return bool((root.text or "").strip())


def split_block(block: Block) -> Iterator[tuple[bytes, int]]:
    """Yield each record of a block, whole, with the offset of its first byte."""
    close = block.content[block.content.rindex(b"</") :]  # a block ends with its last record
    offset = block.offset
    for record in block.content.split(close)[:-1]:
        text = record + close
        yield text, offset
        offset += len(text)
