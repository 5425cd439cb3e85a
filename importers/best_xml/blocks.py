"""A huge XML element list, cut at record ends, so that each record parses on its own.

The file is never held whole: memory is a few megabytes whatever its size, and each record's
byte offset is known, so that any row can be found again in the original file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

from registry.domain.errors import InputRefused

_READ_SIZE = 1 << 20
_LONGEST_RECORD = 16 << 20
_LONGEST_HEADER = 1 << 20
_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)(?:\s[^<>]*)?>")
_BESIDE_ROOT = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_RECORD = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*:)?(?:address|streetname|municipality|postalinfo|partofmunicipality))"
    rb"[\s>]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What comes before the first record: the root's tags, the header elements, the encoding.

    `record_tag` is empty when the file has no records.
    """

    root_name: str
    root_open: bytes
    root_close: bytes
    record_tag: bytes
    encoding: str
    fields: dict[str, str]


class RecordReader:
    """Cuts one XML file into records; `head` is there once the object is made."""

    def __init__(self, stream: BinaryIO, label: str) -> None:
        self._stream = stream
        self._label = label
        self._buffer = b""
        self._offset = 0  # of the first byte of the buffer in the file
        self.head = self._read_head()

    def _refuse(self, reason: str, offset: int) -> InputRefused:
        return InputRefused(f"{self._label}, byte {offset:,}: {reason}")

    def _fill(self) -> bool:
        data = self._stream.read(_READ_SIZE)
        self._buffer += data
        return bool(data)

    def _read_head(self) -> Head:
        while (record := _RECORD.search(self._buffer)) is None:
            if len(self._buffer) > _LONGEST_HEADER:
                raise self._refuse("no BeSt record in the first megabyte; is this BeSt XML?", 0)
            if not self._fill():
                break
        end = record.start() if record else len(self._buffer)
        head = self._parse_head(self._buffer[:end], record[1] if record else b"")
        if record:
            self._drop(end)
        return head

    def _parse_head(self, text: bytes, record_tag: bytes) -> Head:
        body = text.removeprefix(_BOM)
        if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
            raise self._refuse("a document type or entity is not accepted", text.find(b"<!"))
        declared = _DECLARATION.match(body)
        encoding = declared[1].decode().lower() if declared else "utf-8"
        if b"\x00" in body[:64] or encoding.startswith("utf-16"):
            raise self._refuse("the file is not UTF-8", 0)
        prologue = _BESIDE_ROOT.match(body)
        root = _ROOT.match(body, prologue.end()) if prologue else None
        if root is None:
            raise self._refuse("no XML root element found; is this BeSt XML?", 0)
        prefix = root[1] + b":" if root[1] else b""
        close = b"</" + prefix + root[2] + b">"
        rest = body[root.end() :]
        inside = rest if record_tag else self._find_inside(rest, close, len(text))
        head = Head(
            root_name=root[2].decode(),
            root_open=root[0],
            root_close=close,
            record_tag=record_tag,
            encoding=encoding,
            fields={},
        )
        for element in self.parse(head, inside, len(text) - len(rest)):
            head.fields[element.tag.rpartition("}")[2].lower()] = (element.text or "").strip()
        return head

    def parse(self, head: Head, text: bytes, offset: int) -> etree._Element:
        """Parse whole elements between the root's tags; InputRefused names the byte."""
        xml = head.root_open + text + head.root_close
        try:
            parser = etree.XMLParser(
                encoding=head.encoding,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                remove_comments=True,
                remove_pis=True,
            )
            return etree.fromstring(xml, parser)
        except etree.XMLSyntaxError as error:
            line, column = error.position
            inside = sum(len(part) + 1 for part in xml.split(b"\n", line - 1)[: line - 1]) + column
            place = max(0, offset + inside - 1 - len(head.root_open))
            raise self._refuse(f"broken XML: {error.msg}", place) from error
        except LookupError as error:
            raise self._refuse(f"the encoding {head.encoding} is unknown", 0) from error

    def _drop(self, length: int) -> None:
        self._buffer = self._buffer[length:]
        self._offset += length

    def read_records(self) -> Iterator[tuple[bytes, int]]:
        """Yield each record, whole, with the byte offset of its first byte or the space before."""
        if not self.head.record_tag:
            return
        close = b"</" + self.head.record_tag + b">"
        while True:
            *records, rest = self._buffer.split(close)
            for record in records:
                text = record + close
                yield text, self._offset
                self._offset += len(text)
            self._buffer = rest
            if len(rest) > _LONGEST_RECORD:
                raise self._refuse("a record longer than 16 MB", self._offset)
            if not self._fill():
                break
        self._check_end()

    def _check_end(self) -> None:
        end = self._offset + len(self._buffer)
        inside = self._find_inside(self._buffer, self.head.root_close, end)
        if len(self.parse(self.head, inside, self._offset)):
            raise self._refuse("something that is no record stands between records", self._offset)

    def _find_inside(self, text: bytes, close: bytes, end: int) -> bytes:
        """Return what stands before the root's end tag; after it only comments may follow."""
        inside, found, after = text.rpartition(close)
        if not found or _BESIDE_ROOT.fullmatch(after) is None:
            raise self._refuse(f"the file ends before {close.decode()}: it is cut off", end)
        return inside
