"""What the worker does when a job wakes it. The delivery's row says what is to do, not the job.

A job that comes twice finds the work done. What fails is noted with the delivery, and the sweep
wakes the worker for it again after a pause.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

from psycopg import Connection

from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from importers.checking.check import check_files
from importers.checking.failures import describe_error, explain
from importers.checking.publish import Publishing, publish_delivery
from importers.checking.requests import find_file, make_request
from importers.checking.undo import undo_delivery
from registry.clock import utc_now
from registry.deliveries import jobs
from registry.deliveries.files import DeliveryFiles
from registry.deliveries.statements import read_statement
from registry.deliveries.states import ENDED, MOST_ATTEMPTS, WORKER, State
from registry.deliveries.store import (
    Check,
    Delivery,
    StateConflict,
    change_state,
    find_delivery,
    list_due,
    lock_delivery,
    write_check,
)
from registry.domain.region import Region
from registry.quality.inspection import inspect_region, is_inspected, list_released_regions
from registry.settings import Settings

Tell = Callable[[str, str, str], None]
"""Hears of every step: job, delivery or region, what is done."""

_DOING = {
    jobs.CHECK: State.CHECKING,
    jobs.PUBLISH: State.PUBLISHING,
    jobs.UNDO: State.PUBLISHED,
}
"""The state of a delivery while its job is done."""
_LOOK_EVERY_SECONDS = 10.0
_KILLED = "The worker was ended in the middle of it."


@dataclass(frozen=True, slots=True)
class Jobs:
    """The bodies of the jobs; `connect` opens a connection in autocommit."""

    settings: Settings
    connect: Callable[[], Connection]
    tell: Tell
    now: Callable[[], datetime] = utc_now

    def check(self, delivery_id: str) -> None:
        """Check a received delivery."""
        self._attempt(jobs.CHECK, delivery_id)

    def publish(self, delivery_id: str) -> None:
        """Publish a delivery that its agency wants published."""
        self._attempt(jobs.PUBLISH, delivery_id)

    def undo(self, delivery_id: str) -> None:
        """Roll a delivery's release back."""
        self._attempt(jobs.UNDO, delivery_id)

    def settle(self, region: str) -> None:
        """Do what follows a release: the planner's statistics, and the rules of inspection.

        The API makes its search index anew by itself when the register moves. When it fails, the
        sweep finds that the region is not inspected.
        """
        progress = partial(self.tell, jobs.SETTLE, region)
        try:
            with self.connect() as connection:
                progress("refreshing statistics")
                connection.execute("select registry.analyze_register()")
                if not is_inspected(connection, Region(region)):
                    inspect_region(connection, Region(region), progress=progress)
        except Exception as error:  # noqa: BLE001 - whatever it was
            progress(describe_error(error))
            return
        progress("ended")

    def sweep(self, own: int | None = None) -> None:
        """Take back what a killed worker left; wake for all that there is to do.

        One worker does one job at a time, so whatever else is being done now is not being done.
        `own` is the number of the job that sweeps.
        """
        with self.connect() as connection:
            self._take_back(connection, own)
            for delivery in list_due(connection, self.now(), most_attempts=MOST_ATTEMPTS):
                wake(connection, delivery)
            for region in list_released_regions(connection):
                if not is_inspected(connection, region):
                    jobs.defer_settle(connection, region)
            files = DeliveryFiles(self.settings.home)
            for delivery_id in files.list_parts():
                found = find_delivery(connection, delivery_id)
                if found is not None and found.state in ENDED:
                    files.drop_part(delivery_id)

    def _take_back(self, connection: Connection, own: int | None) -> None:
        """Note that what a worker was killed at failed, and have it tried again at once."""
        with connection.transaction():
            left = connection.execute(read_statement("drop_abandoned"), {"own": own}).fetchall()
            for job, delivery_id in left:
                delivery = lock_delivery(connection, delivery_id) if job in _DOING else None
                if delivery is not None and is_at(delivery, _DOING[job]):
                    wake(connection, self._fail(connection, delivery, _DOING[job], _KILLED))

    def _attempt(self, job: str, delivery_id: str) -> None:
        with self.connect() as connection:
            try:
                delivery = self._begin(connection, delivery_id, _DOING[job])
                if delivery is None:
                    return
                self.tell(job, delivery_id, "begun")
                self._do(connection, job, delivery)
            except StateConflict as conflict:  # withdrawn meanwhile, say: then that stands
                self.tell(job, delivery_id, f"left as it is: {conflict.found}")
                return
            except Exception as error:  # noqa: BLE001 - whatever it was, its owner is told
                self._note_failure(job, delivery_id, _DOING[job], error)
                return
        self.tell(job, delivery_id, "ended")

    def _do(self, connection: Connection, job: str, delivery: Delivery) -> None:
        progress = partial(self.tell, job, delivery.id)
        if job == jobs.CHECK:
            self._check(connection, delivery, progress)
            return
        publishing = Publishing(connection=connection, now=self.now, progress=progress)
        shift = choose_datum_shift(self.settings.proj_grid)
        if job == jobs.UNDO:
            undo_delivery(publishing, delivery, shift)
        else:
            file = find_file(self.settings, delivery)
            publish_delivery(publishing, delivery, file, Projection(shift))

    def _begin(self, connection: Connection, delivery_id: str, doing: State) -> Delivery | None:
        """Return the delivery in the state of what is to be done, None when nothing is to do."""
        with connection.transaction():
            delivery = lock_delivery(connection, delivery_id)
            if delivery is None:
                return None
            if delivery.state is State.RECEIVED and doing is State.CHECKING:
                return change_state(connection, delivery, doing, WORKER, self.now(), attempts=0)
            if delivery.state is State.FAILED and delivery.failed_doing is doing:
                if delivery.attempts >= MOST_ATTEMPTS:
                    return None
                return change_state(connection, delivery, doing, WORKER, self.now())
            return delivery if is_at(delivery, doing) else None

    def _check(
        self, connection: Connection, delivery: Delivery, progress: Callable[[str], None]
    ) -> None:
        request = make_request(connection, self.settings, delivery)
        heard = self._stop_unwanted(delivery.id, progress)
        found = check_files(connection, self.settings, request, heard)
        number = delivery.checks + 1
        progress("checked")
        with connection.transaction():
            check = Check(
                delivery_id=delivery.id,
                number=number,
                made_at=self.now(),
                report=found.report | {"delivery": delivery.id, "check": number},
                preview=found.preview,
                shape=found.shape,
            )
            write_check(connection, check)
            to = State.REJECTED if found.verdict == "rejected" else State.CHECKED
            change_state(
                connection,
                delivery,
                to,
                WORKER,
                self.now(),
                checks=number,
                basis=found.basis,
                attempts=0,
                failed_doing=None,
            )

    def _stop_unwanted(
        self, delivery_id: str, progress: Callable[[str], None]
    ) -> Callable[[str], None]:
        """Return a progress that ends a check when its delivery was withdrawn: others wait."""
        looked = monotonic()

        def hear(step: str) -> None:
            nonlocal looked
            progress(step)
            if monotonic() - looked < _LOOK_EVERY_SECONDS:
                return
            looked = monotonic()
            with self.connect() as connection:
                delivery = find_delivery(connection, delivery_id)
            if delivery is not None and delivery.state is not State.CHECKING:
                raise StateConflict(delivery.state)

        return hear

    def _note_failure(self, job: str, delivery_id: str, doing: State, error: Exception) -> None:
        """Note it on a connection of its own: that of the work may be the one that failed."""
        self.tell(job, delivery_id, describe_error(error))
        with self.connect() as connection, suppress(StateConflict), connection.transaction():
            delivery = lock_delivery(connection, delivery_id)
            if delivery is not None and is_at(delivery, doing):
                self._fail(connection, delivery, doing, explain(error))

    def _fail(self, connection: Connection, delivery: Delivery, doing: State, why: str) -> Delivery:
        attempts, now = delivery.attempts + 1, self.now()
        if doing is not State.PUBLISHED:
            return change_state(
                connection,
                delivery,
                State.FAILED,
                WORKER,
                now,
                why,
                failed_doing=doing,
                attempts=attempts,
            )
        # A published delivery stays so; the sweep tries its roll-back again while it is wanted.
        undoing = attempts < MOST_ATTEMPTS
        return change_state(
            connection,
            delivery,
            State.PUBLISHED,
            WORKER,
            now,
            f"It was not rolled back. {why}",
            undoing=undoing,
            attempts=attempts,
        )


def wake(connection: Connection, delivery: Delivery) -> None:
    """Have done what a delivery waits for."""
    if delivery.undoing:
        jobs.defer_undo(connection, delivery)
    elif State.PUBLISHING in {delivery.state, delivery.failed_doing}:
        jobs.defer_publish(connection, delivery)
    else:
        jobs.defer_check(connection, delivery)


def is_at(delivery: Delivery, doing: State) -> bool:
    """Whether a delivery is in the state of a job; PUBLISHED is that of its roll-back."""
    return delivery.state is doing and (doing is not State.PUBLISHED or delivery.undoing)
