"""`up`: everything that is missing is made, then the programs run until ctrl-C."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from links.operations.cluster import is_made, is_running, make_cluster, start_cluster, stop_cluster
from links.operations.database import prepare_database
from links.operations.migrations import migrate
from links.operations.processes import check_all_run, running_programs
from links.operations.secret_files import make_secret_files
from links.operations.system_users import make_system_users
from links.progress import print_progress, step
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
    with holding_home(settings):
        prepare(settings)
        try:
            if not arguments.prepare:
                serve(settings)
        finally:
            with step("Stopping the second database"):
                stop_cluster(settings)
    return 0


def prepare(settings: LinksSettings) -> None:
    """Make what is missing: users, cluster, roles, tables, keys. A second time: nothing."""
    if settings.is_peer:
        make_system_users(settings)
    if not is_made(settings):
        with step("Making the second database"):
            make_cluster(settings)
    if not is_running(settings):
        with step("Starting the second database"):
            start_cluster(settings)
    prepare_database(settings)
    with step("Tables and functions"):
        migrate(settings)
    make_secret_files(settings)


def serve(settings: LinksSettings) -> None:
    """Run the programs until something ends one, or somebody presses ctrl-C."""
    with running_programs(settings) as processes:
        print_progress(f"Organisations ask at http://127.0.0.1:{settings.api_port}")
        print_progress(f"Citizens look at http://127.0.0.1:{settings.citizen_port}")
        if not settings.is_peer:
            print_progress("One system user runs it all, and one uid is no wall: see doctor.")
        while True:
            check_all_run(processes)
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
