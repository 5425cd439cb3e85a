"""The command says what it would undo, and undoes it only with --yes."""

from __future__ import annotations

from argparse import Namespace
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from deploy.commands import rollback
from registry.domain.region import Region
from registry.quality.inspection import inspect_region
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import fetch

if TYPE_CHECKING:
    from registry.settings import Settings


@pytest.fixture
def two_releases(register: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(rollback, "open_session", lambda _: nullcontext())
    import_editions(register, Edition(addresses=[Address(id="1"), Address(id="2", number="2")]))
    wrong = [Address(id="1", number="9"), Address(id="2", number="2")]
    import_editions(register, Edition(day="2026-11-09", addresses=wrong))
    return register


SCORES = "select objects, affected from best.quality_score"


def inspect(register: Settings) -> None:
    with connect(register, Role.IMPORTER, autocommit=True) as connection:
        inspect_region(connection, Region.BRUSSELS, progress=lambda _: None)


def list_judged(register: Settings) -> list[str]:
    rows = fetch(
        register,
        "select rule from best.finding where seq_to is null and rule like 'houseNumber%%'"
        " order by rule",
    )
    return [rule for (rule,) in rows]


def count_releases(register: Settings) -> int:
    ((count,),) = fetch(register, "select count(*) from best.release")
    return int(count)


def test_without_yes_it_only_says_what_would_be_undone(
    two_releases: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rollback.run(Namespace(release=2, yes=False), two_releases) == 2

    told = capsys.readouterr().err
    assert "Takes back release 2 of " in told
    assert "Brussels: addresses 1 altered" in told
    assert "./best rollback 2 --yes" in told
    assert count_releases(two_releases) == 2


def test_with_yes_it_does(two_releases: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback.run(Namespace(release=2, yes=True), two_releases) == 0

    assert "Published: release 3 (Brussels)." in capsys.readouterr().err
    assert fetch(two_releases, "select house_number from best.address where object_id = '1'") == [
        ("1",)
    ]


def test_a_region_that_would_be_emptied_is_named(
    two_releases: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rollback.run(Namespace(release=1, yes=False), two_releases) == 2

    assert "the first release of Brussels: nothing is left of it" in capsys.readouterr().err


def test_findings_and_scores_are_those_of_the_restored_state(
    two_releases: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, number in (("2026-11-16", "0"), ("2026-11-23", "61+")):
        addresses = [Address(id="1", number=number), Address(id="2", number="2")]
        assert import_editions(two_releases, Edition(day=day, addresses=addresses)).failure is None
        inspect(two_releases)
    assert list_judged(two_releases) == ["houseNumberUnreadable"]

    assert rollback.run(Namespace(release=4, yes=True), two_releases) == 0
    assert list_judged(two_releases) == ["houseNumberZero"]
    assert "Brussels: inspecting" in capsys.readouterr().err

    assert rollback.run(Namespace(release=3, yes=True), two_releases) == 0
    assert list_judged(two_releases) == []
    assert fetch(two_releases, f"{SCORES} where municipality_id = '' order by seq") == [
        (3, 2),
        (3, 2),
        (3, 2),
        (3, 1),
    ]
