"""The second edition: what it costs against the first, and what readers notice meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.bench.draws import draw_addresses, write_lines
from deploy.bench.imports import time_import
from deploy.bench.load import ask, asking
from deploy.bench.report import Figure, make_ratio
from deploy.bench.servers import serving_api
from deploy.progress import step

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.bench.imports import ImportRun
    from deploy.bench.load import Load
    from deploy.bench.report import Report
    from registry.settings import Settings

_CLIENTS, _REST = 4, 40
"""A modest load: each of four asks some 25 times a second."""
_BEFORE_SECONDS = 15
_FEWEST = 300
_SECONDS = "edition 2: seconds / first import"
_READERS = "edition 2: readers' p99, during / before"


def measure_update(
    settings: Settings, work: Path, dump: Path | None, first: ImportRun, report: Report
) -> None:
    """Import the next edition while the API answers nearly a hundred questions a second."""
    if dump is None:
        note = "there is no next edition: name one with --next"
        report.figures.append(Figure(name=_SECONDS, value=None, unit="x", goal=0.4, note=note))
        report.figures.append(Figure(name=_READERS, value=None, unit="x", goal=2, note=note))
        return
    lines = write_lines(work / "steady", (a.path for a in draw_addresses(settings)))
    with serving_api(settings) as api:
        ask(api.port, lines, seconds=2)
        with step("Reading addresses, nothing else"):
            before = ask(api.port, lines, seconds=_BEFORE_SECONDS, clients=_CLIENTS, rest=_REST)
        with asking(api.port, lines, clients=_CLIENTS, rest=_REST) as loads:
            run = time_import(settings, dump)
    report.tables["edition 2, seconds"] = run.tabulate()
    title = f"{_CLIENTS} modest readers by id"
    report.tables[title] = {"before": before.tabulate(), "during": loads[0].tabulate()}
    report.figures.append(make_ratio(_SECONDS, run.seconds, first.seconds, "s", goal=0.4))
    report.figures.append(compare_readers(before, loads[0], run.seconds))


def compare_readers(before: Load, during: Load, seconds: float) -> Figure:
    """Return readers' p99 during an import of some seconds against before it."""
    for load, length in ((before, _BEFORE_SECONDS), (during, seconds)):
        note = f"{load.failures} answers failed" if load.failures else ""
        if load.rate * length < _FEWEST:
            note = f"only {load.rate * length:.0f} answers, too few for a p99"
        if note:
            return Figure(name=_READERS, value=None, unit="x", goal=2, note=note)
    return make_ratio(_READERS, during.p99, before.p99, "ms", goal=2)
