"""From when a version is true in the world."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.database.editions import (
    BEGUN,
    VALID,
    Address,
)
from tests.database.querying import (
    fetch,
    fetch_current,
)
from tests.database.weeks import import_days

if TYPE_CHECKING:
    from registry.settings import Settings


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

    @pytest.mark.parametrize("valid_from", [None, "2013-01-01T00:00:00Z", VALID])
    def test_a_later_version_whose_source_says_nothing_new_begins_with_its_extraction(
        self, register: Settings, valid_from: str | None
    ) -> None:
        import_days(
            register, [Address(id="1")], [Address(id="1", number="2", valid_from=valid_from)]
        )

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
