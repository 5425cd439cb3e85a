"""`down`: end the running `up` commands and stop the private database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.progress import print_progress, step
from deploy.serving import end_serving
from deploy.session import stop_private_cluster

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `down` accepts."""
    parser.description = "End the running `up` commands and stop the private database."


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one shape
    """End what runs; nothing running is no failure."""
    if not settings.home.exists():
        print_progress("Nothing runs.")
        return 0
    ended = end_serving(settings.home)
    if ended:
        print_progress(f"Ended ./best up (process {', '.join(map(str, ended))}).")
    with step("Stopping PostgreSQL"):
        stopped = stop_private_cluster(settings.home)
    if not stopped and not ended:
        print_progress("Nothing ran.")
    return 0
