"""What comes before the first record of a BeSt XML file, and how its records are parsed."""

import re
from dataclasses import dataclass

from lxml import etree

from registry.domain.errors import InputRefused

_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)(?:\s[^<>]*)?>")
_BESIDE_ROOT = re.compile(rb"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)  # never tried twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The root's tags and the encoding: with them any piece of the file parses on its own.

    `record_tag` is empty when the file has no records. `label` names the file for people.
    """

    label: str
    root_name: str
    root_open: bytes
    root_close: bytes
    record_tag: bytes
    encoding: str

    @property
    def record_close(self) -> bytes:
        """The tag that ends each record."""
        return b"</" + self.record_tag + b">"

    def refuse(self, reason: str, offset: int) -> InputRefused:
        """Return the refusal of this file, naming the byte."""
        return refuse(self.label, reason, offset)

    def parse(self, text: bytes, offset: int) -> etree._Element:
        """Parse whole elements between the root's tags; InputRefused names the byte."""
        xml = self.root_open + text + self.root_close
        try:
            parser = etree.XMLParser(
                encoding=self.encoding,
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
            place = max(0, offset + inside - 1 - len(self.root_open))
            raise self.refuse(f"broken XML: {error.msg}", place) from error
        except LookupError as error:
            raise self.refuse(f"the encoding {self.encoding} is unknown", 0) from error

    def find_inside(self, text: bytes, end: int) -> bytes:
        """Return what stands before the root's end tag; after it only comments may follow."""
        inside, found, after = text.rpartition(self.root_close)
        if not found or _BESIDE_ROOT.fullmatch(after) is None:
            closing = self.root_close.decode(errors="replace")
            raise self.refuse(f"the file ends before {closing}: it is cut off", end)
        return inside


def refuse(label: str, reason: str, offset: int) -> InputRefused:
    """Return the refusal of a file, naming the byte."""
    return InputRefused(f"{label}, byte {offset:,}: {reason}")


def read_head(label: str, text: bytes, record_tag: bytes) -> tuple[Head, dict[str, str]]:
    """Return the head, and its elements as text by lower-case name, of what precedes the records.

    Without records, `text` is the whole file.
    """
    body = text.removeprefix(_BOM)
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise refuse(label, "a document type or entity is not accepted", text.find(b"<!"))
    declared = _DECLARATION.match(body)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if b"\x00" in body[:64] or encoding.startswith("utf-16"):
        raise refuse(label, "the file is not UTF-8", 0)
    prologue = _BESIDE_ROOT.match(body)
    root = _ROOT.match(body, prologue.end()) if prologue else None
    if root is None:
        raise refuse(label, "no XML root element found; is this BeSt XML?", 0)
    prefix = root[1] + b":" if root[1] else b""
    head = Head(
        label=label,
        root_name=root[2].decode(),
        root_open=root[0],
        root_close=b"</" + prefix + root[2] + b">",
        record_tag=record_tag,
        encoding=encoding,
    )
    rest = body[root.end() :]
    inside = rest if record_tag else head.find_inside(rest, len(text))
    elements = head.parse(inside, len(text) - len(rest))
    return head, {
        element.tag.rpartition("}")[2].lower(): (element.text or "").strip() for element in elements
    }
