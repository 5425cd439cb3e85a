"""A register that holds a country, the command that imports into it, and what must then hold."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importers.region_import import ImportOptions
from importers.run import run_import
from registry.domain.edition import Permissions
from registry.store.connections import Role, connect
from registry.store.statements import read_statement
from tests.database.querying import hash_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registry.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_MEGABYTES = 400
MOST_SECONDS = 60.0
NOT_TO_BE_PRINTED = re.compile(r"[^\t\n\x20-\x7e\xa0-\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How `./best import` ended; `paragraph` is what it said last on standard error."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float

    @property
    def paragraph(self) -> str:
        return self.err.rstrip().rpartition("\n\n")[2]


@dataclass(slots=True, kw_only=True)
class Running:
    """An import under way, in a session of its own."""

    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]
    began: float = field(default_factory=time.monotonic)
    megabytes: float = 0.0

    def read_err(self) -> str:
        return (Path(self.folder.name) / "err").read_text(encoding="utf-8")

    def wait_for(self, words: str) -> None:
        """Wait until it has said these words, or ended."""
        deadline = time.monotonic() + MOST_SECONDS
        while words not in self.read_err():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"it never said {words!r} but\n{self.read_err()}")
            time.sleep(0.005)

    def wait(self, seconds: float = MOST_SECONDS) -> Ended:
        """Wait for the end, with an eye on what it and its workers hold in memory."""
        deadline = self.began + seconds
        while self.process.poll() is None:
            self.megabytes = max(self.megabytes, read_megabytes(self.process.pid))
            if time.monotonic() > deadline:
                os.killpg(self.process.pid, signal.SIGKILL)
                pytest.fail(f"still running after {seconds} s:\n{self.read_err()}")
            time.sleep(0.02)
        ended = Ended(
            code=self.process.returncode,
            out=(Path(self.folder.name) / "out").read_text(encoding="utf-8"),
            err=self.read_err(),
            seconds=time.monotonic() - self.began,
            megabytes=self.megabytes,
        )
        self.folder.cleanup()
        return ended


def read_children(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:  # it has just ended
        return []
    return [int(child) for child in children.split()]


def read_megabytes(pid: int) -> float:
    """Return the peak of a process and the share of memory of its children now."""
    places = [f"/proc/{pid}/status", *(f"/proc/{n}/smaps_rollup" for n in read_children(pid))]
    kilobytes = 0
    for place in places:
        try:
            text = Path(place).read_text(encoding="ascii")
        except OSError:  # it has just ended
            continue
        kilobytes += sum(map(int, re.findall(r"^(?:Pss|VmHWM):\s+(\d+) kB", text, re.MULTILINE)))
    return kilobytes / 1024


def start(
    settings: Settings,
    *arguments: str | Path,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Running:
    """Start `python -m deploy import ARGUMENTS` as a process group of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BEST_", "PG"))}
    folder = tempfile.TemporaryDirectory(prefix="best-hostile-")
    with (Path(folder.name) / "out").open("wb") as out, (Path(folder.name) / "err").open("wb") as e:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "deploy", "import", *map(os.fspath, arguments)],
            cwd=CHECKOUT,
            env=kept | {"BEST_HOME": str(settings.home)} | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=e,
            start_new_session=True,
        )
    return Running(process=process, folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Holds one edition of the country; `later` is a folder with the next one."""

    settings: Settings
    later: Path

    def run(self, *arguments: str | Path) -> Ended:
        return start(self.settings, *arguments).wait()

    def demand_refusal(self, source: Path, *words: str) -> Ended:
        """Import what must be refused: in words, in bounds, and without a trace."""
        with self.demanding_nothing_changed():
            ended = self.run(source)
            self.demand_words(ended, 1, *words)
        return ended

    @contextmanager
    def demanding_nothing_changed(self) -> Iterator[None]:
        """Demand that the block leaves every table as it is, and the next import possible."""
        before = hash_tables(self.settings)
        yield
        assert hash_tables(self.settings) == before
        self.demand_next_import()

    def demand_words(self, ended: Ended, code: int, *words: str) -> None:
        assert ended.code == code, ended
        assert "Traceback" not in ended.err, ended.err
        for word in words:
            assert word in ended.paragraph, f"{word!r} is not in: {ended.paragraph}"
        assert NOT_TO_BE_PRINTED.search(ended.err + ended.out) is None
        assert code == 0 or len(ended.paragraph) < 1000
        assert ended.megabytes < MOST_MEGABYTES
        assert ended.seconds < MOST_SECONDS

    def demand_next_import(self) -> None:
        """Rehearse the next edition of every region: it would be published."""
        options = ImportOptions(permissions=Permissions(dry_run=True))
        summary = run_import(self.settings, [str(self.later)], options, lambda _: None)
        assert summary.failure is None
        assert len([outcome for outcome in summary.outcomes if outcome.release]) == 3


@contextmanager
def holding_turn(settings: Settings) -> Iterator[None]:
    """Hold the turn to publish: an import waits after it looked at its files."""
    with connect(settings, Role.IMPORTER) as connection, connection.transaction():
        connection.execute(read_statement("lock_publishing"))
        yield


@contextmanager
def holding_totals(settings: Settings) -> Iterator[None]:
    """Hold a table that is written late: an import stops with most of its work done."""
    with connect(settings, Role.OWNER) as connection, connection.transaction():
        connection.execute("lock table registry.total in access exclusive mode")
        yield
