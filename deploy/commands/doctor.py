"""`doctor`: named checks of this installation, each with a hint when something is amiss."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from deploy.checks import Check, Verdict, check_disk, check_positions, list_checks
from deploy.cluster import Cluster, is_made
from deploy.deliveries_checks import list_deliveries_checks
from deploy.session import open_session_unmigrated
from registry.clock import utc_now
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `doctor` accepts."""
    parser.description = "Check this installation; exit code 3 when a check fails."
    parser.add_argument("--json", action="store_true", help="the checks on standard output")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print every check; 0 when none fails, 3 otherwise."""
    checks = run_checks(settings)
    if arguments.json:
        print(json.dumps([asdict(check) for check in checks], ensure_ascii=False))
    else:
        print_checks(checks)
    return 3 if any(check.verdict is Verdict.FAIL for check in checks) else 0


def run_checks(settings: Settings) -> list[Check]:
    """Start the private cluster for the checks when it is down; never make one."""
    if settings.database_url is None and not is_made(Cluster(home=settings.home)):
        missing = Check(
            name="server",
            verdict=Verdict.WARN,
            found=f"there is no database in {settings.home} yet",
            hint="./best up makes it.",
        )
        return [missing, check_disk(settings), check_positions(settings)]
    try:
        with open_session_unmigrated(settings), connect(settings, Role.OWNER) as connection:
            connection.autocommit = True
            return [
                *list_checks(settings, connection),
                *list_deliveries_checks(settings, connection, utc_now()),
            ]
    except EnvironmentProblem as error:
        failed = Check(
            name="server", verdict=Verdict.FAIL, found=str(error), hint="See the text above."
        )
        return [failed, check_disk(settings), check_positions(settings)]


def print_checks(checks: list[Check]) -> None:
    """One line per check; its hint below it."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(f"{check.verdict:<4}  {check.name:<{width}}  {check.found}")
        if check.hint:
            print(f"{'':<4}  {'':<{width}}  -> {check.hint}")
