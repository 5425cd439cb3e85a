"""A roll-back publishes what was, takes nothing out of the history, and says what it undoes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.pipelines import HELMERT
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.roll_back import RollBack, roll_back
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, StreetName, import_editions
from tests.database.querying import (
    assert_sound,
    fetch,
    fetch_changes,
    fetch_current,
    fetch_open_findings,
)

if TYPE_CHECKING:
    from registry.settings import Settings

RECORDED = ("seq_from", "change")


def week(day: str, *addresses: Address, region: Region = Region.BRUSSELS) -> Edition:
    return Edition(region=region, day=f"2026-11-{day}", addresses=addresses)


FIRST = week("02", Address(id="1"), Address(id="2"), Address(id="3", box="a"))
WRONG = week("09", Address(id="1", number="9"), Address(id="3", box="a"), Address(id="4"))
WORSE = week("16", Address(id="1", number="99"), Address(id="4", status="retired"))


def publish(register: Settings, *editions: Edition) -> None:
    for edition in editions:
        summary = import_editions(register, edition, accept_totals=True)
        assert not summary.failed, summary.failure


def take_back(register: Settings, number: int) -> RollBack:
    with connect(register, Role.IMPORTER) as connection:
        return roll_back(connection, number, shift=HELMERT, progress=lambda _: None)


def fetch_content(register: Settings) -> list[dict[str, object]]:
    return [
        {name: value for name, value in row.items() if name not in RECORDED}
        for kind in Resource
        for row in fetch_current(register, kind)
    ]


def test_the_state_before_is_there_again_and_the_wrong_one_stays_in_the_history(
    register: Settings,
) -> None:
    publish(register, FIRST)
    before = fetch_content(register)
    publish(register, WRONG, WORSE)

    done = take_back(register, 2)

    assert fetch_content(register) == before
    assert fetch_changes(register) == {
        "1": ["added", "altered", "altered", "altered"],
        "2": ["added", "removed", "restored"],
        "3": ["added", "removed", "restored"],
        "4": ["added", "retired", "removed"],
    }
    assert [release.number for release in done.undone] == [2, 3]
    assert done.release is not None
    assert fetch(register, "select number, undoes from best.release where undoes is not null") == [
        (4, 2)
    ]
    assert_sound(register)


def test_only_that_region_goes_back(register: Settings) -> None:
    publish(register, FIRST, week("02", Address(id="7"), region=Region.FLANDERS), WRONG)
    publish(register, week("09", Address(id="7", number="8"), region=Region.FLANDERS))

    take_back(register, 3)

    numbers = {(r["region"], r["object_id"]): r["house_number"] for r in fetch_current(register)}
    assert numbers["vlg", "7"] == "8"
    assert numbers["bru", "1"] == "1"


def test_what_comes_next_is_compared_with_what_is_left(register: Settings) -> None:
    """Last week's file is no longer older, and totals are those of the last right file."""
    publish(register, week("02", *(Address(id=str(n)) for n in range(10))))
    publish(register, week("09", *(Address(id=str(n)) for n in range(5))))
    take_back(register, 2)

    again = import_editions(register, week("02", *(Address(id=str(n)) for n in range(11))))

    assert not again.failed, again.failure
    assert again.outcomes[0].counts[Resource.ADDRESS].to_json()["unchanged"] == 10


def test_findings_are_those_of_before(register: Settings) -> None:
    odd = Edition(addresses=[Address(id="1", street="404"), Address(id="2")])
    publish(register, odd)
    before = fetch_open_findings(register)
    publish(register, Edition(day="2026-11-09", addresses=[Address(id="2", street="405")]))
    assert fetch_open_findings(register) != before

    take_back(register, 2)

    assert fetch_open_findings(register) == before


def test_nothing_to_undo_makes_no_release(register: Settings) -> None:
    publish(register, FIRST, WRONG)
    take_back(register, 2)

    # Release 2 again: its state before is what the register already holds.
    assert take_back(register, 2).release is None
    assert fetch(register, "select count(*) from best.release") == [(3,)]


def test_a_first_release_can_be_taken_back_whole(register: Settings) -> None:
    publish(register, FIRST)

    take_back(register, 1)

    assert [fetch_current(register, kind) for kind in Resource] == [[]] * len(Resource)
    publish(register, week("09", Address(id="1")))
    assert fetch_changes(register)["1"] == ["added", "removed", "restored"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(7, "There is no release 7"), (3, "Release 3 took back release 2")],
)
def test_what_cannot_be_taken_back_is_refused(register: Settings, number: int, words: str) -> None:
    publish(register, FIRST, WRONG)
    take_back(register, 2)

    with pytest.raises(InputRefused, match=words):
        take_back(register, number)


def test_history_that_was_let_go_of_cannot_come_back(register: Settings) -> None:
    publish(register, FIRST, WRONG, WORSE)
    with connect(register, Role.OWNER) as connection:
        connection.execute(
            "insert into registry.pruning select last_seq, now(), 0, 0"
            " from registry.release where number = 2"
        )

    with pytest.raises(InputRefused, match="was let go of"):
        take_back(register, 2)


def test_a_street_name_comes_back_with_its_addresses(register: Settings) -> None:
    publish(register, FIRST)
    before = fetch_open_findings(register)
    renamed = StreetName(id="11", names={"nl": "Andere straat"})
    publish(
        register,
        Edition(day="2026-11-09", street_names=[renamed], addresses=[Address(id="1", street="11")]),
    )

    take_back(register, 2)

    assert [row["object_id"] for row in fetch_current(register, Resource.STREET_NAME)] == ["10"]
    assert fetch_open_findings(register) == before
    assert_sound(register)
