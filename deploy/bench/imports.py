"""What an import costs, as people run it, and the least that PostgreSQL needs for its rows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from psycopg import sql

from deploy.migrations import CHECKOUT
from deploy.private_database import connect_as_superuser
from deploy.progress import step
from registry.domain.errors import RegistryError
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from deploy.bench.report import Table
    from registry.settings import Settings

_SAMPLE_SECONDS = 0.2
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import on the monotonic clock, its seconds by step boundary, and its memory.

    `peak_megabytes` is the largest sum over the importer and its child processes, looked at
    every 0.2 s; PostgreSQL's is not in it.
    """

    began: float
    ended: float
    addresses: int
    boundaries: dict[str, float]
    peak_megabytes: float

    @property
    def seconds(self) -> float:
        """From the start of the command to its end."""
        return self.ended - self.began

    def tabulate(self) -> Table:
        """Return the seconds of each step in all and by region, and those outside any step."""
        outside = self.seconds - sum(self.boundaries.values())
        table: Table = {"outside the steps": {"all": outside}}
        for boundary, seconds in self.boundaries.items():
            region, name = boundary.split("/")[:2]
            row = table.setdefault(name, {})
            for column in ("all", region):
                row[column] = row.get(column, 0.0) + seconds
        return table


def make_own_environment(settings: Settings, **more: str) -> dict[str, str]:
    """Return the caller's environment without the BEST_* variables of their own register."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BEST_")}
    grid = {} if settings.proj_grid is None else {"BEST_PROJ_GRID": str(settings.proj_grid)}
    return kept | grid | {"BEST_HOME": str(settings.home)} | more


def time_import(settings: Settings, dump: Path) -> ImportRun:
    """Run `./best import`; a checkpoint before it leaves no earlier work to pay for.

    It ends when its summary is out: the search index that it makes after that is not measured.
    """
    checkpoint(settings)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        with step(f"Importing {dump.name} ({dump.stat().st_size / 1e6:.0f} MB)"):
            began = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy", "import", "--json", str(dump)],
                cwd=CHECKOUT,
                env=make_own_environment(settings),
                stdout=out,
                stderr=err,
            )
            peak = watch_memory(process, out)
            ended = time.monotonic()
        with step("Its search index"):
            process.wait()
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RegistryError(f"The import failed:\n{err.read()[-2000:]}")
        summary = json.load(out)
    return ImportRun(
        began=began,
        ended=ended,
        addresses=sum(kinds["addresses"]["seen"] for kinds in summary["regions"].values()),
        boundaries=summary["seconds"],
        peak_megabytes=peak,
    )


def watch_memory(process: subprocess.Popen[bytes], out: IO[str] | None = None) -> float:
    """Wait until a process ended, or wrote to `out`; return the most megabytes its family had."""
    peak = 0.0
    try:
        while process.poll() is None and not (out and os.fstat(out.fileno()).st_size):
            peak = max(peak, read_megabytes(list_family(process.pid)))
            try:
                process.wait(_SAMPLE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return peak


def list_family(ancestor: int) -> list[int]:
    """Return the process and all that descend from it and live."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name before it may hold spaces and brackets: the last bracket ends it.
            parent = int(stat.read_bytes().rpartition(b")")[2].split()[1])
        except OSError:  # gone meanwhile
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    family = [ancestor]
    for process in family:  # grows while it is walked
        family += children.get(process, [])
    return family


def read_megabytes(processes: Iterable[int]) -> float:
    """Return the sum of the processes' memory, shared pages counted once (PSS)."""
    kilobytes = 0
    for process in processes:
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_bytes()
        except OSError:  # gone meanwhile
            continue
        kilobytes += sum(int(size) for size in _PSS.findall(rollup))
    return kilobytes / 1024


def checkpoint(settings: Settings) -> None:
    """Have the server write out what it keeps in memory, so that nobody pays for others."""
    with connect_as_superuser(settings.home, settings.database_name) as connection:
        connection.execute("checkpoint")


