"""A delivery's file tried out: everything an import does, looked at, and rolled back.

The very code of an import and of the inspection after it, in one transaction that never commits.
Nothing stays in the register but gaps in the numbers of sources and findings.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from importers.checking.delivered import (
    OtherRegion,
    choose_region,
    describe_file,
    hide_folder,
    list_files,
    list_found,
    list_kinds,
    list_times,
    name_regions,
    tells_other_region,
)
from importers.checking.drift import compare_shapes
from importers.checking.findings import describe_findings, keep_open
from importers.checking.shape import make_shape
from importers.checking.verdicts import NO_FINDINGS, describe_guard, describe_rejection, list_notes
from importers.region_files import RegionFiles
from importers.region_import import ImportOptions, RegionImport
from importers.summary import ImportSummary
from importers.ticker import stop_after
from registry.clock import utc_now
from registry.deliveries.guards import judge
from registry.deliveries.rejections import Rejection
from registry.domain.edition import Outcome, Permissions
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.features import write_features
from registry.publication.judgement import OlderThanRegister
from registry.publication.preview import Before, Preview, look_before, make_preview
from registry.publication.steps import Boundary, Step
from registry.quality.inspection import inspect_region
from registry.settings import Settings
from registry.store.statements import read_statement

Progress = Callable[[str], None]
Json = dict[str, Any]
_MOST_UNKNOWN = 100
_MOST_HOURS = 4.0  # the worker does nothing else meanwhile; a whole region takes minutes
_OF_ONE_EXTRACTION = timedelta(days=1)  # its files are written over hours, and people name a day


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """A file, the region it is for, and what was declared of it; None: nothing was.

    `counts` are objects by the plural of their kind, `kinds` those the agency may deliver,
    `thresholds` the guards'. `last_shape` is what the check of `last_delivery` returned.
    `others_allowed`: what the file holds of other regions is passed over.
    """

    path: Path
    region: Region
    complete: bool | None = None
    extracted_at: datetime | None = None
    counts: Mapping[str, int] | None = None
    declared_sha256: str | None = None
    sha256: str | None = None
    kinds: frozenset[Resource] | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    last_shape: Mapping[str, Any] | None = None
    last_delivery: str | None = None
    others_allowed: bool = False
    geojson_path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check found: documents as they are stored, and the release it compared with.

    `preview` and `shape` are None when the file cannot be published at all.
    """

    verdict: str
    report: Json
    preview: Json | None
    shape: Json | None
    basis: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rehearsal:
    """What was read off a publication before it was rolled back."""

    outcome: Outcome
    preview: Preview
    findings: Json
    shape: Json
    notes: list[str]
    summary: ImportSummary


def check_files(
    connection: Connection, settings: Settings, request: CheckRequest, progress: Progress
) -> Check:
    """Try a file out and return what is wrong with it and what it would change.

    `connection` is the importer's, in autocommit. Whatever is wrong with the file is in the
    report. EnvironmentProblem, FileLost, OSError and errors of the database are not: try again.
    """
    return _Checking(connection, settings, request, stop_after(_MOST_HOURS, progress)).run()


