"""Who may roll a delivery's release back: asked by the door, and by the worker once more."""

from datetime import datetime

from psycopg import Connection

from registry.deliveries.agencies import Actor
from registry.deliveries.statements import read_statement
from registry.deliveries.states import UndoingAsked, check_undoing
from registry.deliveries.store import Delivery, find_newest_release


def guard_undoing(
    connection: Connection,
    delivery: Delivery,
    actor: Actor,
    now: datetime,
    *,
    begun: bool = False,
) -> None:
    """Raise Refused unless `actor` may roll it back; `begun`: it was asked for, and is now done."""
    asked = UndoingAsked(
        state=delivery.state,
        release_number=delivery.release_number,
        undone=delivery.undone_by is not None or (delivery.undoing and not begun),
        newest_release=find_newest_release(connection, delivery.region),
        authorisation=actor.find_authorisation(delivery.region),
        client_id=actor.client_id,
        publishers=frozenset(filter(None, (delivery.publisher, delivery.second_publisher))),
        is_first=_is_first(connection, delivery),
    )
    check_undoing(asked, now)


def _is_first(connection: Connection, delivery: Delivery) -> bool:
    parameters = {"region": delivery.region, "number": delivery.release_number}
    return connection.execute(read_statement("find_release_before"), parameters).fetchone() is None
