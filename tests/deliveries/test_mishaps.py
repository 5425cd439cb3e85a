"""What goes wrong around the worker: files exchanged or gone, jobs lost, late suspensions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from importers.checking import publish
from importers.checking.failures import describe_error
from registry.clock import utc_now
from registry.deliveries.agencies import grant_authorisation, suspend_agency
from registry.deliveries.files import DeliveryFiles
from registry.deliveries.states import Authorisation, State
from registry.deliveries.store import NewDelivery, change_state, create_delivery
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.quality.inspection import is_inspected
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition
from tests.database.querying import fetch
from tests.deliveries.checks import write_zip
from tests.deliveries.owning import ANN, Owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registry.settings import Settings

FIRST = Edition(
    day="2026-11-02", addresses=[Address(id="1", number="1"), Address(id="2", number="2")]
)
SECOND = replace(FIRST, day="2026-11-09", addresses=[Address(id="1", number="1"), Address(id="3")])


@pytest.fixture
def owner(register: Settings) -> Owner:
    return Owner(register)


def get_file(owner: Owner, delivery_id: str) -> Path:
    return DeliveryFiles(owner.settings.home).get_file(delivery_id, "edition.zip")


def list_releases(owner: Owner) -> list[int]:
    return [number for (number,) in fetch(owner.settings, "select number from best.release")]


def exchange(path: Path) -> None:
    """Put an edition of the very same counts in the place of another."""
    others = [Address(id="1", number="1"), Address(id="2", number="666")]
    write_zip(path, replace(FIRST, addresses=others))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("spoil", [exchange, cut, lambda path: path.unlink()])
@pytest.mark.parametrize("doing", [State.CHECKING, State.PUBLISHING])
def test_what_is_not_the_file_that_was_received_is_neither_checked_nor_published(
    owner: Owner, spoil: Callable[[Path], None], doing: State
) -> None:
    delivery_id = owner.deliver(FIRST)
    if doing is State.PUBLISHING:
        owner.work()
        owner.ask(delivery_id, State.PUBLISHING)
    path = get_file(owner, delivery_id)
    received = path.read_bytes()
    spoil(path)
    owner.work()
    failed = owner.find(delivery_id)
    assert (failed.state, failed.failed_doing, failed.attempts) == (State.FAILED, doing, 1)
    _, detail = owner.tell_history(delivery_id)[-1]
    assert re.match(
        "The file is (no longer the one that was received|not in this worker's)", detail
    )
    assert list_releases(owner) == []

    path.write_bytes(received)
    job = owner.make_jobs().publish if doing is State.PUBLISHING else owner.make_jobs().check
    job(delivery_id)
    wanted = State.PUBLISHED if doing is State.PUBLISHING else State.CHECKED
    assert owner.find(delivery_id).state is wanted


@pytest.mark.parametrize("last", ["published, not committed", "rolled back, not committed"])
def test_suspended_in_the_last_moment_nothing_is_committed(owner: Owner, last: str) -> None:
    owner.publish(FIRST)
    delivery_id = owner.deliver(SECOND)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING)

    def suspend(job: str, subject: str, step: str) -> None:
        if step == last:
            with connect(owner.settings, Role.OWNER) as connection:
                suspend_agency(connection, "agency", utc_now())

    owner.make_jobs(suspend).publish(delivery_id)
    published = owner.find(delivery_id)
    if last.startswith("published"):
        assert (published.state, list_releases(owner)) == (State.CHECKED, [1])
        return
    owner.ask(delivery_id, State.PUBLISHED)
    owner.make_jobs(suspend).undo(delivery_id)
    kept = owner.find(delivery_id)
    assert (kept.undone_by, kept.undoing, list_releases(owner)) == (None, False, [1, 2])
    assert "suspended" in owner.tell_history(delivery_id)[-1][1]


def test_renewed_otherwise_in_the_last_moment_nothing_is_committed(owner: Owner) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING)

    def renew(job: str, subject: str, step: str) -> None:
        if step != "published, not committed":
            return
        now = utc_now()
        two_publish = Authorisation(
            agency_id="agency",
            region=Region.BRUSSELS,
            kinds=frozenset(Resource),
            valid_from=now,
            valid_to=now + timedelta(days=9),
            publishing_alone=frozenset(),
        )
        with connect(owner.settings, Role.OWNER) as connection:
            grant_authorisation(connection, two_publish, now)

    owner.make_jobs(renew).publish(delivery_id)
    assert (owner.find(delivery_id).state, list_releases(owner)) == (State.CHECKED, [])


def test_who_suspends_after_the_last_look_waits_for_the_commit(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING)
    lock = publish.lock_actor

    def lock_and_suspend(connection: psycopg.Connection, client_id: str) -> object:
        actor = lock(connection, client_id)
        with connect(owner.settings, Role.OWNER) as other:
            other.execute("set lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                suspend_agency(other, "agency", utc_now())
        return actor

    monkeypatch.setattr(publish, "lock_actor", lock_and_suspend)
    owner.make_jobs().publish(delivery_id)
    assert owner.find(delivery_id).state is State.PUBLISHED


def lose_jobs(owner: Owner) -> None:
    with connect(owner.settings, Role.OWNER) as connection:
        connection.execute("set search_path to jobs")
        connection.execute("delete from procrastinate_jobs")


def is_seen(owner: Owner) -> bool:
    with connect(owner.settings, Role.IMPORTER, autocommit=True) as connection:
        return is_inspected(connection, Region.BRUSSELS)


def test_what_follows_a_release_is_done_also_when_its_job_is_lost_or_fails(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id = owner.deliver(FIRST)
    owner.work()
    owner.ask(delivery_id, State.PUBLISHING)
    owner.make_jobs().publish(delivery_id)
    lose_jobs(owner)
    with monkeypatch.context() as patched:
        patched.setattr("importers.checking.jobs.inspect_region", None)
        owner.work()
        assert any(step.startswith("TypeError") for _, _, step in owner.steps)
    assert not is_seen(owner)
    owner.work()
    assert is_seen(owner)
    owner.make_jobs().sweep()
    with connect(owner.settings, Role.OWNER) as connection:
        left = connection.execute("select count(*) from jobs.procrastinate_jobs").fetchone()
    assert left == (0,)


def test_undoing_comes_before_publishing_before_checking(owner: Owner) -> None:
    owner.publish(FIRST)
    second = owner.publish(SECOND)
    third = owner.deliver(replace(FIRST, day="2026-11-16"))
    owner.work()
    owner.deliver(replace(SECOND, day="2026-11-23"))
    owner.ask(third, State.PUBLISHING)
    owner.ask(second.id, State.PUBLISHED)
    owner.steps.clear()
    owner.work()
    begun = [job for job, _, step in owner.steps if step == "begun"]
    assert begun[:3] == ["undo", "publish", "check"]
    ended = [job for job, _, step in owner.steps if step == "ended"]
    assert ended[:4] == ["undo", "publish", "settle", "check"]


def test_the_check_of_what_is_withdrawn_ends(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importers.checking.jobs._LOOK_EVERY_SECONDS", 0.0)
    delivery_id = owner.deliver(FIRST)
    told: list[str] = []

    def withdraw(job: str, subject: str, step: str) -> None:
        told.append(step)
        if step.endswith("counting"):
            owner.ask(delivery_id, State.WITHDRAWN)

    owner.make_jobs(withdraw).check(delivery_id)
    assert told[-2].endswith("counting")
    assert told[-1] == "left as it is: withdrawn"
    assert owner.find(delivery_id).state is State.WITHDRAWN


def test_what_came_of_a_delivery_that_ended_is_dropped(owner: Owner) -> None:
    new = NewDelivery(
        region=Region.BRUSSELS,
        complete=True,
        extracted_at=datetime(2026, 11, 5, tzinfo=UTC),
        file_name="half.zip",
    )
    files = DeliveryFiles(owner.settings.home)
    found = {}
    with connect(owner.settings, Role.DELIVERIES) as connection:
        for to in (State.RECEIVING, State.WITHDRAWN):
            delivery = create_delivery(connection, "agency", new, ANN, utc_now())
            delivery = change_state(connection, delivery, to, ANN, utc_now())
            with files.open_part(delivery.id, 0) as part:
                part.write(b"PK")
            found[to] = delivery.id
    owner.make_jobs().sweep()
    # Others' registers keep theirs in the same place.
    assert set(files.list_parts()) & set(found.values()) == {found[State.RECEIVING]}


def test_the_log_has_kinds_and_frames_and_nothing_of_rows(owner: Owner) -> None:
    def spoil() -> None:
        try:
            with connect(owner.settings, Role.OWNER) as connection:
                connection.execute("insert into deliveries.agency (id) values ('secret')")
        except psycopg.Error as error:
            raise RuntimeError(str(error)) from error

    with pytest.raises(RuntimeError, match=r"Failing row .*secret") as raised:
        spoil()
    told = describe_error(raised.value)
    assert told.startswith("RuntimeError\n")
    assert "NotNullViolation 23502" in told
    assert "in spoil" in told
    assert "secret" not in told.replace("values ('secret')", "")
