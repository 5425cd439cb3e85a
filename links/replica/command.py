"""`follow`: keep the replica of the public register as new as the register."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from links.replica.follow import follow_once
from links.replica.register import RegisterUnavailable

if TYPE_CHECKING:
    import argparse

    from links.settings import LinksSettings

_SECONDS = 60.0


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `follow` accepts."""
    parser.description = (
        "Follow the public register (BEST_LINKS_REGISTER): its snapshot the first time, then its"
        " changes; links move with their addresses."
    )
    parser.add_argument("--once", action="store_true", help="end when nothing is new any more")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Follow until nothing is new, or until ctrl-C."""
    while True:
        try:
            if not follow_once(settings, _tell) and arguments.once:
                return 0
        except RegisterUnavailable as error:
            if arguments.once:
                raise
            _tell(f"{error}; trying again")
        if not arguments.once:
            time.sleep(_SECONDS)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
