"""Deliveries in the database: nothing half, nothing twice, nothing of another agency."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import UniqueViolation

from registry.deliveries import jobs
from registry.deliveries.states import WORKER, State
from registry.deliveries.store import (
    NewDelivery,
    StateConflict,
    TooManyDeliveries,
    change_state,
    create_delivery,
    find_check,
    find_delivery,
    find_last_shape,
    find_newest_release,
    list_deliveries,
    list_due,
    list_events,
    note_received,
    write_check,
)
from registry.domain.region import Region
from registry.store.connections import Role, connect
from registry.unguessable_ids import make_unguessable_id
from tests.deliveries.announcing import NOW, WAYS, announce, list_jobs, make_check

if TYPE_CHECKING:
    import psycopg

    from registry.deliveries.store import Delivery
    from registry.settings import Settings

LATER = NOW + timedelta(hours=1)
_agencies = (f"agency{number}" for number in count())


def test_a_delivery_is_kept_as_it_was_announced(door: psycopg.Connection) -> None:
    told = {
        "declared_size": 3_000_000_000,
        "declared_sha256": "ab" * 32,
        "declared_counts": {"addresses": 12},
    }

    delivery = announce(door, **told)

    assert delivery == find_delivery(door, delivery.id)
    assert {name: getattr(delivery, name) for name in told} == told
    assert (delivery.state, delivery.version, delivery.received) == (State.CREATED, 1, 0)
    assert [(e.version, e.state, e.actor) for e in list_events(door, delivery.id)] == [
        (1, State.CREATED, "anna")
    ]


def test_an_id_is_26_random_letters_and_digits() -> None:
    assert make_unguessable_id(bytes) == "a" * 26
    assert make_unguessable_id(lambda size: b"\xff" * size) == "7" * 26
    assert len({make_unguessable_id() for _ in range(100)}) == 100


def test_another_agencys_delivery_is_as_unknown_as_none(door: psycopg.Connection) -> None:
    one, other = next(_agencies), next(_agencies)
    delivery = announce(door, agency=one)

    assert find_delivery(door, delivery.id, one) == delivery
    assert find_delivery(door, delivery.id, other) is None
    assert list_deliveries(door, other) == []


def test_deliveries_are_listed_page_by_page_in_their_order(door: psycopg.Connection) -> None:
    agency = next(_agencies)
    first, second, third = (
        announce(door, state, agency=agency, region=region)
        for state, region in (
            (State.CREATED, Region.BRUSSELS),
            (State.WITHDRAWN, Region.FLANDERS),
            (State.CREATED, Region.FLANDERS),
        )
    )

    assert list_deliveries(door, agency, limit=2) == [first, second]
    assert list_deliveries(door, agency, limit=2, after=second.number) == [third]
    assert list_deliveries(door, agency, state=State.CREATED) == [first, third]
    assert list_deliveries(door, agency, region=Region.FLANDERS) == [second, third]


def test_an_agency_has_so_many_unfinished_deliveries_and_no_more(
    module_register: Settings, door: psycopg.Connection
) -> None:
    agency = next(_agencies)
    for _ in range(3):
        announce(door, State.WITHDRAWN, agency=agency, most=5)
    announce(door, agency=next(_agencies), most=5)

    def announce_one_more(_: int) -> bool:
        with connect(module_register, Role.DELIVERIES) as connection:
            try:
                announce(connection, agency=agency, most=5)
            except TooManyDeliveries:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(announce_one_more, range(8)))

    assert sum(accepted) == 5
    assert len(list_deliveries(door, agency, state=State.CREATED)) == 5


def test_a_change_is_the_row_and_its_event(door: psycopg.Connection) -> None:
    delivery = announce(door, State.RECEIVING)

    changed = change_state(
        door, delivery, State.RECEIVED, "bert", LATER, "whole", sha256="cd" * 32, size=7, received=7
    )

    assert changed == find_delivery(door, delivery.id)
    assert (changed.version, changed.state_at) == (delivery.version + 1, LATER)
    assert (changed.sha256, changed.size, changed.received) == ("cd" * 32, 7, 7)
    last = list_events(door, delivery.id)[-1]
    assert (last.version, last.state, last.at) == (changed.version, State.RECEIVED, LATER)
    assert (last.actor, last.detail) == ("bert", "whole")


def test_who_saw_an_older_state_changes_nothing(door: psycopg.Connection) -> None:
    seen = announce(door, State.RECEIVING)
    change_state(door, seen, State.WITHDRAWN, "bert", LATER)
    events = list_events(door, seen.id)

    with pytest.raises(StateConflict) as conflict:
        change_state(door, seen, State.RECEIVED, "anna", LATER)
    with pytest.raises(StateConflict):
        note_received(door, seen, 10, None)

    assert conflict.value.found is State.WITHDRAWN
    assert list_events(door, seen.id) == events


def test_what_may_not_be_changes_nothing(door: psycopg.Connection) -> None:
    delivery = announce(door)

    for actor, to in (("anna", State.PUBLISHING), ("anna", State.CHECKED), (WORKER, State.FAILED)):
        with pytest.raises(StateConflict) as conflict:
            change_state(door, delivery, to, actor, LATER)
        assert conflict.value.found is State.CREATED

    assert find_delivery(door, delivery.id) == delivery


def test_of_many_at_once_one_succeeds(module_register: Settings, door: psycopg.Connection) -> None:
    delivery = announce(door, State.CHECKED)

    def ask(number: int) -> bool:
        with connect(module_register, Role.DELIVERIES) as connection:
            to = State.PUBLISHING if number % 2 else State.WITHDRAWN
            try:
                change_state(connection, delivery, to, f"client{number}", LATER)
            except StateConflict:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(6))) == 1
    assert len(list_events(door, delivery.id)) == len(WAYS[State.CHECKED]) + 2


def test_what_came_is_noted_without_an_event_but_seen(door: psycopg.Connection) -> None:
    delivery = announce(door, State.RECEIVING)
    events = list_events(door, delivery.id)

    noted = note_received(door, delivery, 65536, 100_000)
    again = note_received(door, noted, 100_000, None)

    assert (again.received, again.size) == (100_000, 100_000)
    assert again.version == delivery.version + 2  # whoever holds the first ETag learns of it
    assert list_events(door, delivery.id) == events


def test_a_new_check_asks_for_publication_anew(door: psycopg.Connection) -> None:
    asked = change_state(
        door, announce(door, State.CHECKED), State.AWAITING, "anna", NOW, publisher="anna"
    )
    assert asked.publisher == "anna"

    agreed = change_state(door, asked, State.PUBLISHING, "bert", NOW, second_publisher="bert")
    assert (agreed.publisher, agreed.second_publisher) == ("anna", "bert")
    again = change_state(door, agreed, State.RECEIVED, WORKER, NOW, "the register moved")

    assert (again.publisher, again.second_publisher) == (None, None)


def test_checks_are_kept_and_never_written_twice(
    door: psycopg.Connection, worker: psycopg.Connection
) -> None:
    delivery = announce(door, State.CHECKING)
    first, second = make_check(delivery, 1), make_check(delivery, 2, {"fields": ["a"]})
    write_check(worker, first)
    write_check(worker, second)

    assert find_check(door, delivery.id) == second
    assert find_check(door, delivery.id, 1) == first
    assert find_check(door, delivery.id, 3) is None
    with pytest.raises(UniqueViolation):
        write_check(worker, make_check(delivery, 1, {"fields": []}))


def test_drift_is_measured_from_the_last_of_its_kind_that_was_published(
    worker: psycopg.Connection, door: psycopg.Connection
) -> None:
    def publish(shape: str, *, undone_by: int | None = None, **told: object) -> Delivery:
        delivery = announce(door, State.PUBLISHING, region=Region.WALLONIA, **told)
        write_check(worker, make_check(delivery, 1, {"is": shape}))
        return change_state(
            worker, delivery, State.PUBLISHED, WORKER, NOW, checks=1, undone_by=undone_by
        )

    assert find_last_shape(door, announce(door, region=Region.WALLONIA)) is None
    wanted = publish("wanted")
    publish("of mutations", complete=False)
    publish("undone", undone_by=3)
    rejected = announce(door, State.CHECKING, region=Region.WALLONIA)
    write_check(worker, make_check(rejected, 1, {"is": "rejected"}))
    change_state(worker, rejected, State.REJECTED, WORKER, NOW, checks=1)
    next_one = announce(door, region=Region.WALLONIA)
    publish("later")

    assert find_last_shape(door, next_one) == (wanted.id, {"is": "wanted"})


def test_a_job_is_there_when_its_change_is_and_waits_once(
    door: psycopg.Connection, worker: psycopg.Connection
) -> None:
    delivery = announce(door, State.RECEIVING, region=Region.FLANDERS)

    def receive(*, dies: bool) -> None:
        with door.transaction():
            changed = change_state(door, delivery, State.RECEIVED, "anna", NOW)
            jobs.defer_check(door, changed)
            jobs.defer_check(door, changed)
            if dies:
                raise ConnectionError

    with pytest.raises(ConnectionError):
        receive(dies=True)
    assert list_jobs(worker) == []
    assert find_delivery(door, delivery.id) == delivery

    receive(dies=False)
    jobs.defer_publish(door, delivery)
    jobs.defer_settle(worker, Region.FLANDERS)
    jobs.defer_settle(worker, Region.FLANDERS)
    assert list_jobs(worker) == [
        ("check", "vlg", {"delivery_id": delivery.id}),
        ("publish", "vlg", {"delivery_id": delivery.id}),
        ("settle", "vlg", {"region": "vlg"}),
    ]


def test_what_waits_without_a_job_is_found(
    door: psycopg.Connection, worker: psycopg.Connection
) -> None:
    made = {state: announce(door, state) for state in WAYS}
    with_job = announce(door, State.RECEIVED)
    jobs.defer_check(door, with_job)
    published = change_state(
        door, made[State.PUBLISHED], State.PUBLISHED, "anna", NOW, undoing=True
    )
    failures = {
        attempts: change_state(
            worker,
            announce(door, State.CHECKING),
            *(State.FAILED, WORKER, NOW),
            failed_doing=State.CHECKING,
            attempts=attempts,
        )
        for attempts in (1, 3, 8)
    }

    def find(minutes: int) -> set[str]:
        due = list_due(worker, NOW + timedelta(minutes=minutes), most_attempts=8)
        assert [each.number for each in due] == sorted(each.number for each in due)
        return {each.id for each in due} - {made[State.FAILED].id}

    waiting = {
        *(made[s].id for s in (State.RECEIVED, State.CHECKING, State.PUBLISHING)),
        published.id,
    }
    assert find(0) == waiting
    assert find(1) == waiting | {failures[1].id}
    assert find(4) == find(10_000) == waiting | {failures[1].id, failures[3].id}


def test_a_region_without_a_release_has_the_number_none(door: psycopg.Connection) -> None:
    assert find_newest_release(door, Region.WALLONIA) == 0


def test_sizes_beyond_two_gigabytes_are_kept(door: psycopg.Connection) -> None:
    new = NewDelivery(region=Region.BRUSSELS, complete=False, extracted_at=NOW, file_name="a.zip")
    delivery = create_delivery(door, next(_agencies), new, "anna", NOW)
    begun = change_state(door, delivery, State.RECEIVING, "anna", NOW)

    assert note_received(door, begun, 5_000_000_000, 6_000_000_000).received == 5_000_000_000
