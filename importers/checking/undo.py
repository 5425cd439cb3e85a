"""Roll-back of a delivery's release, with the delivery's state, in one transaction."""

from geo.pipelines import DatumShift
from importers.checking.publish import FindActor, NotApproved, Publishing
from registry.deliveries.agencies import Actor, find_actor, lock_actor
from registry.deliveries.following import follow_release
from registry.deliveries.jobs import defer_settle
from registry.deliveries.states import WORKER, Refused, State
from registry.deliveries.store import Delivery, change_state, list_events
from registry.deliveries.undoing import guard_undoing
from registry.domain.errors import InputRefused
from registry.publication.roll_back import roll_back
from registry.store.statements import read_statement


def undo_delivery(publishing: Publishing, delivery: Delivery, shift: DatumShift) -> None:
    """Take the delivery's release back, or say why that cannot be and leave all as it is."""
    connection = publishing.connection
    try:
        with connection.transaction():
            connection.execute(read_statement("lock_publishing"))
            asker = _find_asker(publishing, delivery, find_actor)
            guard_undoing(connection, delivery, asker, publishing.now(), begun=True)
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
            _find_asker(publishing, delivery, lock_actor)
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


def _find_asker(publishing: Publishing, delivery: Delivery, find: FindActor) -> Actor:
    """Return who asked for it last; NotApproved when that one may not ask any more."""
    asked = [e.actor for e in list_events(publishing.connection, delivery.id) if e.actor != WORKER]
    actor = find(publishing.connection, asked[-1])
    of_agency = actor is not None and actor.agency_id == delivery.agency_id
    authorisation = actor.find_authorisation(delivery.region) if actor and of_agency else None
    if actor is None or authorisation is None or not authorisation.holds_at(publishing.now()):
        raise NotApproved("Who asked for it is suspended, or may not do it any more.")
    return actor
