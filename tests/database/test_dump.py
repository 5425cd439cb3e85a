"""Three weekly editions of half a per cent of the country against what their writer says of them.

All that asks `history` is in this file, so that one process alone loads it.
"""

from __future__ import annotations

import asyncio
import csv
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from psycopg import sql

from registry.domain.edition import Permissions
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.exports.best_xml import write_mutation_xml
from registry.store.canonical_text import compose_record
from registry.store.connections import Role, connect
from tests.conftest import cloned
from tests.database.editions import import_path
from tests.database.history import REGIONS
from tests.database.querying import assert_sound, fetch, hash_tables
from tests.database.replaying import replay
from tests.database.shared_data import find_shared

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings
    from tests.database.history import History

TRUTHS = {
    Resource.ADDRESS: "addresses",
    Resource.STREET_NAME: "streets",
    Resource.MUNICIPALITY: "municipalities",
    Resource.POSTAL_INFO: "postal_infos",
    Resource.PART_OF_MUNICIPALITY: "parts_of_municipalities",
}
WORDS = {
    "added": (Resource.ADDRESS, "added"),
    "retired": (Resource.ADDRESS, "retired"),
    "removed": (Resource.ADDRESS, "removed"),
    "renumbered": (Resource.ADDRESS, "altered"),
    "moved": (Resource.ADDRESS, "altered"),
    "street_renamed": (Resource.STREET_NAME, "altered"),
    "municipality_merged": (Resource.MUNICIPALITY, "removed"),
}
MERGED, INTO = "13029", "13011"
CURRENT = "region, object_id, content_hash, version_id, namespace"


