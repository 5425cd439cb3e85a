"""The agencies' door and its worker: two processes beneath `up`, once there is an agency.

BEST_HOME/run/door, BEST_HOME/run/worker   held by the process while it lives
BEST_HOME/run/deliveries                   held by the one `up` that looks after them

Each ends with `up`, however that ends: it reads a pipe that nobody writes to, and its end says
that nobody looks after it any more.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from deploy.file_locks import hold_lock
from deploy.ports import check_port_is_free
from deploy.private_database import connect_as_superuser
from deploy.progress import print_progress
from deploy.serving import is_held
from deploy.session import make_way_for_readers
from registry.domain.errors import EnvironmentProblem, RegistryError
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from registry.settings import Settings

DOOR, WORKER = "door", "worker"
DEFAULT_PORT = 8010
HOST = "127.0.0.1"
_FIRST_LOOK_SECONDS, _LOOK_EVERY_SECONDS = 0.5, 2.0
_TEND_EVERY_SECONDS = 0.5
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_PATIENCE_SECONDS = 10.0


@contextlib.contextmanager
def keep_door_open(settings: Settings, port: int) -> Iterator[None]:
    """Have door and worker run within the block, from the moment that there is an agency."""
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(settings, port, ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def has_agency(settings: Settings) -> bool:
    """Whether there is an agency that is not suspended; not when nobody answers."""
    try:
        with connect(settings, Role.IMPORTER, application_name="best up") as connection:
            row = connection.execute(
                "select exists (select from deliveries.agency where suspended_at is null)"
            ).fetchone()
    except (RegistryError, psycopg.Error):
        return False
    return row is not None and bool(row[0])


def is_part_running(home: Path, part: str) -> bool:
    """Whether door or worker of this home runs."""
    mark = get_mark(home, part)
    return mark.exists() and is_held(mark)


def get_mark(home: Path, part: str) -> Path:
    """Return the lock that a part holds while it runs."""
    return home / "run" / part


@dataclass(slots=True)
class _Part:
    """One of the two processes, started again whenever it is found ended."""

    name: str
    options: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = field(default=_SHORTEST_PAUSE)

    def tend(self, now: float) -> None:
        if self.process is None:
            if now >= self.started:
                self._start(now)
        elif self.process.poll() is not None:
            lasted = now - self.started
            self.pause = _SHORTEST_PAUSE if lasted > _LONGEST_PAUSE else self.pause
            self._wait(now, f"ended with {self.process.returncode}.")
            self.process = None

    def _start(self, now: float) -> None:
        try:
            if self.name == DOOR:
                check_port_is_free(HOST, int(self.options[-1]), option="--deliveries-port")
        except EnvironmentProblem as problem:
            self._wait(now, f"cannot start: {problem}")
            return
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.door", self.name, *self.options],
            stdin=subprocess.PIPE,
            start_new_session=True,  # ctrl-C is for `up`, which ends this
        )
        self.started = now

    def _wait(self, now: float, why: str) -> None:
        print_progress(f"The deliveries' {self.name} {why} It starts again in {self.pause:.0f} s.")
        self.started = now + self.pause
        self.pause = min(2 * self.pause, _LONGEST_PAUSE)

    def end(self, deadline: float) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _keep(settings: Settings, port: int, ended: threading.Event) -> None:
    pause, told = _FIRST_LOOK_SECONDS, False
    while not ended.wait(pause):
        pause = _LOOK_EVERY_SECONDS
        # Of several `up` of one home, one looks after them; when it ends, another one does.
        try:
            with hold_lock(get_mark(settings.home, "deliveries"), fcntl.LOCK_EX | fcntl.LOCK_NB):
                if has_agency(settings):
                    _keep_running(settings, port, ended)
        except BlockingIOError:
            if not told and has_agency(settings):
                told = True
                print_progress(
                    "Another ./best up of this BEST_HOME keeps the deliveries' door, at its own"
                    " --deliveries-port. When that one ends, this one does."
                )


def _keep_running(settings: Settings, port: int, ended: threading.Event) -> None:
    parts = (_Part(DOOR, ("--port", str(port))), _Part(WORKER, ()))
    print_progress(f"The deliveries' door is http://{HOST}:{port}")
    try:
        while not ended.wait(_TEND_EVERY_SECONDS):
            for part in parts:
                part.tend(time.monotonic())
    finally:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for part in reversed(parts):
            part.end(deadline)
        _end_backends(settings)


def _end_backends(settings: Settings) -> None:
    """End what a killed worker's server process still does: the last command out stops the rest."""
    if settings.database_url is not None:
        return
    with (
        contextlib.suppress(RegistryError, psycopg.Error),
        connect_as_superuser(settings.home, "postgres") as connection,
    ):
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name like 'best worker%' or application_name like 'best door%'"
        )


def main(argv: Sequence[str]) -> int:
    """Be the door or the worker, until told to end or nobody is left to tell."""
    from deploy.__main__ import run_guarded  # noqa: PLC0415 - `up` needs none of what follows

    parser = argparse.ArgumentParser(prog="deploy.door")
    parser.add_argument("part", choices=(DOOR, WORKER))
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    arguments = parser.parse_args(argv)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return run_guarded(lambda settings: run_part(settings, arguments.part, arguments.port))


def run_part(settings: Settings, part: str, port: int) -> int:
    """Run one of the two; a former one that is still ending is waited for."""
    with hold_lock(get_mark(settings.home, part)):
        if part == DOOR:
            from api.deliveries.server import serve_door  # noqa: PLC0415 - the worker has none of it

            serve_door(settings, port=port)
        else:
            from importers.checking.worker import run_worker  # noqa: PLC0415 - nor the door of this

            make_way_for_readers()
            run_worker(settings)
    return 0


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
