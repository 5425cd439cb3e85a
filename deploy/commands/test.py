"""`test`: every test but the long ones of `soak` in three processes, or those that are named."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from deploy.migrations import CHECKOUT

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings

PROCESSES = 3
"""One more than the two cores that are asked for: a quarter of the time a test waits."""

BY_FILE = ("--dist=loadfile", "--no-loadscope-reorder")
"""How tests are dealt out to processes: those of a file share what they were given."""


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `test` accepts."""
    parser.set_defaults(passed_on=[])
    parser.epilog = (
        "Further arguments go to pytest, which then runs in one process unless told --numprocesses."
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one shape
    """Return pytest's exit code, but 1 for every kind of failure that is not usage."""
    processes = f"--numprocesses={0 if arguments.passed_on else PROCESSES}"
    command = [sys.executable, "-m", "pytest", "-m", "not soak", processes, *BY_FILE]
    command += arguments.passed_on
    code = subprocess.run(command, cwd=CHECKOUT, env=make_environment(), check=False).returncode
    return {0: 0, 4: 2}.get(code, 1)


def make_environment() -> dict[str, str]:
    """Let bytecode be kept, for hundreds of processes are started; not in a checkout of others."""
    is_own = CHECKOUT.stat().st_uid == os.getuid()
    return {
        name: value
        for name, value in os.environ.items()
        if not (is_own and name == "PYTHONDONTWRITEBYTECODE")
    }
