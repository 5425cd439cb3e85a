"""What a killed server leaves behind: backends that did not notice yet, and its lock files."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from links.settings import LinksSettings

PATIENCE_SECONDS = 3.0


def clear_leftovers(settings: LinksSettings, socket_file: Path) -> None:
    """Make room for a new server; two generations of backends would destroy the data.

    PostgreSQL removes lock files itself, unless the killed server is still a zombie, as happens in
    containers whose first process collects no dead: its number counts as alive then.
    """
    if not wait_until_gone(settings.data):
        for process in find_processes(settings.data):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGQUIT)
        if not wait_until_gone(settings.data):
            raise EnvironmentProblem(
                f"Processes {find_processes(settings.data)} of a killed server work in"
                f" {settings.data} and do not end."
            )
    lock = socket_file.with_name(f"{socket_file.name}.lock")
    for leftover in (settings.data / "postmaster.pid", socket_file, lock):
        leftover.unlink(missing_ok=True)


def wait_until_gone(data: Path) -> bool:
    """Wait until no server works in `data`; whether that came true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while find_processes(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def find_processes(data: Path) -> list[int]:
    """Every process of a server that works in `data`; a zombie has no directory any more."""
    place = os.path.realpath(data)
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _is_server_in(entry, place)
    ]


def _is_server_in(process: Path, place: str) -> bool:
    try:
        return (
            os.fspath((process / "cwd").readlink()) == place
            and (process / "comm").read_text().strip() == "postgres"
        )
    except OSError:  # gone meanwhile, a zombie, or another user's
        return False
