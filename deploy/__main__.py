"""The command line behind ./best, which has prepared Python and the system's packages."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from deploy.failures import explain_failure
from registry.domain.errors import InputRefused, RegistryError
from registry.settings import Settings, find_home

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE, REFUSED, USAGE, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS = {
    "up": "deploy.commands.up",
    "import": "deploy.commands.load",
    "update": "deploy.commands.update",
    "mirror": "deploy.commands.mirror",
    "down": "deploy.commands.down",
    "doctor": "deploy.commands.doctor",
    "migrate": "deploy.commands.migrate",
    "reproject": "deploy.commands.reproject",
    "backup": "deploy.commands.backup",
    "restore": "deploy.commands.restore",
    "rollback": "deploy.commands.rollback",
    "prune": "deploy.commands.prune",
    "quality": "deploy.commands.quality",
    "match": "deploy.commands.match",
    "check": "deploy.commands.check",
    "deliver": "deploy.commands.deliver",
    "agency": "deploy.commands.agency",
    "psql": "deploy.commands.psql",
    "reset": "deploy.commands.reset",
    "test": "deploy.commands.test",
    "soak": "deploy.commands.soak",
    "lint": "deploy.commands.lint",
    "bench": "deploy.commands.bench",
}
"""A module each, with `make_parser(parser)` and `run(arguments, settings) -> exit code`.

Only the command's own module is loaded: `up` must answer within a second.
"""


def main(argv: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    if not argv or argv[0] not in COMMANDS:
        print(f"Commands: {', '.join(COMMANDS)}. See ./best --help.", file=sys.stderr)
        return USAGE
    # What is loaded is kept: looking through it takes a tenth of the time. `up` loads more, until
    # it serves: see api.app.
    gc.disable()
    module = importlib.import_module(COMMANDS[argv[0]])
    if argv[0] != "up":
        gc.enable()
    parser = argparse.ArgumentParser(prog=f"./best {argv[0]}", allow_abbrev=False)
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    module.make_parser(parser)
    arguments, rest = parser.parse_known_args(argv[1:])
    if rest and not hasattr(arguments, "passed_on"):
        parser.error(f"unknown arguments: {' '.join(rest)}")
    arguments.passed_on = rest
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as ctrl-C does, tidily
    return run_guarded(lambda settings: int(module.run(arguments, settings)))


def run_guarded(run: Callable[[Settings], int]) -> int:
    """Turn what went wrong into words and an exit code; a traceback means a defect of ours."""
    try:
        return run(Settings.from_environment(os.environ))
    except InputRefused as error:
        print(f"\n{error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        explanation = explain_failure(error, find_home(os.environ))
        if explanation is None and isinstance(error, RegistryError):
            explanation = str(error)
        if explanation is None:
            raise
        print(f"\n{explanation}", file=sys.stderr)
        return ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
