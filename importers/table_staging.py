"""The tables of one region to rows in the staging tables, large ones by processes of their own.

A row of addresses tells of four or five kinds at once: what it says of streets and places is
gathered on the way and staged after it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
from psycopg import Connection

from geo.projection import Projection
from importers.region_files import FoundTable, RegionFiles
from importers.staging import Staged, StagedBlock
from importers.tables.knowledge import list_known_columns
from importers.tables.references import Named
from importers.tables.rows import RowMapper
from importers.tables.table import BadRow, Splitter
from importers.ticker import Ticker
from importers.unknowns import Unknowns
from importers.workers import apply_to_all
from registry.domain.dataset import Dataset
from registry.domain.edition import StagedFile
from registry.domain.records import Record, Rejection
from registry.domain.resource import Resource
from registry.store.copy_text import format_rows
from registry.store.known_records import write_unseen
from registry.store.sources import insert_source
from registry.store.staging import copy_staged, insert_rejections, make_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedPiece:
    """What a piece of a table gave: rows of its own kind, and what they tell of others."""

    block: StagedBlock
    named: Named


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceStager:
    """Makes rows of pieces, in any process."""

    split: Splitter
    mapper: RowMapper
    kind: Resource
    source_id: int
    projection: Projection

    def __call__(self, piece: Any) -> StagedPiece:
        """Return what a piece gives."""
        records: list[Record] = []
        rejections: list[Rejection] = []
        seen = 0
        for row in self.split(piece):
            if isinstance(row, BadRow):
                told: list[Record] | Rejection = self._reject(row)
            else:
                told = self.mapper.to_records(*row)
            if isinstance(told, Rejection):
                rejections.append(told)
                seen += 1
            else:
                records += told
                seen += len(told)
        rows = make_rows(self.kind, records, self.source_id, self.projection)
        return StagedPiece(
            block=StagedBlock(
                rows=format_rows(rows),
                seen=seen,
                rejections=rejections,
                unknowns=self.mapper.unknowns.take(),
            ),
            named=self.mapper.take_named(),
        )

    def _reject(self, row: BadRow) -> Rejection:
        return Rejection(resource=self.kind, object_id=None, reason=row.reason, offset=row.place)


@dataclass(slots=True, kw_only=True)
class TableStaging:
    """The staging of one region's tables; `unknowns` counts what their formats do not have."""

    connection: Connection
    region_files: RegionFiles
    dataset: Dataset
    projection: Projection
    progress: Callable[[str], None]
    now: datetime
    unknowns: Unknowns = field(default_factory=Unknowns)
    _files: dict[Resource, StagedFile] = field(default_factory=dict)
    _known: dict[Resource, set[str]] = field(default_factory=dict)
    _named: dict[Resource, dict[str, Any]] = field(default_factory=dict)

    def run(self) -> dict[Resource, StagedFile]:
        """Stage every kind that the tables tell of; return what each staging table holds."""
        by_kind: dict[Resource, list[FoundTable]] = {}
        for table in self.region_files.tables:
            by_kind.setdefault(table.column_map.of, []).append(table)
        for kind, tables in by_kind.items():
            self._stage_kind(kind, tables)
        self._stage_named([kind for kind in Resource if kind not in by_kind])
        return self._files

    def _stage_kind(self, kind: Resource, tables: list[FoundTable]) -> None:
        # Nothing else can be asked of the connection while rows are copied.
        sources = [self._insert_source(table, kind) for table in tables]
        reports = [Staged(table.source.label) for table in tables]
        parts = [self._stage(*each) for each in zip(tables, sources, reports, strict=True)]
        self._copy(kind, chain.from_iterable(parts))
        for source_id, staged in zip(sources, reports, strict=True):
            insert_rejections(self.connection, staged.rejections, source_id)
            self.unknowns.add_all(staged.unknowns)
        rejections = [rejection for staged in reports for rejection in staged.rejections]
        self._files[kind] = StagedFile(
            source_id=sources[0],
            origin=tables[0].origin,
            seen=sum(staged.seen for staged in reports),
            rejected=len(rejections),
            unreadable_identifiers=sum(r.object_id is None for r in rejections),
            first_rejection=next((r.first_rejection for r in reports if r.rejections), ""),
            lists_all=kind in tables[0].column_map.complete,
            knows=frozenset(self._known[kind]),
            parts=dict(zip(sources, [staged.seen for staged in reports], strict=True)),
        )

    def _stage(self, table: FoundTable, source_id: int, staged: Staged) -> Iterator[bytes]:
        kind, region = table.column_map.of, self.region_files.region
        ticker = Ticker(f"{region.label} {kind.plural}", self.progress)
        with table.source.open(table.column_map) as opened:
            for name in table.column_map.list_unused(opened.columns):
                staged.unknowns.add_element(table.source.label, name)
            mapper = RowMapper(
                table.column_map,
                opened.columns,
                region,
                Unknowns(),
                crs=opened.crs,
                label=table.source.label,
            )
            self._learn_columns(kind, mapper.fields)
            stager = PieceStager(
                split=opened.make_splitter(),
                mapper=mapper,
                kind=kind,
                source_id=source_id,
                projection=self.projection,
            )
            for piece in apply_to_all(stager, opened.cut()):
                staged.add(piece.block)
                self._gather(piece.named)
                ticker.tell(staged.seen)
                yield piece.block.rows

    def _learn_columns(self, of: Resource, fields: Iterable[str]) -> None:
        for kind in Resource:
            known = list_known_columns(kind, fields, own=kind is of)
            self._known[kind] = self._known.get(kind, set()) | known

    def _gather(self, named: Named) -> None:
        for kind, records in named.items():
            gathered = self._named.setdefault(kind, {})
            for object_id, record in records.items():
                gathered.setdefault(object_id, record)

    def _stage_named(self, kinds: list[Resource]) -> None:
        """Stage what rows told of kinds that have no table of their own."""
        table = self.region_files.tables[0]
        for kind in kinds:
            records = list(self._named.get(kind, {}).values())
            if not records:
                continue
            source_id = self._insert_source(table, kind)
            rows = make_rows(kind, records, source_id, self.projection)
            self._copy(kind, [format_rows(rows)])
            self._files[kind] = StagedFile(
                source_id=source_id,
                origin=table.origin,
                seen=len(records),
                rejected=0,
                unreadable_identifiers=0,
                lists_all=kind in table.column_map.complete,
                knows=frozenset(self._known[kind]),
            )

    def _copy(self, kind: Resource, parts: Iterable[bytes]) -> None:
        copy_staged(self.connection, kind, parts)
        write_unseen(self.connection, kind, np.array([], np.int64))  # every row is read every time

    def _insert_source(self, table: FoundTable, kind: Resource) -> int:
        return insert_source(
            self.connection,
            region=self.region_files.region,
            dataset=self.dataset,
            resource=kind,
            family=self.region_files.family,
            complete=kind in table.column_map.complete,
            origin=table.origin,
            imported_at=self.now,
        )
