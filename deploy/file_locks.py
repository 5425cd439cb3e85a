"""Locks between processes. The kernel drops them with the process, also after kill -9."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def open_lock(path: Path) -> int:
    """Open the lock file, creating it and its directory; the caller closes the descriptor."""
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EnvironmentProblem(
            f"Best cannot write in {path.parent}: {error.strerror}.\n"
            "Set BEST_HOME to a directory of yours, or run this as the user who made it."
        ) from error


@contextmanager
def hold_lock(path: Path, operation: int = fcntl.LOCK_EX) -> Iterator[int]:
    """Wait for the lock, hold it for the block, yield its descriptor."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, operation)
        yield descriptor
    finally:
        os.close(descriptor)


def is_alone(descriptor: int) -> bool:
    """Turn a shared lock into an exclusive one if nobody else shares it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
