"""What a new release means for a region's other deliveries, and which of them comes first."""

from datetime import datetime

from psycopg import Connection

from registry.deliveries.jobs import defer_check
from registry.deliveries.statements import read_statement
from registry.deliveries.states import WORKER, Content, State, decide_after_release
from registry.deliveries.store import Delivery, change_state, find_check, lock_unfinished


def follow_release(
    connection: Connection, delivery: Delivery, now: datetime, *, undone: bool = False
) -> None:
    """Supersede what `delivery`, just published, replaces, and check the rest anew.

    `undone`: it was rolled back instead. In the transaction of the release.
    """
    published = None if undone else _describe(connection, delivery)
    for other in lock_unfinished(connection, delivery.region):
        if other.id == delivery.id:
            continue
        to = decide_after_release(other.state, _describe(connection, other), published)
        if to is None:
            continue
        detail = f"Delivery {delivery.id} was {'rolled back' if undone else 'published'}."
        changed = change_state(connection, other, to, WORKER, now, detail)
        if changed.state is State.RECEIVED:
            defer_check(connection, changed)


def find_earlier(connection: Connection, delivery: Delivery) -> str | None:
    """Return the id of a delivery that must be published or withdrawn before these mutations.

    It is of the same agency and region, whole, not ended, and of an earlier extraction time, or
    of the same and announced earlier. None for a complete file, which needs none of them.
    """
    parameters = {"id": delivery.id}
    row = connection.execute(read_statement("find_earlier"), parameters).fetchone()
    return str(row[0]) if row else None


def _describe(connection: Connection, delivery: Delivery) -> Content:
    check = find_check(connection, delivery.id)
    preview = check.preview if check else None
    return Content(
        agency_id=delivery.agency_id,
        complete=delivery.complete,
        extracted_at=delivery.extracted_at,
        kinds=frozenset(preview["counts"]) if preview else None,
    )
