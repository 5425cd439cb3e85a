"""Two editions, and what each difference between them is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from importers.deliveries import BEST_XML
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.database.editions import (
    BEGUN,
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
    fetch_current,
    fetch_open_findings,
    hash_tables,
)

if TYPE_CHECKING:
    from registry.settings import Settings

KEPT = [Address(id=str(n), number=str(n)) for n in range(900, 910)]
"""Unchanging neighbours, so that small editions stay within a fifth of each other's totals."""

FIRST_DAY, SECOND_DAY, THIRD_DAY = "2026-11-02", "2026-11-09", "2026-11-16"


def edition(*addresses: Address, day: str = FIRST_DAY) -> Edition:
    return Edition(day=day, addresses=[*addresses, *KEPT])


def import_days(register: Settings, *days: list[Address]) -> list[dict[str, int]]:
    """Import an edition a week; return what each did to addresses, without the zeros."""
    told = []
    for number, addresses in enumerate(days):
        summary = import_editions(
            register, edition(*addresses, day=f"2026-11-{2 + 7 * number:02d}"), accept_totals=True
        )
        assert not summary.failed, summary.failure
        counts = summary.outcomes[0].counts[Resource.ADDRESS].to_json()
        told.append({word: count for word, count in counts.items() if count})
    assert_sound(register)
    return told


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
    assert counts[Resource.STREET_NAME] | {"seen": 2, "added": 1, "altered": 1} == counts[
        Resource.STREET_NAME
    ]
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


class TestValidity:
    """From when a version is true in the world, and whether anybody said so."""

    def fetch_validity(self, register: Settings) -> list[tuple[datetime | None, bool]]:
        return fetch(
            register,
            "select valid_from, valid_from_assumed from best.address_version"
            " where object_id = '1' order by seq_from",
        )

    @pytest.mark.parametrize(
        ("begin", "valid_from", "expected"),
        [
            (BEGUN, "2015-01-01T00:00:00Z", datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC)),
            (BEGUN, "2013-01-01T00:00:00Z", datetime(2013, 1, 1, tzinfo=UTC)),
            (BEGUN, None, datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC)),
            (None, "2013-01-01T00:00:00Z", datetime(2013, 1, 1, tzinfo=UTC)),
            (None, None, None),
        ],
    )
    def test_a_first_version_begins_with_the_earlier_of_its_two_dates_and_that_is_assumed(
        self, register: Settings, begin: str, valid_from: str, expected: datetime
    ) -> None:
        import_days(register, [Address(id="1", begin=begin, valid_from=valid_from)])

        assert self.fetch_validity(register) == [(expected, True)]

    def test_an_address_added_later_follows_the_same_rule(self, register: Settings) -> None:
        import_days(register, [], [Address(id="1", valid_from="2026-11-05T00:00:00Z")])

        assert self.fetch_validity(register) == [
            (datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC), True)
        ]

    def test_a_later_version_begins_when_its_source_says(self, register: Settings) -> None:
        later = Address(id="1", number="2", valid_from="2026-11-05T00:00:00Z")

        import_days(register, [Address(id="1")], [later])

        assert self.fetch_validity(register)[1] == (datetime(2026, 11, 5, tzinfo=UTC), False)

    @pytest.mark.parametrize("valid_from", [None, "2013-01-01T00:00:00Z"])
    def test_a_later_version_whose_source_says_nothing_new_begins_with_its_extraction(
        self, register: Settings, valid_from: str | None
    ) -> None:
        import_days(register, [Address(id="1")], [Address(id="1", number="2", valid_from=valid_from)])

        # 01:00 in Belgium on the day of the second edition
        assert self.fetch_validity(register)[1] == (datetime(2026, 11, 9, tzinfo=UTC), True)

    def test_a_later_version_never_begins_before_the_one_it_follows(
        self, register: Settings
    ) -> None:
        future = Address(id="1", begin=None, valid_from="2027-01-01T00:00:00Z")

        import_days(register, [future], [replace(future, number="2")])

        assert self.fetch_validity(register)[1] == (datetime(2027, 1, 1, tzinfo=UTC), True)

    def test_what_was_published_is_kept_beside_what_is_assumed(self, register: Settings) -> None:
        import_days(register, [Address(id="1", valid_to="2030-01-01T00:00:00Z", end=BEGUN)])

        (row,) = [row for row in fetch_current(register) if row["object_id"] == "1"]
        assert row["published_valid_from"] == datetime(2015, 1, 1, tzinfo=UTC)
        assert row["valid_to"] == datetime(2030, 1, 1, tzinfo=UTC)
        assert row["life_begin"] == row["life_end"] == datetime(2014, 4, 4, 16, 44, 32, tzinfo=UTC)


