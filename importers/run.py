"""The journey of a file, top to bottom: list, read, stage, publish. One transaction per region."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg
from psycopg import Connection

from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from importers.download import fetch_source
from importers.region_files import list_region_files
from importers.region_import import ImportOptions, RegionImport
from importers.summary import ImportSummary
from registry.clock import utc_now
from registry.domain.edition import Outcome
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.publication.mirroring import refuse_if_mirror
from registry.publication.steps import Boundary, OnBoundary, Step, ignore_boundary
from registry.quality.inspection import inspect_region, is_inspected
from registry.settings import Settings
from registry.store.connections import Role, connect

Progress = Callable[[str], None]


class ImportInterrupted(Exception):
    """Database or machine failed, which is its cause; `summary` says what was published before."""

    def __init__(self, summary: ImportSummary) -> None:
        super().__init__(summary.failure)
        self.summary = summary


def run_import(
    settings: Settings,
    sources: Sequence[str],
    options: ImportOptions,
    progress: Progress,
    on_boundary: OnBoundary = ignore_boundary,
) -> ImportSummary:
    """Import files, folders or URLs (none: the public full download) into the register.

    Regions are published one after the other; when one is refused the earlier ones stand and
    the rest is not tried. InputRefused when nothing could be tried at all, ImportInterrupted
    when database or machine failed on the way. `on_boundary` hears of every step done.
    """
    refuse_in_mirror(settings)
    paths = [fetch_source(settings, source, progress) for source in sources or [""]]
    listed = list_region_files(paths, options.column_file)
    by_region = listed.by_region
    summary = ImportSummary()
    if listed.passed_over:
        summary.warnings.append(f"passed over: {'; '.join(listed.passed_over)}")

    def reach(boundary: Boundary) -> None:
        summary.note_seconds(boundary)
        on_boundary(boundary)

    projection = Projection(choose_datum_shift(settings.proj_grid))
    with connect(settings, Role.IMPORTER, application_name="best import") as connection:
        connection.rollback()
        connection.autocommit = True
        for done, region_files in enumerate(by_region):
            region_import = RegionImport(connection, projection, options, summary, progress, reach)
            summary.not_tried = [later.region for later in by_region[done + 1 :]]
            try:
                outcome = region_import.run(region_files, utc_now())
            except InputRefused as refusal:
                summary.failure = str(refusal)
                break
            except (psycopg.Error, OSError, EnvironmentProblem) as error:
                summary.failure = f"{region_files.region.label} was not published: {error}".strip()
                interruption = ImportInterrupted(summary)
                interruption.add_note(f"{region_files.region.label} was not published.")
                raise interruption from error
            if options.permissions.dry_run:
                _renumber(outcome, summary.outcomes)
            summary.outcomes.append(outcome)
            if not options.permissions.dry_run:
                reach(Boundary(region=region_files.region, step=Step.COMMITTED))
                # Also when nothing changed: a run that died right here left old statistics.
                _finish(connection, outcome, progress)
                reach(Boundary(region=region_files.region, step=Step.ANALYZED))
                if options.inspects:
                    _inspect(connection, outcome, progress)
                reach(Boundary(region=region_files.region, step=Step.INSPECTED))
    return summary


def refuse_in_mirror(settings: Settings) -> None:
    """Refuse before anything is fetched: a mirror takes no files."""
    with connect(settings, Role.IMPORTER, application_name="best import") as connection:
        refuse_if_mirror(connection)


def _finish(connection: Connection, outcome: Outcome, progress: Progress) -> None:
    """Say what is published; refresh the planner's statistics, which takes seconds."""
    if outcome.release:
        progress(f"{outcome.region.label}: published as release {outcome.release.number}")
    try:
        connection.execute("select registry.analyze_register()")
    except psycopg.Error as error:
        outcome.warnings.append(f"published, but its statistics were not refreshed: {error}")


def _inspect(connection: Connection, outcome: Outcome, progress: Progress) -> None:
    """Look through what was published, just now or by a run that died before it could."""
    try:
        if is_inspected(connection, outcome.region):
            return
        inspection = inspect_region(connection, outcome.region, progress=progress)
    except psycopg.Error as error:
        outcome.warnings.append(
            f"published, but not inspected: {error}. ./best quality inspect does it again."
        )
        return
    outcome.findings = dict(sorted((outcome.findings | inspection.findings).items()))


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
