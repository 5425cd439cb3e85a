"""The worker: never lost, never twice, never half, wherever it is killed."""

from __future__ import annotations

import errno
import multiprocessing
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from deploy.private_database import connect_as_superuser
from importers.checking import jobs as worker_jobs
from importers.checking.worker import run_worker
from registry.clock import utc_now
from registry.deliveries import jobs as deferring
from registry.deliveries.agencies import remove_member, suspend_agency
from registry.deliveries.states import MOST_ATTEMPTS, State
from registry.domain.dataset import Dataset
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import assert_sound, fetch
from tests.deliveries.owning import ANN, BOB, Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.settings import Settings

FIRST = Edition(
    day="2026-11-02", addresses=[Address(id="1", number="1"), Address(id="2", number="2")]
)
SECOND = Edition(
    day="2026-11-09", addresses=[Address(id="1", number="1"), Address(id="3", number="3")]
)
MANY = Edition(
    day="2026-11-02", addresses=[Address(id=str(n), number=str(n)) for n in range(1, 41)]
)
FEW = Edition(day="2026-11-09", addresses=[Address(id=str(n), number=str(n)) for n in range(1, 21)])

MINUTES = (0, 1, 2, 3, 6, 7, 14, 15, 30, 31, 62, 63, 126, 127, 300, 10_000)


@pytest.fixture
def owner(register: Settings) -> Owner:
    return Owner(register)


