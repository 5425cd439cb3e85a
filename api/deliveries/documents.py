"""Deliveries as the door shows them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from api.deliveries.door import Door, strip
from registry.deliveries.agencies import Actor
from registry.deliveries.states import (
    ENDED,
    MOST_ATTEMPTS,
    PREVIEWED,
    Authorisation,
    AuthorisationState,
    State,
)
from registry.deliveries.store import Delivery, Event
from registry.domain.resource import Resource

_POLL: Final = timedelta(seconds=2)
_WORKING: Final = frozenset({State.RECEIVED, State.CHECKING, State.PUBLISHING})
_TO_THE_REPORT: Final = PREVIEWED | {State.REJECTED}
_RENEWAL: Final = (
    "Ask the operator of the register for a new authorisation before it ends: it is one command,"
    " and nothing else changes."
)


def make_etag(delivery: Delivery) -> str:
    """Return the entity tag of a delivery: its version."""
    return f'"{delivery.version}"'


def make_summary(door: Door, delivery: Delivery) -> dict[str, Any]:
    """Return a delivery without its history."""
    href = door.make_url(f"/deliveries/{delivery.id}")
    summary = {
        "href": href,
        "id": delivery.id,
        "region": delivery.region.iso_code,
        "complete": delivery.complete,
        "extractedAt": delivery.extracted_at,
        "file": {
            "href": f"{href}/file",
            "name": delivery.file_name,
            "size": delivery.declared_size if delivery.size is None else delivery.size,
            "received": delivery.received,
            "sha256": delivery.sha256 or delivery.declared_sha256,
        },
        "counts": delivery.declared_counts,
        "state": delivery.state,
        "stateAt": delivery.state_at,
        "createdAt": delivery.created_at,
        "createdBy": delivery.created_by,
        "publisher": delivery.publisher,
        "secondPublisher": delivery.second_publisher,
        "failedDoing": delivery.failed_doing,
        "attempts": delivery.attempts,
        "checks": delivery.checks,
        "releaseNumber": delivery.release_number,
        "undoing": delivery.undoing,
        "undoneBy": delivery.undone_by,
    }
    return strip(summary)


def make_document(door: Door, delivery: Delivery, events: Sequence[Event]) -> dict[str, Any]:
    """Return a delivery with all that happened to it."""
    summary = make_summary(door, delivery)
    checked = summary["href"] if delivery.checks else None
    history = [
        {"state": event.state, "at": event.at, "actor": event.actor, "detail": event.detail or None}
        for event in events
    ]
    about = {
        "history": history,
        "task": f"{summary['href']}/task",
        "report": checked and f"{checked}/report",
        "preview": checked and f"{checked}/preview",
    }
    return summary | strip(about)


def find_result(door: Door, delivery: Delivery) -> str | None:
    """Return where the result of a task is; None while it is not done."""
    href = door.make_url(f"/deliveries/{delivery.id}")
    if delivery.state in _TO_THE_REPORT:
        return f"{href}/report"
    return href if delivery.state in ENDED and not delivery.undoing else None


def make_task(
    door: Door, delivery: Delivery, events: Sequence[Event], now: datetime
) -> dict[str, Any]:
    """Return a task that is not done as the belgif guide writes it: processing, or failed."""
    self = door.make_url(f"/deliveries/{delivery.id}/task")
    if delivery.state in _WORKING or delivery.undoing or delivery.attempts < MOST_ATTEMPTS:
        return {"self": self, "status": {"state": "processing", "pollAfter": now + _POLL}}
    problem = {
        "type": "urn:problem-type:belgif:internalServerError",
        "title": "Internal Server Error",
        "status": 500,
        "detail": (events[-1].detail if events else "") or "It failed too often.",
    }
    status = {"state": "failed", "completed": delivery.state_at, "problem": problem}
    return {"self": self, "status": status}


def make_authorisations(door: Door, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return who asks, and what its agency may."""
    return {
        "self": door.make_url("/authorisations"),
        "agency": actor.agency_name,
        "clientId": actor.client_id,
        "items": [_make_authorisation(found, now) for found in actor.authorisations],
    }


def _make_authorisation(authorisation: Authorisation, now: datetime) -> dict[str, Any]:
    state = authorisation.state_at(now)
    ends = state in {AuthorisationState.EXPIRING, AuthorisationState.EXPIRED}
    document = {
        "region": authorisation.region.iso_code,
        "kinds": [kind.plural for kind in Resource if kind in authorisation.kinds],
        "validFrom": authorisation.valid_from,
        "validTo": authorisation.valid_to,
        "publishingAlone": sorted(authorisation.publishing_alone),
        "state": state,
        "renewal": _RENEWAL if ends else None,
    }
    return strip(document)
