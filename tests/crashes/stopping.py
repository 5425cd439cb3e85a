"""A command in a process of its own that halts at a named point until it is told to go on.

python -m tests.crashes.stopping HOME DATABASE halt|pass import BOUNDARY SOURCE
python -m tests.crashes.stopping HOME DATABASE halt|pass migrate|reproject STATEMENT [GRID]

Prints `reached` at the boundary of the import, or before the statement of that number.
Exit code and words are those of ./best.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

import importers.best_xml.blocks
import importers.workers
from deploy.__main__ import run_guarded
from deploy.migrations import migrate
from importers.region_import import ImportOptions
from importers.run import run_import
from registry.reprojection import reproject
from registry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.publication.steps import Boundary

CHECKOUT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Stopping:
    """The process and all that it starts: a session of their own."""

    process: subprocess.Popen[str]

    def wait_until_reached(self) -> bool:
        """Whether the point was reached; otherwise the process has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline() == "reached\n"

    def kill(self) -> int:
        """Kill the process alone: what it started must end by itself."""
        os.kill(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        return code

    def end(self) -> tuple[int, str]:
        """Let it go on; return its exit code and what it said."""
        with suppress(BrokenPipeError):
            _, said = self.process.communicate("go on\n", timeout=LONGEST_SECONDS)
            return self.process.returncode, said
        return self.process.wait(), ""

    def kill_worker(self) -> None:
        """Kill the next of the processes that read for the import; nobody if it ends first."""
        while self.process.poll() is None:
            for process in self.list_left():
                with suppress(FileNotFoundError, ProcessLookupError):
                    if b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes():
                        os.kill(process, signal.SIGKILL)
                        return
            time.sleep(0.01)

    def list_left(self) -> list[int]:
        """Live processes of the session."""
        return [
            int(place.name)
            for place in Path("/proc").iterdir()
            if place.name.isdigit() and _read_session(place) == self.process.pid
        ]


def _read_session(place: Path) -> int | None:
    try:
        fields = (place / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # gone meanwhile
        return None
    return None if fields[0] == "Z" else int(fields[3])


def start_stopping(settings: Settings, *command: object, halt: bool, temporary: Path) -> Stopping:
    where = [str(settings.home), settings.database_name, "halt" if halt else "pass"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crashes.stopping", *where, *map(str, command)],
        cwd=CHECKOUT,
        env=os.environ | {"BEST_HOME": str(settings.home), "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return Stopping(process)


def main(home: str, database: str, halt: str, command: str, point: str, *more: str) -> int:
    settings = Settings(home=Path(home), database_name=database)
    if halt == "pass":  # the middle of a step: have processes read even these small files
        importers.best_xml.blocks._READ_SIZE = 20_000
        importers.workers._SECONDS_ALONE = 0.02

    def reach() -> None:
        print("reached", flush=True)
        if halt == "halt":
            sys.stdin.readline()

    def on_boundary(boundary: Boundary) -> None:
        if str(boundary) == point:
            reach()

    def run(_: Settings) -> int:
        if command == "import":
            silent: Callable[[str], None] = lambda _: None  # noqa: E731
            summary = run_import(settings, more, ImportOptions(inspects=False), silent, on_boundary)
            print(summary.failure or "", file=sys.stderr)
            return int(summary.failed)
        reach_before_statement(int(point), reach)
        if command == "migrate":
            migrate(settings)
        else:
            reproject(replace(settings, proj_grid=Path(more[0])), lambda _: None)
        return 0

    return run_guarded(run)


def reach_before_statement(number: int, reach: Callable[[], None]) -> None:
    """Count the statements that are sent, COPY included; `reach` before one of them."""
    sent: list[None] = []

    def counting(method: Callable[..., Any]) -> Callable[..., Any]:
        def send(*words: Any, **more: Any) -> Any:
            sent.append(None)
            if len(sent) == number:
                reach()
            return method(*words, **more)

        return send

    for name in ("execute", "copy"):
        setattr(psycopg.Cursor, name, counting(getattr(psycopg.Cursor, name)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
