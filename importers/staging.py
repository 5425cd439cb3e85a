"""A file's blocks to rows in its staging table, large files by processes of their own.

Reading takes far longer than everything else a file needs, and every block can be read
alone. This process cuts the file and writes rows, in the order of the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from psycopg import Connection

from geo.projection import Projection
from importers.best_xml.reader import BestXmlFile, BestXmlReader
from importers.blocks import Block, BlockReader
from importers.containers import SourceFile
from importers.ticker import Ticker
from importers.unknowns import Unknowns
from importers.workers import apply_to_all
from registry.domain.dataset import Dataset
from registry.domain.errors import InputRefused
from registry.domain.records import Record, Rejection
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.copy_text import Row, format_rows
from registry.store.known_records import (
    Sightings,
    fetch_known_records,
    find_contradicted,
    find_places,
    hash_record,
    write_unseen,
)
from registry.store.staging import copy_deletions, copy_staged, insert_rejections, make_rows

_MOST_ELEMENT_NAMES = 500  # each new one stays in the parser's memory
_MOST_REJECTIONS = 10_000  # a file with more is not odd here and there, but wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is left of a block once known records are passed over."""

    records: list[tuple[bytes, int]]
    hashes: list[int]
    passed_over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedBlock:
    """What a block gave: rows as COPY text, and what is not a row."""

    rows: bytes
    seen: int
    rejections: list[Rejection]
    unknowns: Unknowns


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockStager:
    """Makes rows of blocks, in any process."""

    reader: BlockReader
    resource: Resource
    source_id: int
    projection: Projection

    def __call__(self, piece: Block | Rest) -> StagedBlock:
        """Return what a block gives; InputRefused when it is not of the format."""
        rest = piece if isinstance(piece, Rest) else self._hash(piece)
        told = [
            self.reader.read(record, offset, record_hash)
            for (record, offset), record_hash in zip(rest.records, rest.hashes, strict=True)
        ]
        records: list[Record] = [row for row in told if not isinstance(row, Rejection)]
        rows = make_rows(self.resource, records, self.source_id, self.projection)
        return StagedBlock(
            rows=format_rows(rows),
            seen=len(told) + rest.passed_over,
            rejections=[row for row in told if isinstance(row, Rejection)],
            unknowns=self.reader.unknowns.take(),
        )

    def pass_over(self, block: Block, sightings: Sightings) -> Rest:
        """Return what of a block is new, having counted the rest in `sightings`."""
        whole = self._hash(block)
        places = find_places(sightings.known, np.array(whole.hashes, np.int64))
        sightings.add(places[places >= 0])
        new = np.flatnonzero(places < 0).tolist()
        return Rest(
            records=[whole.records[i] for i in new],
            hashes=[whole.hashes[i] for i in new],
            passed_over=len(places) - len(new),
        )

    def _hash(self, block: Block) -> Rest:
        records = list(self.reader.split(block))
        hashes = [hash_record(record, self.reader.reading) for record, _ in records]
        return Rest(records=records, hashes=hashes, passed_over=0)


