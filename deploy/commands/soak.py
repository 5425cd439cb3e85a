"""`soak`: the tests that take minutes, and crashes at random moments until the time is up."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from deploy.migrations import CHECKOUT

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings

CRASHES = "tests/crashes"
"""Named first, so that pytest knows its options before it reads them."""
RANDOM_MOMENTS = f"{CRASHES}/test_soak.py::test_random_moments"


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `soak` accepts."""
    parser.description = (
        "Run every test marked `soak`: an import interrupted at every step boundary by a dead"
        " importer, a dead server, a full disk and a full log, then at random moments."
    )
    parser.epilog = "Further arguments go to pytest."
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="go on with random moments until then"
    )
    parser.add_argument("--seed", type=int, help="only random moments, this one first")
    parser.add_argument("--point", help="only this crash, as a failure named it")
    parser.set_defaults(passed_on=[])


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - its own home
    """Return 0 when nothing was found, else 1."""
    command = make_command(arguments, time.time())
    return 1 if subprocess.run(command, cwd=CHECKOUT, check=False).returncode else 0


def make_command(arguments: argparse.Namespace, now: float) -> list[str]:
    """Return what runs pytest; its output is not captured, for somebody is watching."""
    command = [sys.executable, "-m", "pytest", "-m", "soak", "--capture=no"]
    command.append(f"--crash-until={now + 60 * arguments.minutes}")
    if arguments.seed is not None:
        command.append(f"--crash-seed={arguments.seed}")
    if arguments.point is not None:
        command.append(f"--crash-point={arguments.point}")
    if arguments.seed is not None or arguments.point is not None:
        return [*command, RANDOM_MOMENTS, *arguments.passed_on]
    return [*command, CRASHES, "tests", *arguments.passed_on]
