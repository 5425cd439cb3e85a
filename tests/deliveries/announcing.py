"""Deliveries as tests announce them, and brought as far as they need."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from registry.deliveries.states import WORKER, State
from registry.deliveries.store import Check, Delivery, NewDelivery, change_state, create_delivery
from registry.domain.region import Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WAYS = {
    State.CREATED: (),
    State.RECEIVING: (("anna", State.RECEIVING),),
    State.RECEIVED: (("anna", State.RECEIVING), ("anna", State.RECEIVED)),
}
WAYS[State.CHECKING] = (*WAYS[State.RECEIVED], (WORKER, State.CHECKING))
WAYS[State.CHECKED] = (*WAYS[State.CHECKING], (WORKER, State.CHECKED))
WAYS[State.FAILED] = (*WAYS[State.CHECKING], (WORKER, State.FAILED))
WAYS[State.REJECTED] = (*WAYS[State.CHECKING], (WORKER, State.REJECTED))
WAYS[State.AWAITING] = (*WAYS[State.CHECKED], ("anna", State.AWAITING))
WAYS[State.PUBLISHING] = (*WAYS[State.CHECKED], ("anna", State.PUBLISHING))
WAYS[State.PUBLISHED] = (*WAYS[State.PUBLISHING], (WORKER, State.PUBLISHED))
WAYS[State.WITHDRAWN] = (("anna", State.WITHDRAWN),)


def announce(
    connection: psycopg.Connection,
    state: State = State.CREATED,
    *,
    agency: str = "brussels",
    most: int = 1000,
    **told: Any,
) -> Delivery:
    """Announce a delivery and bring it into `state`, by those who may."""
    facts: dict[str, Any] = {
        "region": Region.BRUSSELS,
        "complete": True,
        "extracted_at": NOW,
        "file_name": "edition.zip",
    }
    new = NewDelivery(**facts | told)
    delivery = create_delivery(connection, agency, new, "anna", NOW, most=most)
    for actor, to in WAYS[state]:
        delivery = change_state(connection, delivery, to, actor, NOW)
    return delivery


def make_check(
    delivery: Delivery,
    number: int,
    shape: dict[str, object] | None = None,
    counts: Iterable[str] = (),
) -> Check:
    return Check(
        delivery_id=delivery.id,
        number=number,
        made_at=NOW,
        report={"errors": number},
        preview={"counts": {kind: {} for kind in counts}} if counts else None,
        shape=shape,
    )


def list_jobs(connection: psycopg.Connection) -> list[tuple[str, str, dict[str, str]]]:
    return connection.execute(
        "select task_name, lock, args from jobs.procrastinate_jobs"
        " where status = 'todo' order by id"
    ).fetchall()
