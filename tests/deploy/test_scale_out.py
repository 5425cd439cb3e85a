"""A primary and a streaming standby behind one URL: reads outlive either of them."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import pytest

from api.register import RETRY_SECONDS
from deploy.checks import check_replica
from deploy.cluster import Cluster, make_directories, start_cluster, stop_cluster
from deploy.migrations import migrate
from deploy.private_database import connect_as_superuser
from deploy.server_programs import find_programs, find_server_user, run_as
from deploy.throwaway import CARELESS, make_reachable_directory, throwaway_cluster
from registry.settings import Settings
from registry.store.connections import PRIVATE_PORT, Role, connect
from registry.store.reading.host import ReadHost, is_standby
from registry.store.reading.register_state import connect_where_known
from tests.api.serving import serving
from tests.database.editions import Edition, import_editions
from tests.database.small_country import many

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPLICATED = (*CARELESS, ("wal_level", "replica"), ("max_wal_senders", "4"))
"""What servers that people run by themselves have; the private one has no standby."""
MOST_ERRORS = 4
"""At each loss of a host, one of each reader; none was seen, each waited 1.1 s once."""
SECONDS_OF_ERRORS = 4.0
SECONDS_TO_SEE_A_RELEASE = 10.0
SEQ = re.compile(r'W/"(\d+)-')


@dataclass(slots=True)
class Load:
    """Four readers who note when they got what: the number of the answer, or None."""

    base_url: str
    stop: threading.Event = field(default_factory=threading.Event)
    answers: list[list[tuple[float, int | None]]] = field(
        default_factory=lambda: [[] for _ in range(4)]
    )

    @contextlib.contextmanager
    def reading(self) -> Iterator[Load]:
        threads = [threading.Thread(target=self._read, args=(mine,)) for mine in self.answers]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _read(self, mine: list[tuple[float, int | None]]) -> None:
        paths = ("/v1/addresses/bru-3", "/v1/addresses?pageSize=5", "/v1/streetNames/bru-10")
        with httpx2.Client(base_url=self.base_url, timeout=10) as client:
            while not self.stop.is_set():
                response = client.get(paths[len(mine) % 3])
                known = SEQ.match(response.headers.get("etag", ""))
                is_good = response.status_code == 200 and known
                mine.append((time.monotonic(), int(known[1]) if is_good and known else None))
                time.sleep(0.005)

    def list_errors(self, since: float) -> list[float]:
        answers = [answer for mine in self.answers for answer in list(mine)]
        return sorted(when - since for when, seq in answers if seq is None and when >= since)

    def check_loss(self, since: float) -> None:
        """Wait until the loss of a host must be over; check what it cost."""
        time.sleep(max(0.0, since + SECONDS_OF_ERRORS + 1 - time.monotonic()))
        errors = self.list_errors(since)
        assert len(errors) <= MOST_ERRORS, errors
        assert not [seconds for seconds in errors if seconds > SECONDS_OF_ERRORS], errors
        recent = [mine[-1] for mine in self.answers]
        assert all(seq is not None and when > since + SECONDS_OF_ERRORS for when, seq in recent)

    def wait_for(self, seq: int) -> None:
        until = time.monotonic() + SECONDS_TO_SEE_A_RELEASE
        while not all(mine and mine[-1][1] == seq for mine in self.answers):
            assert time.monotonic() < until, [mine[-1] for mine in self.answers]
            time.sleep(0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both servers, the settings whose URL names them, and the newest number."""

    primary: Cluster
    standby: Cluster
    settings: Settings
    seq: int

    def count_readers(self, cluster: Cluster) -> int:
        with connect_as_superuser(cluster.home, "best") as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where application_name = 'best api'"
            ).fetchone()
        assert row is not None
        return int(row[0])

    def wait_until_equal(self) -> None:
        """Wait until the standby has replayed what the primary has written."""
        with connect_as_superuser(self.primary.home, "best") as connection:
            (place,) = connection.execute("select pg_current_wal_flush_lsn()").fetchone() or ("",)
        until = time.monotonic() + 10
        with connect_as_superuser(self.standby.home, "best") as connection:
            replayed = "select pg_last_wal_replay_lsn() >= %s"
            while connection.execute(replayed, [place]).fetchone() != (True,):
                assert time.monotonic() < until
                time.sleep(0.05)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with throwaway_cluster(REPLICATED) as first, make_reachable_directory() as second_home:
        migrate(first)
        seq = publish(first, "2026-11-02", 10)
        primary, standby = (
            Cluster(home=home, extra_settings=REPLICATED) for home in (first.home, second_home)
        )
        copy_primary(primary, standby)
        start_cluster(standby)
        hosts = ",".join(
            str(cluster.socket_directory).replace("/", "%2F") + f":{PRIVATE_PORT}"
            for cluster in (primary, standby)
        )
        url = f"postgresql://best@{hosts}/best"
        try:
            yield Pair(
                primary=primary,
                standby=standby,
                settings=Settings(home=tmp_path, database_url=url),
                seq=seq,
            )
        finally:
            stop_cluster(standby)


