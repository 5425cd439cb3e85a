"""Processes of the private server, found by the directory that they work in."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from registry.domain.errors import EnvironmentProblem

PATIENCE_SECONDS = 3.0
"""How long an orphaned backend may take to notice that its postmaster is gone."""


def find_processes(data: Path) -> list[int]:
    """Every live process whose working directory is `data`; a zombie has none any more.

    Process numbers in postmaster.pid prove nothing: after a reboot they belong to others.
    """
    place = os.path.realpath(data)
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _read_working_directory(entry) == place
    ]


def _read_working_directory(process: Path) -> str | None:
    try:
        return str((process / "cwd").readlink())
    except OSError:  # gone meanwhile, a zombie, or another user's: not ours in each case
        return None


def end_leftover_processes(data: Path) -> None:
    """Wait for the orphans of a killed postmaster; then end those that do not notice.

    Two generations of backends on one data directory would destroy it, so none may remain.
    """
    if wait_until_gone(data, PATIENCE_SECONDS):
        return
    for process in find_processes(data):
        if is_server_process(process):
            os.kill(process, signal.SIGQUIT)
    if not wait_until_gone(data, PATIENCE_SECONDS):
        raise EnvironmentProblem(
            f"Processes {find_processes(data)} work in {data} and do not end, so a new server"
            " cannot start there. Look at them with ps, end them, and try again."
        )


def is_server_process(process: int) -> bool:
    """A shell that stands in the data directory is not ours to end."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip() == "postgres"
    except OSError:
        return False


def wait_until_gone(data: Path, seconds: float) -> bool:
    """Wait until no server process works in `data`; whether that came true."""
    deadline = time.monotonic() + seconds
    while any(is_server_process(process) for process in find_processes(data)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
