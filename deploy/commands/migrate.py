"""`migrate`: bring the database's tables up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.progress import print_progress
from deploy.session import open_session
from registry.store.schema_version import HEAD

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `migrate` accepts."""
    parser.description = "Bring the database's tables up to date."


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one shape
    """Open a session: it begins with a migration."""
    with open_session(settings):  # a session begins with a migration
        print_progress(f"The register's tables are at version {HEAD}.")
    return 0
