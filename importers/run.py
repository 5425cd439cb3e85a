"""The journey of a file, top to bottom: list, read, stage, publish. One transaction per region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

import psycopg
from psycopg import Connection

from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from importers.best_xml.reader import BestXmlFile
from importers.deliveries import BEST_XML, DeliveredFile, Delivery, list_deliveries
from importers.download import fetch_source
from importers.unknowns import Unknowns
from registry.clock import utc_now
from registry.domain.dataset import Dataset
from registry.domain.edition import Edition, Outcome, Permissions, StagedFile
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.publish import publish
from registry.settings import Settings
from registry.store.connections import Role, connect
from registry.store.sources import insert_source
from registry.store.staging import make_import_tables, stage_rows
from registry.store.statements import read_statement

Progress = Callable[[str], None]
_TELL_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to import; see `./best import --help` for the words."""

    permissions: Permissions = field(default_factory=Permissions)
    dataset: Dataset = Dataset.OPEN


@dataclass(slots=True)
class ImportSummary:
    """What an import did, per region; `failure` says why it stopped before the end."""

    outcomes: list[Outcome] = field(default_factory=list)
    unknowns: Unknowns = field(default_factory=Unknowns)
    failure: str | None = None
    not_tried: list[Region] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a region was refused; the ones before it stand."""
        return self.failure is not None

    def to_json(self) -> dict[str, object]:
        """Return the summary as `./best import --json` prints it."""
        summary: dict[str, object] = {
            "release": [_release_to_json(o) for o in self.outcomes if o.release],
            "regions": {o.region.label: _counts_to_json(o) for o in self.outcomes},
            "findings": self._sum_findings(),
            "unknown": self.unknowns.to_json(),
            "warnings": [warning for o in self.outcomes for warning in o.warnings],
        }
        if self.failure is not None:
            summary["failure"] = self.failure
            summary["notTried"] = [region.label for region in self.not_tried]
        return summary

    def _sum_findings(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for outcome in self.outcomes:
            for rule, count in outcome.findings.items():
                total[rule] = total.get(rule, 0) + count
        return dict(sorted(total.items()))


class ImportInterrupted(Exception):
    """Database or machine failed, which is its cause; `summary` says what was published before."""

    def __init__(self, summary: ImportSummary) -> None:
        super().__init__(summary.failure)
        self.summary = summary


def _release_to_json(outcome: Outcome) -> dict[str, object]:
    release = outcome.release
    assert release is not None  # noqa: S101 - the caller asked
    return {
        "number": release.number,
        "region": release.region.label,
        "firstSeq": release.first_seq,
        "lastSeq": release.last_seq,
    }


def _counts_to_json(outcome: Outcome) -> dict[str, dict[str, int]]:
    return {kind.plural: counts.to_json() for kind, counts in outcome.counts.items()}


def run_import(
    settings: Settings,
    sources: Sequence[str],
    options: ImportOptions,
    progress: Progress,
) -> ImportSummary:
    """Import files, folders or URLs (none: the public full download) into the register.

    Regions are published one after the other; when one is refused the earlier ones stand and
    the rest is not tried. InputRefused when nothing could be tried at all, ImportInterrupted
    when database or machine failed on the way.
    """
    paths = [fetch_source(settings, source, progress) for source in sources or [""]]
    deliveries = list_deliveries(paths)
    summary = ImportSummary()
    projection = Projection(choose_datum_shift(settings.proj_grid))
    with connect(settings, Role.IMPORTER, application_name="best import") as connection:
        connection.rollback()
        connection.autocommit = True
        for done, delivery in enumerate(deliveries):
            region_import = RegionImport(connection, projection, options, summary, progress)
            summary.not_tried = [later.region for later in deliveries[done + 1 :]]
            try:
                outcome = region_import.run(delivery, utc_now())
            except InputRefused as refusal:
                summary.failure = str(refusal)
                break
            except (psycopg.Error, OSError, EnvironmentProblem) as error:
                summary.failure = f"{delivery.region.label} was not published: {error}".strip()
                raise ImportInterrupted(summary) from error
            if options.permissions.dry_run:
                _renumber(outcome, summary.outcomes)
            summary.outcomes.append(outcome)
            if outcome.release and not options.permissions.dry_run:
                progress(f"{delivery.region.label}: published as release {outcome.release.number}")
                _analyze(connection, outcome)
    return summary


def _analyze(connection: Connection, outcome: Outcome) -> None:
    """Refresh the planner's statistics: after the commit, for it takes seconds."""
    try:
        connection.execute("select registry.analyze_register()")
    except psycopg.Error as error:
        outcome.warnings.append(f"published, but its statistics were not refreshed: {error}")


