"""`reproject`: compute the derived positions again, after the grid was added or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.progress import make_timed_progress
from deploy.session import open_session
from registry.reprojection import reproject

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `reproject` accepts."""
    parser.description = "Compute the derived positions again; no version changes."


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one shape
    """Reproject in a session of its own."""
    with open_session(settings):
        reproject(settings, make_timed_progress())
    return 0
