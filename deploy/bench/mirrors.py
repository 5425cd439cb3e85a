"""What those who copy the register pay: a page of changes, a mirror from nothing, a week's news."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from psycopg import sql

from deploy.bench.draws import write_lines
from deploy.bench.imports import (
    build_same_indexes,
    checkpoint,
    make_own_environment,
    name_tables,
    read_rows,
    write_rows,
)
from deploy.bench.load import ask
from deploy.bench.report import Figure, make_ratio
from deploy.bench.servers import Server, serving_api
from deploy.migrations import CHECKOUT
from deploy.progress import step
from deploy.session import open_session
from deploy.throwaway import make_reachable_directory
from registry.domain.errors import EnvironmentProblem
from registry.domain.resource import Resource
from registry.settings import Settings
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg import Connection

    from deploy.bench.report import Report

_LIMIT, _PAGES, _SECONDS = 500, 200, 5
_SELECTS = 5_000
_PAGE = "a page of 500 changes: p99 / select 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A mirror, and the port of what it mirrors: it follows one address only."""

    settings: Settings
    port: int


@contextmanager
def mirroring(settings: Settings, work: Path, report: Report) -> Iterator[Copy]:
    """Measure pages of changes and a mirror from nothing, which is there for the block."""
    with make_reachable_directory() as home:
        copy = Settings(home=home, proj_grid=settings.proj_grid)
        with open_session(copy):
            with serving_api(settings) as api:
                measure_pages(settings, api, work, report)
                with step("Mirroring from nothing"):
                    seconds = mirror(copy, api.port)
            floor, rows = measure_copy(copy, work)
            report.figures += [
                make_ratio(
                    "mirror from a snapshot / COPY, indexed",
                    rows / seconds,
                    rows / floor,
                    "rows/s",
                    goal=0.3,
                    at_least=True,
                )
            ]
            yield Copy(settings=copy, port=api.port)


def measure_pages(settings: Settings, api: Server, work: Path, report: Report) -> None:
    """Ask for full pages as one follower does, against the least that PostgreSQL can be asked."""
    with connect(settings, Role.OWNER) as connection:
        row = connection.execute("select max(last_seq) from registry.release").fetchone()
        pages = min(row[0] // _LIMIT if row else 0, _PAGES)
        least = time_selects(connection)
    if not pages:
        note = "the register has no full page"
        report.figures.append(Figure(name=_PAGE, value=None, unit="x", goal=5, note=note))
        return
    paths = [f"/v1/changes?after={n * _LIMIT}&limit={_LIMIT}\t\tgzip" for n in range(pages)]
    lines = write_lines(work / "changes", paths)
    with step(f"Reading {pages} pages of changes"):
        first = ask(api.port, lines, seconds=_SECONDS, clients=1)
        ask(api.port, lines, seconds=_SECONDS)  # so that every worker has made them
        load = ask(api.port, lines, seconds=_SECONDS, clients=1)
    rows = {"first time and again": first.tabulate(), "again": load.tabulate()}
    report.tables["pages of 500 changes, 1 client"] = rows
    report.figures.append(make_ratio(_PAGE, load.p99, least, "ms", goal=5))


def time_selects(connection: Connection) -> float:
    """Return the 99th percentile in milliseconds of `select 1`, prepared, over the socket."""
    seconds = []
    for _ in range(_SELECTS):
        began = time.perf_counter()
        connection.execute("select 1", prepare=True).fetchone()
        seconds.append(time.perf_counter() - began)
    return quantiles(seconds, n=100)[98] * 1e3


def mirror(copy: Settings, port: int) -> float:
    """Make or bring up to date a mirror of the served register; return the seconds it took."""
    command = [sys.executable, "-m", "deploy", "mirror", f"http://127.0.0.1:{port}", "--once"]
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=make_own_environment(copy),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EnvironmentProblem(f"The mirror failed:\n{done.stderr.strip()[-2000:]}")
    return time.monotonic() - began


def measure_copy(copy: Settings, work: Path) -> tuple[float, int]:
    """Return the seconds of COPY of the mirror's rows into empty, indexed tables, and the rows."""
    seconds, rows = 0.0, 0
    with connect(copy, Role.OWNER, autocommit=True) as connection:
        connection.execute("create schema floor")
        with step("Measuring COPY of the same rows"):
            for kind in Resource:
                names = name_tables(kind)
                for text in (
                    "create table {identity} (like {real_identity})",
                    "create table {version} (like {real_version})",
                ):
                    connection.execute(sql.SQL(text).format(**names))
                build_same_indexes(connection, kind)
                checkpoint(copy)
                for name in ("identity", "version"):
                    file = work / f"copy-{kind}-{name}"
                    write_rows(connection, names[f"real_{name}"], file)
                    began = time.monotonic()
                    read = read_rows(connection, names[name], file)
                    seconds += time.monotonic() - began
                    rows += read if name == "version" else 0
        connection.execute("drop schema floor cascade")
    return seconds, rows


def measure_catching_up(settings: Settings, copy: Copy, report: Report) -> None:
    """Bring the mirror up to the edition after, which is published by now."""
    with connect(settings, Role.OWNER) as connection:
        row = connection.execute("select max(last_seq) from registry.release").fetchone()
    with connect(copy.settings, Role.OWNER) as connection:
        had = connection.execute("select max(last_seq) from registry.release").fetchone()
    changes = (row[0] if row else 0) - (had[0] if had else 0)
    with serving_api(settings, port=copy.port), step("Catching up"):
        seconds = mirror(copy.settings, copy.port)
    note = f"{changes:,} changes, every release proven"
    report.figures.append(Figure(name="mirror: catching up", value=seconds, unit="s", note=note))
