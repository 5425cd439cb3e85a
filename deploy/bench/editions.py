"""What many editions cost: disk, and answers by id, before and after letting go of the past.

    python -m deploy.bench.editions EDITION_1.zip EDITION_2.zip ...

Two registers, of the first edition alone and of all, are asked in turn, so that a busy moment
of the machine falls on both.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.bench.draws import draw_addresses, write_lines
from deploy.bench.imports import time_import
from deploy.bench.load import Load, ask, combine
from deploy.bench.report import Figure, Report, make_ratio, read_conditions
from deploy.bench.servers import serving_api
from deploy.progress import print_progress, step
from deploy.session import open_session
from deploy.throwaway import make_reachable_directory
from registry.clock import utc_now
from registry.pruning import plan_pruning, prune
from registry.settings import Settings
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROUNDS, SECONDS = 5, 3
GOAL = 1.3


def measure_editions(work: Path, dumps: Sequence[Path], report: Report) -> None:
    """Import all editions into one register and the first into another; compare them."""
    with registering() as one, registering() as many:
        report.settings |= read_conditions(many)
        time_import(one, dumps[0])
        seconds = [time_import(many, dump).seconds for dump in dumps]
        lines = write_lines(work / "by-id", draw_common_paths(one, many))
        title = f"{len(dumps)} editions"
        sizes = {"1 edition": measure_bytes(one), title: measure_bytes(many)}
        base, load = compare(one, many, lines)
        report.figures += judge(title, sizes["1 edition"], sizes[title], base, load)
        with step("Pruning all but the last edition"):
            let_go(many)
        title += ", pruned"
        sizes[title] = measure_bytes(many)
        base, load = compare(one, many, lines)
        report.figures += judge(title, sizes["1 edition"], sizes[title], base, load)
    report.tables["editions, MB"] = {name: {"MB": size / 1e6} for name, size in sizes.items()}
    report.tables["editions, seconds"] = {
        f"edition {n}": {"seconds": s} for n, s in enumerate(seconds, 1)
    }


@contextmanager
def registering() -> Iterator[Settings]:
    """Have an empty register of its own for the block."""
    with make_reachable_directory() as home:
        settings = Settings(home=home)
        with open_session(settings):
            yield settings


def draw_common_paths(one: Settings, other: Settings) -> list[str]:
    """Return addresses that both registers have."""
    common = {address.path for address in draw_addresses(other)}
    return [address.path for address in draw_addresses(one) if address.path in common]


def measure_bytes(settings: Settings) -> int:
    """Return what the tables and indexes of the register take on disk."""
    statement = (
        "select sum(pg_total_relation_size(oid))::bigint from pg_class"
        " where relnamespace = 'registry'::regnamespace and relkind = 'r'"
    )
    with connect(settings, Role.OWNER) as connection:
        row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def compare(one: Settings, other: Settings, lines: Path) -> tuple[Load, Load]:
    """Ask both for the same addresses, in turn; return the medians of the rounds."""
    loads: list[tuple[Load, Load]] = []
    with ExitStack() as stack:
        ports = [stack.enter_context(serving_api(each)).port for each in (one, other)]
        for port in ports:
            ask(port, lines, seconds=SECONDS)  # to warm up
        for number in range(ROUNDS):
            with step(f"By id, round {number + 1} of {ROUNDS}"):
                first, second = (ask(port, lines, seconds=SECONDS) for port in ports)
            loads.append((first, second))
    return combine([first for first, _ in loads]), combine([second for _, second in loads])


def judge(title: str, base_size: int, size: int, base: Load, load: Load) -> list[Figure]:
    """Return size and latency against those of one edition."""
    failures = base.failures + load.failures
    return [
        make_ratio(f"{title}: size", size / 1e6, base_size / 1e6, "MB", goal=GOAL),
        make_ratio(f"{title}: by id, p50", load.p50, base.p50, "ms", goal=GOAL),
        make_ratio(f"{title}: by id, p99", load.p99, base.p99, "ms", goal=GOAL),
        Figure(name=f"{title}: answers that failed", value=failures, unit="", goal=0),
    ]


def let_go(settings: Settings) -> None:
    """Prune what was closed before the last release of the region that published first."""
    oldest = (
        "select min(newest) from"
        " (select max(number) as newest from registry.release group by region) regions"
    )
    with connect(settings, Role.OWNER, autocommit=True) as connection:
        row = connection.execute(oldest).fetchone()
        plan = plan_pruning(connection, row[0] if row else 0)
        print_progress(f" {plan.versions:,} versions, {plan.bytes / 1e6:,.1f} MB of rows ...")
        prune(connection, plan, utc_now(), lambda _: None)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="best-editions-") as place:
        told = Report(settings={})
        measure_editions(Path(place), [Path(name) for name in sys.argv[1:]], told)
        print(told.describe())