def look(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with connect(settings, Role.OWNER) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def list_current(settings: Settings) -> list[str]:
    rows = fetch(
        settings,
        "select house_number from best.address_version where seq_to is null order by 1",
    )
    return [number for (number,) in rows]


def list_releases(settings: Settings) -> list[int]:
    return [number for (number,) in fetch(settings, "select number from best.release order by 1")]


def count_jobs(settings: Settings) -> int:
    return int(look(settings, "select count(*) from jobs.procrastinate_jobs")[0][0])


def test_a_delivery_becomes_a_release_and_is_rolled_back(owner: Owner) -> None:
    first = owner.publish(FIRST)
    second = owner.publish(SECOND)
    assert (first.release_number, second.release_number) == (1, 2)
    assert list_current(owner.settings) == ["1", "3"]
    owner.ask(second.id, State.PUBLISHED)
    owner.work()
    undone = owner.find(second.id)
    assert (undone.state, undone.undone_by, undone.undoing) == (State.PUBLISHED, 3, False)
    assert list_current(owner.settings) == ["1", "2"]
    assert_sound(owner.settings)
    assert count_jobs(owner.settings) == 0


def test_the_first_delivery_takes_the_samples_place(owner: Owner) -> None:
    assert not import_editions(owner.settings, FIRST, dataset=Dataset.SAMPLE).failed
    published = owner.publish(SECOND)
    assert (published.state, published.release_number) == (State.PUBLISHED, 2)
    assert list_current(owner.settings) == ["1", "3"]


def test_what_changes_nothing_makes_no_release(owner: Owner) -> None:
    owner.publish(FIRST)
    again = owner.publish(Edition(day="2026-11-03", addresses=FIRST.addresses))
    assert (again.state, again.release_number) == (State.PUBLISHED, None)
    assert list_releases(owner.settings) == [1]


def test_what_follows_a_release_is_done(owner: Owner) -> None:
    owner.publish(FIRST)
    assert look(owner.settings, "select count(*) > 0 from registry.quality_score") == [(True,)]


def test_jobs_that_come_again_do_nothing(owner: Owner) -> None:
    published = owner.publish(FIRST)
    jobs = owner.make_jobs()
    jobs.check(published.id)
    jobs.publish(published.id)
    jobs.undo(published.id)
    assert owner.find(published.id) == published
    assert list_releases(owner.settings) == [1]


def kill_at_every_step(
    owner: Owner, job: str, delivery_id: str, *, releases: list[int], stride: int = 1
) -> list[str]:
    """Kill workers, each a few steps further on than the one before, until one is done."""
    killed_at: list[str] = []
    while True:
        step = owner.kill_worker_at(job, stride * len(killed_at) + 1)
        if step is None:
            return killed_at
        killed_at.append(step)
        assert owner.find(delivery_id).undone_by is None
        assert list_releases(owner.settings) == releases
        look(owner.settings, "update deliveries.delivery set attempts = 0 returning 1")


def test_killed_at_any_step_a_delivery_is_published_once_and_undone_once(
    register: Settings,
) -> None:
    owner = Owner(register)
    first = owner.deliver(FIRST)
    assert len(kill_at_every_step(owner, "check", first, releases=[], stride=4)) >= 3
    owner.ask(first, State.PUBLISHING)
    killed_at = kill_at_every_step(owner, "publish", first, releases=[])
    assert {"begun", "published, not committed"} <= set(killed_at)
    second = owner.publish(SECOND)
    owner.ask(second.id, State.PUBLISHED)
    killed_at = kill_at_every_step(owner, "undo", second.id, releases=[1, 2], stride=2)
    assert len(killed_at) >= 3
    owner.work()
    assert list_releases(register) == [1, 2, 3]
    assert owner.find(second.id).undone_by == 3
    assert list_current(register) == ["1", "2"]
    assert count_jobs(register) == 0
    assert_sound(register)


def test_a_job_that_was_asked_for_again_after_its_worker_was_killed_is_done_once(
    owner: Owner,
) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.kill_worker_at("check", 1)
    with connect(owner.settings, Role.DELIVERIES) as connection:
        deferring.defer_check(connection, owner.find(delivery_id))
    waiting = (
        "select status::text from jobs.procrastinate_jobs where task_name = 'check' order by id"
    )
    assert look(owner.settings, waiting) == [("doing",), ("todo",)]
    owner.work()
    assert (owner.find(delivery_id).state, owner.find(delivery_id).checks) == (State.CHECKED, 1)


def test_killed_time_and_again_it_stays_failed_until_its_owner_asks(owner: Owner) -> None:
    delivery_id = owner.deliver(FIRST)
    for _ in range(MOST_ATTEMPTS):
        assert owner.kill_worker_at("check", 1) == "begun"
    owner.work()
    assert owner.find(delivery_id).state is State.FAILED
    owner.ask(delivery_id, State.RECEIVED)
    with connect(owner.settings, Role.DELIVERIES) as connection:
        deferring.defer_check(connection, owner.find(delivery_id))
    owner.work()
    assert owner.find(delivery_id).state is State.CHECKED


def test_what_fails_is_tried_again_after_growing_pauses_eight_times(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    moment = utc_now()
    minute = [0]
    owner.now = lambda: moment + timedelta(minutes=minute[0])

    def fail(*_: object) -> None:
        tried.append(minute[0])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(worker_jobs, "check_files", fail)
    delivery_id = owner.deliver(FIRST)
    for minute[0] in MINUTES:
        jobs = owner.make_jobs()
        jobs.sweep()
        if count_jobs(owner.settings):
            jobs.check(delivery_id)
            with connect(owner.settings, Role.IMPORTER) as connection:
                connection.execute("delete from procrastinate_jobs")
    assert tried == [0, 1, 3, 7, 15, 31, 63, 127]
    failed = owner.find(delivery_id)
    assert (failed.state, failed.failed_doing) == (State.FAILED, State.CHECKING)
    assert owner.tell_history(delivery_id)[-1] == (State.FAILED, "The disk is full.")


def test_a_database_that_goes_away_is_no_end(owner: Owner) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING)

    def cut(job: str, subject: str, step: str) -> None:
        if step.endswith("counting"):
            end_backends(owner.settings)

    owner.make_jobs(cut).publish(delivery_id)
    failed = owner.find(delivery_id)
    assert (failed.state, failed.failed_doing) == (State.FAILED, State.PUBLISHING)
    assert owner.tell_history(delivery_id)[-1][1] == "The database did not answer."
    assert list_releases(owner.settings) == []
    owner.now = lambda: utc_now() + timedelta(minutes=2)
    owner.work()
    assert owner.find(delivery_id).release_number == 1


def end_backends(settings: Settings) -> None:
    with connect_as_superuser(settings.home, settings.database_name) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = 'best worker' and datname = current_database()"
        )


def test_withdrawn_while_it_is_checked_it_stays_withdrawn(owner: Owner) -> None:
    delivery_id = owner.deliver(FIRST)

    def withdraw(job: str, subject: str, step: str) -> None:
        if step == "checked":
            owner.ask(delivery_id, State.WITHDRAWN)

    owner.make_jobs(withdraw).check(delivery_id)
    owner.work()
    assert owner.find(delivery_id).state is State.WITHDRAWN
    assert owner.find(delivery_id).checks == 0


