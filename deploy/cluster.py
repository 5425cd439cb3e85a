"""The private PostGIS cluster: made, started, recovered and stopped.

BEST_HOME/cluster/data      the database files (PGDATA)
BEST_HOME/cluster/socket    mode 0700: who may enter it may connect, as any role
BEST_HOME/cluster/best.conf settings, written at every start; local.conf beside it is yours
BEST_HOME/log               the server's log, a file per weekday
BEST_HOME/lock              held while the cluster is made, started or stopped
"""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.cluster_processes import end_leftover_processes
from deploy.cluster_settings import (
    make_cluster_settings,
    read_memory_bytes,
    write_cluster_settings,
)
from deploy.server_programs import ServerUser, find_programs, find_server_user, run_as
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import PRIVATE_PORT, get_socket_directory

if TYPE_CHECKING:
    from pathlib import Path

SUPERUSER = "best"
LONGEST_SOCKET_PATH = 107
"""sun_path of Linux, less the final zero byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A place for a private cluster; it need not exist yet."""

    home: Path
    extra_settings: tuple[tuple[str, str], ...] = ()

    @property
    def directory(self) -> Path:
        """Everything of the cluster; entered by the server's user alone."""
        return self.home / "cluster"

    @property
    def data(self) -> Path:
        """The database files (PGDATA)."""
        return self.directory / "data"

    @property
    def socket_directory(self) -> Path:
        """Where the socket is."""
        return get_socket_directory(self.home)

    @property
    def socket_file(self) -> Path:
        """The socket; its number is only part of its name."""
        return self.socket_directory / f".s.PGSQL.{PRIVATE_PORT}"

    @property
    def log_directory(self) -> Path:
        """The server's own log."""
        return self.home / "log"


def is_made(cluster: Cluster) -> bool:
    """Whether there is a complete data directory."""
    return (cluster.data / "PG_VERSION").exists()


def is_running(cluster: Cluster) -> bool:
    """Whether a server answers on the socket (also one started from another container)."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(cluster.socket_file))
        except OSError:
            return False
        return True


def read_version(cluster: Cluster) -> int | None:
    """Return the major version that made the data, None when there is none yet."""
    return int((cluster.data / "PG_VERSION").read_text()) if is_made(cluster) else None


def make_cluster(cluster: Cluster) -> None:
    """Initialize the data directory; a run killed half-way leaves only `data.new` behind."""
    check_socket_path(cluster)
    user = find_server_user()
    make_directories(cluster, user)
    unfinished = cluster.directory / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    result = run_as(user, make_initdb_command(find_programs(None), unfinished))
    if result.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise EnvironmentProblem(
            f"The database could not be made in {cluster.data}:\n{result.stdout.strip()}"
        )
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write("\ninclude = '../best.conf'\ninclude_if_exists = '../local.conf'\n")
    unfinished.rename(cluster.data)


def make_initdb_command(programs: Path, data: Path) -> list[str]:
    """UTF-8, bytewise order, checksums on every page; `trust`, for the socket is the wall."""
    identity = ["--username", SUPERUSER, "--auth", "trust"]
    text = ["--encoding", "UTF8", "--locale", "C.UTF-8"]
    checks = ["--data-checksums", "--no-sync", "--no-instructions"]
    return [str(programs / "initdb"), *identity, *text, *checks, "--pgdata", str(data)]


def make_directories(cluster: Cluster, user: ServerUser) -> None:
    """Create what is missing; the server's user owns what the server writes."""
    try:
        cluster.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        for directory in (cluster.directory, cluster.socket_directory, cluster.log_directory):
            directory.mkdir(mode=0o700, exist_ok=True)
            directory.chmod(0o700)
            if user.is_other:
                os.chown(directory, user.uid, user.gid)
    except OSError as error:
        raise EnvironmentProblem(
            f"Best cannot write in {cluster.home}: {error.strerror}.\n"
            "Set BEST_HOME to a directory of yours that has room."
        ) from error
    check_reachable(cluster, user)


def check_reachable(cluster: Cluster, user: ServerUser) -> None:
    """`postgres` must be able to enter every directory on the way (not so below /root)."""
    if not user.is_other:
        return
    if run_as(user, ["/usr/bin/test", "-w", str(cluster.directory)]).returncode:
        raise EnvironmentProblem(
            f"PostgreSQL runs as the user {user.name}, who may not enter {cluster.directory}:"
            " a directory above it is closed to others.\n"
            "Set BEST_HOME to a place that every user may enter, such as /var/lib/best."
        )


