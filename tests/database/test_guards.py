"""What may be published, and how the sample gives way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import (
    Address,
    Edition,
    StreetName,
    import_editions,
    import_path,
)
from tests.database.querying import (
    assert_sound,
    fetch,
    fetch_current,
    fetch_open_findings,
    hash_tables,
)
from tests.database.small_country import THREE, break_off, country, counts_of, many

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings


class TestGuards:
    def test_an_older_file_is_refused_with_both_moments(self, register: Settings) -> None:
        import_editions(register, Edition(day="2026-11-09", addresses=many(10)))
        before = hash_tables(register)

        summary = import_editions(register, Edition(day="2026-11-02", addresses=many(10)))

        assert summary.failed
        assert "2026-11-02T00:00:00+00:00" in str(summary.failure)
        assert "2026-11-09" in str(summary.failure)
        assert "--allow-older" in str(summary.failure)
        assert hash_tables(register) == before

    def test_an_older_file_is_accepted_on_purpose(self, register: Settings) -> None:
        import_editions(register, Edition(day="2026-11-09", addresses=many(10)))

        summary = import_editions(
            register, Edition(day="2026-11-02", addresses=many(9)), allow_older=True
        )

        assert counts_of(summary)["removed"] == 1
        assert_sound(register)

    def test_an_older_file_of_another_region_is_no_matter(self, register: Settings) -> None:
        import_editions(register, Edition(day="2026-11-09", addresses=many(10)))

        assert not import_editions(
            register, Edition(region=Region.WALLONIA, day="2026-11-02", addresses=many(3))
        ).failed

    @pytest.mark.parametrize("count", [7, 13, 0])
    def test_totals_more_than_a_fifth_away_are_refused_with_both_numbers(
        self, register: Settings, count: int
    ) -> None:
        import_editions(register, Edition(addresses=many(10)))
        before = hash_tables(register)

        summary = import_editions(register, Edition(day="2026-11-09", addresses=many(count)))

        assert summary.failed
        assert f"Brussels: {count} addresses in this file, 10 in the last one" in str(
            summary.failure
        )
        assert "--accept-totals" in str(summary.failure)
        assert hash_tables(register) == before

    @pytest.mark.parametrize("count", [8, 12])
    def test_totals_a_fifth_away_are_accepted(self, register: Settings, count: int) -> None:
        import_editions(register, Edition(addresses=many(10)))

        assert not import_editions(
            register, Edition(day="2026-11-09", addresses=many(count))
        ).failed

    def test_totals_are_accepted_on_purpose_and_are_then_the_measure(
        self, register: Settings
    ) -> None:
        import_editions(register, Edition(addresses=many(10)))

        import_editions(register, Edition(day="2026-11-09", addresses=many(3)), accept_totals=True)

        assert not import_editions(register, Edition(day="2026-11-16", addresses=many(3))).failed
        assert len(fetch_current(register)) == 3

    @pytest.mark.parametrize("dataset", [None, Dataset.SAMPLE])
    def test_against_nothing_or_the_sample_totals_only_warn(
        self, register: Settings, dataset: Dataset | None
    ) -> None:
        if dataset:
            import_editions(register, Edition(addresses=many(100)), dataset=dataset)

        summary = import_editions(register, Edition(addresses=many(2)))

        assert not summary.failed
        assert any("no earlier" in warning for warning in summary.outcomes[0].warnings)

    def test_a_kind_that_was_empty_may_fill(self, register: Settings) -> None:
        import_editions(register, Edition(addresses=many(5), street_names=[]))

        assert not import_editions(register, Edition(day="2026-11-09", addresses=many(5))).failed


class TestSample:
    def test_the_first_real_import_withdraws_it_whole(self, register: Settings) -> None:
        sample = [
            Edition(
                region=region,
                addresses=[*many(5), Address(id="900", street="404", position="0 0")],
                street_names=[StreetName(id="10"), StreetName(id="12")],
            )
            for region in THREE
        ]
        import_editions(register, *sample, dataset=Dataset.SAMPLE)
        assert fetch_open_findings(register)

        import_editions(register, Edition(region=Region.FLANDERS, addresses=many(4)))

        assert [row["region"] for row in fetch_current(register)] == ["vlg"] * 4
        for resource in (Resource.MUNICIPALITY, Resource.POSTAL_INFO, Resource.STREET_NAME):
            assert [row["region"] for row in fetch_current(register, resource)] == ["vlg"]
        assert fetch_open_findings(register) == []
        assert {r for (r,) in fetch(register, "select region from best.total")} == {"vlg"}
        releases = fetch(
            register,
            "select number, dataset, first_seq, withdrawn_at is not null from best.release"
            " order by number",
        )
        assert releases == [
            (1, "sample", 1, True),
            (2, "sample", 11, True),
            (3, "sample", 21, True),
            (4, "open", 31, False),
        ]
        assert self.list_tables_of_addresses(register) == [
            "address_version_vlg_r4",
            "address_vlg_r4",
        ]
        assert_sound(register)

    @staticmethod
    def list_tables_of_addresses(register: Settings) -> list[str]:
        return [
            name
            for (name,) in fetch(
                register,
                "select relname::text from pg_class where relname ~ '^address_.*_r[0-9]+$'"
                " and relkind = 'r' order by 1",
            )
        ]

    def test_a_real_file_without_a_readable_row_withdraws_nothing(self, register: Settings) -> None:
        import_editions(register, *country(), dataset=Dataset.SAMPLE)
        before = hash_tables(register)
        only = {"street_names": None, "municipalities": None, "postal_infos": None}

        assert import_editions(register, Edition(addresses=[], **only)).failed
        assert hash_tables(register) == before

    def test_a_refused_real_file_withdraws_nothing(
        self, register: Settings, tmp_path: Path
    ) -> None:
        import_editions(register, *country(), dataset=Dataset.SAMPLE)
        before = hash_tables(register)
        Edition(addresses=many(5)).write(tmp_path)
        break_off(tmp_path, Region.BRUSSELS)

        assert import_path(register, tmp_path).failed
        assert hash_tables(register) == before

    def test_street_names_alone_withdraw_it_too(self, register: Settings) -> None:
        import_editions(register, *country(), dataset=Dataset.SAMPLE)

        import_editions(register, Edition(addresses=None))

        assert fetch_current(register) == []
        import_editions(register, Edition(day="2026-11-09", addresses=many(5)))
        assert len(fetch_current(register)) == 5
        assert_sound(register)

    def test_it_is_never_loaded_over_real_data(self, register: Settings) -> None:
        import_editions(register, Edition(addresses=many(5)))
        before = hash_tables(register)

        summary = import_editions(register, Edition(addresses=many(9)), dataset=Dataset.SAMPLE)

        assert "the sample is only for an empty one" in str(summary.failure)
        assert hash_tables(register) == before

    def test_the_older_date_of_a_real_file_does_not_matter(self, register: Settings) -> None:
        import_editions(
            register, Edition(day="2026-11-30", addresses=many(5)), dataset=Dataset.SAMPLE
        )

        assert not import_editions(register, Edition(day="2026-11-02", addresses=many(5))).failed
