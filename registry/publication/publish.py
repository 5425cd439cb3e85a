"""From staged rows to a release: compare, write the differences, number them, all at once.

The caller owns the transaction. Until it commits, no reader sees any of this; when it does,
all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from psycopg import Connection
from psycopg.sql import Composed

from geo.pipelines import DatumShift
from registry.domain.change import ENDED_STATUSES, Change
from registry.domain.dataset import Dataset
from registry.domain.edition import Counts, Edition, Outcome, Permissions, ReleaseNote
from registry.domain.errors import InputRefused
from registry.domain.resource import Resource
from registry.publication import first_load, judgement, mutations, precedence
from registry.publication.mirroring import refuse_if_mirror
from registry.publication.releases import NewRelease, write_release
from registry.publication.steps import Boundary, OnBoundary, Step
from registry.publication.successions import infer_successions
from registry.store.staging import keep_one_of_repeated
from registry.store.statements import compose, compose_first_load, read_statement

Progress = Callable[[str], None]
_MOST_LEARNED = 500_000  # hashes of unchanged records, an import and kind


@dataclass(slots=True, kw_only=True)
class _Publication:
    """The state of one publication: the numbers taken so far."""

    connection: Connection
    edition: Edition
    number: int
    first_seq: int
    last_seq: int
    replaces_sample: bool
    first_load: bool
    rehearses: bool


def publish(
    connection: Connection,
    edition: Edition,
    *,
    permissions: Permissions,
    shift: DatumShift,
    progress: Progress,
    on_boundary: OnBoundary,
) -> Outcome:
    """Write what the edition changes as the region's next release and return what it did.

    InputRefused when it is older than what the register has, or its totals are too far from
    the last ones; the caller's transaction then rolls back.
    """
    publication = _start(connection, edition, rehearses=permissions.dry_run)

    def reach(step: Step, resource: Resource | None = None) -> None:
        on_boundary(Boundary(region=edition.region, step=step, resource=resource))

    outcome = Outcome(region=edition.region)
    outcome.warnings += _guard(connection, edition, permissions)
    for resource in (kind for kind in Resource if kind in edition.files):
        progress(f"{edition.region.label}: comparing {resource.plural}")
        if not edition.complete:
            mutations.settle_lists(connection, edition, resource, permissions)
        outcome.counts[resource] = _publish_resource(publication, resource)
        outcome.warnings += _explain(edition, resource, outcome.counts[resource])
        reach(Step.COMPARED, resource)
    if publication.first_load:
        progress(f"{edition.region.label}: indexing")
        first_load.index(connection, edition.region, publication.number)
        reach(Step.INDEXED)
    progress(f"{edition.region.label}: checking")
    connection.execute("select registry.analyze_names()")
    compose_on_addresses = partial(_compose_on_addresses, publication)
    outcome.findings = judgement.find_findings(connection, edition, compose_on_addresses)
    # Findings are about files, so they are kept also when the file changes nothing.
    judgement.write_findings(connection, edition, publication.last_seq, compose_on_addresses)
    reach(Step.CHECKED)
    if publication.last_seq >= publication.first_seq:
        outcome.release = _write_release(publication, outcome, shift, progress)
        reach(Step.COUNTED)
    _finish_sources(publication, outcome)
    _attach_first_load(publication, progress, reach)
    return outcome


def _start(connection: Connection, edition: Edition, *, rehearses: bool) -> _Publication:
    connection.execute(read_statement("lock_publishing"))
    connection.execute(read_statement("allow_memory"))
    refuse_if_mirror(connection)
    state = connection.execute(read_statement("fetch_register_state")).fetchone()
    assert state is not None  # noqa: S101 - an aggregate has one row
    last_seq, number, has_open, has_sample = state
    if edition.dataset is Dataset.SAMPLE and has_open:
        raise InputRefused("The register holds real data; the sample is only for an empty one.")
    readable = {kind for kind, file in edition.files.items() if file.seen > file.rejected}
    if edition.complete and not readable:
        first = [f.first_rejection for f in edition.files.values() if f.first_rejection][:1]
        raise InputRefused(
            f"{edition.region.label}: these files hold no row that can be read."
            + "".join(f" The first is at {why}" for why in first)
        )
    replaces_sample = has_sample and edition.dataset is Dataset.OPEN
    if replaces_sample:
        connection.execute("select registry.withdraw_sample()")
    return _Publication(
        connection=connection,
        edition=edition,
        number=number + 1,
        first_seq=last_seq + 1,
        last_seq=last_seq,
        replaces_sample=replaces_sample,
        first_load=Resource.ADDRESS in readable
        and (replaces_sample or first_load.is_due(connection, edition.region)),
        rehearses=rehearses,
    )


def _guard(connection: Connection, edition: Edition, permissions: Permissions) -> list[str]:
    """Refuse what may not be published; return warnings."""
    judgement.guard_age(connection, edition, permissions)
    if edition.complete:
        return judgement.guard_totals(connection, edition, permissions)
    mutations.guard_base(connection, edition)
    return []


def _publish_resource(publication: _Publication, resource: Resource) -> Counts:
    connection, file = publication.connection, publication.edition.files[resource]
    repeated = keep_one_of_repeated(connection, resource, may_tell_again=file.knows is not None)
    counts = Counts(seen=file.seen, rejected=file.rejected + repeated)
    standing = precedence.settle(connection, publication.edition, resource, publication.last_seq)
    counts.outranked = standing.outranked
    distinct = file.seen - counts.rejected
    if resource is Resource.ADDRESS and publication.first_load:
        counts.by_change[Change.ADDED] = first_load.write_addresses(
            connection, publication.edition.region, publication.number, publication.last_seq
        )
    else:
        counts.by_change |= _write_differences(publication, resource, outlisted=standing.outlisted)
    told = counts.changed - counts.by_change[Change.REMOVED]
    counts.unchanged = distinct - told - counts.outranked
    publication.last_seq += counts.changed
    return counts


def _write_differences(
    publication: _Publication, resource: Resource, *, outlisted: bool
) -> dict[Change, int]:
    connection, edition = publication.connection, publication.edition
    file = edition.files[resource]
    connection.execute(compose("make_delta", resource))
    parameters = {
        "region": edition.region,
        "resource": resource,
        "rank": edition.family.rank,
        "outlisted": outlisted,
        "ended": list(ENDED_STATUSES),
        "extracted_at": file.origin.extracted_at,
        "last_seq": publication.last_seq,
    }
    told = connection.execute(compose("find_changes", resource), parameters).rowcount
    if file.lists_all and not file.unreadable_identifiers:
        parameters["last_seq"] = publication.last_seq + told
        removals = "find_removals" if edition.complete else "find_deletions"
        connection.execute(compose(removals, resource), parameters)
    for statement in ("close_versions", "insert_identities", "insert_versions"):
        connection.execute(compose(statement, resource), parameters)
    connection.execute(
        compose("update_record_hashes", resource),
        {"region": edition.region, "rank": edition.family.rank, "most": _MOST_LEARNED},
    )
    rows = connection.execute(compose("count_changes", resource)).fetchall()
    return {Change(change): count for change, count in rows}


def _explain(edition: Edition, resource: Resource, counts: Counts) -> list[str]:
    """Say what an operator may not expect of a file."""
    file, name = edition.files[resource], edition.region.label
    warnings = []
    if file.first_rejection:
        warnings.append(
            f"{name}: {file.rejected:,} of {file.seen:,} rows of {resource.plural} rejected. The"
            f" first: {file.origin.path or file.origin.container}, {file.first_rejection}"
        )
    if file.unreadable_identifiers and file.lists_all:
        warnings.append(
            f"{file.unreadable_identifiers} rows of {file.origin.path or file.origin.container}"
            f" have no readable identifier, so no {resource.plural} were removed: any of them may"
            " be meant."
        )
    if counts.outranked:
        warnings.append(
            f"{name}: {counts.outranked:,} of {counts.seen:,} {resource.plural} left out: a richer"
            " format told of them, or listed all there are."
        )
    return warnings


def _write_release(
    publication: _Publication,
    outcome: Outcome,
    shift: DatumShift,
    progress: Progress,
) -> ReleaseNote:
    note = ReleaseNote(
        number=publication.number,
        region=publication.edition.region,
        first_seq=publication.first_seq,
        last_seq=publication.last_seq,
    )
    release = NewRelease(
        note=note,
        dataset=publication.edition.dataset,
        counts=outcome.counts,
        shift=shift,
        is_first_load=publication.first_load,
    )
    if not publication.first_load:
        infer_successions(publication.connection, note.region, note.first_seq, note.last_seq)
    write_release(publication.connection, release, progress=progress)
    return note


def _attach_first_load(
    publication: _Publication, progress: Progress, reach: Callable[[Step], None]
) -> None:
    # Last of all: dropping the sample's tables holds a lock that readers wait for.
    connection, region = publication.connection, publication.edition.region
    if publication.rehearses:
        if publication.first_load:
            first_load.rehearse(connection, region, publication.number)
        return
    if publication.replaces_sample:
        progress("Withdrawing the sample: the register holds real data now")
        first_load.drop_sample(connection)
        reach(Step.SAMPLE_DROPPED)
    if publication.first_load:
        first_load.attach(connection, region, publication.number)
        reach(Step.ATTACHED)


def _compose_on_addresses(publication: _Publication, name: str) -> Composed:
    """Return a statement on the region's addresses, wherever they are at this moment."""
    if publication.first_load:
        return compose_first_load(name, publication.edition.region, publication.number)
    return compose(name, Resource.ADDRESS)


def _finish_sources(publication: _Publication, outcome: Outcome) -> None:
    number = outcome.release.number if outcome.release else None
    for file in publication.edition.files.values():
        for source_id, seen in {file.source_id: file.seen, **file.parts}.items():
            publication.connection.execute(
                read_statement("finish_source"),
                {"id": source_id, "seen": seen, "release_number": number},
            )