def _renumber(outcome: Outcome, earlier: list[Outcome]) -> None:
    """Number a rehearsed release after the ones before it, which were rolled back."""
    releases = [o.release for o in earlier if o.release]
    taken = sum(release.last_seq - release.first_seq + 1 for release in releases)
    if outcome.release:
        outcome.release = replace(
            outcome.release,
            number=outcome.release.number + len(releases),
            first_seq=outcome.release.first_seq + taken,
            last_seq=outcome.release.last_seq + taken,
        )


@dataclass(frozen=True, slots=True)
class RegionImport:
    """The import of one region's files, all or nothing."""

    connection: Connection
    projection: Projection
    options: ImportOptions
    summary: ImportSummary
    progress: Progress

    def run(self, delivery: Delivery, now: datetime) -> Outcome:
        """Stage and publish; nothing stays when anything is refused, or in a dry run."""
        dry_run = self.options.permissions.dry_run
        with self.connection.transaction(force_rollback=dry_run):
            # Before any table is touched: who waits here must hold nothing the other needs.
            self._wait_for_turn()
            make_import_tables(self.connection)
            files = {
                resource: self._stage(delivery.region, resource, delivery.files[resource], now)
                for resource in Resource
                if resource in delivery.files
            }
            edition = Edition(
                region=delivery.region,
                dataset=self.options.dataset,
                family=BEST_XML,
                complete=True,
                files=files,
            )
            return publish(
                self.connection,
                edition,
                permissions=self.options.permissions,
                shift=self.projection.shift,
                progress=self.progress,
            )

    def _wait_for_turn(self) -> None:
        row = self.connection.execute(read_statement("try_lock_publishing")).fetchone()
        if row is None or not row[0]:
            self.progress("Another import is under way; waiting until it is done")
            self.connection.execute(read_statement("lock_publishing"))

    def _stage(
        self, region: Region, resource: Resource, delivered: DeliveredFile, now: datetime
    ) -> StagedFile:
        source_id = insert_source(
            self.connection,
            region=region,
            dataset=self.options.dataset,
            resource=resource,
            family=BEST_XML,
            complete=True,
            origin=delivered.origin,
            imported_at=now,
        )
        with delivered.file.open() as stream:
            rows = BestXmlFile(stream, delivered.file.label).read_rows(
                region, resource, self.summary.unknowns
            )
            staged = stage_rows(
                self.connection,
                resource,
                source_id,
                rows,
                projection=self.projection,
                on_rows=Ticker(f"{region.label} {resource.plural}", self.progress).tell,
            )
        return StagedFile(
            source_id=source_id,
            origin=delivered.origin,
            seen=staged.seen,
            rejected=len(staged.rejections),
            unreadable_identifiers=sum(r.object_id is None for r in staged.rejections),
        )


@dataclass(slots=True)
class Ticker:
    """Tells how far a long count is, at most every two seconds."""

    what: str
    progress: Progress
    began: float = field(default_factory=monotonic)
    told: float = field(default_factory=monotonic)

    def tell(self, count: int) -> None:
        """Hear the count so far; say it when it is time."""
        now = monotonic()
        if now - self.told >= _TELL_EVERY_SECONDS:
            self.told = now
            rate = count / (now - self.began)
            self.progress(f"{self.what}: {count:,} read, {rate:,.0f} a second")
