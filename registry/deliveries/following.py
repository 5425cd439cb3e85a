"""What a new release means for a region's other deliveries."""

from datetime import datetime

from psycopg import Connection

from registry.deliveries.jobs import defer_check
from registry.deliveries.states import WORKER, State, decide_after_release
from registry.deliveries.store import Delivery, change_state, lock_unfinished


def follow_release(
    connection: Connection, delivery: Delivery, now: datetime, *, undone: bool = False
) -> None:
    """Supersede what is older than `delivery`, just published, and check the rest anew.

    `undone`: it was rolled back instead. In the transaction of the release.
    """
    published = None if undone else delivery.extracted_at
    for other in lock_unfinished(connection, delivery.region):
        if other.id == delivery.id:
            continue
        to = decide_after_release(other.state, other.extracted_at, published)
        if to is None:
            continue
        detail = f"Delivery {delivery.id} was {'rolled back' if undone else 'published'}."
        changed = change_state(connection, other, to, WORKER, now, detail)
        if changed.state is State.RECEIVED:
            defer_check(connection, changed)
