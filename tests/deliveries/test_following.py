"""What a release means for a region's other deliveries, what comes first, and who may undo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest

from geo.pipelines import HELMERT
from registry.deliveries.agencies import Actor
from registry.deliveries.following import find_earlier, follow_release
from registry.deliveries.states import ENDED, Authorisation, Refusal, Refused, State
from registry.deliveries.store import (
    find_delivery,
    find_newest_release,
    note_received,
    write_check,
)
from registry.deliveries.undoing import guard_undoing
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.roll_back import roll_back
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, import_editions
from tests.deliveries.announcing import NOW, WAYS, announce, list_jobs, make_check

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from registry.deliveries.store import Delivery
    from registry.settings import Settings

LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("undone", [False, True])
def test_a_release_is_followed_by_the_regions_other_deliveries(
    door: psycopg.Connection, worker: psycopg.Connection, undone: bool
) -> None:
    older = NOW - timedelta(seconds=1)
    before = {state: announce(door, state, extracted_at=older) for state in WAYS}
    unknown = {state: announce(door, state, extracted_at=older) for state in WAYS}
    after = {state: announce(door, state) for state in WAYS}
    elsewhere = announce(door, State.CHECKED, region=Region.FLANDERS)
    published = announce(door, State.PUBLISHED)
    for each in (*before.values(), *after.values(), published):
        write_check(worker, make_check(each, 1, counts=("addresses", "streetNames")))

    with worker.transaction():
        follow_release(worker, published, LATER, undone=undone)

    def find_states(made: dict[State, Delivery]) -> dict[State, State]:
        found = {state: find_delivery(door, each.id) for state, each in made.items()}
        return {state: each.state for state, each in found.items() if each}

    stays = {state: state for state in WAYS}
    anew = stays | dict.fromkeys((State.CHECKED, State.AWAITING), State.RECEIVED)
    gone = {state: state if state in ENDED else State.SUPERSEDED for state in WAYS}
    assert find_states(after) == anew
    assert find_states(before) == (anew if undone else gone)
    assert find_states(unknown) == anew  # what it holds nobody knows
    assert find_delivery(door, elsewhere.id) == elsewhere
    rechecked = [args["delivery_id"] for task, _, args in list_jobs(worker) if task == "check"]
    waiting = [after, unknown, *([before] if undone else [])]
    expected = {each[state].id for each in waiting for state in (State.CHECKED, State.AWAITING)}
    assert len(rechecked) == len(expected)
    assert set(rechecked) == expected


@pytest.mark.parametrize(
    ("agency", "published", "other", "to"),
    [
        ("brussels", ("addresses", "streetNames"), ("addresses",), State.SUPERSEDED),
        ("brussels", ("streetNames",), ("addresses",), State.RECEIVED),
        ("brussels", ("streetNames",), ("addresses", "streetNames"), State.RECEIVED),
        ("postal", ("addresses",), ("addresses",), State.RECEIVED),
    ],
)
def test_a_release_supersedes_only_what_it_replaces(
    door: psycopg.Connection,
    worker: psycopg.Connection,
    agency: str,
    published: tuple[str, ...],
    other: tuple[str, ...],
    to: State,
) -> None:
    older = announce(door, State.CHECKED, agency=agency, extracted_at=NOW - timedelta(days=1))
    newer = announce(door, State.PUBLISHED)
    # The last check counts: what the first one saw was before a release.
    write_check(worker, make_check(older, 1, counts=("addresses", "postalInfos")))
    write_check(worker, make_check(older, 2, counts=other))
    write_check(worker, make_check(newer, 1, counts=published))

    with worker.transaction():
        follow_release(worker, newer, LATER)

    found = find_delivery(door, older.id)
    assert found
    assert found.state is to


def test_mutations_wait_for_those_of_an_earlier_time(
    door: psycopg.Connection, worker: psycopg.Connection
) -> None:
    monday, tuesday = NOW - timedelta(days=2), NOW - timedelta(days=1)

    def mutate(state: State, at: datetime, **told: Any) -> Delivery:
        return announce(door, state, extracted_at=at, complete=False, **told)

    mine = mutate(State.CHECKED, tuesday)
    for state in WAYS.keys() & {*ENDED, State.CREATED}:
        mutate(state, monday)
    mutate(State.CHECKED, NOW)
    mutate(State.CHECKED, monday, agency="postal")
    mutate(State.CHECKED, monday, region=Region.FLANDERS)
    same_day = mutate(State.CHECKED, tuesday)
    assert find_earlier(door, mine) is None
    assert find_earlier(door, same_day) == mine.id

    waiting = set(WAYS) - ENDED - {State.CREATED}
    for state in waiting:
        earlier = mutate(state, monday)
        assert find_earlier(door, mine) == earlier.id
        assert find_earlier(door, announce(door, State.CHECKED)) is None  # complete: needs none
        worker.execute(
            "update deliveries.delivery set state = 'withdrawn' where id = %s", [earlier.id]
        )


def test_an_upload_under_way_does_not_undo_a_publication(
    module_register: Settings, door: psycopg.Connection, worker: psycopg.Connection
) -> None:
    older = announce(door, State.RECEIVING, extracted_at=NOW - timedelta(days=1))
    published = announce(door, State.PUBLISHED)
    for each in (older, published):
        write_check(worker, make_check(each, 1, counts=("addresses",)))

    def follow() -> None:
        with connect(module_register, Role.IMPORTER, application_name="follower") as connection:
            follow_release(connection, published, LATER)

    with ThreadPoolExecutor(1) as pool:
        with door.transaction():
            note_received(door, older, 65536, None)
            following = pool.submit(follow)
            while not is_waiting(worker, "follower"):
                sleep(0.01)
        following.result(timeout=10)

    superseded = find_delivery(door, older.id)
    assert superseded
    assert (superseded.state, superseded.received) == (State.SUPERSEDED, 65536)


def is_waiting(connection: psycopg.Connection, name: str) -> bool:
    row = connection.execute(
        "select true from pg_stat_activity where application_name = %s"
        " and wait_event_type = 'Lock'",
        [name],
    ).fetchone()
    return row is not None


def test_a_release_is_the_first_where_nothing_stood_before_it(
    module_register: Settings, door: psycopg.Connection
) -> None:
    actor = Actor(
        client_id="anna",
        agency_id="brussels",
        agency_name="Brussels",
        authorisations=(
            Authorisation(
                agency_id="brussels",
                region=Region.BRUSSELS,
                kinds=frozenset(Resource),
                valid_from=NOW,
                valid_to=LATER,
                publishing_alone=frozenset(),
            ),
        ),
    )

    def ask(*, publisher: str = "anna", begun: bool = False) -> Refusal | None:
        release = find_newest_release(door, Region.BRUSSELS)
        delivery = replace(
            announce(door, State.PUBLISHED),
            release_number=release,
            publisher=publisher,
            undoing=begun,
        )
        try:
            guard_undoing(door, delivery, actor, NOW, begun=begun)
        except Refused as refused:
            return refused.refusal
        return None

    def load(day: int) -> None:
        edition = Edition(day=f"2026-11-{day:02}", addresses=[Address(id=str(day))])
        import_editions(module_register, edition)

    def take_back(number: int) -> None:
        with connect(module_register, Role.IMPORTER) as connection:
            roll_back(connection, number, shift=HELMERT, progress=lambda _: None)

    load(2)
    assert ask() is Refusal.FIRST_RELEASE
    load(9)
    assert ask() is None
    assert ask(begun=True) is None
    assert ask(publisher="bert") is Refusal.NOT_CONCERNED
    take_back(1)  # the operator: of all
    load(16)
    assert find_newest_release(door, Region.BRUSSELS) == 4
    assert ask() is Refusal.FIRST_RELEASE
    load(23)
    take_back(5)
    load(30)
    assert ask() is None
