"""The routes of what an agency decides: publish, withdraw, roll back, check again."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Depends, Request
from psycopg import Connection
from starlette.responses import Response

from api.deliveries.documents import make_document, make_etag
from api.deliveries.door import ROOT, Caller, Door, TheDoor, answer, check_parameters
from api.deliveries.own import ONE, DeliveryId, find_own, require_authorised
from api.deliveries.problems import check_version, make_conflict, make_forbidden
from registry.deliveries.agencies import Actor
from registry.deliveries.following import find_earlier
from registry.deliveries.jobs import defer_check, defer_publish, defer_undo
from registry.deliveries.states import (
    PREVIEWED,
    PublicationAsked,
    Refusal,
    Refused,
    State,
    decide_publication,
)
from registry.deliveries.store import (
    Delivery,
    StateConflict,
    change_state,
    find_check,
    list_events,
)
from registry.deliveries.undoing import guard_undoing

router = APIRouter(prefix=ROOT, tags=["Deliveries"], dependencies=[Depends(check_parameters)])

Act = Callable[[Connection, Door, Actor, Delivery], tuple[Delivery, bool]]
"""Changes a delivery; whether the worker has something to do then."""

_CHECKED_ANEW = PREVIEWED | {State.FAILED}
_FORBIDDEN = frozenset({Refusal.NO_AUTHORISATION, Refusal.SAME_PERSON, Refusal.NOT_CONCERNED})


@router.post(f"{ONE}/publish", operation_id="publishDelivery", summary="Publish it")
def publish(request: Request, door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """Asks for publication: 202 when it begins, 200 when a second person must look first.

    That second person asks for the same, as another client of the agency.
    """
    return _act(request, door, actor, delivery_id, _publish)


@router.post(f"{ONE}/withdraw", operation_id="withdrawDelivery", summary="Withdraw it")
def withdraw(request: Request, door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """Ends a delivery that is not published; its file and its reports stay."""
    return _act(request, door, actor, delivery_id, _withdraw)


@router.post(f"{ONE}/rollback", operation_id="rollBackDelivery", summary="Undo its release")
def roll_back(request: Request, door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """Takes back the region's newest release, if this delivery became it; by one person.

    That is one that publishes alone, or that wanted it published.
    """
    return _act(request, door, actor, delivery_id, _roll_back)


@router.post(f"{ONE}/check", operation_id="checkDelivery", summary="Check it once more")
def check(request: Request, door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """Checks a delivery anew, also one that failed too often."""
    return _act(request, door, actor, delivery_id, _check)


def _act(request: Request, door: Door, actor: Actor, delivery_id: str, act: Act) -> Response:
    try:
        with door.transaction() as connection:
            delivery = find_own(connection, actor, delivery_id, lock=True)
            check_version(request.headers, delivery.version, must_be_seen=act in _SEEN)
            changed, is_working = act(connection, door, actor, delivery)
            events = list_events(connection, delivery.id)
    except StateConflict as conflict:
        detail = f"The delivery is {conflict.found}: this cannot be done from there."
        raise make_conflict(detail, state=conflict.found) from None
    except Refused as refused:
        if refused.refusal in _FORBIDDEN:
            raise make_forbidden(str(refused)) from None
        raise make_conflict(str(refused)) from None
    if changed.state is State.WITHDRAWN:  # what came of a file; a whole one stays
        door.files.drop_part(changed.id)
    document, etag = make_document(door, changed, events), make_etag(changed)
    if is_working:
        return answer(document, 202, Location=document["task"], ETag=etag)
    return answer(document, ETag=etag)


def _publish(
    connection: Connection, door: Door, actor: Actor, delivery: Delivery
) -> tuple[Delivery, bool]:
    found, now = find_check(connection, delivery.id), door.clock()
    asked = PublicationAsked(
        state=delivery.state,
        publisher=delivery.publisher,
        client_id=actor.client_id,
        rings=found is None or found.report["verdict"] != "publishable",
        authorisation=actor.find_authorisation(delivery.region),
        earlier=find_earlier(connection, delivery),
    )
    to = decide_publication(asked, now)
    first = delivery.publisher if delivery.state is State.AWAITING else None
    changed = change_state(
        connection,
        delivery,
        to,
        actor.client_id,
        now,
        publisher=first or actor.client_id,
        second_publisher=actor.client_id if first else None,
    )
    if to is State.PUBLISHING:
        defer_publish(connection, changed)
    return changed, to is State.PUBLISHING


def _withdraw(
    connection: Connection, door: Door, actor: Actor, delivery: Delivery
) -> tuple[Delivery, bool]:
    now = door.clock()
    return change_state(connection, delivery, State.WITHDRAWN, actor.client_id, now), False


def _roll_back(
    connection: Connection, door: Door, actor: Actor, delivery: Delivery
) -> tuple[Delivery, bool]:
    now = door.clock()
    guard_undoing(connection, delivery, actor, now)
    changed = change_state(
        connection,
        delivery,
        State.PUBLISHED,
        actor.client_id,
        now,
        "roll-back asked",
        undoing=True,
        attempts=0,
    )
    defer_undo(connection, changed)
    return changed, True


_SEEN: Final = frozenset({_publish, _roll_back})


def _check(
    connection: Connection, door: Door, actor: Actor, delivery: Delivery
) -> tuple[Delivery, bool]:
    now = door.clock()
    require_authorised(actor, delivery.region, now)
    if delivery.state not in _CHECKED_ANEW:  # of what is still being received there is no file
        raise StateConflict(delivery.state)
    changed = change_state(
        connection,
        delivery,
        State.RECEIVED,
        actor.client_id,
        now,
        attempts=0,
        failed_doing=None,
    )
    defer_check(connection, changed)
    return changed, True