def check_socket_path(cluster: Cluster) -> None:
    """Raise EnvironmentProblem when the system could not hold the path."""
    length = len(os.fsencode(cluster.socket_file))
    if length > LONGEST_SOCKET_PATH:
        raise EnvironmentProblem(
            f"BEST_HOME is too long: the socket {cluster.socket_file} has {length} bytes and the"
            f" system allows {LONGEST_SOCKET_PATH}. Choose a shorter BEST_HOME."
        )


def start_cluster(cluster: Cluster) -> None:
    """Start the server, after clearing what a killed one left behind."""
    check_socket_path(cluster)
    user = find_server_user()
    check_owner(cluster, user)
    make_directories(cluster, user)
    clear_leftovers(cluster)
    write_settings(cluster, user)
    output = cluster.log_directory / "start.log"
    result = run_as(user, make_start_command(cluster, output))
    if result.returncode:
        raise EnvironmentProblem(explain_failed_start(cluster, result.stdout, output))


def make_start_command(cluster: Cluster, output: Path) -> list[str]:
    """Start with the programs of the version that made the data."""
    programs = find_programs(read_version(cluster))
    place = ["--pgdata", str(cluster.data), "--log", str(output)]
    return [str(programs / "pg_ctl"), "start", "--wait", "--timeout", "120", "--silent", *place]


def check_owner(cluster: Cluster, user: ServerUser) -> None:
    """Raise EnvironmentProblem when the data belong to somebody else."""
    owner = cluster.data.stat().st_uid
    if owner != user.uid:
        raise EnvironmentProblem(
            f"{cluster.data} belongs to user number {owner}, and this would run PostgreSQL as"
            f" {user.name}. Run this as the user who made it, or set BEST_HOME to another place."
        )


def write_settings(cluster: Cluster, user: ServerUser) -> None:
    """Write best.conf anew, so that a newer Best's settings take hold."""
    settings = make_cluster_settings(
        socket_directory=cluster.socket_directory,
        log_directory=cluster.log_directory,
        memory_bytes=read_memory_bytes(),
    )
    path = cluster.directory / "best.conf"
    try:
        path.write_text(write_cluster_settings(settings | dict(cluster.extra_settings)))
    except OSError as error:
        raise EnvironmentProblem(f"{path} cannot be written: {error.strerror}.") from error
    if user.is_other:
        os.chown(path, user.uid, user.gid)


def clear_leftovers(cluster: Cluster) -> None:
    """Remove the lock files of a server that is gone.

    PostgreSQL does this itself unless the killed postmaster is still a zombie, as happens in
    containers whose first process does not reap: then its process number counts as alive.
    """
    end_leftover_processes(cluster.data)
    for leftover in (
        cluster.data / "postmaster.pid",
        cluster.socket_file,
        cluster.socket_file.with_name(f"{cluster.socket_file.name}.lock"),
    ):
        leftover.unlink(missing_ok=True)


def explain_failed_start(cluster: Cluster, printed: str, output: Path) -> str:
    """Say what the server said, and how full the disk is: the usual reason."""
    said = output.read_text(errors="replace").splitlines()[-8:] if output.exists() else []
    said += read_newest_log_lines(cluster)
    lines = "\n".join(f"    {line}" for line in [*printed.splitlines(), *said])
    free = shutil.disk_usage(cluster.home).free // 1024**2
    return (
        f"PostgreSQL did not start in {cluster.data} ({free} MB free on that disk). It said:\n"
        f"{lines}\nMore is in {cluster.log_directory}."
    )


def read_newest_log_lines(cluster: Cluster) -> list[str]:
    """Return the last lines of the server's newest log."""
    logs = sorted(cluster.log_directory.glob("postgresql-*.log"), key=lambda p: p.stat().st_mtime)
    return logs[-1].read_text(errors="replace").splitlines()[-8:] if logs else []


def stop_cluster(cluster: Cluster) -> None:
    """Stop the server, ending its clients' connections; what was committed stays."""
    programs = find_programs(read_version(cluster))
    stop = ["stop", "--mode", "fast", "--wait", "--timeout", "120", "--silent"]
    place = ["--pgdata", str(cluster.data)]
    result = run_as(find_server_user(), [str(programs / "pg_ctl"), *stop, *place])
    if result.returncode and is_running(cluster):
        raise EnvironmentProblem(f"PostgreSQL did not stop:\n{result.stdout.strip()}")
