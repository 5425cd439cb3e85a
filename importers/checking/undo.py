"""Roll-back of a delivery's release, with the delivery's state, in one transaction."""

from geo.pipelines import DatumShift
from importers.checking.publish import FindActor, NotApproved, Publishing
from registry.deliveries.agencies import find_actor, lock_actor
from registry.deliveries.following import follow_release
from registry.deliveries.jobs import defer_settle
from registry.deliveries.states import WORKER, Refused, State, UndoingAsked, check_undoing
from registry.deliveries.store import (
    Delivery,
    change_state,
    find_newest_release,
    list_events,
)
from registry.domain.errors import InputRefused
from registry.publication.roll_back import roll_back
from registry.store.statements import read_statement


def undo_delivery(publishing: Publishing, delivery: Delivery, shift: DatumShift) -> None:
    """Take the delivery's release back, or say why that cannot be and leave all as it is."""
    connection = publishing.connection
    try:
        with connection.transaction():
            connection.execute(read_statement("lock_publishing"))
            newest = find_newest_release(connection, delivery.region)
            _guard(publishing, delivery, newest, find_actor)
            assert delivery.release_number is not None  # noqa: S101 - guarded
            done = roll_back(
                connection, delivery.release_number, shift=shift, progress=publishing.progress
            )
            undone = change_state(
                connection,
                delivery,
                State.PUBLISHED,
                WORKER,
                publishing.now(),
                f"Rolled back by release {done.release.number}." if done.release else "",
                undoing=False,
                undone_by=done.release.number if done.release else None,
                attempts=0,
            )
            follow_release(connection, undone, publishing.now(), undone=True)
            defer_settle(connection, delivery.region)
            publishing.progress("rolled back, not committed")
            # Last of all: from here on whoever would suspend the agency waits for the commit.
            _guard(publishing, delivery, newest, lock_actor)
    except (InputRefused, Refused, NotApproved) as refusal:
        why = f"It was not rolled back. {refusal}"
        change_state(
            connection,
            delivery,
            State.PUBLISHED,
            WORKER,
            publishing.now(),
            why,
            undoing=False,
            attempts=0,
        )


def _guard(publishing: Publishing, delivery: Delivery, newest: int, find: FindActor) -> None:
    """Refuse when it is not the newest release any more, or who asked may not ask any more."""
    connection = publishing.connection
    asked = [e.actor for e in list_events(connection, delivery.id) if e.actor != WORKER]
    actor = find(connection, asked[-1])
    if actor is None or actor.agency_id != delivery.agency_id:
        raise NotApproved("Who asked for it is suspended, or no member any more.")
    check_undoing(
        UndoingAsked(
            state=delivery.state,
            release_number=delivery.release_number,
            undone=delivery.undone_by is not None,
            newest_release=newest,
            authorisation=actor.find_authorisation(delivery.region),
        ),
        publishing.now(),
    )
