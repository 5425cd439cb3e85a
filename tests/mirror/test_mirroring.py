"""How a mirror begins, resumes, refuses what is not its own, and is compared."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import RaiseException

from geo.pipelines import HELMERT
from importers.mirror.peer import PeerUnavailable
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.publication.mirroring import is_mirroring
from registry.publication.roll_back import roll_back
from registry.quality.inspection import inspect_region, list_released_regions
from registry.store.connections import Role, connect
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.editions import import_editions
from tests.database.querying import fetch, hash_tables
from tests.mirror.asking import ask
from tests.mirror.conftest import Follower, edition, publish, run_apart
from tests.mirror.upstream import pass_on, relaying, saying

if TYPE_CHECKING:
    from registry.settings import Settings
    from tests.mirror.upstream import Answered, Relay, Upstream


def change(settings: Settings, statement: str) -> None:
    with connect(settings, Role.OWNER) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def test_a_mirror_can_be_inspected(follower: Follower) -> None:
    follower.run()
    counts = "select count(*) from best.finding"
    assert fetch(follower.settings, counts) == [(0,)]

    with connect(follower.settings, Role.IMPORTER, autocommit=True) as connection:
        regions = list_released_regions(connection)
        found = [inspect_region(connection, each, progress=lambda _: None) for each in regions]

    assert regions == sorted(Region)
    assert fetch(follower.settings, counts) == [(sum(each.opened for each in found),)]
    assert sum(each.opened for each in found) > 0
    assert follower.verify().difference is None


# ------------------------------------------------------------------ beginning


def test_the_sample_gives_way(sampled: Follower) -> None:
    assert sampled.run() == 3
    assert sampled.verify().difference is None


def test_a_register_with_data_of_its_own_is_refused(follower: Follower) -> None:
    publish(follower.settings, edition())
    with pytest.raises(InputRefused, match="holds data of its own"):
        follower.run()
    assert follower.upstream.asked == []


def test_real_data_that_came_while_a_snapshot_was_fetched_stays(sampled: Follower) -> None:
    hashes = []

    def import_meanwhile(relay: Relay, answered: Answered) -> None:
        publish(sampled.settings, edition())
        hashes.append(hash_tables(sampled.settings))
        pass_on(relay, answered)

    sampled.silence_seconds = 30.0  # the import is waited for, however busy the machine is
    sampled.upstream.fail("/snapshots/latest", import_meanwhile)
    with pytest.raises(InputRefused, match="Something was published here meanwhile"):
        sampled.run()
    assert hashes == [hash_tables(sampled.settings)]


def test_the_database_withdraws_no_real_data(follower: Follower) -> None:
    publish(follower.settings, edition())
    with pytest.raises(RaiseException, match="real data, which is never withdrawn"):
        change(follower.settings, "select registry.withdraw_sample()")


def test_a_region_that_was_taken_back_is_mirrored_too(migrated_template: Settings) -> None:
    with cloned(migrated_template) as publisher, cloned(migrated_template) as settings:
        publish(publisher, edition(Region.BRUSSELS), edition(Region.FLANDERS))
        publish(publisher, edition(Region.BRUSSELS, "2026-11-09", count=10))
        with connect(publisher, Role.IMPORTER) as connection:
            roll_back(connection, 2, shift=HELMERT, progress=print)
        with relaying(publisher) as upstream:
            follower = Follower(settings=settings, upstream=upstream)
            assert follower.run() == 4
            with serving(settings) as mirror:
                for question in ("/v1/releases", "/v1/snapshots/latest", "/v1/releases/4/proof"):
                    assert ask(mirror, question) == ask(upstream.client, question)
            publish(publisher, edition(Region.FLANDERS, "2026-11-09"))
            upstream.await_release(5)
            assert follower.run() == 5
            assert follower.verify().difference is None


def test_a_mirror_of_another_register_is_refused(follower: Follower) -> None:
    follower.run()
    with (
        connect(follower.settings, Role.IMPORTER) as connection,
        pytest.raises(InputRefused, match=r"is a mirror of http://127.*, not of https://x\.be"),
    ):
        is_mirroring(connection, "https://x.be")


def test_nothing_is_imported_into_a_mirror_nor_rolled_back(follower: Follower) -> None:
    follower.run()
    with pytest.raises(InputRefused, match="is a mirror of"):
        import_editions(follower.settings, edition(day="2026-12-01"))
    with (
        connect(follower.settings, Role.IMPORTER) as connection,
        pytest.raises(InputRefused, match="is a mirror of"),
    ):
        roll_back(connection, 3, shift=HELMERT, progress=print)


# ------------------------------------------------------------------ resuming


def test_parts_that_are_here_are_not_fetched_again(follower: Follower) -> None:
    follower.upstream.fail("/BE-WAL/21005", saying(500), times=9)
    with pytest.raises(PeerUnavailable):
        follower.run()
    first, *_ = (path for path in follower.upstream.asked if "/BE-BRU/" in path)
    (damaged,) = follower.folder.glob("*/bru-0.ndjson.zst")
    damaged.write_bytes(damaged.read_bytes()[:-3])
    follower.upstream.faults.clear()
    follower.upstream.asked.clear()
    assert follower.run() == 3
    # The one that was damaged and the one that never came, which may be asked for late.
    parts = {path for path in follower.upstream.asked if "/BE-" in path}
    assert parts == {first, first.partition("/BE-")[0] + "/BE-WAL/21005"}
    assert not [*follower.folder.glob("*/*")]


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85, 0.99])
def test_a_mirror_that_is_killed_on_its_way_begins_again(
    follower: Follower, statements: int, share: float
) -> None:
    code, told = run_apart(follower, max(1, round(share * statements)))
    assert code == -signal.SIGKILL, told
    assert follower.fetch_position().number in {0, 3}
    assert follower.run() == 3
    assert follower.verify().difference is None


@pytest.fixture(scope="module")
def statements(migrated_template: Settings, module_upstream: Upstream) -> int:
    """How many statements a mirror takes, all in all: the same for each of one register."""
    with cloned(migrated_template) as settings:
        code, told = run_apart(Follower(settings=settings, upstream=module_upstream), 0)
    assert code == 0, told
    return int(told.split()[-1])


# ------------------------------------------------------------------ comparing


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            (
                "update registry.address_version set house_number = 'x'"
                " where region = 'vlg' and object_id = '7'"
            ),
            "BE-VLG, municipality 21004: addresses 7 is another one here",
        ),
        (
            "delete from registry.address_version where region = 'wal' and object_id = '500'",
            "BE-WAL, municipality 21005: addresses 500 is missing here",
        ),
        (
            (
                "insert into registry.postal_info_version (region, object_id, seq_from, change,"
                " content_hash, source_id, source_offset, valid_from_assumed)"
                " values ('bru', '9999', 1, 'added', 0, 1, 0, true)"
            ),
            "BE-BRU, what is of no municipality: postalInfos 9999 is not there",
        ),
        (
            (
                "update registry.street_name_version set municipality_id = '21009'"
                " where region = 'bru' and object_id = '9'"
            ),
            "BE-BRU, municipality 21004: streetNames 9 is missing here",
        ),
    ],
)
def test_what_differs_is_named(follower: Follower, statement: str, words: str) -> None:
    follower.run()
    change(follower.settings, statement)
    assert follower.verify().difference == words


# ------------------------------------------------------------------ the sample


def test_a_mirror_of_the_sample_says_when_real_data_came(
    migrated_template: Settings, sample_template: Settings
) -> None:
    with (
        cloned(sample_template) as publisher,
        cloned(migrated_template) as settings,
        relaying(publisher) as upstream,
    ):
        follower = Follower(settings=settings, upstream=upstream)
        assert follower.run() == 3
        assert follower.fetch_position().dataset == "sample"
        publish(publisher, edition())
        upstream.await_release(4)
        with pytest.raises(InputRefused, match=r"holds open data now.*\./best reset"):
            follower.run()
        assert follower.fetch_position().number == 3
