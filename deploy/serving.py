"""Running `up` commands, so that `down` can end them from another terminal."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deploy.file_locks import hold_lock
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_SECONDS = 30.0


@contextmanager
def mark_as_serving(home: Path) -> Iterator[None]:
    """Hold BEST_HOME/run/PID for the block. A lock, not a number, proves that it still runs."""
    mark = home / "run" / str(os.getpid())
    with hold_lock(mark):
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)


def list_serving(home: Path) -> list[int]:
    """Process numbers of the `up` commands that run now; removes the marks of killed ones."""
    running = []
    for mark in (home / "run").glob("[0-9]*"):
        if is_held(mark):
            running.append(int(mark.name))
        else:
            mark.unlink(missing_ok=True)
    return running


def is_held(mark: Path) -> bool:
    """Whether a living process holds the mark."""
    try:
        with hold_lock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def end_serving(home: Path) -> list[int]:
    """End the running `up` commands, as ctrl-C would, and wait until they are gone."""
    ended = list_serving(home)
    for process in ended:
        os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while list_serving(home):
        if time.monotonic() > deadline:
            raise EnvironmentProblem(
                f"./best up (process {list_serving(home)}) did not end within"
                f" {PATIENCE_SECONDS:.0f} seconds. It may be finishing an import; try again."
            )
        time.sleep(0.05)
    return ended
