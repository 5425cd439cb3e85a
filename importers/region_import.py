"""The import of one region: stage its files, publish what they change, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import Connection

from geo.projection import Projection
from importers.formats.format import Format
from importers.region_files import BEST_XML, FoundFile, RegionFiles
from importers.staging import FileStaging
from importers.summary import ImportSummary
from importers.table_staging import TableStaging
from registry.domain.dataset import Dataset
from registry.domain.edition import Edition, Outcome, Permissions, StagedFile
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.publish import publish
from registry.publication.steps import Boundary, OnBoundary, Step
from registry.store.sources import insert_source
from registry.store.staging import make_import_tables
from registry.store.statements import read_statement

Progress = Callable[[str], None]
_UNVERIFIED = (
    "{}: unverified layout: no genuine file of mutations has been seen; these were read as"
    " docs/howto/mutation-files.md says."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to import; see `./best import --help` for the words."""

    permissions: Permissions = field(default_factory=Permissions)
    dataset: Dataset = Dataset.OPEN
    column_file: Format | None = None
    """How to read every table, by the operator's own column map."""
    inspects: bool = True
    """Whether what was published is looked through afterwards (registry.quality)."""


@dataclass(frozen=True, slots=True)
class RegionImport:
    """The import of one region's files, all or nothing."""

    connection: Connection
    projection: Projection
    options: ImportOptions
    summary: ImportSummary
    progress: Progress
    on_boundary: OnBoundary

    def run(self, region_files: RegionFiles, now: datetime) -> Outcome:
        """Stage and publish; nothing stays when anything is refused, or in a dry run."""
        dry_run = self.options.permissions.dry_run
        with self.connection.transaction(force_rollback=dry_run):
            return self.write(region_files, now)

    def write(self, region_files: RegionFiles, now: datetime) -> Outcome:
        """Stage and publish within the caller's transaction, who ends it either way."""
        # Before any table is touched: who waits here must hold nothing the other needs.
        self._wait_for_turn()
        self._reach(region_files.region, Step.TURN_TAKEN)
        make_import_tables(self.connection)
        if region_files.tables:
            files = self._stage_tables(region_files, now)
        else:
            files = {
                resource: self._stage(
                    region_files.region, resource, region_files.files[resource], now
                )
                for resource in Resource
                if resource in region_files.files
            }
        edition = Edition(
            region=region_files.region,
            dataset=self.options.dataset,
            family=region_files.family,
            complete=region_files.complete,
            files=files,
        )
        outcome = publish(
            self.connection,
            edition,
            permissions=self.options.permissions,
            shift=self.projection.shift,
            progress=self.progress,
            on_boundary=self.on_boundary,
        )
        if not edition.complete:
            outcome.warnings.append(_UNVERIFIED.format(region_files.region.label))
        return outcome

    def _reach(self, region: Region, step: Step, resource: Resource | None = None) -> None:
        self.on_boundary(Boundary(region=region, step=step, resource=resource))

    def _wait_for_turn(self) -> None:
        row = self.connection.execute(read_statement("try_lock_publishing")).fetchone()
        if row is None or not row[0]:
            self.progress("Another import is under way; waiting until it is done")
            self.connection.execute(read_statement("lock_publishing"))

    def _stage_tables(self, region_files: RegionFiles, now: datetime) -> dict[Resource, StagedFile]:
        staging = TableStaging(
            connection=self.connection,
            region_files=region_files,
            dataset=self.options.dataset,
            projection=self.projection,
            progress=self.progress,
            now=now,
        )
        files = staging.run()
        self.summary.unknowns.add_all(staging.unknowns)
        for resource in files:
            self._reach(region_files.region, Step.STAGED, resource)
        return files

    def _stage(
        self, region: Region, resource: Resource, found: FoundFile, now: datetime
    ) -> StagedFile:
        source_id = insert_source(
            self.connection,
            region=region,
            dataset=self.options.dataset,
            resource=resource,
            family=BEST_XML,
            complete=found.complete,
            origin=found.origin,
            imported_at=now,
        )
        staged = FileStaging(
            connection=self.connection,
            file=found.file,
            region=region,
            resource=resource,
            dataset=self.options.dataset,
            source_id=source_id,
            projection=self.projection,
            progress=self.progress,
            complete=found.complete,
        ).run()
        self.summary.unknowns.add_all(staged.unknowns)
        self._reach(region, Step.STAGED, resource)
        return StagedFile(
            source_id=source_id,
            origin=found.origin,
            seen=staged.seen,
            rejected=len(staged.rejections),
            unreadable_identifiers=sum(r.object_id is None for r in staged.rejections),
            deletions=staged.deletions,
            first_rejection=staged.first_rejection,
        )
