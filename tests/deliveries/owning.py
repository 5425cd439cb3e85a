"""An agency, its deliveries of small editions, and a worker that may be killed at any step."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Protocol
from zipfile import ZipFile

from importers.checking.jobs import Jobs
from importers.checking.worker import make_app, make_worker_conninfo, run_worker
from importers.containers import hash_file
from registry.clock import utc_now
from registry.deliveries import agencies, jobs
from registry.deliveries.files import DeliveryFiles
from registry.deliveries.states import Authorisation, State
from registry.deliveries.store import (
    Delivery,
    NewDelivery,
    change_state,
    create_delivery,
    find_delivery,
    list_events,
)
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect, open_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from registry.settings import Settings
    from tests.database.editions import Edition

ANN, BOB = "ann", "bob"
"""Ann publishes alone; Bob does not."""
YEAR = timedelta(days=365)


class Deliverable(Protocol):
    """Files of one day, such as an Edition."""

    @property
    def day(self) -> str: ...

    def write_files(self) -> dict[str, str]: ...


@dataclass(slots=True)
class Owner:
    """The agency of a region, in a register of its own."""

    settings: Settings
    region: Region = Region.BRUSSELS
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    now: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        now = utc_now() - YEAR
        with connect(self.settings, Role.OWNER) as connection:
            agencies.add_agency(connection, "agency", "An agency", now)
            for client in (ANN, BOB):
                agencies.add_member(connection, "agency", client, client.title(), now)
            self.authorise(connection, utc_now() + YEAR)

    def authorise(self, connection: psycopg.Connection, until: datetime) -> None:
        authorisation = Authorisation(
            agency_id="agency",
            region=self.region,
            kinds=frozenset(Resource),
            valid_from=utc_now() - YEAR,
            valid_to=until,
            publishing_alone=frozenset({ANN}),
        )
        agencies.grant_authorisation(connection, authorisation, utc_now())

    def deliver(self, edition: Deliverable, *, complete: bool = True) -> str:
        """Have an edition received, as the door does."""
        day = datetime.fromisoformat(f"{edition.day}T01:00:00+01:00").astimezone(UTC)
        new = NewDelivery(
            region=self.region, complete=complete, extracted_at=day, file_name="edition.zip"
        )
        with connect(self.settings, Role.DELIVERIES) as connection:
            delivery = create_delivery(connection, "agency", new, ANN, utc_now())
            delivery = change_state(connection, delivery, State.RECEIVING, ANN, utc_now())
            path = DeliveryFiles(self.settings.home).get_file(delivery.id, new.file_name)
            path.parent.mkdir(parents=True)
            with ZipFile(path, "w") as file:
                for name, xml in edition.write_files().items():
                    file.writestr(name, xml)
            delivery = change_state(
                connection,
                delivery,
                State.RECEIVED,
                ANN,
                utc_now(),
                sha256=hash_file(path),
            )
            jobs.defer_check(connection, delivery)
        return delivery.id

    def ask(self, delivery_id: str, to: State, client: str = ANN) -> None:
        """Ask for publication or, of what is published, its roll-back."""
        with connect(self.settings, Role.DELIVERIES) as connection:
            delivery = find_delivery(connection, delivery_id)
            assert delivery is not None
            if to is State.PUBLISHED:
                changed = change_state(connection, delivery, to, client, utc_now(), undoing=True)
                jobs.defer_undo(connection, changed)
                return
            changed = change_state(connection, delivery, to, client, utc_now(), publisher=client)
            if to is State.PUBLISHING:
                jobs.defer_publish(connection, changed)

    def publish(self, edition: Edition) -> Delivery:
        """Have an edition checked and published."""
        delivery_id = self.deliver(edition)
        self.work()
        self.ask(delivery_id, State.PUBLISHING)
        self.work()
        return self.find(delivery_id)

    def find(self, delivery_id: str) -> Delivery:
        with connect(self.settings, Role.IMPORTER) as connection:
            delivery = find_delivery(connection, delivery_id)
        assert delivery is not None
        return delivery

    def tell_history(self, delivery_id: str) -> list[tuple[State, str]]:
        with connect(self.settings, Role.IMPORTER) as connection:
            return [(event.state, event.detail) for event in list_events(connection, delivery_id)]

    def make_jobs(self, tell: Callable[[str, str, str], None] | None = None) -> Jobs:
        """Return the jobs as a worker has them, in this process."""
        conninfo = make_worker_conninfo(self.settings)
        connecting = partial(open_connection, conninfo, "best worker", autocommit=True)
        return Jobs(self.settings, connecting, tell or self._note, self.now)

    def work(self) -> None:
        """Do all the jobs that wait, as a worker does, then stop."""
        asyncio.run(self._work())

    async def _work(self) -> None:
        worker_jobs = self.make_jobs()
        worker_jobs.sweep()
        app = make_app(worker_jobs, make_worker_conninfo(self.settings))
        async with app.open_async():
            await app.run_worker_async(
                wait=False,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs="always",
            )

    def _note(self, job: str, subject: str, step: str) -> None:
        self.steps.append((job, subject, step))

    def kill_worker_at(self, job: str, number: int) -> str | None:
        """Run a worker that is killed at a job's step of that number; None: it has fewer."""
        forking = multiprocessing.get_context("fork")
        receiving, sending = forking.Pipe(duplex=False)
        arguments = (self.settings, job, number, sending)
        process = forking.Process(target=_work_until_killed, args=arguments, daemon=True)
        process.start()
        process.join(30)
        assert process.exitcode == -signal.SIGKILL, process.exitcode
        return str(receiving.recv()) if receiving.poll() else None


def _work_until_killed(settings: Settings, job: str, number: int, sending: object) -> None:
    steps: Iterator[int] = count(1)

    def tell(told: str, _subject: str, step: str) -> None:
        if told != job:
            return
        reached = next(steps)
        if reached == number and step != "ended":
            sending.send(step)  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)
        if step == "ended":
            os.kill(os.getpid(), signal.SIGKILL)

    run_worker(settings, tell)
