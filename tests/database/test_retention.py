"""Pruning lets go of old states, of nothing else, and says from where history is left."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import LockNotAvailable

import registry.pruning
from registry.domain.errors import InputRefused
from registry.pruning import PruningPlan, find_oldest_release_since, plan_pruning, prune
from registry.store.connections import Role, connect
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import fetch, fetch_current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

NOW = datetime(2026, 12, 1, tzinfo=UTC)
FIRST_DAY = date(2026, 9, 7)
COUNT = 50


def week(number: int, *, gone: str = "") -> Edition:
    """In each week number 7 changes; from the week after its last on, `gone` is absent."""
    addresses = [
        Address(id=str(n), number=f"{n}w{number}" if n == 7 else str(n))
        for n in range(COUNT)
        if str(n) != gone
    ]
    return Edition(day=f"{FIRST_DAY + timedelta(days=7 * number)}", addresses=addresses)


@pytest.fixture(scope="module")
def four_weeks_template(migrated_template: Settings) -> Iterator[Settings]:
    with cloned(migrated_template) as settings:
        for edition in (week(0), week(1, gone="8"), week(2, gone="8"), week(3, gone="8")):
            summary = import_editions(settings, edition)
            assert not summary.failed, summary.failure
        yield settings


@pytest.fixture
def four_weeks(
    four_weeks_template: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    monkeypatch.setattr(registry.pruning, "BATCH_ROWS", 2)
    with cloned(four_weeks_template) as settings:
        yield settings


def prune_before(register: Settings, release: int) -> PruningPlan:
    with connect(register, Role.OWNER, autocommit=True) as connection:
        plan = plan_pruning(connection, release)
        prune(connection, plan, NOW, lambda _: None)
    return plan


def as_of(register: Settings, seq: int) -> list[tuple[object, ...]]:
    return fetch(
        register,
        "select object_id, house_number from best.address_version"
        " where seq_from <= %s and (seq_to is null or seq_to > %s) order by 1",
        seq,
        seq,
    )


def test_history_is_exact_from_the_horizon_on_and_the_last_state_of_the_gone_stays(
    four_weeks: Settings,
) -> None:
    last = dict(fetch(four_weeks, "select number, last_seq from best.release"))
    before = {seq: as_of(four_weeks, seq) for seq in range(last[2], last[4] + 1)}
    kept = fetch_current(four_weeks)

    plan = prune_before(four_weeks, 3)

    assert plan.history_from == last[2]
    assert plan.versions == 1  # of number 7 in week 0; that of week 1 was there as of last[2]
    assert {seq: as_of(four_weeks, seq) for seq in before} == before
    assert fetch_current(four_weeks) == kept
    versions = "select object_id, house_number from best.address_version where seq_to is not null"
    assert set(fetch(four_weeks, versions)) == {("7", "7w1"), ("7", "7w2"), ("8", "8")}
    assert fetch(four_weeks, "select count(*) from best.release") == [(4,)]
    told = "select history_from, versions, pruned_at from best.pruning"
    assert fetch(four_weeks, told) == [(last[2], 1, NOW)]


def test_the_next_edition_is_as_it_would_have_been(four_weeks: Settings) -> None:
    prune_before(four_weeks, 4)

    summary = import_editions(four_weeks, week(4))  # number 8 is back

    (outcome,) = summary.outcomes
    counts = next(c for kind, c in outcome.counts.items() if kind == "address").to_json()
    assert (counts["restored"], counts["altered"], counts["added"]) == (1, 1, 0)


def test_a_cursor_from_before_the_horizon_is_refused(four_weeks: Settings) -> None:
    with serving(four_weeks) as client:
        newest = client.get("/v1/addresses?region=BE-BRU&pageSize=20").json()["next"]
        import_editions(four_weeks, week(4, gone="8"))
        import_editions(four_weeks, week(5, gone="8"))
        assert client.get(newest).status_code == 200

        prune_before(four_weeks, 6)

        refused = client.get(newest)
        while refused.status_code == 200:  # until the worker has heard of it
            refused = client.get(newest)
        assert refused.status_code == 400
        assert "history" in refused.text
        gone = client.get("/v1/addresses/bru-8")
        assert gone.status_code == 410


def test_it_goes_on_where_it_was_broken_off(
    four_weeks: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(_: str) -> None:
        raise KeyboardInterrupt

    with connect(four_weeks, Role.OWNER, autocommit=True) as connection:
        plan = plan_pruning(connection, 4)
        with pytest.raises(KeyboardInterrupt):
            prune(connection, plan, NOW, break_off)
    assert fetch(four_weeks, "select history_from from best.pruning") == [(plan.history_from,)]

    prune_before(four_weeks, 4)

    with connect(four_weeks, Role.OWNER, autocommit=True) as connection:
        assert plan_pruning(connection, 4).is_empty


def test_a_plan_alone_changes_nothing_and_locks_nobody_out(four_weeks: Settings) -> None:
    with connect(four_weeks, Role.OWNER) as connection:
        plan = plan_pruning(connection, 4)
        with connect(four_weeks, Role.IMPORTER) as other:
            other.execute("set lock_timeout = '50ms'")
            try:
                other.execute("lock table registry.address_version in row exclusive mode")
            except LockNotAvailable:
                pytest.fail("an import would wait")
    assert plan.versions == 2
    assert plan.bytes > 0
    assert fetch(four_weeks, "select * from best.pruning") == []


def test_nonsense_is_refused(four_weeks: Settings) -> None:
    with connect(four_weeks, Role.OWNER, autocommit=True) as connection:
        with pytest.raises(InputRefused, match="no release 99"):
            plan_pruning(connection, 99)
        with pytest.raises(InputRefused, match="all of them would go"):
            find_oldest_release_since(connection, datetime.now(UTC) + timedelta(days=1))
        assert find_oldest_release_since(connection, NOW - timedelta(days=3650)) == 1
    prune_before(four_weeks, 4)
    with (
        connect(four_weeks, Role.OWNER, autocommit=True) as connection,
        pytest.raises(InputRefused, match="is gone already"),
    ):
        plan_pruning(connection, 2)
