"""The tables in what was given: which there are, of which format, and of whose addresses."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from importers.containers import SourceFile
from importers.formats.catalogue import FORMATS
from importers.formats.format import Format, Look
from importers.tables.column_map import ColumnMap
from importers.tables.dbf import DbfTable
from importers.tables.delimited import DelimitedTable
from importers.tables.fields import make_reader
from importers.tables.geopackage import GeoPackageTable, Layer, list_layers
from importers.tables.references import read_region
from importers.tables.table import BadRow, HeaderRefused, Table
from importers.zips import COMPANIONS, TABLES
from registry.domain.errors import InputRefused
from registry.domain.region import Region


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """A table among the files given: its file, what belongs to that, and the layer in it."""

    file: SourceFile
    companions: tuple[SourceFile, ...] = ()
    layer: Layer | None = None

    @property
    def label(self) -> str:
        """Name for people."""
        return f"{self.file.label}, layer {self.layer.name}" if self.layer else self.file.label

    @contextmanager
    def open(self, column_map: ColumnMap | None = None) -> Iterator[Table]:
        """Open the table as its map sees it, which knows what the file cannot say."""
        with self._open(column_map) as table:
            yield column_map.view(table) if column_map and column_map.view else table

    @contextmanager
    def _open(self, column_map: ColumnMap | None) -> Iterator[Table]:
        with ExitStack() as opened:
            if self.layer is not None:
                path = opened.enter_context(self.file.unpack())
                yield GeoPackageTable(path, self.file.label, self.layer)
                return
            stream = opened.enter_context(self.file.open())
            if self.file.suffix == ".dbf":
                shapes = [c for c in self.companions if c.suffix == ".shp"]
                yield DbfTable(
                    stream,
                    self.file.label,
                    shp=opened.enter_context(shapes[0].open()) if shapes else None,
                    prj=self._read_companion(".prj"),
                    cpg=self._read_companion(".cpg"),
                )
                return
            yield DelimitedTable(
                stream,
                self.file.label,
                encoding=(column_map.encoding if column_map else None) or "utf-8",
                separator=column_map.separator if column_map else None,
            )

    def _read_companion(self, suffix: str) -> str | None:
        for companion in self.companions:
            if companion.suffix == suffix:
                with companion.open() as stream:
                    return stream.read().decode("ascii", errors="replace")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTable:
    """A table whose format is known: what its columns say, of which regions, and since when."""

    source: TableSource
    format: Format
    column_map: ColumnMap
    regions: frozenset[Region]
    extracted_at: datetime


def list_tables(files: list[SourceFile]) -> list[TableSource]:
    """Return the tables in the files; InputRefused: shapes without their rows."""
    tables: list[TableSource] = []
    taken: set[str] = set()
    companions = [file for file in files if file.suffix in COMPANIONS]
    for file in (file for file in files if file.suffix in TABLES):
        if file.suffix == ".gpkg":
            with file.unpack() as path:
                layers = list_layers(path, file.label)
            tables += [TableSource(file=file, layer=layer) for layer in layers]
            continue
        own = tuple(c for c in companions if file.suffix == ".dbf" and c.belongs_to(file))
        taken |= {companion.label for companion in own}
        tables.append(TableSource(file=file, companions=own))
    for file in companions:
        if file.suffix == ".shp" and file.label not in taken:
            raise InputRefused(f"{file.label}: the .dbf of the same name is not there: give both")
    return tables


def recognise(
    source: TableSource, given: Format | None, undated_at: datetime | None = None
) -> KnownTable | None:
    """Return a table with its format, the given one or the first that knows it.

    HeaderRefused: it cannot be told, or the given format's columns are not there.
    """
    given_map = given.recognise(Look(columns=frozenset(), name="")) if given else None
    with source.open(given_map) as table:
        look = Look(
            columns=frozenset(table.columns),
            name=source.file.name,
            layer=source.layer.name if source.layer else "",
        )
        found = next(
            ((f, m) for f in ((given,) if given else FORMATS) if (m := f.recognise(look))), None
        )
        if found is None:
            return None
        form, column_map = found
        if given:
            try:
                column_map.locate(table.columns, source.label)
            except InputRefused as refusal:
                raise HeaderRefused(str(refusal)) from refusal
        return KnownTable(
            source=source,
            format=form,
            column_map=column_map,
            regions=_find_regions(table, column_map),
            extracted_at=column_map.extracted_at
            or table.extracted_at
            or undated_at
            or source.file.modified_at,
        )


def _find_regions(table: Table, column_map: ColumnMap) -> frozenset[Region]:
    """Return the regions that rows are of; a row that says none is rejected when it is read."""
    if column_map.region is not None:
        return frozenset({column_map.region})
    if "region" in column_map.constants:
        return frozenset({read_region(column_map.constants["region"])})
    places = column_map.locate(table.columns, table.label)
    read, split = make_reader(column_map, places, "region"), table.make_splitter()
    regions = set[Region]()
    for piece in table.cut():
        told = {read(row[0]) for row in split(piece) if not isinstance(row, BadRow)}
        regions |= {region for text in told if (region := _find_region(text))}
        if regions and column_map.one_region:
            break
    if not regions:
        raise InputRefused(f"{table.label}: no row says of which region it is")
    if column_map.one_region and len(regions) > 1:
        raise InputRefused(
            f"{table.label}: rows of {' and '.join(sorted(r.label for r in regions))}, where a file"
            " is of one region"
        )
    return frozenset(regions)


def _find_region(text: str | None) -> Region | None:
    try:
        return None if text is None else read_region(text)
    except ValueError:
        return None