@dataclass(slots=True)
class Staged:
    """What a file held: rows met, those that could not be read, what the format does not have.

    `deletions`: how many identifiers stand in the other list of a file of mutations.
    """

    label: str
    seen: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    unknowns: Unknowns = field(default_factory=Unknowns)
    deletions: int = 0

    @property
    def first_rejection(self) -> str:
        """Where the first row stands that could not be read, and why; empty without one."""
        if not self.rejections:
            return ""
        first = self.rejections[0]
        unit = "row" if ".gpkg" in self.label else "byte"
        return f"{unit} {first.offset:,}: {first.reason}"

    def add(self, block: StagedBlock) -> None:
        """Count one more block; InputRefused when too much cannot be read."""
        self.seen += block.seen
        self.rejections += block.rejections
        self.unknowns.add_all(block.unknowns)
        if len(self.rejections) > _MOST_REJECTIONS:
            first = self.rejections[0]
            raise InputRefused(
                f"{self.label}: {len(self.rejections):,} of the first {self.seen:,} rows cannot be"
                " read."
                f" The first, at byte {first.offset:,}: {first.reason}. Nothing was imported."
            )
        if (kinds := self.unknowns.count_element_names()) > _MOST_ELEMENT_NAMES:
            raise InputRefused(
                f"{self.label}: {kinds:,} names of elements that this format does not have, in the"
                f" first {self.seen:,} rows. Look at what it is"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStaging:
    """The staging of one file of one kind."""

    connection: Connection
    file: SourceFile
    region: Region
    resource: Resource
    dataset: Dataset
    source_id: int
    projection: Projection
    progress: Callable[[str], None]
    complete: bool

    def run(self) -> Staged:
        """Fill the staging table with what the register does not know already.

        A known record that came by twice, or beside another one of its identifier, was
        passed over wrongly: the file is then read once more, and they with it.
        """
        sightings = self._fetch_known_records()
        while True:
            staged = Staged(self.file.label)
            with self.file.open() as stream:
                parts = self._stage(stream, staged, sightings)
                copy_staged(self.connection, self.resource, parts)
            write_unseen(self.connection, self.resource, sightings.list_unseen())
            if (again := self._doubt(sightings)) is None:
                break
            sightings = again
        insert_rejections(self.connection, staged.rejections, self.source_id)
        if not self.complete:
            self._stage_deletions(staged)
        return staged

    def _fetch_known_records(self) -> Sightings:
        if not self.complete:  # it repeats nothing that would be worth it
            return Sightings(np.array([], np.int64), np.array([], np.int64))
        return fetch_known_records(self.connection, self.region, self.resource, self.dataset)

    def _stage_deletions(self, staged: Staged) -> None:
        """Note what a file of mutations deletes; an identifier that is none is a finding."""
        told = Staged(self.file.label)
        with self.file.open() as stream:
            source = BestXmlFile(stream, self.file.label)
            reader = source.make_reader(self.region, self.resource)
            copy_deletions(self.connection, self._read_deletions(source, reader, told))
        staged.unknowns.add_all(reader.unknowns)
        staged.deletions = told.seen - len(told.rejections)
        insert_rejections(self.connection, told.rejections, self.source_id)

    def _read_deletions(
        self, source: BestXmlFile, reader: BestXmlReader, told: Staged
    ) -> Iterator[Row]:
        for block in source.cut_deletions():
            read = [reader.read_deletion(*record) for record in reader.split(block)]
            rejections = [row for row in read if isinstance(row, Rejection)]
            told.add(
                StagedBlock(rows=b"", seen=len(read), rejections=rejections, unknowns=Unknowns())
            )
            for row in read:
                if not isinstance(row, Rejection):
                    yield self.resource, row.object_id, self.source_id, row.offset

    def _doubt(self, sightings: Sightings) -> Sightings | None:
        if not len(sightings.known):
            return None
        contradicted = find_contradicted(self.connection, self.region, self.resource)
        reading = sightings.doubt(contradicted)
        if reading is not None:
            self.progress(f"{self.file.label}: identifiers given twice; reading it once more")
        return reading

    def _stage(self, stream: BinaryIO, staged: Staged, sightings: Sightings) -> Iterator[bytes]:
        source = BestXmlFile(stream, self.file.label)
        reader = source.make_reader(self.region, self.resource)
        staged.unknowns = reader.unknowns.take()
        stager = BlockStager(
            reader=reader,
            resource=self.resource,
            source_id=self.source_id,
            projection=self.projection,
        )
        pieces: Iterator[Block | Rest] = source.cut()
        if len(sightings.known):
            # Here, not elsewhere: what is passed over is not worth the way to another process.
            pieces = (stager.pass_over(block, sightings) for block in source.cut())
        ticker = Ticker(f"{self.region.label} {self.resource.plural}", self.progress)
        for block in apply_to_all(stager, pieces):
            staged.add(block)
            ticker.tell(staged.seen)
            yield block.rows
