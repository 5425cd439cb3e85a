"""Two editions, and what each difference between them is called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registry.domain.resource import Resource
from tests.database.editions import (
    Address,
    Edition,
    Named,
    StreetName,
    import_editions,
)
from tests.database.querying import (
    assert_sound,
    fetch,
    fetch_changes,
    hash_tables,
)
from tests.database.weeks import KEPT, SECOND_DAY, edition, import_days

if TYPE_CHECKING:
    from registry.settings import Settings


DIFFERENCES: list[dict[str, str | int | None]] = [
    {"number": "2"},
    {"box": "b1"},
    {"status": "proposed"},
    {"position": "149843.51 170639.5"},
    {"position": None},
    {"crs": 3812},
    {"street": "11"},
    {"municipality": "21005"},
    {"postal_code": "1040"},
    {"part": "5"},
    {"valid_from": "2026-01-01T00:00:00Z"},
    {"valid_to": "2026-01-01T00:00:00Z"},
    {"begin": "2013-01-01T00:00:00Z"},
    {"end": "2026-01-01T00:00:00Z"},
]


def test_every_difference_in_what_is_published_is_altered(register: Settings) -> None:
    before = [Address(id=str(n)) for n in range(len(DIFFERENCES))]
    after = [
        replace(address, version="2", **changed)
        for address, changed in zip(before, DIFFERENCES, strict=True)
    ]

    told = import_days(register, before, after)

    assert told[1] == {"seen": 24, "altered": len(DIFFERENCES), "unchanged": 10}
    words = fetch_changes(register)
    assert {words[str(n)][-1] for n in range(len(DIFFERENCES))} == {"altered"}


def test_a_difference_in_the_identifier_alone_is_reversioned(register: Settings) -> None:
    before = [Address(id=str(n)) for n in range(3)]
    changed = [{"version": "2"}, {"version": None}, {"namespace": "other"}]
    after = [replace(one, **other) for one, other in zip(before, changed, strict=True)]

    told = import_days(register, before, after)

    assert told[1] == {"seen": 13, "reversioned": 3, "unchanged": 10}
    versions = fetch(
        register,
        "select distinct object_id, valid_from, valid_from_assumed, content_hash"
        " from best.address_version where object_id in ('0', '1', '2')",
    )
    assert len(versions) == 3


def test_another_way_to_write_the_same_is_unchanged(register: Settings) -> None:
    before = [Address(id="0"), Address(id="1")]
    after = [
        replace(before[0], valid_from="2015-01-01T01:00:00+01:00"),
        replace(before[1], namespace="https://databrussels.be/id/address/"),
    ]

    told = import_days(register, before, after)

    assert told[1] == {"seen": 12, "unchanged": 12}


def test_a_status_that_ends_an_address_is_retired_and_back_from_it_restored(
    register: Settings,
) -> None:
    pairs = [
        (before, ended)
        for before in ("current", "proposed", "reserved", None)
        for ended in ("retired", "rejected", "archived")
    ]
    alive = [Address(id=str(n), status=before) for n, (before, _) in enumerate(pairs)]
    gone = [Address(id=str(n), status=ended) for n, (_, ended) in enumerate(pairs)]

    told = import_days(register, alive, gone, alive)

    assert told[1] == {"seen": 22, "retired": 12, "unchanged": 10}
    assert told[2] == {"seen": 22, "restored": 12, "unchanged": 10}
    assert fetch_changes(register)["1"] == ["added", "retired", "restored"]


def test_from_one_ended_status_to_another_is_altered(register: Settings) -> None:
    told = import_days(
        register, [Address(id="1", status="rejected")], [Address(id="1", status="retired")]
    )

    assert told[1]["altered"] == 1


def test_an_address_first_seen_retired_is_added(register: Settings) -> None:
    assert import_days(register, [Address(id="1", status="retired")])[0]["added"] == 11


def test_absent_from_a_full_file_is_removed_and_back_from_it_restored(register: Settings) -> None:
    one = Address(id="1")

    told = import_days(register, [one], [], [one], [one])

    assert told[1] == {"seen": 10, "removed": 1, "unchanged": 10}
    assert told[2] == {"seen": 11, "restored": 1, "unchanged": 10}
    assert told[3] == {"seen": 11, "unchanged": 11}
    assert fetch_changes(register)["1"] == ["added", "removed", "restored"]


def test_removed_stays_removed_and_is_not_told_twice(register: Settings) -> None:
    told = import_days(register, [Address(id="1")], [], [])

    assert told[2] == {"seen": 10, "unchanged": 10}


def test_the_order_of_rows_in_a_file_does_not_matter(register: Settings) -> None:
    rows = [Address(id=str(n), number=str(n)) for n in range(5)]

    told = import_days(register, rows, rows[::-1])

    assert told[1] == {"seen": 15, "unchanged": 15}


def test_an_edition_may_change_every_kind_at_once_and_numbers_follow_references(
    register: Settings,
) -> None:
    import_editions(register, edition(Address(id="1")))
    second = Edition(
        day=SECOND_DAY,
        addresses=[Address(id="1", number="2"), Address(id="2", street="11"), *KEPT],
        street_names=[StreetName(id="10", names={"nl": "Nieuwe Wetstraat"}), StreetName(id="11")],
        municipalities=[Named(id="21004", names={"nl": "Brussel", "en": "Brussels"})],
        postal_infos=[Named(id="1000", names={"fr": "Bruxelles"})],
    )

    summary = import_editions(register, second, accept_totals=True)

    counts = {kind: c.to_json() for kind, c in summary.outcomes[0].counts.items()}
    assert (
        counts[Resource.STREET_NAME] | {"seen": 2, "added": 1, "altered": 1}
        == counts[Resource.STREET_NAME]
    )
    assert counts[Resource.MUNICIPALITY]["altered"] == 1
    assert counts[Resource.POSTAL_INFO]["altered"] == 1
    order = fetch(
        register,
        "select 'm', seq_from from best.municipality_version where change <> 'added'"
        " union all select 'p', seq_from from best.postal_info_version where change <> 'added'"
        " union all select 's', seq_from from best.street_name_version where seq_from > 14"
        " union all select 'a', seq_from from best.address_version where seq_from > 14"
        " order by seq_from",
    )
    assert "".join(kind for kind, _ in order) == "mpssaa"
    assert_sound(register)


def test_importing_the_same_again_changes_nothing(register: Settings) -> None:
    import_editions(register, edition(Address(id="1")))
    before = hash_tables(register)

    summary = import_editions(register, edition(Address(id="1")))

    assert summary.outcomes[0].release is None
    assert summary.to_json()["release"] == []
    counts = summary.outcomes[0].counts[Resource.ADDRESS].to_json()
    assert counts == dict.fromkeys(counts, 0) | {"seen": 11, "unchanged": 11}
    after = hash_tables(register)
    assert {table for table in after if after[table] != before.get(table)} == {"source"}


def test_statuses_missing_and_present_are_different(register: Settings) -> None:
    told = import_days(register, [Address(id="1", status=None)], [Address(id="1")])

    assert told[1]["altered"] == 1
