"""`bench`: every target of speed and size, measured in one run, in a register of its own."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.bench.deliveries import measure_deliveries
from deploy.bench.imports import measure_floor, time_import
from deploy.bench.lists import measure_lists
from deploy.bench.match_run import measure_search
from deploy.bench.mirrors import measure_catching_up, mirroring
from deploy.bench.report import Figure, Report, make_ratio, read_conditions
from deploy.bench.serving import measure_serving
from deploy.bench.update import measure_update
from deploy.migrations import CHECKOUT
from deploy.progress import print_progress, step
from deploy.session import open_session
from deploy.throwaway import make_reachable_directory
from importers.sample.write import write_sample
from registry.domain.errors import EnvironmentProblem
from registry.settings import Settings

if TYPE_CHECKING:
    from deploy.bench.imports import ImportRun

DUMP_MAKER = CHECKOUT.parent / "shared" / "tools" / "make_best_dump.py"
"""Makes a dump of any share of the country from real rows; not part of this project."""

PARTS = (
    *("import", "mirror", "update", "deliveries", "serving"),
    *("lists", "match", "suggest", "search"),
)
_SEARCH = frozenset({"match", "suggest", "search"})


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `bench` accepts."""
    parser.add_argument("parts", nargs="*", type=read_part, help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--share", type=read_share, default=0.01, help="of the country (0.01)")
    parser.add_argument("--dump", type=Path, help="measure with this full download instead")
    parser.add_argument("--next", type=Path, help="and with this one as the edition after it")
    parser.add_argument("--only", type=read_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--seconds", type=int, default=2, help="of each load, 3 times over (2)")
    parser.add_argument("--json", action="store_true", help="the figures on standard output")
    parser.add_argument("--rows", type=int, default=20_000, help="that match is asked (20,000)")
    parser.add_argument("--here", action="store_true", help="match, suggest, search: in BEST_HOME")
    parser.add_argument("--misses", type=Path, help="match: write what went wrong to this file")
    parser.add_argument("--fit", action="store_true", help="match: fit the table of scores first")
    parser.add_argument("--addok", action="store_true", help="match: ask addok the same (installs)")


def read_share(text: str) -> float:
    """Read a share of the country, above 0 and at most 1; a ValueError is a usage error."""
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return share


def read_parts(text: str) -> tuple[str, ...]:
    """Read which parts are to be measured, with commas."""
    parts = tuple(text.split(","))
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is none of {', '.join(PARTS)}")
    return parts


def read_part(text: str) -> str:
    """Read the name of one part."""
    return read_parts(text)[0]


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure with the settings that people get, and print; 0 whether goals are met or not."""
    arguments.only = tuple(arguments.parts) or arguments.only
    if arguments.here:
        return run_here(arguments, settings)
    if "serving" in arguments.only and shutil.which("wrk") is None:
        raise EnvironmentProblem("Serving is measured with wrk: apt-get install wrk")
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="best-bench-")))
        home = stack.enter_context(make_reachable_directory())
        own = Settings(home=home, proj_grid=settings.proj_grid)
        data, dump, following = find_dumps(arguments, work)
        stack.enter_context(open_session(own))
        report = Report(settings={"data": data} | read_conditions(own))
        measure_register(arguments, own, work, (dump, following), report, stack)
    if "lists" in arguments.only:
        measure_lists(settings, report)
    print(json.dumps(report.to_json()) if arguments.json else report.describe())
    return 0


def measure_register(
    arguments: argparse.Namespace,
    own: Settings,
    work: Path,
    dumps: tuple[Path, Path | None],
    report: Report,
    stack: ExitStack,
) -> None:
    """Measure what is wanted of a register that is filled with the first of the dumps."""
    dump, following = dumps
    first = time_import(own, dump)
    report.settings["addresses"] = f"{first.addresses:,}"
    if "import" in arguments.only:
        judge_import(first, measure_floor(own, work), report)
    copy = None
    if "mirror" in arguments.only:
        copy = stack.enter_context(mirroring(own, work, report))
    if "update" in arguments.only:
        measure_update(own, work, following, first, report)
        if copy is not None:
            measure_catching_up(own, copy, report)
    if "deliveries" in arguments.only:
        measure_deliveries(own, work, following or dump, report)
    if "serving" in arguments.only:
        measure_serving(own, work, arguments.seconds, report)
    if _SEARCH.intersection(arguments.only):
        measure_search(arguments, own, work, report)


def run_here(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure search in the register that there is, which is read only."""
    if not _SEARCH.issuperset(arguments.only):
        raise EnvironmentProblem(f"--here goes with {', '.join(sorted(_SEARCH))} only.")
    with open_session(settings), make_reachable_directory() as work:
        report = Report(settings={"data": "the register of BEST_HOME"} | read_conditions(settings))
        measure_search(arguments, settings, work, report)
    print(json.dumps(report.to_json()) if arguments.json else report.describe())
    return 0


def judge_import(first: ImportRun, floor: dict[str, float], report: Report) -> None:
    """Report the first import against its floor."""
    report.tables["import, seconds"] = first.tabulate()
    report.tables["floor, seconds"] = {"all regions": floor}
    memory = "PSS with child processes, every 0.2 s; PostgreSQL's is not in it"
    rate, peak = first.addresses / first.seconds, first.peak_megabytes
    report.figures += [
        make_ratio("import / floor", first.seconds, sum(floor.values()), "s", goal=4),
        Figure(name="import: addresses", value=rate, unit="/s"),
        Figure(name="import: peak memory", value=peak, unit="MB", goal=400, note=memory),
    ]


def find_dumps(arguments: argparse.Namespace, work: Path) -> tuple[str, Path, Path | None]:
    """Return what the data is, the first edition, and the next: named, made, or the sample."""
    for path in (arguments.dump, arguments.next):
        if path is not None and not path.exists():
            raise EnvironmentProblem(f"There is no file {path}.")
    if arguments.dump is not None:
        return arguments.dump.name, arguments.dump, arguments.next
    if not DUMP_MAKER.exists():
        print_progress("No maker of dumps beside this checkout: measuring the bundled sample.")
        write_sample(work / "sample.zip")
        return "the bundled sample", work / "sample.zip", None
    editions = (1, 2) if "update" in arguments.only else (1,)
    first, *following = make_dumps(work, arguments.share, editions)
    return f"share {arguments.share:g} of the country", first, next(iter(following), None)


def make_dumps(work: Path, share: float, editions: tuple[int, ...]) -> list[Path]:
    """Make editions of `share` of the country, at the same time."""
    folders = [work / f"edition-{number}" for number in editions]
    with step(f"Making a dump of {share:g} of the country, editions {editions}"):
        makers = [
            subprocess.Popen(
                [sys.executable, DUMP_MAKER, folder, f"--share={share}", f"--edition={number}"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number, folder in zip(editions, folders, strict=True)
        ]
        complaints = [maker.communicate()[1] for maker in makers]
    if any(maker.returncode for maker in makers):
        raise EnvironmentProblem(f"The dump could not be made:\n{''.join(complaints).strip()}")
    return [folder / "best-full-latest.zip" for folder in folders]
