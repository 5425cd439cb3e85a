"""The database goes away, the disk is full, somebody stops it, two start it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from deploy.cluster import Cluster, start_cluster
from deploy.private_database import connect_as_superuser
from registry.domain.region import Region
from tests.database.editions import Address, Edition
from tests.database.querying import assert_sound, fetch
from tests.hostile.register import Running, holding_totals, holding_turn, read_children, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings
    from tests.hostile.register import Register

soak = pytest.mark.soak
NOT_PUBLISHED = "was not published"
WAITING = "Another import is under way"
LATE = "Brussels: checking"


def end_backends(settings: Settings) -> None:
    with connect_as_superuser(settings.home, "postgres") as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'best import'"
        )


def wait_until_no_import(settings: Settings) -> None:
    deadline = time.monotonic() + 10
    while fetch(
        settings, "select from pg_stat_activity where usename = 'best_importer' and pid <> 0"
    ):
        assert time.monotonic() < deadline, "its connection is still there"
        time.sleep(0.02)


def test_a_connection_that_breaks_late_is_told_in_words(mortal: Register) -> None:
    with mortal.demanding_nothing_changed():
        with holding_totals(mortal.settings):
            running = start(mortal.settings, mortal.later)
            running.wait_for(LATE)
            end_backends(mortal.settings)
            ended = running.wait()
        mortal.demand_words(ended, 3, "Brussels was not published", "stopped answering", "again")


@pytest.mark.parametrize(
    ("number", "to_group"),
    [(signal.SIGTERM, False), pytest.param(signal.SIGINT, True, marks=soak)],
)
def test_whoever_stops_it_finds_nothing_changed_and_nothing_running(
    mortal: Register, number: signal.Signals, *, to_group: bool
) -> None:
    with mortal.demanding_nothing_changed():
        with holding_totals(mortal.settings):
            running = start(mortal.settings, mortal.later)
            running.wait_for(LATE)
            (os.killpg if to_group else os.kill)(running.process.pid, number)
            ended = running.wait()
        mortal.demand_words(ended, 130, "Stopped.")
        wait_until_no_import(mortal.settings)


@soak
@pytest.mark.parametrize("first", [WAITING, LATE])
def test_a_server_that_dies_in_the_middle_is_told_and_recovers(
    mortal: Register, first: str
) -> None:
    settings = mortal.settings
    with mortal.demanding_nothing_changed():
        hold = (holding_turn if first == WAITING else holding_totals)(settings)
        hold.__enter__()
        running = start(settings, mortal.later)
        running.wait_for(first)
        os.kill(read_postmaster(settings), signal.SIGKILL)
        ended = running.wait()
        with pytest.raises(psycopg.OperationalError):
            hold.__exit__(None, None, None)
        mortal.demand_words(ended, 3, "Brussels was not published", "stopped answering")
        start_cluster(Cluster(home=settings.home))


def read_postmaster(settings: Settings) -> int:
    path = Cluster(home=settings.home).data / "postmaster.pid"
    return int(path.read_text(encoding="ascii").splitlines()[0])


@soak
def test_a_database_that_is_not_there_is_told(mortal: Register) -> None:
    url = "postgresql://best@127.0.0.1:9/best"

    with mortal.demanding_nothing_changed():
        running = start(mortal.settings, mortal.later, environment={"BEST_DATABASE_URL": url})
        mortal.demand_words(running.wait(), 3, "127.0.0.1")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for an empty database and not much more."""
    place = Path("/tmp") / f"best-disk-{os.getpid()}"  # noqa: S108 - where postgres may enter
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place.mkdir(mode=0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100m,mode=755", "tmpfs", str(place)], check=False
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip("this machine does not let root mount a tmpfs")
    yield place
    subprocess.run(["umount", str(place)], check=True)
    place.rmdir()


@soak
def test_a_full_disk_under_the_register_is_told(mortal: Register, small_disk: Path) -> None:
    """The files of an import to come are made large enough by their number."""
    settings = replace(mortal.settings, home=small_disk / "home")
    big = write_many(small_disk.parent / f"{small_disk.name}-big", 60_000)
    try:
        ended = start(settings, big).wait(180)
    finally:
        for path in big.iterdir():
            path.unlink()
        big.rmdir()

    mortal.demand_words(ended, 3, "The disk is full", str(settings.home))


def write_many(folder: Path, count: int) -> Path:
    addresses = (Address(id=str(n), number=str(n)) for n in range(count))
    return Edition(region=Region.BRUSSELS, day="2026-11-09", addresses=addresses).write(folder)


@soak
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_reads_on_after_an_import_is_stopped(
    mortal: Register, folder: Path, number: signal.Signals
) -> None:
    """A file that is large enough for processes of its own."""
    write_many(folder, 60_000)
    with mortal.demanding_nothing_changed():
        running = start(mortal.settings, folder, "--accept-totals")
        children = wait_for_children(running)
        os.kill(running.process.pid, number)
        ended = running.wait()
        assert ended.code == (-signal.SIGKILL if number is signal.SIGKILL else 130)
        wait_until_no_import(mortal.settings)
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{child}").exists() for child in children):
            assert time.monotonic() < deadline, "a process of it is still there"
            time.sleep(0.02)


@soak
def test_a_killed_reader_is_told(mortal: Register, folder: Path) -> None:
    write_many(folder, 60_000)
    with mortal.demanding_nothing_changed():
        running = start(mortal.settings, folder, "--accept-totals")
        os.kill(wait_for_children(running)[-1], signal.SIGKILL)
        mortal.demand_words(running.wait(), 3, "Brussels was not published", "killed")


def wait_for_children(running: Running) -> list[int]:
    if len(os.sched_getaffinity(0)) == 1:
        pytest.skip("one core: the importer reads alone")
    while not (children := read_children(running.process.pid)):
        assert running.process.poll() is None, running.read_err()
        time.sleep(0.005)
    time.sleep(0.5)
    return read_children(running.process.pid) or children


def test_of_two_at_once_the_second_waits_and_finds_nothing_to_do(mortal: Register) -> None:
    """The last one here: it publishes."""
    settings = mortal.settings
    before = fetch(settings, "select max(number) from best.release")[0][0]
    with holding_totals(settings):
        first = start(settings, mortal.later)
        first.wait_for(LATE)
        second = start(settings, mortal.later)
        second.wait_for(WAITING)
    ended = [first.wait(), second.wait()]

    assert [each.code for each in ended] == [0, 0]
    assert_sound(settings)
    assert fetch(settings, "select max(number) from best.release")[0][0] == before + len(Region)
