"""How many questions a second: `verify` from signed request to padded answer, beside pgbench."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from links.bench.crowd import PEOPLE, make_crowd
from links.bench.load import Load, send_requests, sign_requests
from links.operations.processes import PROGRAMS, end, make_environment, wait_until_ready
from links.operations.programs import find_programs
from links.store.connections import LinksRole, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from links.bench.crowd import Member
    from links.settings import LinksSettings

IN_FLIGHT: Final = 64
WANTED_PER_SECOND: Final = 500
WANTED_OF_PGBENCH: Final = 0.5
_SCRIPT: Final = Path(__file__).with_name("two_commits.sql")
_API: Final = next(program for program in PROGRAMS if program.name == "api")
_PGBENCH_CLIENTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyFigure:
    """So many organisations at once: through the API, and pgbench on the same two commits."""

    organisations: int
    load: Load
    pgbench_per_second: float

    @property
    def ratio(self) -> float:
        """What the API reaches of what the database alone does."""
        return self.load.per_second / self.pgbench_per_second


def measure_verify(settings: LinksSettings, seconds: int = 10) -> list[VerifyFigure]:
    """Fill an empty, migrated wall and ask it: all organisations at once, then one alone.

    The pseudonymiser of `settings` must run; the API is started here, as `up` does.
    """
    members = make_crowd(settings)
    with _running_api(settings) as process:
        wait_until_ready(settings, _API, {"api": process})
        return [_measure(settings, chosen, seconds) for chosen in (members, members[:1])]


@contextmanager
def _running_api(settings: LinksSettings) -> Iterator[subprocess.Popen[bytes]]:
    """Run the API as `up` does, but for its log of every request."""
    process = subprocess.Popen(
        [sys.executable, "-m", _API.module],
        cwd="/",
        env=make_environment(settings, _API.variables),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        end(process)


def _measure(settings: LinksSettings, members: Sequence[Member], seconds: int) -> VerifyFigure:
    count = 500
    asked = _ask(settings, members, count)  # to warm it up, and to see how many to sign
    load = _ask(settings, members, max(count, int(asked.per_second * seconds)))
    return VerifyFigure(
        organisations=len(members),
        load=load,
        pgbench_per_second=run_pgbench(settings, len(members), seconds),
    )


def _ask(settings: LinksSettings, members: Sequence[Member], count: int) -> Load:
    return send_requests(
        settings.api_port, sign_requests(members, PEOPLE, count), min(IN_FLIGHT, count)
    )


def run_pgbench(settings: LinksSettings, organisations: int, seconds: int) -> float:
    """Return how many times a second pgbench declares and answers, by eight connections."""
    result = subprocess.run(
        [
            str(find_programs() / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--file={_SCRIPT}"),
            *(f"--client={_PGBENCH_CLIENTS}", "--jobs=1", f"--time={seconds}"),
            *(f"--define=organisations={organisations}", f"--define=rows={PEOPLE}"),
            make_conninfo(settings, LinksRole.API),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^tps = ([\d.]+)", result.stdout, re.MULTILINE)
    if result.returncode or found is None:
        raise RuntimeError(f"pgbench: {result.stderr.strip()[-2000:]}")
    return float(found[1])
