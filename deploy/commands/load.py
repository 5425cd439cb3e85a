"""`import`: regional files into the register (`import` itself is a word of the language)."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from functools import partial
from typing import TYPE_CHECKING

from deploy.import_report import describe_import, reporting_failure, tell_refusal
from deploy.progress import make_timed_progress
from deploy.session import make_way_for_readers, open_session
from deploy.update import remember_import
from importers.region_import import ImportOptions
from importers.run import run_import
from registry.clock import utc_now
from registry.domain.dataset import Dataset
from registry.domain.edition import Permissions

if TYPE_CHECKING:
    import argparse

    from importers.summary import ImportSummary
    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `import` accepts."""
    parser.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        type=read_source,
        help="file, directory or URL; none: the public download of the whole country",
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing")
    parser.add_argument(
        "--allow-older", action="store_true", help="accept an edition older than the published one"
    )
    parser.add_argument(
        "--accept-totals", action="store_true", help="accept totals far from the last edition's"
    )
    parser.add_argument("--json", action="store_true", help="the summary on standard output")


def read_source(text: str) -> str:
    """Read a source; an empty one is a variable that was not set, not the whole country."""
    if not text:
        raise ArgumentTypeError("an empty SOURCE")
    return text


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import, then report; 1 when a region was refused, though earlier ones may stand."""
    permissions = Permissions(
        dry_run=arguments.dry_run,
        allow_older=arguments.allow_older,
        accept_totals=arguments.accept_totals,
    )
    options = ImportOptions(permissions=permissions, dataset=Dataset.OPEN)
    with open_session(settings):
        make_way_for_readers()
        with reporting_failure(partial(print_summary, arguments), in_full=arguments.json):
            summary = run_import(settings, arguments.sources, options, make_timed_progress())
        if not (arguments.sources or arguments.dry_run or summary.failed):
            remember_import(settings, len(summary.outcomes), utc_now())
    print_summary(arguments, summary)
    return tell_refusal(summary)


def print_summary(arguments: argparse.Namespace, summary: ImportSummary) -> None:
    """Print what was done, for people or for machines."""
    if arguments.json:
        print(json.dumps({"dryRun": arguments.dry_run} | summary.to_json(), ensure_ascii=False))
    else:
        print(describe_import(summary.to_json(), dry_run=arguments.dry_run))
