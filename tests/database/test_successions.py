"""What is taken for the successor of what went, and above all what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registry.domain.region import Region
from tests.database.editions import Address, Named
from tests.database.querying import fetch
from tests.database.successive import publish, street, week

if TYPE_CHECKING:
    from registry.settings import Settings

ELSEWHERE = "150000.5 171000.5"


def told(settings: Settings) -> list[tuple[str, str, str, str]]:
    return fetch(
        settings,
        "select resource, object_id, successor_id, rule from best.succession"
        " where seq_to is null order by resource, object_id, successor_id",
    )


def evidence(settings: Settings, object_id: str) -> dict[str, Any]:
    rows = fetch(settings, "select evidence from best.succession where object_id = %s", object_id)
    return dict(rows[0][0])


def numbers(count: int, first_id: int = 1, **others: Any) -> list[Address]:
    """Return addresses with the numbers from 1 on, each at a place of its own."""
    return [
        Address(
            id=str(first_id + place),
            number=str(place + 1),
            position=f"{149000 + place}.5 170000.5",
            **others,
        )
        for place in range(count)
    ]


def test_a_merger_seen_in_its_addresses_and_street_names(register: Settings) -> None:
    old, new = ("21004", "21005"), ("21005",)
    publish(
        register,
        week(numbers(4), [street("10"), street("11", "Leiestraat")], old),
        week(
            numbers(4, municipality="21005", version="2"),
            [street("10", municipality="21005"), street("11", "Leiestraat", municipality="21005")],
            new,
        ),
    )
    assert told(register) == [("municipality", "21004", "21005", "rePointed")]
    assert evidence(register, "21004") == {
        "addresses": 4,
        "of": 4,
        "streetNames": 2,
        "ofStreetNames": 2,
    }


def test_a_municipality_that_is_split_has_several_successors(register: Settings) -> None:
    before, after = numbers(20), numbers(20, version="2", municipality="21005")
    for place in (3, 4, 5):
        after[place] = numbers(20, version="2", municipality="21006")[place]
    after[6] = numbers(20, version="2", municipality="21007")[6]
    codes = ("21005", "21006", "21007")
    streets = [street("10", municipality="21005")]
    publish(
        register,
        week(before, [street("10")], ("21004", *codes)),
        week(after, streets, codes),
    )
    # One address of twenty does not make a successor.
    assert [row[:3] for row in told(register)] == [
        ("municipality", "21004", "21005"),
        ("municipality", "21004", "21006"),
    ]


def test_what_mostly_came_to_nothing_has_no_successor(register: Settings) -> None:
    streets = [street("10"), street("11", "Leiestraat")]
    moved = [Address(id=str(n), number=str(n), street="11", version="2") for n in (1, 2)]
    before = [Address(id=str(n), number=str(n)) for n in range(1, 6)]
    publish(register, week(before, streets), week(moved, streets[1:]))
    assert told(register) == []


def test_parts_and_postal_infos_are_followed_too(register: Settings) -> None:
    before = [Address(id=str(n), number=str(n), part="1") for n in range(1, 4)]
    after = [
        Address(id=str(n), number=str(n), part="2", postal_code="1040", version="2")
        for n in range(1, 4)
    ]
    wallonia = {"region": Region.WALLONIA}
    first = week(
        before,
        parts=[Named(id="1"), Named(id="2")],
        postal_infos=[Named(id="1000"), Named(id="1040")],
        **wallonia,
    )
    second = week(after, parts=[Named(id="2")], postal_infos=[Named(id="1040")], **wallonia)
    publish(register, first, second)
    assert told(register) == [
        ("part_of_municipality", "1", "2", "rePointed"),
        ("postal_info", "1000", "1040", "rePointed"),
    ]


def test_a_successor_must_be_there(register: Settings) -> None:
    after = numbers(3, version="2", municipality="21009")
    publish(register, week(numbers(3)), week(after, municipalities=("21005",)))
    assert told(register) == []


def test_new_ids_for_street_names_and_addresses_of_a_merger(register: Settings) -> None:
    old = week(
        numbers(3),
        [street("10"), street("11", "Leiestraat")],
        ("21004", "21005"),
    )
    # Street name 11 keeps its id and so tells what became of the municipality.
    new = week(
        numbers(3, 101, street="20", municipality="21005"),
        [street("20", municipality="21005"), street("11", "Leiestraat", municipality="21005")],
        ("21005",),
    )
    publish(register, old, new)
    assert told(register) == [
        ("address", "1", "101", "sameNumberInSuccessor"),
        ("address", "2", "102", "sameNumberInSuccessor"),
        ("address", "3", "103", "sameNumberInSuccessor"),
        ("municipality", "21004", "21005", "rePointed"),
        ("street_name", "10", "20", "sameNameInSuccessor"),
    ]
    assert evidence(register, "10") == {
        "name": "Wetstraat",
        "municipality": "21004",
        "successorMunicipality": "21005",
    }
    assert evidence(register, "1") == {
        "streetName": "10",
        "successorStreetName": "20",
        "houseNumber": "1",
    }


def test_the_law_leads_from_street_to_street_too(register: Settings) -> None:
    flanders = {"region": Region.FLANDERS}
    old = week([], [street("10", municipality="44034")], ("44034",), **flanders)
    new = week([], [street("20", municipality="44087")], ("44087",), **flanders)
    publish(register, old, new)
    assert told(register) == [("street_name", "10", "20", "sameNameInSuccessor")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(["10", "11"], ["20"], id="two became one"),
        pytest.param(["10"], ["20", "21"], id="one became two"),
    ],
)
def test_names_that_could_mean_two_streets(
    register: Settings, before: list[str], after: list[str]
) -> None:
    publish(
        register,
        week([], [street(one) for one in before]),
        week([], [street(one) for one in after]),
    )
    assert told(register) == []


def test_other_names_homonyms_and_places(register: Settings) -> None:
    codes = ("21004", "21005")
    before = [street("10"), street("11", "Leiestraat"), street("12", "Kerkstraat")]
    after = [
        street("20", municipality="21005"),
        street("21", "Leiestraat", homonym="BR"),
        street("22", "Dorpsstraat"),
    ]
    publish(register, week([], before, codes), week([], after, codes))
    assert told(register) == []


def test_an_id_issued_anew_for_the_same_number_and_box(register: Settings) -> None:
    before = [Address(id="1", number="12", box="A"), Address(id="2", number="12")]
    after = [Address(id="3", number="12", box="a"), Address(id="4", number="13")]
    publish(register, week(before), week(after))
    assert told(register)[0] == ("address", "1", "3", "sameNumberInSuccessor")
    # 12 and 13 are at one place and the only ones left there.
    assert told(register)[1] == ("address", "2", "4", "samePosition")
    assert evidence(register, "2") == {
        "position": "149843.5 170639.5",
        "crs": "31370",
        "houseNumber": "12",
        "successorHouseNumber": "13",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            [Address(id="1", number="12")],
            [Address(id="3", number="12"), Address(id="4", number="12")],
            id="a number given twice",
        ),
        pytest.param(
            [Address(id="1", number="1"), Address(id="2", number="2")],
            [Address(id="3", number="3"), Address(id="4", number="4")],
            id="many at one place",
        ),
        pytest.param(
            [Address(id="1", number="1")],
            [Address(id="3", number="3", position=ELSEWHERE)],
            id="far",
        ),
        pytest.param(
            [Address(id="1", number="1")], [Address(id="3", number="3", box="1")], id="a box"
        ),
        pytest.param(
            [Address(id="1", number="1", position=None)],
            [Address(id="3", number="3", position=None)],
            id="nowhere",
        ),
        pytest.param(
            [Address(id="1", number="1")],
            [Address(id="3", number="1", street="11")],
            id="another street",
        ),
        pytest.param(
            [Address(id="1", number="1")],
            [Address(id="3", number="1", status="retired")],
            id="retired itself",
        ),
        pytest.param(
            [Address(id="1", number="1"), Address(id="3", number="1")],
            [Address(id="3", number="1")],
            id="there before",
        ),
    ],
)
def test_addresses_that_are_not_taken_for_successors(
    register: Settings, before: list[Address], after: list[Address]
) -> None:
    streets = [street("10"), street("11", "Leiestraat")]
    publish(register, week(before, streets), week(after, streets))
    assert told(register) == []


def test_a_retired_address_has_its_successor_with_the_date(register: Settings) -> None:
    old = Address(id="1", version="2", status="retired", valid_from="2026-11-05T00:00:00Z")
    new = Address(id="2")
    publish(register, week([Address(id="1")]), week([old, new]), week([new]))
    # That it was removed a week later is no second end.
    assert fetch(
        register,
        "select object_id, successor_id, happened_at::date::text from best.succession",
    ) == [("1", "2", "2026-11-05")]


def test_what_comes_back_has_no_successor_any_more(register: Settings) -> None:
    publish(
        register,
        week([Address(id="1")]),
        week([Address(id="2")]),
        week([Address(id="1"), Address(id="2")]),
    )
    assert told(register) == []
    ((seq_to, restored),) = fetch(
        register,
        "select s.seq_to, v.seq_from from best.succession s join best.address_version v"
        " on v.object_id = s.object_id and v.change = 'restored'",
    )
    assert seq_to == restored
