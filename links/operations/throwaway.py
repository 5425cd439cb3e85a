"""A second cluster for tests, measurements and the demonstration: gone afterwards."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from links.operations.cluster import is_running, make_cluster, start_cluster, stop_cluster
from links.operations.database import prepare_database
from links.settings import LinksSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CARELESS = {"fsync": "off", "full_page_writes": "off"}
"""Nothing here outlives the process, so nothing need survive a crash."""


@contextmanager
def throwaway_home() -> Iterator[LinksSettings]:
    """Settings of a home that the server's user may enter; all of it is removed after the block."""
    directory = Path(tempfile.mkdtemp(prefix="best-links-"))
    directory.chmod(0o755)
    try:
        yield LinksSettings(home=directory, transparency=directory / "transparency")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def throwaway_cluster(
    extra: Mapping[str, str] | None = None, users: Mapping[str, str] | None = None
) -> Iterator[LinksSettings]:
    """Start a cluster with a prepared, empty database; by default unsafe and fast.

    `extra` {} makes it as durable as a real one; `users` makes it one of system users.
    """
    with throwaway_home() as bare:
        settings = replace(bare, users=users or {})
        make_cluster(settings)
        try:
            start_cluster(settings, CARELESS if extra is None else extra)
            with ending_with_this_process(settings):
                prepare_database(settings)
                yield settings
        finally:
            if is_running(settings):
                stop_cluster(settings, "immediate")


@contextmanager
def ending_with_this_process(settings: LinksSettings) -> Iterator[None]:
    """Have the server ended and its home removed when this process is killed inside the block.

    A shell waits for the end of a pipe, whose other end nobody but this process has.
    """
    pid_file = settings.data / "postmaster.pid"
    mourn = 'read -r _; kill -QUIT "$(head -n 1 "$1")"; sleep 1; rm -rf -- "$2"'
    with subprocess.Popen(
        ["/bin/sh", "-c", mourn, "sh", str(pid_file), str(settings.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as watcher:
        try:
            yield
        finally:
            watcher.kill()
