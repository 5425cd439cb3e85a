"""A BeSt XML file to records and rejections, streamed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from lxml import etree

from importers.best_xml import values
from importers.best_xml.blocks import RecordReader
from importers.best_xml.mapping import Mapper, is_object_id
from importers.best_xml.shapes import ShapeReader
from importers.unknowns import Unknowns
from registry.domain.errors import InputRefused
from registry.domain.records import Record, Rejection
from registry.domain.region import Region
from registry.domain.resource import Resource

_RESOURCES = {resource.replace("_", ""): resource for resource in Resource}
_REGIONS = {region.label.lower(): region for region in Region}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of itself; None where it does not say."""

    region: Region | None
    resource: Resource | None
    extracted_at: datetime | None


class BestXmlFile:
    """One BeSt XML file, opened: its header first, then its rows once."""

    def __init__(self, stream: BinaryIO, label: str) -> None:
        self._records = RecordReader(stream, label)
        self._label = label
        self.header = self._make_header()

    def _make_header(self) -> Header:
        head = self._records.head
        kind = (head.record_tag.decode() or head.root_name).rpartition(":")[2].lower()
        stamp = head.fields.get("timestamp")
        try:
            extracted_at = values.read_moment(stamp) if stamp else None
        except values.InvalidValue as error:
            raise InputRefused(f"{self._label}: timestamp: {error}") from error
        return Header(
            region=_REGIONS.get(head.fields.get("source", "").lower()),
            resource=_RESOURCES.get(kind.removesuffix("responsebysource")),
            extracted_at=extracted_at,
        )

    def read_rows(
        self, region: Region, resource: Resource, unknowns: Unknowns
    ) -> Iterator[Record | Rejection]:
        """Yield a record per element, or the rejection that says why there is none."""
        for name in self._records.head.fields.keys() - {"source", "timestamp"}:
            unknowns.add_element("header", name)
        mapper = Mapper(region=region, resource=resource, unknowns=unknowns)
        shapes = ShapeReader(
            resource=resource, parse=self._parse_record, encoding=self._records.head.encoding
        )
        for record, offset in self._records.read_records():
            draft = shapes.read(record, offset)
            start = offset + len(record) - len(record.lstrip())
            try:
                yield mapper.to_record(draft, start)
            except values.InvalidValue as error:
                object_id = draft.texts.get("object_id", "")
                yield Rejection(
                    resource=resource,
                    # A damaged identifier is none: it may mean any object.
                    object_id=object_id if is_object_id(object_id) else None,
                    reason=str(error),
                    offset=start,
                )

    def _parse_record(self, record: bytes, offset: int) -> etree._Element:
        root = self._records.parse(self._records.head, record, offset)
        if len(root) != 1:
            raise InputRefused(
                f"{self._label}, byte {offset:,}: {len(root)} elements where one record was"
                " expected"
            )
        return root[0]
