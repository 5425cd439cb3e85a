"""What may be published, what a release is, and how the sample gives way."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry.domain.dataset import Dataset
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.database.editions import (
    Address,
    Edition,
    Named,
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

if TYPE_CHECKING:
    from importers.run import ImportSummary
    from registry.settings import Settings

THREE = (Region.BRUSSELS, Region.FLANDERS, Region.WALLONIA)


def many(count: int, **fields: str) -> list[Address]:
    return [Address(id=str(n), number=str(n), **fields) for n in range(count)]


def country(day: str = "2026-11-02", count: int = 10) -> list[Edition]:
    return [Edition(region=region, day=day, addresses=many(count)) for region in THREE]


def break_off(folder: Path, region: Region) -> None:
    """Cut a region's addresses in the middle of a record."""
    (path,) = folder.glob(f"{region.label}Address*.xml")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"<com:houseNumber>")])


def counts_of(summary: ImportSummary) -> dict[str, int]:
    return summary.outcomes[0].counts[Resource.ADDRESS].to_json()


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
        partitions = fetch(
            register, "select count(*) from best.address_version where region = 'vlg'"
        )
        assert partitions == [(12,)]
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

        assert refused.failure == "Brussels: these files hold no row that can be read."
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

    def test_the_same_file_twice_at_once_is_published_once(self, register: Settings) -> None:
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


class TestDryRun:
    def test_it_gives_the_same_summary_and_changes_nothing(self, register: Settings) -> None:
        import_editions(register, *country(), dataset=Dataset.SAMPLE)
        before = hash_tables(register)

        rehearsed = import_editions(register, *country("2026-11-09", 11), dry_run=True)
        after_rehearsal = hash_tables(register)
        real = import_editions(register, *country("2026-11-09", 11))

        assert after_rehearsal == before
        assert rehearsed.to_json() == real.to_json()

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
        assert rehearsed.to_json() == real.to_json()


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

    def test_a_real_file_without_a_readable_row_withdraws_nothing(
        self, register: Settings
    ) -> None:
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


