"""Publication of a delivery: its release and its state in one transaction, both or neither."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from geo.projection import Projection
from importers.checking.delivered import choose_region, list_found
from importers.region_import import ImportOptions, RegionImport
from importers.summary import ImportSummary
from registry.deliveries.agencies import Actor, find_actor, lock_actor
from registry.deliveries.following import follow_release
from registry.deliveries.jobs import defer_check, defer_settle
from registry.deliveries.states import WORKER, State, is_approved
from registry.deliveries.store import (
    Check,
    Delivery,
    change_state,
    find_check,
    find_newest_release,
)
from registry.domain.change import Change
from registry.domain.edition import Outcome, Permissions
from registry.domain.errors import InputRefused
from registry.publication.steps import ignore_boundary
from registry.store.statements import read_statement

_MOVED = "The register moved: release {} is the region's newest, and it was checked against {}."
_DIFFERS = "Publication would change other than the preview says ({})."
_NOT_APPROVED = (
    "The authorisation does not hold, the agency is suspended, or who asked is no member any more."
)


FindActor = Callable[[Connection, str], Actor | None]


class NotAsPreviewed(Exception):
    """What would be published is no longer what the preview says: it needs a new check."""


class NotApproved(Exception):
    """Whoever wanted this may no longer want it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What publication and roll-back need; the connection is in autocommit."""

    connection: Connection
    now: Callable[[], datetime]
    progress: Callable[[str], None]


def publish_delivery(
    publishing: Publishing, delivery: Delivery, file: Path, projection: Projection
) -> None:
    """Publish exactly what the preview says, or say why not and leave the register as it is.

    Where the register moved the delivery is received again, to be checked anew; where nobody may
    want it any more it is checked, to be asked for again.
    """
    connection = publishing.connection
    try:
        with connection.transaction():
            check = _publish(publishing, delivery, file, projection)
            publishing.progress("published, not committed")
            # Last of all: from here on whoever would suspend the agency waits for the commit.
            _guard_approval(connection, delivery, check, publishing.now(), lock_actor)
    except (NotAsPreviewed, InputRefused) as moved:
        with connection.transaction():
            received = _send_back(publishing, delivery, State.RECEIVED, moved)
            defer_check(connection, received)
    except NotApproved as refusal:
        _send_back(publishing, delivery, State.CHECKED, refusal)


def _publish(
    publishing: Publishing, delivery: Delivery, file: Path, projection: Projection
) -> Check:
    connection = publishing.connection
    # Said early to save the work, and again at the end: it may have taken an hour.
    check = find_check(connection, delivery.id)
    if check is None or check.preview is None:
        raise NotAsPreviewed("It has no preview.")
    _guard_approval(connection, delivery, check, publishing.now(), find_actor)
    connection.execute(read_statement("lock_publishing"))
    newest = find_newest_release(connection, delivery.region)
    if newest != delivery.basis:
        raise NotAsPreviewed(_MOVED.format(newest, delivery.basis))
    region_import = RegionImport(
        connection,
        projection,
        ImportOptions(permissions=Permissions(accept_totals=True)),  # a guard asks instead
        ImportSummary(),
        publishing.progress,
        ignore_boundary,
    )
    by_region, _ = list_found(file, delivery.extracted_at, delivery.sha256 or "")
    region_files = choose_region(by_region, delivery.region)
    outcome = region_import.write(region_files, publishing.now())
    _guard_preview(check.preview, outcome)
    published = change_state(
        connection,
        delivery,
        State.PUBLISHED,
        WORKER,
        publishing.now(),
        "" if outcome.release else "It changes nothing: there is no release of it.",
        release_number=outcome.release.number if outcome.release else None,
        attempts=0,
        failed_doing=None,
    )
    if outcome.release:
        follow_release(connection, published, publishing.now())
        defer_settle(connection, delivery.region)
    return check


def _guard_approval(
    connection: Connection, delivery: Delivery, check: Check, now: datetime, find: FindActor
) -> None:
    """Raise NotApproved unless those who wanted it published may still want it."""
    asked = (delivery.publisher, delivery.second_publisher)
    actors = [actor for client in asked if client and (actor := find(connection, client))]
    own = [actor for actor in actors if actor.agency_id == delivery.agency_id]
    authorisation = own[0].find_authorisation(delivery.region) if own else None
    approvers = frozenset(actor.client_id for actor in own)
    rings = any(guard["rings"] for guard in check.report["guards"])
    previewed: dict[str, dict[str, int]] = (check.preview or {})["counts"]
    told = {kind for kind, counts in previewed.items() if any(counts[word] for word in Change)}
    if (
        authorisation is None
        or not is_approved(approvers, authorisation, rings=rings, now=now)
        or not told <= {kind.plural for kind in authorisation.kinds}
    ):
        raise NotApproved(_NOT_APPROVED)


def _guard_preview(preview: dict[str, Any], outcome: Outcome) -> None:
    counts = {kind.plural: counts.to_json() for kind, counts in outcome.counts.items()}
    previewed = preview["counts"]
    if counts != previewed:
        kinds = counts.keys() | previewed.keys()
        differing = sorted(kind for kind in kinds if counts.get(kind) != previewed.get(kind))
        raise NotAsPreviewed(_DIFFERS.format(", ".join(differing)))


def _send_back(publishing: Publishing, delivery: Delivery, to: State, why: Exception) -> Delivery:
    """Leave PUBLISHING for another try; who asked must ask again, for what is then previewed."""
    return change_state(
        publishing.connection,
        delivery,
        to,
        WORKER,
        publishing.now(),
        str(why),
        attempts=0,
        failed_doing=None,
    )
