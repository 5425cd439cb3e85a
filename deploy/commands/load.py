"""`import`: regional files into the register (`import` itself is a word of the language)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.import_report import describe_import, reporting_failure, tell_refusal
from deploy.progress import make_timed_progress
from deploy.search_index import make_search_index
from deploy.session import make_way_for_readers, open_session
from deploy.update import remember_import
from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from importers.formats.column_file import read_format
from importers.region_import import ImportOptions
from importers.run import refuse_in_mirror, run_import
from registry.clock import utc_now
from registry.domain.dataset import Dataset
from registry.domain.edition import Permissions
from registry.domain.errors import InputRefused
from registry.quality.inspection import inspect_region, list_released_regions
from registry.quality.outlines import import_outlines
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    import argparse

    from importers.formats.format import Format
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
    parser.add_argument(
        "--columns",
        metavar="FILE",
        type=Path,
        help="what the columns of a table are, in TOML (docs/howto/add-a-format.md)",
    )
    parser.add_argument(
        "--boundaries",
        metavar="FILE",
        type=Path,
        help="outlines of municipalities instead of addresses, in GeoJSON",
    )
    parser.add_argument("--json", action="store_true", help="the summary on standard output")


def read_source(text: str) -> str:
    """Read a source; an empty one is a variable that was not set, not the whole country."""
    if not text:
        raise ArgumentTypeError("an empty SOURCE")
    return text


def read_columns(path: Path) -> Format:
    """Read a column map; InputRefused when there is none or it is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputRefused(f"{path}: the column map cannot be read: {why}") from error
    return read_format(text, str(path))


def import_boundaries(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put outlines in use, and judge by them what the register holds."""
    if arguments.sources or arguments.dry_run:
        raise InputRefused(
            "--boundaries imports its own FILE and nothing else, and has no dry run."
        )
    projection = Projection(choose_datum_shift(settings.proj_grid))
    progress = make_timed_progress()
    with open_session(settings):
        refuse_in_mirror(settings)
        with connect(settings, Role.IMPORTER, autocommit=True) as connection:
            counts = import_outlines(
                connection, arguments.boundaries, progress, projection=projection, now=utc_now()
            )
            for region in list_released_regions(connection):
                inspect_region(connection, region, progress=progress)
    told = {"read": counts.read, "outlines": counts.in_use, "joined": counts.joined}
    print(json.dumps(told) if arguments.json else f"{counts.describe()}.")
    return 0


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import, then report; 1 when a region was refused, though earlier ones may stand."""
    if arguments.boundaries is not None:
        return import_boundaries(arguments, settings)
    if arguments.columns is not None and not arguments.sources:
        print("--columns says what a file's columns are: name that SOURCE too.", file=sys.stderr)
        return 2
    permissions = Permissions(
        dry_run=arguments.dry_run,
        allow_older=arguments.allow_older,
        accept_totals=arguments.accept_totals,
    )
    options = ImportOptions(
        permissions=permissions,
        dataset=Dataset.OPEN,
        column_file=None if arguments.columns is None else read_columns(arguments.columns),
    )
    progress = make_timed_progress()
    with open_session(settings):
        make_way_for_readers()
        with reporting_failure(partial(print_summary, arguments), in_full=arguments.json):
            summary = run_import(settings, arguments.sources, options, progress)
        if not (arguments.sources or arguments.dry_run or summary.failed):
            remember_import(settings, len(summary.outcomes), utc_now())
        print_summary(arguments, summary)
        if not arguments.dry_run:
            make_search_index(settings, progress)
    return tell_refusal(summary)


def print_summary(arguments: argparse.Namespace, summary: ImportSummary) -> None:
    """Print what was done, for people or for machines."""
    if arguments.json:
        told = json.dumps({"dryRun": arguments.dry_run} | summary.to_json(), ensure_ascii=False)
    else:
        told = describe_import(summary.to_json(), dry_run=arguments.dry_run)
    print(told, flush=True)