class TestFindings:
    def test_dangling_references_stay_and_are_told_by_kind(self, register: Settings) -> None:
        lost = Address(
            id="1", street="404", municipality="99999", postal_code="0000", part="77"
        )

        summary = import_editions(
            register, Edition(addresses=[lost], street_names=[StreetName(id="1", municipality="3")])
        )

        assert summary.outcomes[0].findings == {
            "danglingMunicipality": 2,
            "danglingPartOfMunicipality": 1,
            "danglingPostalInfo": 1,
            "danglingStreetName": 1,
        }
        assert ("danglingStreetName", "address", "1", "404") in fetch_open_findings(register)
        (row,) = fetch_current(register)
        assert row["street_name_id"] == "404"
        ((street,),) = fetch(register, "select street_nl from best.address")
        assert street is None

    def test_exact_duplicates_stay_and_are_told(self, register: Settings) -> None:
        twins = [Address(id="5"), Address(id="3"), Address(id="4", status="retired")]

        import_editions(register, Edition(addresses=twins))

        assert len(fetch_current(register)) == 3
        assert fetch_open_findings(register) == [
            ("duplicateAddress", "address", "5", "same as 3")
        ]

    @pytest.mark.parametrize(
        ("position", "crs", "rule"),
        [
            (None, 31370, "positionMissing"),
            ("0 0", 31370, "positionZero"),
            ("0.00 0.00", 3812, "positionZero"),
            ("149843.5 170639.5", 9999, "positionSystemUnknown"),
            ("1 1", 31370, "positionOutsideBelgium"),
            ("NaN NaN", 31370, "positionUnreadable"),
            ("hier", 31370, "positionUnreadable"),
        ],
    )
    def test_an_address_without_usable_position_says_why(
        self, register: Settings, position: str | None, crs: int, rule: str
    ) -> None:
        import_editions(register, Edition(addresses=[Address(id="1", position=position, crs=crs)]))

        ((found, _, _, _),) = fetch_open_findings(register)
        assert found == rule
        (row,) = fetch_current(register)
        assert (row["position"], row["longitude"], row["latitude"]) == (None, None, None)
        assert row["published_position"] == position

    def test_findings_open_and_close_with_releases(self, register: Settings) -> None:
        lost, found = Address(id="1", street="404"), Address(id="1")
        import_editions(register, Edition(addresses=[lost, *many(20)[10:]]))
        import_editions(register, Edition(day="2026-11-09", addresses=[found, *many(20)[10:]]))
        import_editions(register, Edition(day="2026-11-16", addresses=[lost, *many(20)[10:]]))

        rows = fetch(
            register,
            "select f.detail, opened.number, closed.number from best.finding f"
            " join best.release opened on f.seq_from = opened.last_seq"
            " left join best.release closed on f.seq_to = closed.last_seq order by f.id",
        )
        assert rows == [("404", 1, 2), ("404", 3, None)]

    def test_a_finding_that_stays_is_not_written_again(self, register: Settings) -> None:
        lost = Address(id="1", street="404")
        import_editions(register, Edition(addresses=[lost, *many(20)[10:]]))

        import_editions(register, Edition(day="2026-11-09", addresses=[lost, *many(21)[10:]]))

        assert fetch(register, "select count(*) from best.finding") == [(1,)]

    def test_a_rejected_row_is_told_with_its_reason_and_place(self, register: Settings) -> None:
        import_editions(register, Edition(addresses=[Address(id="1", number=None), *many(3)]))

        assert fetch_open_findings(register) == [
            ("rejectedRow", "address", "1", "houseNumber is missing")
        ]

    @pytest.mark.xfail(
        strict=True,
        reason="findings are written with a release, and an edition that changes nothing has none",
    )
    def test_a_row_that_is_rejected_while_nothing_else_changes_is_told_too(
        self, register: Settings
    ) -> None:
        import_editions(register, Edition(addresses=many(10)))

        import_editions(
            register,
            Edition(day="2026-11-09", addresses=[Address(id="0", number=None), *many(10)[1:]]),
        )

        assert [row[0] for row in fetch_open_findings(register)] == ["rejectedRow"]


def test_an_unknown_path_is_refused_before_anything_is_touched(register: Settings) -> None:
    with pytest.raises(InputRefused, match="no such file"):
        import_path(register, Path("/nowhere/best.zip"))


def test_what_the_format_does_not_know_is_in_the_summary(
    register: Settings, tmp_path: Path
) -> None:
    folder = Edition(addresses=[Address(id="1", status="archived")]).write(tmp_path)
    (path,) = folder.glob("*Address*")
    path.write_text(
        path.read_text().replace("<com:houseNumber>", "<com:floor>1</com:floor><com:houseNumber>")
    )

    assert import_path(register, folder).to_json()["unknown"] == [
        {"kind": "element", "where": "address", "what": "floor", "count": 1},
        {"kind": "value", "where": "status", "what": "archived", "count": 1},
    ]


def test_seen_is_the_sum_of_all_that_happened(register: Settings) -> None:
    rows = [Address(id="1"), Address(id="1", version="2"), Address(id="2", number=None), *many(30)[10:]]
    summary = import_editions(register, Edition(addresses=rows))

    counts = counts_of(summary)
    repeated = counts["seen"] - sum(counts[w] for w in counts if w not in {"seen", "removed"})
    assert repeated == summary.outcomes[0].findings["repeatedIdentifier"] == 1


def test_a_postal_info_may_have_no_name_at_all(register: Settings) -> None:
    import_editions(
        register,
        Edition(
            region=Region.WALLONIA,
            addresses=[Address(id="1", part="9", postal_code="5000")],
            parts=[Named(id="9", names={"fr": "Jambes"})],
            postal_infos=[Named(id="5000")],
        ),
    )

    assert fetch(register, "select postal_fr, part_fr from best.address") == [(None, "Jambes")]
