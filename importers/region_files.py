"""What was given, sorted: per region one file of each kind, or the tables of one format."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from importers.best_xml.reader import BestXmlFile, Header
from importers.containers import SourceFile, hash_file, list_source_files
from importers.formats.format import Format
from importers.table_sources import KnownTable, TableSource, list_tables, recognise
from importers.tables.column_map import ColumnMap
from importers.tables.table import HeaderRefused
from importers.zips import show
from registry.domain.edition import FormatFamily, SourceOrigin
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

BEST_XML = FormatFamily(name="bestXml", rank=100)
_MOST_NAMED = 5
_PROSE = ".txt"  # may be a licence or a manual


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file whose region and kind are known, with where it came from.

    `complete`: it lists all there is of its kind, and is no file of mutations.
    """

    file: SourceFile
    origin: SourceOrigin
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTable:
    """A table whose format is known, with where it came from."""

    source: TableSource
    column_map: ColumnMap
    origin: SourceOrigin


@dataclass(slots=True, kw_only=True)
class RegionFiles:
    """The files of one region: full ones, files of mutations, or tables of one format."""

    region: Region
    family: FormatFamily = BEST_XML
    title: str = "BeSt XML"
    files: dict[Resource, FoundFile] = field(default_factory=dict)
    tables: list[FoundTable] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether these are no files of mutations."""
        return all(found.complete for found in self.files.values())


@dataclass(slots=True, kw_only=True)
class FoundFiles:
    """The files per region in publishing order; `passed_over` says which files are in none."""

    by_region: list[RegionFiles]
    passed_over: list[str]


@dataclass(slots=True)
class _Sorting:
    """What was found so far."""

    given: Format | None
    undated_at: datetime | None
    by_region: dict[Region, RegionFiles]
    passed_over: dict[str, str] = field(default_factory=dict)
    digests: dict[Path, str] = field(default_factory=dict)

    def take(self, source: Path) -> None:
        files = list_source_files(source)
        for file in files:
            if file.suffix == ".xml":
                self._take_file(file)
        for table in list_tables(files):
            try:
                known = recognise(table, self.given, self.undated_at)
            except HeaderRefused as refusal:
                self.passed_over[table.label] = str(refusal)
                continue
            if known is None:
                self.passed_over[table.label] = f"{table.label}: its columns are of no known format"
                continue
            for region in known.regions:
                self._take_table(self.by_region[region], known)

    def _take_file(self, file: SourceFile) -> None:
        with file.open() as stream:
            header = BestXmlFile(stream, file.label).header
        region, resource = _decide_kind(file, header)
        region_files = self.by_region[region]
        if resource in region_files.files:
            raise _refuse_two(region, resource, region_files.files[resource].file.label, file.label)
        region_files.files[resource] = FoundFile(
            file=file,
            # Every known producer writes a timestamp; without one the zip's own date serves.
            origin=self._make_origin(
                file, header.extracted_at or self.undated_at or file.modified_at
            ),
            complete=header.complete,
        )

    def _take_table(self, region_files: RegionFiles, known: KnownTable) -> None:
        family = known.format.family
        if region_files.tables and region_files.family != family:
            raise _refuse_formats(region_files, region_files.title, known.format.title)
        kind = known.column_map.of
        earlier = [t for t in region_files.tables if t.column_map.of is kind]
        if earlier and kind in known.column_map.complete:
            raise _refuse_two(
                region_files.region, kind, earlier[0].source.label, known.source.label
            )
        region_files.family, region_files.title = family, known.format.title
        table = FoundTable(
            source=known.source,
            column_map=known.column_map,
            origin=self._make_origin(known.source.file, known.extracted_at),
        )
        region_files.tables.append(table)

    def _make_origin(self, file: SourceFile, extracted_at: datetime) -> SourceOrigin:
        if file.container not in self.digests:
            self.digests[file.container] = hash_file(file.container)
        return SourceOrigin(
            container=show(file.container.name),
            sha256=self.digests[file.container],
            path=file.path,
            extracted_at=extracted_at,
        )


def list_region_files(
    sources: Iterable[Path], given: Format | None = None, *, undated_at: datetime | None = None
) -> FoundFiles:
    """Return what the sources hold, per region in publishing order.

    `given` is the format of all tables, `undated_at` when files were extracted that do not say it
    (None: when they were written). InputRefused when nothing is recognised, two files claim
    the same region and kind, or a region has files of two formats, or full and of mutations.
    """
    sorting = _Sorting(given, undated_at, {region: RegionFiles(region=region) for region in Region})
    names = []
    for source in sources:
        sorting.take(source)
        names.append(str(source))
    filled = [d for d in sorting.by_region.values() if d.files or d.tables]
    if not filled:
        if given is not None and len(sorting.passed_over) == 1:
            raise InputRefused(*sorting.passed_over.values())
        raise _refuse_unknown(names, sorting.passed_over)
    for region_files in filled:
        if region_files.files and region_files.tables:
            raise _refuse_formats(region_files, "BeSt XML", region_files.title)
        _guard_one_form(region_files)
    told = [
        why
        for label, why in sorting.passed_over.items()
        if given is not None or not label.endswith(_PROSE)
    ]
    return FoundFiles(by_region=filled, passed_over=told)


def _refuse_unknown(names: list[str], passed_over: dict[str, str]) -> InputRefused:
    looked = "".join(f"\n  {why}" for why in list(passed_over.values())[:_MOST_NAMED])
    more = len(passed_over) - _MOST_NAMED
    return InputRefused(
        f"{', '.join(names)}: no file of a known format in there (looked in zips and folders)"
        + looked
        + (f"\n  and {more:,} more" if more > 0 else "")
    )


def _refuse_two(region: Region, kind: Resource, one: str, other: str) -> InputRefused:
    return InputRefused(
        f"Two files hold the {kind.plural} of {region.label}: {one} and {other}. Give one."
    )


def _refuse_formats(region_files: RegionFiles, one: str, other: str) -> InputRefused:
    return InputRefused(
        f"{region_files.region.label}: files of two formats, {one} and {other}. Import one,"
        " then the other: what the richer one tells stands."
    )


def _guard_one_form(region_files: RegionFiles) -> None:
    forms = {found.complete for found in region_files.files.values()}
    if len(forms) > 1:
        raise InputRefused(
            f"{region_files.region.label}: full files and files of mutations together. Import the"
            " full files first, then the mutations."
        )


def _decide_kind(file: SourceFile, header: Header) -> tuple[Region, Resource]:
    """Return region and kind: the file's word counts, its name fills what it does not say."""
    guess = file.guess_kind()
    region = header.region or (guess[0] if guess else None)
    resource = header.resource or (guess[1] if guess else None)
    if region is None or resource is None:
        raise InputRefused(
            f"{file.label}: cannot tell region and kind, neither from its name (such as"
            " FlandersAddress20261102L72.xml) nor from its root element and source"
        )
    if guess and (region, resource) != guess:
        raise InputRefused(
            f"{file.label}: the name says {guess[0].label} {guess[1].plural}, the content says"
            f" {region.label} {resource.plural}"
        )
    return region, resource
