"""Failures of the machine, in words; anything else is a defect and keeps its traceback."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

import psycopg

from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEARLY_FULL_BYTES = 64 * 1024**2
"""PostgreSQL stops when it cannot write its next 16 MB of log, and frees a little in doing so."""

_DISK_FULL = (
    "The disk is full: {free} MB are free at {home} ({what}). Nothing that was published is lost,"
    " and what was under way was not published.\n"
    "Free some space, or set BEST_HOME to another disk; then run it again."
)
_NO_PERMISSION = "No permission: {what}."
_CONNECTION_LOST = (
    "The database stopped answering ({what}). What was under way was not published.\n"
    "Run it again: the private database recovers by itself. Its log is in {home}/log."
)


def explain_failure(error: BaseException, home: Path) -> str | None:
    """Return a paragraph for people, or None when the machine is not to blame."""
    free = read_free_bytes(home)
    for cause in list_causes(error):
        what = str(cause).strip().replace("\n", " ")
        facts = {"what": what, "home": home, "free": free // 1024**2}
        if isinstance(cause, psycopg.errors.DiskFull) or is_system(cause, errno.ENOSPC):
            return _DISK_FULL.format(**facts)
        if isinstance(cause, EnvironmentProblem):
            return add_full_disk(str(cause), home)
        if isinstance(cause, PermissionError):
            return _NO_PERMISSION.format(**facts)
        if isinstance(cause, psycopg.OperationalError):
            full = free < NEARLY_FULL_BYTES
            return (_DISK_FULL if full else _CONNECTION_LOST).format(**facts)
    return None


def add_full_disk(explanation: str, home: Path) -> str:
    """Add that the disk is full, when it is: a server that died of it cannot say so."""
    free = read_free_bytes(home)
    if free >= NEARLY_FULL_BYTES:
        return explanation
    return f"{explanation}\nThe disk is full: only {free // 1024**2} MB are free at {home}."


def read_free_bytes(place: Path) -> int:
    """Free bytes on the disk of `place`, or of the nearest directory above that exists."""
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def list_causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error`, what it was raised from, and so on; an exception group's first branch only."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        else:
            error = error.__cause__ or error.__context__


def is_system(error: BaseException, number: int) -> bool:
    """Whether it is the operating system error of that number."""
    return isinstance(error, OSError) and error.errno == number
