"""The second cluster: made, started and stopped; it shares nothing with the register's.

home/cluster/data      the database files (PGDATA), of the server's user alone
home/cluster/socket    where it listens
home/cluster/*.conf    settings and access rules, written at every start
home/log               the server's log, a file per weekday
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from links.operations.cluster_settings import (
    make_server_settings,
    write_access_rules,
    write_identities,
    write_server_settings,
)
from links.operations.leftovers import clear_leftovers
from links.operations.programs import find_programs, find_server_user, run_as_server_user
from links.store.connections import PORT, SUPERUSER
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from links.settings import LinksSettings

LONGEST_SOCKET_PATH = 107
"""sun_path of Linux, less the final zero byte."""


def is_made(settings: LinksSettings) -> bool:
    """Whether there is a complete data directory."""
    return (settings.data / "PG_VERSION").exists()


def get_socket_file(settings: LinksSettings) -> Path:
    """Return the socket; its number is only part of its name."""
    return settings.socket_directory / f".s.PGSQL.{PORT}"


def is_running(settings: LinksSettings) -> bool:
    """Whether a server answers on the socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(get_socket_file(settings)))
        except OSError:
            return False
        return True


def is_alive(settings: LinksSettings) -> bool:
    """Whether the server's first process is there, without asking it anything."""
    try:
        number = (settings.data / "postmaster.pid").read_text().partition("\n")[0]
        state = Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return False
    return state != "Z"  # killed, where nobody collects the dead: a container's first process


def make_cluster(settings: LinksSettings) -> None:
    """Initialize the data directory; a run killed half-way leaves only `data.new` behind."""
    make_directories(settings)
    unfinished = settings.cluster_directory / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    identity = ["--username", SUPERUSER, "--auth", "reject"]
    text = ["--encoding", "UTF8", "--locale", "C.UTF-8"]
    checks = ["--data-checksums", "--no-sync", "--no-instructions"]
    initdb = str(find_programs() / "initdb")
    result = run_as_server_user([initdb, *identity, *text, *checks, "--pgdata", str(unfinished)])
    if result.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise EnvironmentProblem(
            f"The second database could not be made in {settings.data}:\n{result.stdout.strip()}"
        )
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write("\ninclude = '../best-links.conf'\n")
    unfinished.rename(settings.data)


def make_directories(settings: LinksSettings) -> None:
    """Create what is missing; with system users they must be able to pass through to the socket."""
    length = len(os.fsencode(get_socket_file(settings)))
    if length > LONGEST_SOCKET_PATH:
        raise EnvironmentProblem(
            f"BEST_LINKS_HOME is too long: its socket's path has {length} bytes and the system"
            f" allows {LONGEST_SOCKET_PATH}."
        )
    user = find_server_user()
    passage = 0o711 if settings.is_peer else 0o700
    try:
        settings.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        for directory, mode in (
            (settings.cluster_directory, passage),
            (settings.socket_directory, passage),
            (settings.log_directory, 0o700),
        ):
            directory.mkdir(exist_ok=True)
            directory.chmod(mode)
            os.chown(directory, user.pw_uid, user.pw_gid)
    except OSError as error:
        raise EnvironmentProblem(
            f"{settings.home} cannot be written: {error.strerror}. Set BEST_LINKS_HOME to another"
            " place."
        ) from error
    if run_as_server_user(["/usr/bin/test", "-w", str(settings.cluster_directory)]).returncode:
        raise EnvironmentProblem(
            f"PostgreSQL runs as {user.pw_name}, who may not enter {settings.home}: a directory"
            " above it is closed to others. Set BEST_LINKS_HOME to another place."
        )


def start_cluster(settings: LinksSettings, extra: Mapping[str, str] | None = None) -> None:
    """Start the server, with the settings and access rules of this software."""
    if settings.data.stat().st_uid != find_server_user().pw_uid:
        raise EnvironmentProblem(
            f"{settings.data} belongs to user number {settings.data.stat().st_uid}. Run this as the"
            " user who made it, or set BEST_LINKS_HOME to another place."
        )
    make_directories(settings)
    if not is_alive(settings):
        clear_leftovers(settings, get_socket_file(settings))
    write_configuration(settings, extra or {})
    output = settings.log_directory / "start.log"
    place = ["--pgdata", str(settings.data), "--log", str(output)]
    result = run_as_server_user(
        [find_pg_ctl(settings), "start", "--wait", "--timeout", "60", "--silent", *place]
    )
    if result.returncode:
        said = output.read_text(errors="replace").splitlines()[-8:] if output.exists() else []
        raise EnvironmentProblem(
            f"PostgreSQL did not start in {settings.data}. It said:\n"
            + "\n".join([result.stdout.strip(), *said])
        )


def find_pg_ctl(settings: LinksSettings) -> str:
    """Return the program of the version that made the data."""
    return str(find_programs(int((settings.data / "PG_VERSION").read_text())) / "pg_ctl")


def write_configuration(settings: LinksSettings, extra: Mapping[str, str]) -> None:
    """Write settings, pg_hba.conf and pg_ident.conf; the superuser is root or who runs this."""
    user = find_server_user()
    superusers = dict.fromkeys([pwd.getpwuid(os.geteuid()).pw_name, user.pw_name])
    files = {
        settings.cluster_directory / "best-links.conf": write_server_settings(
            make_server_settings(settings, extra)
        ),
        settings.data / "pg_hba.conf": write_access_rules(settings),
        settings.data / "pg_ident.conf": write_identities(settings, iter(superusers)),
    }
    for path, text in files.items():
        path.write_text(text)
        path.chmod(0o600)
        os.chown(path, user.pw_uid, user.pw_gid)


def stop_cluster(settings: LinksSettings, mode: str = "fast") -> None:
    """Stop the server, ending its clients' connections; what was committed stays."""
    stop = [find_pg_ctl(settings), "stop", "--mode", mode, "--wait", "--timeout", "60", "--silent"]
    result = run_as_server_user([*stop, "--pgdata", str(settings.data)])
    if result.returncode and is_running(settings):
        raise EnvironmentProblem(f"PostgreSQL did not stop:\n{result.stdout.strip()}")