class _Checking:
    """One check: what rejects the delivery, and all that can be said of it nevertheless."""

    def __init__(
        self, connection: Connection, settings: Settings, request: CheckRequest, progress: Progress
    ) -> None:
        self._connection = connection
        self._projection = Projection(choose_datum_shift(settings.proj_grid))
        self._request = request
        self._progress = progress
        self._rejections: list[Json] = []
        self._passed_over: list[str] = []
        self._last_source = 0
        self._before: Before | None = None

    def run(self) -> Check:
        region_files = self._find_files()
        rehearsal = None
        if region_files is not None:
            self._compare_with_declared(region_files)
            rehearsal = self._try_out(region_files)
            if rehearsal is not None:
                self._judge_outcome(rehearsal, region_files)
        return self._make_check(region_files, rehearsal)

    def _reject(self, rejection: Rejection, detail: str, places: Iterable[Json] = ()) -> None:
        text = hide_folder(detail, self._request.path)
        self._rejections.append(describe_rejection(rejection, text, places))

    def _refuse(self, refusal: InputRefused) -> None:
        """Note a refusal in its own words, under the rule that says what kind of one it is."""
        of_other = isinstance(refusal, OtherRegion) or tells_other_region(str(refusal))
        self._reject(
            Rejection.OTHER_REGION if of_other else Rejection.UNREADABLE_FILE, str(refusal)
        )

    def _find_files(self) -> RegionFiles | None:
        request = self._request
        declared, found = request.declared_sha256, request.sha256
        if declared and found and declared.lower() != found.lower():
            self._reject(Rejection.CHECKSUM_DIFFERS, f"declared {declared}, received {found}")
            return None
        try:
            by_region, self._passed_over = list_found(
                request.path, request.extracted_at, request.sha256
            )
            region_files = choose_region(by_region, request.region)
        except InputRefused as refusal:
            self._refuse(refusal)
            return None
        others = [each for each in by_region if each is not region_files]
        if others and not request.others_allowed:
            self._reject(Rejection.OTHER_REGION, f"it also holds files of {name_regions(others)}")
        return region_files

    def _compare_with_declared(self, region_files: RegionFiles) -> None:
        request = self._request
        if request.complete is not None and request.complete != region_files.complete:
            words = {True: "full", False: "of mutations"}
            self._reject(
                Rejection.COMPLETENESS_DIFFERS,
                f"declared {words[request.complete]}, its files are {words[region_files.complete]}",
            )
        times, declared = list_times(region_files), request.extracted_at
        earliest, latest = times[0] - _OF_ONE_EXTRACTION, times[-1] + _OF_ONE_EXTRACTION
        if declared and not earliest <= declared <= latest:
            ends = sorted({times[0], times[-1]})
            told = " to ".join(time.astimezone(UTC).isoformat() for time in ends)
            detail = f"declared {declared.isoformat()}, it says {told}"
            self._reject(Rejection.EXTRACTION_TIME_DIFFERS, detail)

    def _try_out(self, region_files: RegionFiles) -> _Rehearsal | None:
        permissions = Permissions(dry_run=True, accept_totals=True)
        try:
            try:
                return self._rehearse(region_files, permissions)
            except OlderThanRegister as refusal:
                self._reject(Rejection.OLDER_THAN_REGISTER, str(refusal).partition(" Use --")[0])
                return self._rehearse(region_files, replace(permissions, allow_older=True))
        except InputRefused as refusal:
            self._refuse(refusal)
            return None

    def _rehearse(self, region_files: RegionFiles, permissions: Permissions) -> _Rehearsal:
        summary = ImportSummary()
        options = ImportOptions(permissions=permissions)
        with self._connection.transaction(force_rollback=True):
            region_import = RegionImport(
                self._connection, self._projection, options, summary, self._progress, self._listen
            )
            outcome = region_import.write(region_files, utc_now())
            assert self._before is not None  # noqa: S101 - every import takes its turn
            preview = make_preview(self._connection, outcome, self._before)
            self._write_features(preview)
            self._connection.execute(read_statement("check_drop_found"))
            inspect_region(self._connection, outcome.region, progress=self._progress)
            return _Rehearsal(
                outcome=outcome,
                preview=preview,
                findings=describe_findings(
                    self._connection, outcome.region, list_files(region_files), self._last_source
                ),
                shape=make_shape(self._connection, region_files, outcome.region, summary.unknowns),
                notes=list_notes(outcome, self._before, complete=region_files.complete),
                summary=summary,
            )

    def _listen(self, boundary: Boundary) -> None:
        """Look at the region once nobody else can change it, and before this import does."""
        if boundary.step is Step.TURN_TAKEN:
            self._before = look_before(self._connection, boundary.region)
            self._last_source = keep_open(self._connection, boundary.region)

    def _write_features(self, preview: Preview) -> None:
        path = self._request.geojson_path
        if path is None:
            return
        try:
            written = write_features(self._connection, self._request.region, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        preview.document["geoJson"]["features"] = written

    def _judge_outcome(self, rehearsal: _Rehearsal, region_files: RegionFiles) -> None:
        request, counts = self._request, rehearsal.outcome.counts
        found = {kind.plural: count.seen for kind, count in counts.items()}
        differing = [
            f"{plural}: declared {declared:,}, found {found.get(plural, 0):,}"
            for plural, declared in (request.counts or {}).items()
            if declared != found.get(plural, 0)
        ]
        if differing:
            self._reject(Rejection.COUNTS_DIFFER, "; ".join(differing))
        if request.kinds is not None:
            told = list_kinds(region_files) | {k for k, c in counts.items() if c.changed}
            if denied := [kind.plural for kind in Resource if kind in told - request.kinds]:
                self._reject(Rejection.KIND_NOT_AUTHORISED, ", ".join(denied))
        rejected = [each for each in rehearsal.findings["rules"] if each["ruleId"] == "rejectedRow"]
        foreign = [
            place
            for each in rejected
            for place in each["places"]
            if place["inThisFile"] and tells_other_region(place["detail"])
        ]
        if foreign:
            self._reject(Rejection.OTHER_REGION, foreign[0]["detail"], foreign)

    def _make_check(self, region_files: RegionFiles | None, rehearsal: _Rehearsal | None) -> Check:
        request = self._request
        verdicts = judge(rehearsal.preview.measures, request.thresholds) if rehearsal else ()
        verdict = "secondPersonNeeded" if any(each.rings for each in verdicts) else "publishable"
        verdict = "rejected" if self._rejections else verdict
        shape, notes = (rehearsal.shape, rehearsal.notes) if rehearsal else (None, [])
        report = {
            "delivery": None,
            "check": None,
            "checkedAt": utc_now().isoformat(timespec="seconds"),
            "verdict": verdict,
            "file": describe_file(request.path, request.sha256, region_files, self._passed_over),
            **(rehearsal.findings if rehearsal else NO_FINDINGS),
            "rejections": self._rejections,
            "guards": [describe_guard(each) for each in verdicts],
            "drift": compare_shapes(request.last_shape, shape, request.last_delivery),
            "unknown": self._list_unknown(rehearsal) if rehearsal else [],
            "notes": [hide_folder(text, request.path) for text in notes],
        }
        return Check(
            verdict=verdict,
            report=report,
            preview=rehearsal.preview.document if rehearsal else None,
            shape=shape,
            basis=self._before.basis if self._before else 0,
        )

    def _list_unknown(self, rehearsal: _Rehearsal) -> list[Json]:
        told = rehearsal.summary.unknowns.to_json()[:_MOST_UNKNOWN]
        return [
            each | {"where": hide_folder(str(each["where"]), self._request.path)} for each in told
        ]
