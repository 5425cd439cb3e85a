"""`bench`: measures the wall against floors of the same run, on a durable throw-away one.

A part is a module here with `measure_NAME(settings, ...)`: it gets an empty, migrated wall of its
own with fsync on, whose pseudonymiser runs as a program, and returns figures that are made into
lines below. It raises when what it measured was not what it meant to measure.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from links.bench.chain import FLOOR_SECONDS, measure_chain
from links.bench.ingest import FLOOR_ROWS_PER_SECOND, measure_ingest
from links.bench.verify import WANTED_OF_PGBENCH, WANTED_PER_SECOND, measure_verify
from links.operations.migrations import migrate
from links.operations.ports import find_free_ports
from links.operations.processes import PROGRAMS, running, wait_until_ready
from links.operations.secret_files import make_secret_files
from links.operations.throwaway import throwaway_cluster
from links.progress import step

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from links.settings import LinksSettings

_KEYS = next(program for program in PROGRAMS if program.name == "keys")


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `bench` accepts."""
    parser.description = "Measure the wall on a throw-away one that is as durable as a real one."
    names = ",".join(PARTS)
    parser.add_argument("--only", metavar="PARTS", default=names, help=f"of {names}")


def run(arguments: argparse.Namespace, _settings: LinksSettings) -> int:
    """Measure and print; 1 when a figure is below its floor."""
    chosen = arguments.only.split(",")
    if unknown := [name for name in chosen if name not in PARTS]:
        print(f"--only has {', '.join(unknown)}, and knows {', '.join(PARTS)}.")
        return 2
    is_enough = True
    for name in chosen:
        with step(f"Measuring {name}"), bench_wall() as settings:
            lines = PARTS[name](settings)
        for line, is_reached in lines:
            print(f"  {line}  {'reached' if is_reached else 'NOT REACHED'}", flush=True)
            is_enough &= is_reached
    return 0 if is_enough else 1


@contextmanager
def bench_wall() -> Iterator[LinksSettings]:
    """An empty wall, durable, with tables, functions, and its pseudonymiser at work."""
    with throwaway_cluster({}) as bare:
        (port,) = find_free_ports(1)
        settings = replace(bare, api_port=port, issuer=f"http://127.0.0.1:{port}")
        migrate(settings)
        make_secret_files(settings)
        with running(settings, _KEYS) as process:
            wait_until_ready(settings, _KEYS, {"keys": process})
            yield settings


def _tell_ingest(settings: LinksSettings) -> list[tuple[str, bool]]:
    figure = measure_ingest(settings)
    speed = figure.rows_per_second
    line = f"ingest   {figure.rows:,} links, keys included: {speed:,.0f} rows/s"
    floor = f"wanted {FLOOR_ROWS_PER_SECOND:,}, ratio {speed / FLOOR_ROWS_PER_SECOND:.2f}"
    return [(f"{line} ({floor})", speed >= FLOOR_ROWS_PER_SECOND)]


def _tell_verify(settings: LinksSettings) -> list[tuple[str, bool]]:
    lines = []
    for figure in measure_verify(settings):
        load = figure.load
        line = (
            f"verify   {figure.organisations} organisations, 64 in flight:"
            f" {load.per_second:,.0f}/s, half in {load.find_latency(0.5) * 1000:.0f} ms, 99 % in"
            f" {load.find_latency(0.99) * 1000:.0f} ms; pgbench {figure.pgbench_per_second:,.0f}/s,"
            f" ratio {figure.ratio:.2f}"
        )
        if figure.organisations == 1:
            lines.append(
                (f"{line} (wanted {WANTED_OF_PGBENCH})", figure.ratio >= WANTED_OF_PGBENCH)
            )
        else:
            is_reached = load.per_second >= WANTED_PER_SECOND
            lines.append((f"{line} (wanted {WANTED_PER_SECOND}/s)", is_reached))
    return lines


def _tell_chain(settings: LinksSettings) -> list[tuple[str, bool]]:
    figure = measure_chain(settings)
    line = f"chain    {figure.records:,} records verified in {figure.seconds:.1f} s"
    ratio = f"at most {FLOOR_SECONDS:.0f} s wanted, ratio {FLOOR_SECONDS / figure.seconds:.2f}"
    return [(f"{line} ({ratio})", figure.seconds <= FLOOR_SECONDS)]


PARTS: Mapping[str, Callable[[LinksSettings], list[tuple[str, bool]]]] = {
    "ingest": _tell_ingest,
    "verify": _tell_verify,
    "chain": _tell_chain,
}
