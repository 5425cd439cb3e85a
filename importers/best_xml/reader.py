"""A BeSt XML file to records and rejections, streamed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import BinaryIO

from lxml import etree

from importers.best_xml import values
from importers.best_xml.blocks import BETWEEN_RECORDS, BlockCutter, has_text, split_block
from importers.best_xml.draft import Draft, read_code
from importers.best_xml.heads import Head
from importers.best_xml.mapping import Mapper, check_lengths, is_object_id
from importers.best_xml.shapes import ShapeReader
from importers.blocks import Block
from importers.unknowns import Unknowns
from registry.domain.errors import InputRefused
from registry.domain.records import Provenance, Record, Rejection
from registry.domain.region import Region
from registry.domain.resource import Resource

_RESOURCES = {resource.replace("_", ""): resource for resource in Resource}
_REGIONS = {region.label.lower(): region for region in Region}
_NAMESPACES = (b"fsb.belgium.be", b"vocab.belgif.be")
_MUTATIONS = "mutationsbysource"
_READING = b"best-xml 1"
"""Counts up when a record's bytes are read differently than before."""
_USUAL_LENGTH = 2_500  # bytes; a shorter record has no room for a value that no index can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of itself; None where it does not say.

    `complete`: it lists all there is, and does not tell what to add and what to delete.
    """

    region: Region | None
    resource: Resource | None
    extracted_at: datetime | None
    complete: bool


class BestXmlFile:
    """One BeSt XML file, opened: its header first, then its blocks once."""

    def __init__(self, stream: BinaryIO, label: str) -> None:
        self._cutter = BlockCutter(stream, label)
        self.header = self._make_header(label)

    def _make_header(self, label: str) -> Header:
        head, fields = self._cutter.head, self._cutter.fields
        has_lists = self._cutter.has_lists
        record_tag = b"" if has_lists else head.record_tag
        kind = (record_tag.decode() or head.root_name).rpartition(":")[2].lower()
        is_mutation = has_lists or kind.endswith(_MUTATIONS)
        resource = _RESOURCES.get(kind.removesuffix("responsebysource").removesuffix(_MUTATIONS))
        if resource is None and not any(name in head.root_open for name in _NAMESPACES):
            raise head.refuse("neither a record nor the root says that this is BeSt XML", 0)
        stamp = fields.get("timestamp")
        try:
            extracted_at = values.read_moment(stamp) if stamp else None
        except values.InvalidValue as error:
            raise InputRefused(f"{label}: timestamp: {error}") from error
        return Header(
            region=_REGIONS.get(fields.get("source", "").lower()),
            resource=resource,
            extracted_at=extracted_at,
            complete=not is_mutation,
        )

    @property
    def head(self) -> Head:
        """How any piece of the file parses on its own."""
        return self._cutter.head

    def cut(self) -> Iterator[Block]:
        """Yield the blocks of the file, in order; InputRefused where it is broken between them.

        Of a file of mutations, those of the list of what to add.
        """
        return self._cutter.cut_list(b"add") if self._cutter.has_lists else self._cutter.cut()

    def cut_deletions(self) -> Iterator[Block]:
        """Yield the blocks of the identifiers to delete, in a file of mutations."""
        return self._cutter.cut_list(b"delete") if self._cutter.has_lists else iter(())

    def make_reader(self, region: Region, resource: Resource) -> "BestXmlReader":
        """Return the reader of this file's blocks."""
        reader = BestXmlReader(head=self._cutter.head, region=region, resource=resource)
        for name in self._cutter.fields.keys() - {"source", "timestamp"}:
            reader.unknowns.add_element("header", name)
        return reader


@dataclass(slots=True, kw_only=True)
class BestXmlReader:
    """Reads records of one file, learning their shapes: an `importers.blocks.BlockReader`."""

    head: Head
    region: Region
    resource: Resource
    reading: bytes = _READING
    unknowns: Unknowns = field(default_factory=Unknowns)
    _shapes: ShapeReader = field(init=False)
    _mapper: Mapper = field(init=False)

    def __post_init__(self) -> None:
        if self.head.encoding != "utf-8":  # there the same bytes say something else
            reading = _READING + self.head.encoding.encode()
            self.reading = blake2b(reading, digest_size=16).digest()
        self._shapes = ShapeReader(
            resource=self.resource, parse=self._parse_record, encoding=self.head.encoding
        )
        self._mapper = Mapper(region=self.region, resource=self.resource, unknowns=self.unknowns)

    def split(self, block: Block) -> Iterator[tuple[bytes, int]]:
        """Yield each record of a block, undecoded, with its offset in the file."""
        return split_block(block)

    def read(
        self, record: bytes, offset: int, record_hash: int | None = None
    ) -> Record | Rejection:
        """Return what a record says, or why that cannot be told.

        A record with something unknown in it keeps no hash: the next edition tells it again.
        """
        draft = self._shapes.read(record, offset)
        start = offset + len(record) - len(record.lstrip())
        known_before = self.unknowns.total
        try:
            if len(record) > _USUAL_LENGTH:
                check_lengths(draft.texts)
            told = self._mapper.to_record(draft, start, record_hash)
        except values.InvalidValue as error:
            return self._reject(draft, error, start)
        if self.unknowns.total == known_before:
            return told
        return replace(told, provenance=replace(told.provenance, record_hash=None))

    def read_deletion(self, record: bytes, offset: int) -> Provenance | Rejection:
        """Return the identifier that a list of what to delete gives, or why it is none."""
        draft, start = Draft(), offset + len(record) - len(record.lstrip())
        read_code(draft, self._parse_record(record, offset))
        for parent, name in draft.unknown:
            self.unknowns.add_element(parent, name)
        try:
            return self._mapper.make_provenance(draft.texts, start, None)
        except values.InvalidValue as error:
            return self._reject(draft, error, start)

    def _reject(self, draft: Draft, error: Exception, start: int) -> Rejection:
        object_id = draft.texts.get("object_id", "")
        return Rejection(
            resource=self.resource,
            # A damaged identifier is none: it may mean any object.
            object_id=object_id if is_object_id(object_id) else None,
            reason=str(error),
            offset=start,
        )

    def _parse_record(self, record: bytes, offset: int) -> etree._Element:
        root = self.head.parse(record, offset)
        if has_text(root):
            raise self.head.refuse(BETWEEN_RECORDS, offset)
        if len(root) != 1:
            raise self.head.refuse(f"{len(root)} elements where one record was expected", offset)
        return root[0]
