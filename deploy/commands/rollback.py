"""`rollback`: publish a region's state before a release as its next release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from deploy.import_report import describe_region
from deploy.progress import make_timed_progress, print_progress
from deploy.search_index import make_search_index
from deploy.session import open_session
from geo.pipelines import choose_datum_shift
from registry.publication.roll_back import RollBack, roll_back
from registry.quality.inspection import inspect_region
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    import argparse

    from psycopg import Connection

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `rollback` accepts."""
    parser.description = (
        "Publish a region's state before a release as its next release; --yes to mean it."
    )
    parser.add_argument("release", metavar="RELEASE", type=int, help="the first one to take back")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say what would be undone; with --yes undo it. 2 when --yes is missing."""
    with (
        open_session(settings),
        connect(
            settings, Role.IMPORTER, application_name="best rollback", autocommit=True
        ) as connection,
    ):
        # Without --yes all is done and nothing kept: what is said is what would be.
        with connection.transaction(force_rollback=not arguments.yes):
            done = roll_back(
                connection,
                arguments.release,
                shift=choose_datum_shift(settings.proj_grid),
                progress=make_timed_progress(),
            )
        for line in describe(done):
            print_progress(line)
        if done.release is None:
            return 0
        if not arguments.yes:
            print_progress(f"If you mean it: ./best rollback {arguments.release} --yes")
            return 2
        print_progress(f"Published: release {done.release.number} ({done.region.label}).")
        inspect(connection, done)
        make_search_index(settings, make_timed_progress())
    return 0


def inspect(connection: Connection, done: RollBack) -> None:
    """Look through what is there again; what is published stays when that fails."""
    try:
        inspect_region(connection, done.region, progress=make_timed_progress())
    except psycopg.Error as error:
        print_progress(f"It was not inspected: {error}. ./best quality inspect does it again.")


def describe(done: RollBack) -> list[str]:
    """Say which releases are taken back and what that does to each kind of object."""
    lines = [
        f"Takes back release {release.number} of {release.published_at:%Y-%m-%d %H:%M} UTC"
        f" ({release.containers or 'a roll-back'})"
        for release in done.undone
    ]
    kinds = {resource.plural: counts.to_json() for resource, counts in done.counts.items()}
    lines.append(f"{done.region.label}: {describe_region(kinds)}")
    if done.undone[0].is_first:
        lines.append(f"That is the first release of {done.region.label}: nothing is left of it.")
    if done.release is None:
        lines.append("Nothing is other than it was then: no release is made.")
    return lines
