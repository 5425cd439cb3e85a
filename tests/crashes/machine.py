"""A database server on a disk of its own, which can be killed and whose disk can be full."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.cluster import Cluster, is_running, make_cluster, start_cluster, stop_cluster
from deploy.cluster_processes import find_processes, is_server_process, wait_until_gone
from deploy.private_database import connect_as_superuser, prepare_private_database
from deploy.throwaway import make_reachable_directory
from registry.domain.errors import EnvironmentProblem
from registry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

ROOM = 4 * 1024**3
"""What the disk may hold; memory is taken only for what is written."""
PATIENCE_SECONDS = 20.0
SEGMENT = 16 * 1024**2
LEFT_IN_THE_LOG = 1024

SETTINGS = (("max_wal_size", "64MB"), ("min_wal_size", "32MB"), ("checkpoint_timeout", "30min"))
"""Safe as in service (fsync and all); only the log is kept small, for it lies in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The server; `has_own_disk` says whether its disk can be made full."""

    settings: Settings
    cluster: Cluster
    has_own_disk: bool

    def kill_server(self) -> None:
        """End postmaster and backends without a word, as a power cut would.

        All are stopped first: a backend that saw its postmaster die would tidy up after itself.
        """
        processes = [p for p in find_processes(self.cluster.data) if is_server_process(p)]
        for sign in (signal.SIGSTOP, signal.SIGKILL):
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, sign)
        assert wait_until_gone(self.cluster.data, PATIENCE_SECONDS)

    def revive_server(self) -> None:
        """Wait for a server that recovers by itself; start it when it is gone."""

        def revive() -> bool:  # a server may also try to recover, and die of it
            if not is_running(self.cluster):
                wait_until_gone(self.cluster.data, PATIENCE_SECONDS)
                start_cluster(self.cluster)
            return self.answers()

        wait_for(revive)

    def answers(self) -> bool:
        try:
            connect_as_superuser(self.settings.home, "postgres").close()
        except EnvironmentProblem:
            return False
        return True

    def fill_disk(self) -> None:
        """Leave not one free block."""

        def shrink() -> bool:  # fails when something was written between the two statements
            place = os.statvfs(self.settings.home)
            return self._resize((place.f_blocks - place.f_bfree) * place.f_frsize)

        wait_for(shrink)

    def give_space_back(self) -> None:
        assert self._resize(ROOM)

    def _resize(self, size: int) -> bool:
        mount = ["mount", "-o", f"remount,size={size}", str(self.settings.home)]
        return subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode == 0

    def fill_log(self) -> None:
        """Leave a kilobyte of write-ahead log and no disk for more, so that the server dies."""
        with connect_as_superuser(self.settings.home, "postgres") as connection:
            while self._has_segment_after_this(connection):
                connection.execute("select pg_switch_wal()")
                connection.execute("select pg_logical_emit_message(false, 'crash', '')")
            (used,) = connection.execute(
                "select (pg_current_wal_insert_lsn() - '0/0') %% %s", [SEGMENT]
            ).fetchone() or (0,)
            self.fill_disk()
            size = SEGMENT - int(used) - 2 * 8192 - LEFT_IN_THE_LOG
            connection.execute("select pg_logical_emit_message(false, 'crash', %s)", ["x" * size])

    @staticmethod
    def _has_segment_after_this(connection: psycopg.Connection) -> bool:
        row = connection.execute(
            "select exists (select from pg_ls_waldir()"
            " where name > pg_walfile_name(pg_current_wal_insert_lsn()))"
        ).fetchone()
        return row is not None and bool(row[0])


def wait_for(came_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not came_true():
        assert time.monotonic() < deadline, f"not so after {PATIENCE_SECONDS} s: {came_true}"
        time.sleep(0.05)


@contextmanager
def make_machine() -> Iterator[Machine]:
    """Start a server with an empty database; all of it is gone after the block."""
    with make_reachable_directory() as home, own_disk(home) as mounted:
        home.chmod(0o755)
        cluster = Cluster(home=home, extra_settings=SETTINGS)
        settings = Settings(home=home)
        make_cluster(cluster)
        start_cluster(cluster)
        try:
            prepare_private_database(settings)
            yield Machine(settings=settings, cluster=cluster, has_own_disk=mounted)
        finally:
            if is_running(cluster):
                stop_cluster(cluster)


@contextmanager
def own_disk(place: Path) -> Iterator[bool]:
    """Mount a file system in memory, for the block; only root may, and not in every container."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
