"""The worker's jobs: their names, and how the door asks for them.

A job is deferred on the connection, and so in the transaction, that changes the state: neither
is there without the other. Jobs only wake the worker; what is to do is what the rows say.
"""

from typing import TYPE_CHECKING, Final

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

if TYPE_CHECKING:
    from psycopg import Connection

    from registry.deliveries.store import Delivery
    from registry.domain.region import Region

CHECK: Final = "check"
PUBLISH: Final = "publish"
UNDO: Final = "undo"
SETTLE: Final = "settle"
SWEEP: Final = "sweep"
_PRIORITIES: Final = {UNDO: 30, PUBLISH: 20, SETTLE: 10}
"""What is urgent comes first, whatever waits; the rest, checks, in the order it came."""

# Never opened: it only speaks on the connections it is given.
_DEFERRING = App(connector=SyncPsycopgConnector())


def defer_check(connection: "Connection", delivery: "Delivery") -> None:
    """Have a delivery checked."""
    _defer(connection, CHECK, delivery.region, delivery_id=delivery.id)


def defer_publish(connection: "Connection", delivery: "Delivery") -> None:
    """Have a delivery published."""
    _defer(connection, PUBLISH, delivery.region, delivery_id=delivery.id)


def defer_undo(connection: "Connection", delivery: "Delivery") -> None:
    """Have the release of a delivery rolled back."""
    _defer(connection, UNDO, delivery.region, delivery_id=delivery.id)


def defer_settle(connection: "Connection", region: "Region") -> None:
    """Have done what follows a release: statistics, findings, search index."""
    _defer(connection, SETTLE, region, region=str(region))


def _defer(connection: "Connection", task: str, lock: "Region", **arguments: str) -> None:
    """One waiting job of a kind is enough; a region's jobs run one by one."""
    waiting = " ".join([task, *arguments.values()])
    job = _DEFERRING.configure_task(
        task,
        connection=connection,
        lock=str(lock),
        queueing_lock=waiting,
        priority=_PRIORITIES.get(task, 0),
    )
    try:
        with connection.transaction():
            job.defer(**arguments)
    except AlreadyEnqueued:
        return
