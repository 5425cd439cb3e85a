"""`quality`: what is wrong with the data and how good it is; inspect anew, mark a finding."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from deploy.progress import make_timed_progress, print_progress
from deploy.quality_report import describe_report, read_report
from deploy.session import open_session
from registry.clock import utc_now
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.quality.inspection import inspect_region, list_released_regions
from registry.quality.marks import Mark, mark_finding, withdraw_mark
from registry.quality.rules import find_rule
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from registry.settings import Settings

_REGIONS = [region.iso_code for region in Region]


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `quality` accepts."""
    parser.description = "Tell what is wrong with the data, and how good it is."
    parser.add_argument("--region", choices=_REGIONS, help="of this region only")
    parser.add_argument("--rule", metavar="ID", help="findings of this rule only")
    parser.add_argument("--json", action="store_true", help="the same on standard output")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    inspect = actions.add_parser("inspect", help="apply the rules of inspection anew")
    # Absent here, what was given before the action counts.
    inspect.add_argument("--region", choices=_REGIONS, default=argparse.SUPPRESS)
    mark = actions.add_parser("mark", help="say as the data's owner what a finding is")
    mark.add_argument("finding", metavar="ID", type=int)
    mark.add_argument("mark", choices=[*map(str, Mark)], help="exception: it is right")
    mark.add_argument("--reason", metavar="TEXT", required=True)
    mark.add_argument("--by", metavar="NAME", required=True, help="who says so; not published")
    unmark = actions.add_parser("unmark", help="take that back")
    unmark.add_argument("finding", metavar="ID", type=int)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Report, or do the action; InputRefused for a rule or finding that there is not."""
    with open_session(settings):
        if arguments.action == "inspect":
            inspect(arguments, settings)
        elif arguments.action is None:
            report(arguments, settings)
        else:
            change_mark(arguments, settings)
    return 0


def report(arguments: argparse.Namespace, settings: Settings) -> None:
    """Print findings and scores."""
    if arguments.rule is not None and find_rule(arguments.rule) is None:
        raise InputRefused(f"There is no rule {arguments.rule}. /v1/quality/rules lists them.")
    with connect(settings, Role.READER, application_name="best quality") as connection:
        found = read_report(connection, choose_regions(arguments.region), arguments.rule)
    if arguments.json:
        print(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        print(describe_report(found))


def inspect(arguments: argparse.Namespace, settings: Settings) -> None:
    """Inspect each region that has a release."""
    progress = make_timed_progress()
    with connect(
        settings, Role.IMPORTER, application_name="best quality", autocommit=True
    ) as connection:
        present = list_released_regions(connection)
        for region in sorted(choose_regions(arguments.region).intersection(present)):
            outcome = inspect_region(connection, region, progress=progress)
            print_progress(
                f"{region.label}: {sum(outcome.findings.values()):,} findings,"
                f" {outcome.opened:,} new, {outcome.closed:,} repaired"
            )


def change_mark(arguments: argparse.Namespace, settings: Settings) -> None:
    """Mark a finding, or take its mark back."""
    with connect(settings, Role.IMPORTER, application_name="best quality") as connection:
        if arguments.action == "unmark":
            withdraw_mark(connection, arguments.finding, utc_now())
            print_progress(f"Finding {arguments.finding} has no mark any more.")
            return
        mark_finding(
            connection,
            arguments.finding,
            Mark(arguments.mark),
            arguments.reason,
            arguments.by,
            utc_now(),
        )
    print_progress(f"Finding {arguments.finding} is marked: {arguments.mark}.")


def choose_regions(code: str | None) -> frozenset[Region]:
    """Return the region of a code, or all."""
    return frozenset(Region) if code is None else frozenset({Region.from_iso_code(code)})
