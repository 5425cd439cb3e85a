"""A database that answers, for as long as a command needs it.

Whoever needs the private cluster shares the lock BEST_HOME/in-use; the last one out stops the
server. So nothing of Best runs after its last command, and no command stops another's database.
"""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from deploy.abandoned_files import remove_abandoned_files
from deploy.cluster import Cluster, is_made, is_running, make_cluster, start_cluster, stop_cluster
from deploy.file_locks import hold_lock, is_alone
from deploy.migrations import migrate
from deploy.own_database import prepare_own_database
from deploy.private_database import connect_as_superuser, prepare_private_database
from deploy.progress import step
from registry.domain.errors import EnvironmentProblem, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.settings import Settings


_NICENESS = 10
_LOOK_EVERY_SECONDS = 2.0


@contextmanager
def open_session(settings: Settings) -> Iterator[None]:
    """Have a migrated database for the block, starting the private cluster if it is down."""
    with open_session_unmigrated(settings):
        with hold_lock(get_set_up_lock(settings.home)):
            if settings.database_url is None:
                prepare_private_database(settings)  # 0.5 s the first time, then 10 ms
                remove_abandoned_files(settings)
            else:
                prepare_own_database(settings)
            migrate(settings)
        yield


@contextmanager
def open_session_unmigrated(settings: Settings) -> Iterator[None]:
    """Have a database that answers for the block, whatever is in it."""
    if settings.database_url is not None:
        yield
        return
    with hold_lock(settings.home / "in-use", fcntl.LOCK_SH) as in_use:
        try:
            with hold_lock(get_set_up_lock(settings.home)):
                start_private_cluster(settings.home)
            yield
        finally:
            stop_if_last(settings.home, in_use)


@contextmanager
def keep_database_running(settings: Settings) -> Iterator[None]:
    """Start the private cluster again whenever it is found down within the block.

    Its server may be killed, for lack of memory perhaps, and nobody may be there to notice.
    """
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_EVERY_SECONDS):
            with suppress(RegistryError, OSError), hold_lock(get_set_up_lock(settings.home)):
                if not ended.is_set():
                    start_private_cluster(settings.home)

    watcher = threading.Thread(target=watch, daemon=True)
    if settings.database_url is None:
        watcher.start()
    try:
        yield
    finally:
        ended.set()
        if watcher.ident is not None:
            watcher.join()


def make_way_for_readers() -> None:
    """Let whoever asks the register something go first, from here to the process's end.

    Only once the session is open: a database started from here would stay behind too.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), _NICENESS))


def get_set_up_lock(home: Path) -> Path:
    """Return the lock held while database or sample are prepared."""
    return home / "lock"


def start_private_cluster(home: Path) -> None:
    """Start the cluster unless it runs; make it first when there is none."""
    cluster = Cluster(home=home)
    if is_running(cluster):
        return
    if not is_made(cluster):
        with step("Making the private database"):
            make_cluster(cluster)
    with step("Starting PostgreSQL"):
        start_cluster(cluster)


def stop_if_last(home: Path, in_use: int) -> None:
    """Stop the cluster unless another command, or somebody's own client, still uses it."""
    cluster = Cluster(home=home)
    with hold_lock(get_set_up_lock(home)):
        if is_alone(in_use) and is_running(cluster) and not has_other_clients(home):
            stop_cluster(cluster)


def stop_private_cluster(home: Path) -> bool:
    """Stop the cluster whoever uses it; whether there was one running."""
    cluster = Cluster(home=home)
    with hold_lock(get_set_up_lock(home)):
        if not is_running(cluster):
            return False
        stop_cluster(cluster)
        return True


def has_other_clients(home: Path) -> bool:
    """Whether somebody's own program is connected."""
    try:
        with connect_as_superuser(home, "postgres") as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity"
                " where backend_type = 'client backend' and pid <> pg_backend_pid()"
            ).fetchone()
    except EnvironmentProblem:
        return False
    return row is not None and row[0] > 0
