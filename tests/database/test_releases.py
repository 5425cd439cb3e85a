"""What a release is, and what is left when one fails."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
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
    hash_tables,
)
from tests.database.small_country import THREE, break_off, country, counts_of, many

if TYPE_CHECKING:
    from pathlib import Path

    from importers.summary import ImportSummary
    from registry.settings import Settings


class TestReleases:
    def test_a_national_download_is_three_releases_one_after_the_other(
        self, register: Settings
    ) -> None:
        summary = import_editions(register, *country())

        assert summary.to_json()["release"] == [
            {"number": 1, "region": "Brussels", "firstSeq": 1, "lastSeq": 13},
            {"number": 2, "region": "Flanders", "firstSeq": 14, "lastSeq": 26},
            {"number": 3, "region": "Wallonia", "firstSeq": 27, "lastSeq": 39},
        ]
        assert fetch(
            register, "select number, region, dataset, withdrawn_at from best.release order by 1"
        ) == [(1, "bru", "open", None), (2, "vlg", "open", None), (3, "wal", "open", None)]
        assert_sound(register)

    def test_the_same_identifier_in_three_regions_is_three_objects(
        self, register: Settings
    ) -> None:
        import_editions(register, *country())

        ids = fetch(register, "select id from best.address where object_id = '5' order by id")
        assert ids == [("bru-5",), ("vlg-5",), ("wal-5",)]

    def test_a_release_names_its_files_with_digest_and_moment_of_extraction(
        self, register: Settings, tmp_path: Path
    ) -> None:
        import hashlib

        folder = Edition(addresses=many(3)).write(tmp_path)
        import_path(register, folder)

        rows = fetch(
            register,
            "select resource, container, sha256, seen, release_number, family, extracted_at::text"
            " from best.source order by resource",
        )
        address = rows[0]
        path = folder / "BrusselsAddress20261102L72.xml"
        assert address[:3] == (
            "address",
            path.name,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        assert address[3:6] == (3, 1, "bestXml")
        assert address[6].startswith("2026-11-02 00:00:00+00")

    def test_source_and_offset_find_the_original_row(
        self, register: Settings, tmp_path: Path
    ) -> None:
        folder = Edition(addresses=many(3)).write(tmp_path)
        import_path(register, folder)

        for object_id, container, offset in fetch(
            register,
            "select v.object_id, s.container, v.source_offset from best.address_version v"
            " join best.source s on s.id = v.source_id",
        ):
            record = (folder / container).read_bytes()[offset:]
            assert record.startswith(b"<tns:address ")
            assert f"<com:objectIdentifier>{object_id}<" in record[:400].decode()

    def test_a_later_edition_writes_only_its_differences(self, register: Settings) -> None:
        import_editions(register, *country())

        changed = [Address(id="0", number="99"), *many(11)[1:]]
        summary = import_editions(
            register, Edition(region=Region.FLANDERS, day="2026-11-09", addresses=changed)
        )

        assert summary.to_json()["release"] == [
            {"number": 4, "region": "Flanders", "firstSeq": 40, "lastSeq": 41}
        ]
        with connect(register, Role.OWNER) as owner:
            held = owner.execute(
                "select tableoid::regclass::text, count(*) from registry.address_version"
                " group by 1 order by 1"
            ).fetchall()
        assert held == [
            ("registry.address_version_bru_r1", 10),
            ("registry.address_version_vlg_r2", 12),
            ("registry.address_version_wal_r3", 10),
        ]
        assert_sound(register)

    def test_a_region_may_be_loaded_first_long_after_the_others(self, register: Settings) -> None:
        import_editions(register, Edition(addresses=many(10)))
        import_editions(register, Edition(day="2026-11-09", addresses=many(11)))

        import_editions(register, Edition(region=Region.WALLONIA, addresses=many(5)))
        import_editions(
            register, Edition(region=Region.WALLONIA, day="2026-11-09", addresses=many(6))
        )

        assert len(fetch_current(register)) == 17
        assert_sound(register)

    def test_street_names_may_come_before_any_address(self, register: Settings) -> None:
        import_editions(register, Edition(addresses=None))
        import_editions(register, Edition(addresses=many(10)))

        assert len(fetch_current(register)) == 10
        assert_sound(register)

    @pytest.mark.parametrize("rows", [[], [Address(id="1", number=None)]], ids=["none", "rejected"])
    def test_a_first_file_without_a_readable_address_does_not_block_the_next(
        self, register: Settings, rows: list[Address]
    ) -> None:
        only = {"street_names": None, "municipalities": None, "postal_infos": None}
        refused = import_editions(register, Edition(addresses=rows, **only))

        assert refused.failure is not None
        assert refused.failure.startswith("Brussels: these files hold no row that can be read.")
        assert ("houseNumber is missing" in refused.failure) == bool(rows)
        summary = import_editions(
            register, Edition(day="2026-11-09", addresses=many(10), **only), accept_totals=True
        )

        assert counts_of(summary)["added"] == 10
        assert_sound(register)

    def test_a_first_edition_whose_addresses_are_all_rejected_publishes_the_rest(
        self, register: Settings
    ) -> None:
        import_editions(register, Edition(addresses=[Address(id="1", number=None)]))
        import_editions(register, Edition(day="2026-11-09", addresses=many(1)))

        assert len(fetch_current(register)) == 1
        assert len(fetch_current(register, Resource.STREET_NAME)) == 1
        assert_sound(register)

    def test_two_imports_at_once_wait_for_each_other_and_both_are_right(
        self, register: Settings
    ) -> None:
        import_editions(register, *country())
        editions = [
            Edition(region=region, day="2026-11-09", addresses=many(11)) for region in THREE[:2]
        ]
        told: list[ImportSummary] = []
        threads = [
            threading.Thread(target=lambda e=e: told.append(import_editions(register, e)))
            for e in editions
        ]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [counts_of(summary)["added"] for summary in told] == [1, 1]
        assert fetch(register, "select count(*) from best.release") == [(5,)]
        assert_sound(register)

    @pytest.mark.parametrize("over_sample", [False, True])
    def test_the_same_file_twice_at_once_is_published_once(
        self, register: Settings, over_sample: bool
    ) -> None:
        if over_sample:
            import_editions(register, *country(), dataset=Dataset.SAMPLE)
        told: list[ImportSummary] = []
        edition = Edition(addresses=many(10))
        threads = [
            threading.Thread(target=lambda: told.append(import_editions(register, edition)))
            for _ in range(2)
        ]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(counts_of(summary)["added"] for summary in told) == [0, 10]
        assert_sound(register)

    def test_releases_are_announced(self, register: Settings) -> None:
        with connect(register, Role.READER, autocommit=True) as listening:
            listening.execute("listen best_release")
            import_editions(register, Edition(addresses=many(3)))

            assert [note.channel for note in listening.notifies(timeout=2, stop_after=1)] == [
                "best_release"
            ]


class TestFailure:
    def test_when_the_second_region_is_broken_the_first_stands_and_the_third_is_not_tried(
        self, register: Settings, tmp_path: Path
    ) -> None:
        for edition in country():
            edition.write(tmp_path)
        break_off(tmp_path, Region.FLANDERS)

        summary = import_path(register, tmp_path)

        assert summary.failed
        told = summary.to_json()
        assert "FlandersAddress20261102L72.xml, byte " in str(told["failure"])
        assert told["notTried"] == ["Wallonia"]
        assert list(told["regions"]) == ["Brussels"]
        assert {row["region"] for row in fetch_current(register)} == {"bru"}
        assert fetch(register, "select number, region from best.release") == [(1, "bru")]
        assert {r for (r,) in fetch(register, "select region from best.source")} == {"bru"}
        assert_sound(register)

    def test_the_repaired_file_is_then_imported(self, register: Settings, tmp_path: Path) -> None:
        for edition in country():
            edition.write(tmp_path)
        break_off(tmp_path, Region.FLANDERS)
        import_path(register, tmp_path)

        summary = import_editions(register, *country())

        assert [outcome.release is not None for outcome in summary.outcomes] == [False, True, True]
        assert len(fetch_current(register)) == 30
        assert_sound(register)

    def test_a_broken_first_region_leaves_everything_as_it_was(
        self, register: Settings, tmp_path: Path
    ) -> None:
        import_editions(register, *country())
        before = hash_tables(register)
        for edition in country("2026-11-09", 11):
            edition.write(tmp_path)
        break_off(tmp_path, Region.BRUSSELS)

        assert import_path(register, tmp_path).failed
        assert hash_tables(register) == before


def tell(summary: ImportSummary) -> dict[str, object]:
    """Return the summary without how long it took."""
    return {key: value for key, value in summary.to_json().items() if key != "seconds"}


class TestDryRun:
    def test_it_gives_the_same_summary_and_changes_nothing(self, register: Settings) -> None:
        import_editions(register, *country(), dataset=Dataset.SAMPLE)
        before = hash_tables(register)

        rehearsed = import_editions(register, *country("2026-11-09", 11), dry_run=True)
        after_rehearsal = hash_tables(register)
        real = import_editions(register, *country("2026-11-09", 11))

        assert after_rehearsal == before
        assert tell(rehearsed) == tell(real)

    def test_of_a_second_edition_too(self, register: Settings) -> None:
        import_editions(register, *country())
        changed = [
            Edition(
                region=region,
                day="2026-11-09",
                addresses=[Address(id="0", number="x"), *many(10)[2:], Address(id="77")],
                street_names=[StreetName(id="10", version="2"), StreetName(id="11")],
            )
            for region in THREE
        ]
        before = hash_tables(register)

        rehearsed = import_editions(register, *changed, dry_run=True, accept_totals=True)

        assert hash_tables(register) == before
        real = import_editions(register, *changed, accept_totals=True)
        assert tell(rehearsed) == tell(real)