class TestWhatEndsNothing:
    def test_a_missing_inner_file_removes_nothing(self, register: Settings) -> None:
        import_editions(register, edition(Address(id="1")))

        summary = import_editions(
            register,
            Edition(day=SECOND_DAY, addresses=None, postal_infos=None, municipalities=None),
        )

        assert not summary.failed
        assert set(summary.outcomes[0].counts) == {Resource.STREET_NAME}
        assert len(fetch_current(register)) == 11
        assert len(fetch_current(register, Resource.MUNICIPALITY)) == 1
        assert_sound(register)

    def test_another_region_ends_nothing_here(self, register: Settings) -> None:
        import_editions(register, edition(Address(id="1")))

        import_editions(register, Edition(region=Region.WALLONIA, addresses=[Address(id="7")]))

        assert len(fetch_current(register)) == 12
        assert_sound(register)

    def test_a_rejected_row_is_there_and_removes_nothing(self, register: Settings) -> None:
        told = import_days(register, [Address(id="1")], [Address(id="1", number=None)])

        assert told[1] == {"seen": 11, "rejected": 1, "unchanged": 10}
        assert fetch_changes(register)["1"] == ["added"]

    @pytest.mark.parametrize("identifier", [None, "", "1 2", "1/2"])
    def test_a_row_without_readable_identifier_suspends_removals_and_says_so(
        self, register: Settings, identifier: str | None
    ) -> None:
        import_days(register, [Address(id="1"), Address(id="2")])

        summary = import_editions(
            register, edition(Address(id=identifier), Address(id="3"), day=SECOND_DAY)
        )

        counts = summary.outcomes[0].counts[Resource.ADDRESS].to_json()
        assert counts["removed"] == 0
        assert counts["added"] == 1
        assert counts["rejected"] == 1
        (warning,) = summary.outcomes[0].warnings
        assert "no addresses were removed" in warning
        assert fetch_changes(register)["2"] == ["added"]
        assert_sound(register)

    def test_after_suspension_the_next_clean_file_removes(self, register: Settings) -> None:
        told = import_days(register, [Address(id="1")], [Address(id=None)], [])

        assert told[2] == {"seen": 10, "removed": 1, "unchanged": 10}

    def test_a_row_of_a_higher_ranked_source_is_neither_ended_nor_altered(
        self, register: Settings
    ) -> None:
        import_editions(register, edition(Address(id="1"), Address(id="2")))
        self.raise_rank(register, "1", "2")

        summary = import_editions(
            register, edition(Address(id="1", number="5"), day=SECOND_DAY), accept_totals=True
        )

        counts = summary.outcomes[0].counts[Resource.ADDRESS].to_json()
        assert counts == dict.fromkeys(counts, 0) | {"seen": 11, "unchanged": 11}
        assert fetch_changes(register)["1"] == fetch_changes(register)["2"] == ["added"]

    @staticmethod
    def raise_rank(register: Settings, *object_ids: str) -> None:
        """Pretend that a family that knows more wrote these objects."""
        with connect(register, Role.OWNER) as connection:
            connection.execute(
                "with higher as (insert into registry.source (release_number, region, dataset,"
                " resource, family, rank, complete, container, sha256, path, extracted_at,"
                " imported_at, seen) select release_number, region, dataset, resource, 'mutations',"
                " %s, false, container, sha256, path, extracted_at, imported_at, 0"
                " from registry.source where resource = 'address' returning id)"
                " update registry.address_version set source_id = (select id from higher)"
                " where object_id = any(%s)",
                [BEST_XML.rank + 1, list(object_ids)],
            )


def test_statuses_missing_and_present_are_different(register: Settings) -> None:
    told = import_days(register, [Address(id="1", status=None)], [Address(id="1")])

    assert told[1]["altered"] == 1


class TestRepeatedIdentifiers:
    @pytest.mark.parametrize("reversed_order", [False, True])
    @pytest.mark.parametrize(
        ("versions", "kept"),
        [
            (["9", "10"], "10"),
            (["2024-04-04T18:44:37+02:00", "2023-04-04T18:44:37.123+02:00"], "2024"),
            ([None, "1"], "1"),
        ],
    )
    def test_the_newest_version_is_kept_whatever_the_order(
        self, register: Settings, versions: list[str | None], kept: str, reversed_order: bool
    ) -> None:
        rows = [Address(id="1", version=v, number=str(n)) for n, v in enumerate(versions)]

        told = import_days(register, rows[::-1] if reversed_order else rows)

        assert told[0]["added"] == 11
        (row,) = [row for row in fetch_current(register) if row["object_id"] == "1"]
        assert row["version_id"].startswith(kept)
        ((rule, _, object_id, detail),) = fetch_open_findings(register)
        assert (rule, object_id) == ("repeatedIdentifier", "1")
        assert detail.startswith("2 rows, at bytes ")

    def test_in_a_later_edition_too(self, register: Settings) -> None:
        one = Address(id="1")

        told = import_days(register, [one], [one, replace(one, version="10", number="2")])

        assert told[1]["altered"] == 1
        assert told[1]["unchanged"] == 10

    def test_a_street_listed_under_two_municipalities(self, register: Settings) -> None:
        streets = [StreetName(id="10"), StreetName(id="10", municipality="21005")]

        summary = import_editions(register, Edition(addresses=KEPT, street_names=streets))

        assert summary.outcomes[0].findings["repeatedIdentifier"] == 1
        assert len(fetch_current(register, Resource.STREET_NAME)) == 1
        assert_sound(register)
