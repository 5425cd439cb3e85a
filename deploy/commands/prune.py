"""`prune`: let go of history that nobody asks for any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from deploy.progress import make_timed_progress, print_progress
from deploy.session import open_session
from registry.clock import utc_now
from registry.pruning import PruningPlan, find_oldest_release_since, plan_pruning, prune
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `prune` accepts."""
    parser.description = "Let go of closed versions from before a release; --yes to mean it."
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--before", metavar="RELEASE", type=int, help="the oldest release to keep")
    which.add_argument("--older-than", metavar="DAYS", type=int, help="keep what is newer")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say what would go; with --yes let it go. 2 when --yes is missing."""
    with (
        open_session(settings),
        connect(settings, Role.OWNER, application_name="best prune", autocommit=True) as connection,
    ):
        release = arguments.before
        if release is None:
            since = utc_now() - timedelta(days=arguments.older_than)
            release = find_oldest_release_since(connection, since)
        plan = plan_pruning(connection, release)
        print_progress(describe_plan(plan))
        if plan.is_empty:
            return 0
        if not arguments.yes:
            print_progress(f"If you mean it: ./best prune --before {release} --yes")
            return 2
        prune(connection, plan, utc_now(), make_timed_progress())
    print_progress("Done. The room is used again by later editions; the files do not shrink.")
    return 0


def describe_plan(plan: PruningPlan) -> str:
    """Say what goes and what can be asked afterwards."""
    return (
        f"History before release {plan.release}: {plan.versions:,} closed versions"
        f" ({plan.bytes / 1e6:,.1f} MB without indexes) and {plan.findings:,} closed findings."
        f" The register can then be asked as of number {plan.history_from:,} and later ones."
    )