@pytest.fixture(params=[1, 2, 3])
def edition(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def count_by_region(rows: list[tuple[Any, ...]]) -> dict[str, int]:
    return {region: count for region, count in rows if count}


def test_every_kind_has_its_count(history: History, edition: int) -> None:
    truth, seq = history.read_truth(edition), history.seqs[edition]

    for resource, key in TRUTHS.items():
        counted = fetch(
            history.settings,
            f"select region, count(*) from best.{resource}_version"
            f" where seq_from <= {seq} and (seq_to is null or seq_to > {seq}) group by region",
        )
        assert dict(counted) == {r: facts[key] for r, facts in truth.items() if key in facts}


def test_every_status_has_its_count(history: History, edition: int) -> None:
    rows = history.fetch(edition, "status, count(*)", group="group by region, status")

    counted: dict[str, dict[str, int]] = {}
    for region, status, count in rows:
        counted.setdefault(region, {})[status] = count
    truth = history.read_truth(edition)
    assert counted == {region: facts["statuses"] for region, facts in truth.items()}


def test_boxes_systems_and_lost_streets_have_their_counts(history: History, edition: int) -> None:
    truth = history.read_truth(edition)
    seq = history.seqs[edition]
    conditions = {
        "with_box": "box_number is not null",
        "positions_in_other_crs": "published_crs = 3812",
        "dangling_street_references": "not exists (select from best.street_name_version s"
        " where s.region = address_version.region and s.object_id = street_name_id"
        f" and s.seq_from <= {seq} and (s.seq_to is null or s.seq_to > {seq}))",
    }

    for key, condition in conditions.items():
        counted = history.fetch(edition, "count(*)", condition, "group by region")
        expected = {region: facts.get(key, 0) for region, facts in truth.items()}
        assert count_by_region(counted) == {r: count for r, count in expected.items() if count}


def test_addresses_without_position_have_none_and_say_so(history: History, edition: int) -> None:
    truth = history.read_truth(edition)
    unknown = "published_position is null or published_position = '0 0'"

    counted = history.fetch(edition, "count(*)", unknown, "group by region")
    assert count_by_region(counted) == {
        region: facts["without_position"]
        for region, facts in truth.items()
        if facts["without_position"]
    }
    assert history.fetch(edition, "object_id", f"({unknown}) and position is not null") == []


def test_no_position_is_missing_without_a_finding(history: History) -> None:
    nowhere = {(r, i) for r, i in history.fetch(3, "object_id", "position is null")}
    told = fetch(
        history.settings,
        "select region, object_id from best.finding where seq_to is null and rule ~ '^position'",
    )
    assert set(told) == nowhere


def test_exact_duplicates_are_all_told(history: History, edition: int) -> None:
    written = sum(facts["exact_duplicates"] for facts in history.read_truth(edition).values())

    assert history.summaries[edition]["findings"]["duplicateAddress"] >= written


def test_nothing_in_the_dump_is_unknown_or_rejected(history: History, edition: int) -> None:
    summary = history.summaries[edition]

    assert summary["unknown"] == []
    for kinds in summary["regions"].values():
        assert {counts["rejected"] for counts in kinds.values()} == {0}


@pytest.mark.parametrize("later", [2, 3])
def test_each_edition_changed_exactly_what_its_writer_changed(history: History, later: int) -> None:
    assert fetch_told(history, later) == read_expected(history, later)


def read_expected(history: History, edition: int) -> dict[tuple[str, str, str], str]:
    """Return the word per (region, kind, object id) by mutations.csv and the merger."""
    expected = {}
    if edition == 3:
        for region, object_id in history.fetch(2, "object_id", f"municipality_id = '{MERGED}'"):
            expected[region, str(Resource.ADDRESS), object_id] = "altered"
        for (object_id,) in fetch_streets(history, 2, MERGED):
            expected["vlg", str(Resource.STREET_NAME), object_id] = "altered"
    with (history.folders[edition] / "mutations.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            resource, word = WORDS[row["kind"]]
            expected[REGIONS[row["region"]].value, str(resource), row["id"]] = word
    return expected


def fetch_streets(history: History, edition: int, municipality: str) -> list[tuple[Any, ...]]:
    seq = history.seqs[edition]
    return fetch(
        history.settings,
        "select object_id from best.street_name_version where municipality_id = %s"
        f" and seq_from <= {seq} and (seq_to is null or seq_to > {seq})",
        municipality,
    )


def fetch_told(history: History, edition: int) -> dict[tuple[str, str, str], str]:
    """Return the word per object that got a number in an edition; ended without more: removed."""
    first, last = history.seqs[edition - 1] + 1, history.seqs[edition]
    told: dict[tuple[str, str, str], str] = {}
    for resource in Resource:
        version = f"best.{resource}_version"
        for region, object_id in fetch(
            history.settings,
            f"select region, object_id from {version} where seq_to between {first} and {last}",
        ):
            told[region, str(resource), object_id] = "removed"
        for region, object_id, change in fetch(
            history.settings,
            f"select region, object_id, change from {version}"
            f" where seq_from between {first} and {last}",
        ):
            told[region, str(resource), object_id] = change
    return told


def test_the_merger_removes_one_municipality_and_repoints_its_addresses(
    history: History,
) -> None:
    before = history.fetch(2, "object_id", f"municipality_id = '{MERGED}'")
    moved = {i: m for _, i, m in history.fetch(3, "object_id, municipality_id", "region = 'vlg'")}

    assert len(before) >= history.read_truth(3)["vlg"]["repointed_to_merged_municipality"] > 0
    assert {moved[object_id] for _, object_id in before} == {INTO}
    assert history.fetch(3, "object_id", f"municipality_id = '{MERGED}'") == []
    assert fetch_streets(history, 3, MERGED) == []
    assert fetch(
        history.settings,
        "select count(*) from best.municipality where region = 'vlg' and nis_code = %s",
        MERGED,
    ) == [(0,)]


def test_a_moved_address_is_seven_and_a_half_metres_further_east(history: History) -> None:
    with (history.folders[2] / "mutations.csv").open(newline="") as file:
        moved = [row["id"] for row in csv.DictReader(file) if row["kind"] == "moved"]

    distances = fetch(
        history.settings,
        "select st_distance(a.position, b.position) from best.address_version a"
        " join best.address_version b on b.region = a.region and b.object_id = a.object_id"
        " and b.seq_from = a.seq_to where a.object_id = any(%s) and a.seq_to <= %s",
        moved,
        history.seqs[2],
    )
    assert len(distances) >= len(moved)
    assert all(abs(distance - 7.5) < 0.01 for (distance,) in distances if distance)


def test_importing_the_newest_edition_again_publishes_nothing(history: History) -> None:
    before = hash_tables(history.settings)

    summary = import_path(history.settings, history.folders[3] / "best-full-latest.zip")

    assert summary.to_json()["release"] == []
    after = hash_tables(history.settings)
    assert {table for table in after if after[table] != before[table]} == {"source"}


def test_the_laws_hold(history: History) -> None:
    assert_sound(history.settings)


def test_totals_are_right_for_every_municipality_and_postal_code(history: History) -> None:
    for dimension, column in (("municipality", "municipality_id"), ("postalCode", "postal_code")):
        counted = fetch(
            history.settings,
            f"select region, {column}, coalesce(status, ''), count(*)"
            " from best.address_version where seq_to is null group by 1, 2, 3 order by 1, 2, 3",
        )
        told = fetch(
            history.settings,
            "select region, code, status, count from best.total"
            " where resource = 'address' and dimension = %s order by 1, 2, 3",
            dimension,
        )
        assert told == counted


def test_every_published_name_is_in_the_view_of_addresses(history: History) -> None:
    with connect(history.settings, Role.READER) as connection:
        row = connection.execute(
            "select count(*), count(coalesce(street_nl, street_fr, street_de)),"
            " count(coalesce(municipality_nl, municipality_fr)) from best.address"
        ).fetchone()
    assert row is not None
    total, with_street, with_municipality = row
    dangling = [
        facts.get("dangling_street_references", 0) for facts in history.read_truth(3).values()
    ]
    assert total - with_street == sum(dangling) > 1
    assert with_municipality == total


def test_no_reader_waits_or_errs_while_the_country_replaces_the_sample_and_changes_twice(
    history: History,
) -> None:
    # A statement that waits for a lock longer than a quarter of a second is an error here.
    for reader in (history.poller, history.walker):
        assert reader.errors == []
        assert len(reader.seen) > 3
        assert sorted(reader.seconds)[len(reader.seconds) // 2] < 0.25


def test_polling_one_address_shows_whole_releases_and_each_state_once(history: History) -> None:
    counts: dict[int, set[int]] = {}
    states: list[list[tuple[str, str]]] = []
    for seq, count, rows in history.poller.seen:
        counts.setdefault(seq, set()).add(count)
        assert len(rows) <= 1
        if rows and (not states or states[-1] != rows):
            states.append(rows)

    assert all(len(found) == 1 for found in counts.values())
    assert len(counts) > 3
    for seq, found in counts.items():
        assert found == {history.expected_count(seq)}
    numbers = [seq for seq, *_ in history.poller.seen]
    assert numbers == sorted(numbers)
    assert len(states) == 2
    assert states[1][0][1] == states[0][0][1] + "X"


def test_a_listing_walked_to_its_end_is_the_register_at_its_number(history: History) -> None:
    walks = set(history.walker.seen)

    assert len({seq for seq, _ in walks}) > 3
    assert walks == {(seq, history.expected_count(seq)) for seq, _ in walks}


def test_the_merger_tells_the_successor(history: History) -> None:
    moved = history.read_truth(3)["vlg"]["repointed_to_merged_municipality"]
    ((successor, rule, found),) = fetch(
        history.settings,
        "select successor_id, rule, evidence from best.succession"
        " where seq_to is null and resource = 'municipality'",
    )
    assert (successor, rule) == (INTO, "rePointed")
    assert moved == found["addresses"] == found["of"] > 0


def read_states(settings: Settings, region: Region, resource: Resource, when: str) -> list[Any]:
    statement = sql.SQL("select {} from {} v where region = %s and {}").format(
        compose_record(resource),
        sql.Identifier("best", f"{resource}_version"),
        sql.SQL(when),  # type: ignore[arg-type]
    )
    with connect(settings, Role.READER) as connection:
        return [orjson.loads(text) for (text,) in connection.execute(statement, [region])]


def write_mutations(history: History, old: int, new: int, path: Path) -> Path:
    """Write what happened between two editions, as one zip of a file per region and kind."""
    earlier, later = history.seqs[old], history.seqs[new]
    came = f"seq_from > {earlier} and seq_from <= {later} and (seq_to is null or seq_to > {later})"
    went = f"seq_from <= {earlier} and seq_to > {earlier} and seq_to <= {later}"
    timestamp = datetime(2026, 11, 2 + 7 * (new - 1), 12, tzinfo=UTC)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for region in Region:
            for resource in Resource:
                lists = [
                    read_states(history.settings, region, resource, when) for when in (came, went)
                ]
                chunks = write_mutation_xml(region, resource, *lists, timestamp)
                archive.writestr(f"{region}-{resource}.xml", b"".join(chunks))
    return path


def test_mutations_of_an_edition_make_it_of_the_one_before(
    register: Settings, history: History, tmp_path: Path
) -> None:
    assert not import_path(register, history.folders[1] / "best-full-latest.zip").failed
    for old, new in ((1, 2), (2, 3)):
        zipped = write_mutations(history, old, new, tmp_path / f"{new}.zip")

        summary = import_path(register, zipped)

        assert not summary.failed
        assert "olderVersion" not in summary.to_json()["findings"]  # type: ignore[operator]
        seq = history.seqs[new]
        for resource in Resource:
            table = f"best.{resource}_version where seq_from"
            here = fetch(register, f"select {CURRENT} from {table} > 0 and seq_to is null")
            there = fetch(
                history.settings,
                f"select {CURRENT} from {table} <= {seq} and (seq_to is null or seq_to > {seq})",
            )
            assert sorted(here, key=str) == sorted(there, key=str)
    assert_sound(register)


def check_replay(register: Settings, empty: Settings, last: Path) -> None:
    """Every root on the way is the release's; the last one that of the last edition alone."""
    proven = fetch(
        register,
        "select last_seq, root from best.release where withdrawn_at is null order by number",
    )
    assert asyncio.run(replay(register, 10_000)) == {seq: bytes(root) for seq, root in proven}
    import_path(empty, last)
    assert fetch(empty, "select root from best.release order by number desc limit 1") == [
        (proven[-1][1],)
    ]


def test_the_changes_replayed_from_nothing_lead_to_the_last_edition(
    history: History, register: Settings
) -> None:
    check_replay(history.settings, register, history.folders[3])


@pytest.mark.soak
def test_so_they_do_in_four_editions_of_a_twentieth(
    migrated_template: Settings, tmp_path: Path
) -> None:
    maker = find_shared("tools/make_best_dump.py")
    with cloned(migrated_template) as many, cloned(migrated_template) as one:
        for edition in range(1, 5):
            command = [sys.executable, str(maker), str(tmp_path / str(edition))]
            command += ["--share=0.05", f"--edition={edition}"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            summary = import_path(many, tmp_path / str(edition), Permissions())
            assert not summary.failed, summary.failure
        check_replay(many, one, tmp_path / "4")
