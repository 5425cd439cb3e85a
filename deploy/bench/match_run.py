"""Everything that is measured of search, in the order of the report."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from deploy.bench.addok import measure_addok
from deploy.bench.match import fit_scores, measure_match
from deploy.bench.match_cases import measure_cases
from deploy.bench.match_fuzz import measure_fuzz
from deploy.bench.match_serving import measure_search_serving
from deploy.bench.spoiling_rule import Rule
from deploy.bench.suggest import measure_suggest
from deploy.progress import print_progress, step
from registry.search import store

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from deploy.bench.report import Report
    from registry.settings import Settings

_FITTED = 5  # times as many rows as the bench asks


def measure_search(
    arguments: argparse.Namespace, settings: Settings, work: Path, report: Report
) -> None:
    """Measure match, suggest and search as served, as far as `bench` was asked."""
    index = store.ensure_index(settings, print_progress)
    gc.freeze()  # as `up` does: what is loaded is not looked through again
    if "match" in arguments.only:
        with step("Laying out the names for the rule"):
            rule = Rule.make(index)
        if arguments.fit:
            fit_scores(index, rule, arguments.rows * _FITTED)
        measure_match(index, rule, arguments.rows, report, arguments.misses)
        measure_cases(index, report)
        measure_fuzz(index, report)
        if arguments.addok:
            measure_addok(work, index, rule, report)
    if "suggest" in arguments.only:
        measure_suggest(settings, index, report)
    if "search" in arguments.only:
        measure_search_serving(settings, index, work, report)
