"""`down`: ends a running `up` and what a killed one has left."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from typing import TYPE_CHECKING

from links.operations.cluster import is_made, is_running, stop_cluster
from links.progress import print_progress
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from links.settings import LinksSettings

PATIENCE_SECONDS = 60.0


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `down` accepts."""
    parser.description = "Stop the programs and the second database."


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:  # noqa: ARG001 - one shape
    """End the watcher, which ends its programs; then the database, if nobody has."""
    holder = find_holder(settings.home / "lock")
    if holder is not None:
        os.kill(holder, signal.SIGTERM)
        wait_until_free(settings.home / "lock")
    if is_made(settings) and is_running(settings):
        stop_cluster(settings)
        print_progress("Stopped the second database, which was running alone.")
    elif holder is None:
        print_progress("Nothing was running.")
    else:
        print_progress("Stopped.")
    return 0


def find_holder(lock: Path) -> int | None:
    """Return the process that holds the lock; the number in a free lock means nothing."""
    try:
        with lock.open(encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int(lock.read_text(encoding="ascii"))
    return None


def wait_until_free(lock: Path) -> None:
    """Wait until the lock's holder is gone."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (holder := find_holder(lock)) is not None:
        if time.monotonic() > deadline:
            raise EnvironmentProblem(f"Process {holder} runs ./best links up and does not end.")
        time.sleep(0.05)
