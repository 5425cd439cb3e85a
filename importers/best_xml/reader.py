"""A BeSt XML file to records and rejections, streamed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from lxml import etree

from importers.best_xml import values
from importers.best_xml.blocks import BlockReader
from importers.best_xml.mapping import Mapper, find_object_id
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
        self._blocks = BlockReader(stream, label)
        self._label = label
        self.header = self._make_header()

    def _make_header(self) -> Header:
        head = self._blocks.head
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
        for name in self._blocks.head.fields.keys() - {"source", "timestamp"}:
            unknowns.add_element("header", name)
        mapper = Mapper(region=region, resource=resource, unknowns=unknowns)
        for block in self._blocks.read_blocks():
            for element, offset in zip(block.records, block.offsets, strict=True):
                yield self._to_row(mapper, element, offset)

    @staticmethod
    def _to_row(mapper: Mapper, element: etree._Element, offset: int) -> Record | Rejection:
        try:
            return mapper.to_record(element, offset)
        except values.InvalidValue as error:
            return Rejection(
                resource=mapper.resource,
                object_id=find_object_id(element),
                reason=str(error),
                offset=offset,
            )