def measure_floor(settings: Settings, work: Path) -> dict[str, float]:
    """Return the least seconds for the rows of the register, by step.

    COPY of the same prepared rows, INSERT .. SELECT into tables like the real ones, the same
    indexes, ANALYZE: no reading of XML, no comparing, no findings, no release.
    """
    steps: dict[str, float] = {}
    with connect(settings, Role.OWNER, autocommit=True) as connection:
        connection.execute("create schema floor")
        with step("Preparing the rows of the floor"):
            for kind in Resource:
                prepare_floor(connection, kind, work / kind)
        checkpoint(settings)
        with step("Measuring the floor"):
            for kind in Resource:
                load_floor(connection, kind, work / kind, steps)
        connection.execute("drop schema floor cascade")
    return steps


def name_tables(kind: Resource) -> dict[str, sql.Identifier]:
    """Return the tables of a kind: the register's, the floor's, and where rows are staged."""
    return {
        "identity": sql.Identifier("floor", kind),
        "version": sql.Identifier("floor", f"{kind}_version"),
        "staged": sql.Identifier("floor", f"staged_{kind}"),
        "real_identity": sql.Identifier("registry", kind),
        "real_version": sql.Identifier("registry", f"{kind}_version"),
    }


def prepare_floor(connection: psycopg.Connection, kind: Resource, rows: Path) -> None:
    """Make empty tables like the real ones and write the real rows to a file."""
    names = name_tables(kind)
    for text in (
        "create table {identity} (like {real_identity})",
        "create table {version} (like {real_version})",
        "create unlogged table {staged} (like {real_version})",
    ):
        connection.execute(sql.SQL(text).format(**names))
    write_rows(connection, names["real_version"], rows)


def write_rows(connection: psycopg.Connection, table: sql.Identifier, path: Path) -> None:
    """Write a table's rows to a file, as COPY does."""
    statement = sql.SQL("copy (select * from {}) to stdout").format(table)
    with path.open("wb") as file, connection.cursor().copy(statement) as copy:
        for block in copy:
            file.write(block)


def read_rows(connection: psycopg.Connection, table: sql.Identifier, path: Path) -> int:
    """Copy the rows of a file into a table; return how many."""
    cursor = connection.cursor()
    statement = sql.SQL("copy {} from stdin").format(table)
    with path.open("rb") as file, cursor.copy(statement) as copy:
        while block := file.read(1 << 18):
            copy.write(block)
    return cursor.rowcount


def load_floor(
    connection: psycopg.Connection, kind: Resource, rows: Path, steps: dict[str, float]
) -> None:
    """Load one kind of object, adding to the seconds of each step."""
    names = name_tables(kind)
    with timed(steps, "copy"):
        read_rows(connection, names["staged"], rows)
    with timed(steps, "insert"):
        versions = sql.SQL("insert into {version} select * from {staged}")
        connection.execute(versions.format(**names))
        identities = "insert into {identity} select region, object_id, seq_from from {staged}"
        connection.execute(sql.SQL(identities).format(**names))
    with timed(steps, "index"):
        build_same_indexes(connection, kind)
    with timed(steps, "analyze"):
        connection.execute(sql.SQL("analyze {identity}, {version}").format(**names))


@contextmanager
def timed(steps: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds of the block to a step."""
    began = time.monotonic()
    yield
    steps[name] = steps.get(name, 0.0) + time.monotonic() - began


def build_same_indexes(connection: psycopg.Connection, kind: Resource) -> None:
    """Build every index that the real tables have."""
    definitions = connection.execute(
        "select replace(replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '),"
        " ' ON registry.', ' ON floor.') from pg_index where indrelid = any(%s::regclass[])",
        [[f"registry.{kind}", f"registry.{kind}_version"]],
    ).fetchall()
    for (definition,) in definitions:
        connection.execute(definition)
