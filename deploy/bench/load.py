"""Load on a server by wrk and on PostgreSQL by pgbench, for a few seconds."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from deploy.server_programs import find_programs
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, get_socket_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registry.settings import Settings

CLIENTS = 16
_SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one load run saw: answers per second, milliseconds, and how many answers failed.

    wrk corrects its percentiles for the questions that a long wait kept it from asking;
    `longest` is the longest wait as it was.
    """

    rate: float
    p50: float
    p99: float
    longest: float
    failures: int

    def tabulate(self) -> dict[str, float]:
        """Return it as a row of a table."""
        row = {"answers/s": self.rate, "p50 ms": self.p50, "p99 ms": self.p99}
        return row | {"longest ms": self.longest}


def ask(port: int, lines: Path, *, seconds: int, clients: int = CLIENTS, rest: int = 0) -> Load:
    """Ask the lines of a file in turn, over and over, one question at a time per client.

    `rest` is for how many milliseconds a client is quiet after each answer.
    """
    return read_result(_run(_make_command(port, lines, seconds, clients, rest)))


@contextmanager
def asking(port: int, lines: Path, *, clients: int, rest: int) -> Iterator[list[Load]]:
    """Ask for as long as the block takes; afterwards the list holds the one load it was."""
    loads: list[Load] = []
    day = 86_400
    command = _make_command(port, lines, day, clients, rest)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield loads
    finally:
        process.send_signal(signal.SIGINT)  # wrk stops and prints what it saw
        output, _ = process.communicate(timeout=30)
    loads.append(read_result(output))


def _make_command(port: int, lines: Path, seconds: int, clients: int, rest: int) -> list[str]:
    options = ["-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT)]
    return ["wrk", *options, f"http://127.0.0.1:{port}/", str(lines), str(rest)]


def read_result(output: str) -> Load:
    """Read what load.lua printed at the end."""
    return Load(**json.loads(_find(r"^RESULT (.*)$", output)))


def combine(loads: Sequence[Load]) -> Load:
    """Return the median of several rounds; of the longest waits the longest."""
    return Load(
        rate=median(load.rate for load in loads),
        p50=median(load.p50 for load in loads),
        p99=median(load.p99 for load in loads),
        longest=max(load.longest for load in loads),
        failures=sum(load.failures for load in loads),
    )


def run_pgbench(
    settings: Settings, scripts: dict[Path, int], values: dict[str, str], *, seconds: int
) -> float:
    """Run scripts by their weights, prepared, over the private socket; transactions a second."""
    command = [str(find_programs() / "pgbench"), "-n", "-M", "prepared", "-T", str(seconds)]
    command += ["-c", str(CLIENTS), "-h", str(get_socket_directory(settings.home))]
    command += ["-U", Role.READER]
    command += [word for path, weight in scripts.items() for word in ("-f", f"{path}@{weight}")]
    command += [word for name, value in values.items() for word in ("-D", f"{name}={value}")]
    return read_rate(_run([*command, settings.database_name]))


def read_rate(output: str) -> float:
    """Read the transactions per second that pgbench printed."""
    return float(_find(r"^tps = ([\d.]+)", output))


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EnvironmentProblem(f"{command[0]} failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def _find(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise EnvironmentProblem(f"The bench cannot read this:\n{text[-2000:]}")
    return match[1]
