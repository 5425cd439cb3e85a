"""`bench`: measure an import against its floor, and answers by id, in a register of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.bench_import import measure_floor, measure_import
from deploy.bench_serving import measure_answers
from deploy.migrations import CHECKOUT
from deploy.progress import print_progress, step
from deploy.session import open_session
from deploy.throwaway import make_reachable_directory
from registry.domain.errors import EnvironmentProblem
from registry.settings import Settings

if TYPE_CHECKING:
    import argparse

DUMP_MAKER = CHECKOUT.parent / "shared" / "tools" / "make_best_dump.py"
"""Makes a dump of any share of the country from real rows; not part of this project."""


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `bench` accepts."""
    parser.add_argument("--share", type=float, default=0.01, help="of the country (0.01)")
    parser.add_argument("--dump", type=Path, help="measure with this full download instead")
    parser.add_argument("--json", action="store_true", help="the figures on standard output")


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - its own home
    """Measure with PostgreSQL's safe settings (`synchronous_commit=on`) and print the figures."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="best-bench-")))
        home = stack.enter_context(make_reachable_directory())
        dump = arguments.dump or make_dump(work, arguments.share)
        own = Settings(home=home)
        stack.enter_context(open_session(own))
        figures = measure_import(own, dump) | measure_floor(own, work)
        figures["import / floor"] = figures["import seconds"] / figures["floor seconds"]
        figures |= measure_answers(own)
    print_figures(figures, as_json=arguments.json)
    return 0


def make_dump(work: Path, share: float) -> Path:
    """Make a dump of `share` of the country; without the maker, take the bundled sample."""
    if not DUMP_MAKER.exists():
        from importers.sample.write import write_sample  # noqa: PLC0415

        print_progress("No maker of dumps beside this checkout: measuring the bundled sample.")
        write_sample(work / "sample.zip")
        return work / "sample.zip"
    with step(f"Making a dump of {share:g} of the country"):
        made = subprocess.run(
            [sys.executable, str(DUMP_MAKER), str(work), "--share", str(share)],
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode:
        raise EnvironmentProblem(f"The dump could not be made:\n{made.stderr.strip()}")
    return work / "best-full-latest.zip"


def print_figures(figures: dict[str, float], *, as_json: bool) -> None:
    """Print one figure per line, or all as one JSON object."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<34} {value:>12,.2f}")