def copy_primary(primary: Cluster, standby: Cluster) -> None:
    """The command of docs/howto/scale-out.md."""
    user = find_server_user()
    make_directories(standby, user)
    place = ["--host", str(primary.socket_directory), "--port", str(PRIVATE_PORT)]
    slot = ["--create-slot", "--slot", "best_standby", "--checkpoint", "fast"]
    copy = ["--pgdata", str(standby.data), "--write-recovery-conf", *slot]
    program = str(find_programs(None) / "pg_basebackup")
    result = run_as(user, [program, *place, "--username", "best", *copy, "--no-sync"])
    assert result.returncode == 0, result.stdout


def control(cluster: Cluster, *command: str) -> None:
    program = str(find_programs(None) / "pg_ctl")
    result = run_as(find_server_user(), [program, *command, "--pgdata", str(cluster.data)])
    assert result.returncode == 0, result.stdout


def publish(settings: Settings, day: str, count: int) -> int:
    """Publish an edition through the URL; return its last number."""
    summary = import_editions(settings, Edition(day=day, addresses=many(count)), accept_totals=True)
    release = summary.outcomes[0].release
    assert release is not None
    return release.last_seq


def test_reads_outlive_standby_and_primary(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEST_RATE_LIMIT", "0")
    asyncio.run(check_choice(pair))
    with serving(pair.settings) as client, Load(str(client.base_url)).reading() as load:
        load.wait_for(pair.seq)
        assert (pair.count_readers(pair.primary), pair.count_readers(pair.standby) > 0) == (0, True)
        load.wait_for(publish(pair.settings, "2026-11-09", 11))

        lost = time.monotonic()
        control(pair.standby, "stop", "--mode", "immediate")
        load.check_loss(lost)
        seq = publish(pair.settings, "2026-11-16", 12)
        load.wait_for(seq)
        assert "no standby answers" in check_reads(pair.settings)

        start_cluster(pair.standby)
        pair.wait_until_equal()
        lost = time.monotonic()
        control(pair.primary, "stop", "--mode", "immediate")
        load.check_loss(lost)
        load.wait_for(seq)

        promoted = time.monotonic()
        control(pair.standby, "promote", "--wait")
        load.wait_for(publish(pair.settings, "2026-11-23", 13))
        assert load.list_errors(promoted) == []

    for mine in load.answers:
        told = [seq for _, seq in mine if seq is not None]
        assert told == sorted(told)  # nobody was told the past


async def check_choice(pair: Pair) -> None:
    """A standby is read from, but not one that is behind what was told already."""
    for seq, expected in ((pair.seq, True), (pair.seq + 1, False)):
        connection = await connect_where_known(ReadHost(pair.settings), seq)
        async with connection:
            assert is_standby(connection) is expected
    with connect(pair.settings, Role.IMPORTER) as writing:
        assert writing.info.host == str(pair.primary.socket_directory)
    assert "a standby, " in check_reads(pair.settings)


def check_reads(settings: Settings) -> str:
    with connect(settings, Role.OWNER) as primary:
        return check_replica(settings, primary).found


def test_a_restart_costs_no_reader_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEST_RATE_LIMIT", "0")
    with throwaway_cluster() as settings:
        migrate(settings)
        seq = publish(settings, "2026-11-02", 10)
        with serving(settings) as client:
            with Load(str(client.base_url)).reading() as load:
                load.wait_for(seq)
            stop_cluster(Cluster(home=settings.home))
            start_cluster(Cluster(home=settings.home))
            time.sleep(RETRY_SECONDS * 2)
            with Load(str(client.base_url)).reading() as load:
                load.wait_for(seq)
            assert load.list_errors(0.0) == []
