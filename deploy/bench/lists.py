"""Whole regional lists, from file to published: formats other than BeSt XML, at full size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.bench.imports import time_import
from deploy.bench.report import Figure
from deploy.migrations import CHECKOUT
from deploy.session import open_session
from deploy.throwaway import make_reachable_directory
from registry.settings import Settings

if TYPE_CHECKING:
    from deploy.bench.report import Report

_FOLDER = CHECKOUT.parent / "shared" / "data" / "real"
"""Real rows; not part of this project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealList:
    """A list of addresses as it was published, and how many rows it has."""

    name: str
    file: str
    rows: int


LISTS = (
    RealList(name="CRAB 2014", file="flanders_crab_2014.csv.gz", rows=2_654_547),
    RealList(name="ICAR 2020", file="wallonia_icar_2020.csv.gz", rows=1_374_458),
)


def measure_lists(settings: Settings, report: Report) -> None:
    """Import each list into a register of its own; rows are those of the file."""
    for each in LISTS:
        path = _FOLDER / each.file
        if not path.exists():
            note = "no real rows beside this checkout"
            report.figures.append(
                Figure(name=f"{each.name}: rows", value=None, unit="/s", note=note)
            )
            continue
        with make_reachable_directory() as home:
            own = Settings(home=home, proj_grid=settings.proj_grid)
            with open_session(own):
                done = time_import(own, path)
        report.tables[f"{each.name}, seconds"] = done.tabulate()
        # Statistics and inspection come after what everybody can read by then.
        after = ("analyzed", "inspected")
        later = sum(s for name, s in done.boundaries.items() if name.endswith(after))
        seconds = done.seconds - later
        note = (
            f"{each.rows:,} rows, {done.addresses:,} addresses, {seconds:,.1f} s; with statistics"
            f" and inspection {done.seconds:,.1f} s"
        )
        report.figures += [
            Figure(
                name=f"{each.name}: rows, file to published",
                value=each.rows / seconds,
                unit="/s",
                goal=60_000,
                at_least=True,
                note=note,
            ),
            Figure(
                name=f"{each.name}: peak memory", value=done.peak_megabytes, unit="MB", goal=400
            ),
        ]
