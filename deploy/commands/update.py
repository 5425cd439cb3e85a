"""`update`: bring the register up to date with the public download; `--weekly` by itself."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import TYPE_CHECKING

from deploy.import_report import describe_changes, reporting_failure, tell_refusal
from deploy.progress import make_timed_progress
from deploy.update import Update, update_register
from deploy.weekly import (
    WeeklyTime,
    find_systemd,
    install_weekly,
    list_systemds,
    make_usual_time,
    remove_weekly,
)
from registry.clock import utc_now

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from importers.summary import ImportSummary
    from registry.settings import Settings

OFF = "off"


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `update` accepts."""
    parser.description = "Fetch the public download if it changed, check, import and publish it."
    parser.add_argument(
        "--weekly",
        metavar="WHEN",
        nargs="?",
        const=make_usual_time(os.uname().nodename),
        type=parse_when,
        help='do that every week, such as "Mon 04:30"; without WHEN at a usual time; "off" ends it',
    )
    parser.add_argument("--json", action="store_true", help="the summary on standard output")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Update, then report; 0 also when nothing changed, 1 when a region was refused."""
    if arguments.weekly is not None:
        return set_weekly(arguments.weekly, settings)
    with reporting_failure(partial(print_summary, arguments), in_full=arguments.json):
        update = update_register(settings, make_timed_progress(), utc_now)
    print_update(arguments, update)
    return tell_refusal(update.summary)


def parse_when(text: str) -> WeeklyTime | str:
    """Read what follows --weekly."""
    return OFF if text == OFF else WeeklyTime.parse(text)


def set_weekly(when: WeeklyTime | str, settings: Settings) -> int:
    """Install the timer, or remove it."""
    if isinstance(when, WeeklyTime):
        return install_weekly(settings, when, os.environ, find_systemd(os.environ))
    return remove_weekly(settings, list_systemds(os.environ))


def print_update(arguments: argparse.Namespace, update: Update) -> None:
    """Print what an update did, for people or for machines."""
    since = update.unchanged_since
    if since is None:
        print_summary(arguments, update.summary)
    elif arguments.json:
        print_summary(arguments, update.summary, since)
    else:
        print(
            f"\nNothing changed: {update.download.url} is still what was imported on"
            f" {since:%Y-%m-%d at %H:%M} UTC."
        )
    if update.summary.failed and not arguments.json:
        print(
            f"The file is {update.download.path}. What to check, and how to import it all the"
            " same, is in docs/runbook/import.md."
        )


def print_summary(
    arguments: argparse.Namespace, summary: ImportSummary, since: datetime | None = None
) -> None:
    """Print the facts of an import; `since` says that there was none to make."""
    if arguments.json:
        unchanged = {"unchangedSince": since.isoformat() if since else None}
        print(json.dumps(unchanged | summary.to_json(), ensure_ascii=False))
    else:
        print(describe_changes(summary.to_json()))
