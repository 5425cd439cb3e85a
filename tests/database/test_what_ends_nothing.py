"""What an import may not end, and which of repeated rows stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importers.region_files import BEST_XML
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.database.editions import (
    Address,
    Edition,
    StreetName,
    import_editions,
)
from tests.database.querying import (
    assert_sound,
    fetch_changes,
    fetch_current,
    fetch_open_findings,
)
from tests.database.weeks import KEPT, SECOND_DAY, edition, import_days

if TYPE_CHECKING:
    from registry.settings import Settings


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
        first, suspended = summary.outcomes[0].warnings
        assert "1 of 12 rows of addresses rejected. The first" in first
        assert "no addresses were removed" in suspended
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
        assert counts == dict.fromkeys(counts, 0) | {"seen": 11, "unchanged": 10, "outranked": 1}
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
        assert detail == "2 rows"

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