@pytest.mark.parametrize("why", ["suspended", "ended", "removed"])
def test_nothing_is_published_of_who_may_not_any_more(owner: Owner, why: str) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING)

    def end(job: str, subject: str, step: str) -> None:
        if not step.endswith("counting"):
            return
        with connect(owner.settings, Role.OWNER) as connection:
            if why == "suspended":
                suspend_agency(connection, "agency", utc_now())
            elif why == "removed":
                remove_member(connection, ANN, utc_now())
            else:
                owner.authorise(connection, utc_now())

    owner.make_jobs(end).publish(delivery_id)
    delivery = owner.find(delivery_id)
    assert (delivery.state, delivery.publisher) == (State.CHECKED, None)
    assert "authorisation" in owner.tell_history(delivery_id)[-1][1]
    assert list_releases(owner.settings) == []


def test_who_does_not_publish_alone_needs_a_second_one(owner: Owner) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING, BOB)
    owner.work()
    assert owner.find(delivery_id).state is State.CHECKED
    assert list_releases(owner.settings) == []


def test_a_guard_that_rings_needs_a_second_one(owner: Owner) -> None:
    owner.publish(MANY)
    second = owner.publish(FEW)
    assert second.state is State.CHECKED
    assert list_releases(owner.settings) == [1]


def test_it_is_checked_anew_when_the_register_moves_under_it(owner: Owner) -> None:
    owner.publish(FIRST)
    delivery_id = owner.deliver(SECOND)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING)
    between = Edition(day="2026-11-05", addresses=[Address(id="1", number="1")])
    assert not import_editions(owner.settings, between, accept_totals=True).failed
    owner.work()
    delivery = owner.find(delivery_id)
    assert (delivery.state, delivery.checks, delivery.basis) == (State.CHECKED, 2, 2)
    assert any("moved" in detail for _, detail in owner.tell_history(delivery_id))
    owner.ask(delivery_id, State.PUBLISHING)
    owner.work()
    assert owner.find(delivery_id).release_number == 3


def test_it_is_checked_anew_when_the_numbers_are_not_the_previews(owner: Owner) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.work()
    look(
        owner.settings,
        "update deliveries.delivery_check set preview ="
        " jsonb_set(preview, '{counts,addresses,added}', '3') returning 1",
    )
    owner.ask(delivery_id, State.PUBLISHING)
    owner.work()
    delivery = owner.find(delivery_id)
    assert (delivery.state, delivery.checks) == (State.CHECKED, 2)
    assert list_releases(owner.settings) == []
    assert any("(addresses)" in detail for _, detail in owner.tell_history(delivery_id))


def test_a_publication_supersedes_what_is_older_and_checks_what_is_newer_anew(
    owner: Owner,
) -> None:
    days = {"old": "2026-11-02", "this": "2026-11-09", "new": "2026-11-16"}
    found = {
        name: owner.deliver(Edition(day=day, addresses=[Address(id="1", number=day[-2:])]))
        for name, day in days.items()
    }
    owner.work()
    checked = [subject for job, subject, step in owner.steps if (job, step) == ("check", "begun")]
    assert checked == list(found.values())
    owner.ask(found["this"], State.PUBLISHING)
    owner.work()
    assert owner.find(found["old"]).state is State.SUPERSEDED
    new = owner.find(found["new"])
    assert (new.state, new.checks, new.basis) == (State.CHECKED, 2, 1)


def test_a_second_worker_waits_until_the_first_has_died(owner: Owner) -> None:
    forking = multiprocessing.get_context("fork")
    workers = [
        forking.Process(target=run_worker, args=(owner.settings, lambda *_: None)) for _ in range(2)
    ]
    try:
        workers[0].start()
        wait_until(lambda: count_backends(owner.settings, "best worker jobs") > 0)
        workers[1].start()
        wait_until(lambda: count_backends(owner.settings, "best worker turn") == 2)
        assert count_backends(owner.settings, "best worker jobs") <= 3
        workers[0].kill()
        delivery_id = owner.deliver(FIRST)
        wait_until(lambda: owner.find(delivery_id).state is State.CHECKED)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def count_backends(settings: Settings, name: str) -> int:
    statement = "select count(*) from pg_stat_activity where datname = current_database()"
    return int(look(settings, f"{statement} and application_name = '{name}'")[0][0])


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
