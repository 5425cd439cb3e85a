"""`up`: everything that is missing is made, then the programs run until ctrl-C."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from links.operations.cluster import (
    get_socket_file,
    is_alive,
    is_made,
    is_running,
    make_cluster,
    start_cluster,
    stop_cluster,
)
from links.operations.database import prepare_database
from links.operations.doctor import list_shared_places
from links.operations.leftovers import clear_leftovers
from links.operations.migrations import migrate
from links.operations.processes import check_all_run, check_ports, running_programs
from links.operations.restored_secrets import list_missing_secrets
from links.operations.secret_files import make_secret_files
from links.operations.system_users import make_system_users
from links.progress import print_progress, step
from links.settings import list_unknown
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from links.settings import LinksSettings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `up` accepts."""
    parser.description = "Make and start the second database, the keys and the programs."
    parser.add_argument(
        "--prepare", action="store_true", help="only make what is missing; start no program"
    )


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Prepare, serve until ctrl-C, and stop the database again."""
    for unknown in list_unknown(os.environ):
        print_progress(f"Warning: {unknown}")
    check_places(settings)
    with holding_home(settings):
        if not arguments.prepare:
            check_ports(settings)
        try:
            prepare(settings)
            if not arguments.prepare:
                serve(settings)
        finally:
            if is_made(settings) and is_running(settings):
                with step("Stopping the second database"):
                    stop_cluster(settings)
    return 0


def check_places(settings: LinksSettings) -> None:
    """Refuse what would only be found out once something is made of it."""
    for shared in list_shared_places(settings):
        raise EnvironmentProblem(f"{shared}: give the wall a place of its own.")
    if settings.citizen_jwks is not None and not settings.citizen_jwks.is_file():
        raise EnvironmentProblem(f"BEST_LINKS_CITIZEN_JWKS: no file {settings.citizen_jwks}.")


def prepare(settings: LinksSettings) -> None:
    """Make what is missing: users, cluster, roles, tables, keys. A second time: nothing."""
    prepare_server(settings)
    with step("Tables and functions"):
        migrate(settings)
    check_secrets(settings)
    make_secret_files(settings)


def check_secrets(settings: LinksSettings) -> None:
    """Refuse keys that the database was not written with, before new ones would be made."""
    if missing := list_missing_secrets(settings):
        raise EnvironmentProblem("\n".join(missing))


def prepare_server(settings: LinksSettings) -> None:
    """Make what is missing of users, cluster and roles, and start the server."""
    if settings.is_peer:
        make_system_users(settings)
    if not is_made(settings):
        with step("Making the second database"):
            make_cluster(settings)
    if not is_running(settings):
        with step("Starting the second database"):
            start_cluster(settings)
    prepare_database(settings)


def serve(settings: LinksSettings) -> None:
    """Run the programs until something ends one, or somebody presses ctrl-C."""
    with running_programs(settings) as processes:
        print_progress(f"Organisations ask at http://127.0.0.1:{settings.api_port}")
        print_progress(f"Citizens look at http://127.0.0.1:{settings.citizen_port}")
        if not settings.is_peer:
            print_progress("One system user runs it all, and one uid is no wall: see doctor.")
        while True:
            check_all_run(processes)
            if not is_alive(settings):
                clear_leftovers(settings, get_socket_file(settings))
                raise EnvironmentProblem(
                    "The second database ended by itself, so all is stopped. Its log is in"
                    f" {settings.log_directory}."
                )
            time.sleep(0.2)


@contextmanager
def holding_home(settings: LinksSettings) -> Iterator[None]:
    """Hold home/lock, in which this process's number is, for the block."""
    settings.home.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (settings.home / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EnvironmentProblem(
                f"./best links up runs already in {settings.home}; ./best links down ends it."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
