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

_NO_ANSWER = ("08", "57P")
"""Classes of SQLSTATE where the server did not refuse a statement, but went away."""
NEARLY_FULL_BYTES = 64 * 1024**2
"""PostgreSQL stops when it cannot write its next 16 MB of log, and frees a little in doing so."""

_DISK_FULL = (
    "The disk is full: {free} MB are free at {home} ({what}). Nothing that was published is lost,"
    " and what was under way was not published.\n"
    "Free some space, or set BEST_HOME to another disk; then run it again."
)
_NO_PERMISSION = "No permission: {what}."
_NO_MEMORY = "There is not enough memory. What was under way was not published."
_DATABASE_REFUSED = (
    "The database could not do it ({what}). What was under way was not published.\n"
    "Its log is in {home}/log."
)
_CONNECTION_LOST = (
    "The database stopped answering ({what}). What was under way was not published.\n"
    "Run it again: the private database recovers by itself. Its log is in {home}/log."
)


def explain_failure(error: BaseException, home: Path) -> str | None:
    """Return a paragraph for people, or None when the machine is not to blame.

    It begins with the notes of `error`, which say whose work it was.
    """
    for cause in list_causes(error):
        if (explanation := _explain_cause(cause, home)) is not None:
            return " ".join([*getattr(error, "__notes__", ()), explanation])
    return None


def _explain_cause(cause: BaseException, home: Path) -> str | None:
    if isinstance(cause, EnvironmentProblem):
        return add_full_disk(str(cause), home)
    free = read_free_bytes(home)
    words = _choose_words(cause, free)
    what = "".join(letter if letter.isprintable() else " " for letter in str(cause).strip())
    return words and words.format(what=what, home=home, free=free // 1024**2)


def _choose_words(cause: BaseException, free: int) -> str | None:
    if isinstance(cause, psycopg.OperationalError):
        state = cause.sqlstate or _NO_ANSWER[0]
        if isinstance(cause, psycopg.errors.DiskFull) or free < NEARLY_FULL_BYTES:
            return _DISK_FULL
        return _CONNECTION_LOST if state.startswith(_NO_ANSWER) else _DATABASE_REFUSED
    if is_system(cause, errno.ENOSPC, errno.EDQUOT):
        return _DISK_FULL
    kinds = {PermissionError: _NO_PERMISSION, MemoryError: _NO_MEMORY}
    return next((words for kind, words in kinds.items() if isinstance(cause, kind)), None)


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


def is_system(error: BaseException, *numbers: int) -> bool:
    """Whether it is the operating system error of one of these numbers."""
    return isinstance(error, OSError) and error.errno in numbers
