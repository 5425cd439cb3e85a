"""The command line behind `./best links`."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from links.failures import explain_failure
from links.keys.client import KeysRefused
from links.settings import LinksSettings
from registry.domain.errors import EnvironmentProblem, InputRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE, REFUSED, USAGE, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS = {
    "up": "links.operations.up",
    "down": "links.operations.down",
    "doctor": "links.operations.doctor",
    "verify": "links.audit.verify_command",
    "demo": "links.demo.command",
    "ingest": "links.ingest.command",
    "work-list": "links.ingest.work_list",
    "follow": "links.replica.command",
    "deliberation": "links.govern.commands.deliberation",
    "organisation": "links.govern.commands.organisation",
    "client": "links.govern.commands.client",
    "officer": "links.govern.commands.officer",
    "requests": "links.citizen.command",
    "alarms": "links.govern.commands.alarms",
    "rotate": "links.keys.rotate_command",
    "backup": "links.keys.backup_command",
    "restore": "links.keys.restore_command",
    "retain": "links.audit.retain_command",
    "bench": "links.bench.command",
}
"""A module each, with `make_parser(parser)` and `run(arguments, settings) -> exit code`."""
WITHOUT_WALL = {"up", "down", "doctor", "demo", "restore", "bench"}
"""They make one, or tell that there is none."""

HELP = """The wall: who has a personal link to an address, for whom a law lets know it.

Usage: ./best links COMMAND [ARGUMENTS]        ./best links COMMAND --help says more

  up            make and start the second database, the keys and the programs, until ctrl-C
  down          stop them
  doctor        check this installation; --json for machines
  verify        prove the records: names what was edited, deleted, reordered or forked
  demo          five scenes with invented people, in a place of their own
  ingest        load a sector's file of links, its addresses matched to the register
  work-list     write the rows whose address was not found, for their owner
  follow        bring the replica of the public register up to date
  deliberation  propose, advise, approve, suspend, withdraw, show
  organisation  who may be granted something
  client        programs of organisations and their keys
  officer       who proposes and approves
  requests      what citizens filed: complaints, requests for protection
  alarms        what somebody must look at
  rotate        a new generation of a sector's keys
  backup        the database, encrypted to a key that is kept elsewhere
  restore       a backup into an empty database
  retain        remove what has been kept long enough
  bench         measure against floors of the same run

Exit codes: 0 done, 1 the input is refused or a check found something, 2 usage, 3 the environment.
"""


def main(argv: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    if argv and argv[0] in {"--help", "-h", "help"}:
        print(HELP, end="")
        return DONE
    if not argv or argv[0] not in COMMANDS:
        print(HELP, end="", file=sys.stderr)
        if argv:
            near = "".join(f" Is {one} meant?" for one in get_close_matches(argv[0], COMMANDS, 1))
            print(f"\nThere is no command {argv[0]}.{near}", file=sys.stderr)
        return USAGE
    module = importlib.import_module(COMMANDS[argv[0]])
    parser = argparse.ArgumentParser(prog=f"./best links {argv[0]}", allow_abbrev=False)
    parser.add_argument("--yes", action="store_true", help="install what is missing unasked")
    module.make_parser(parser)
    arguments = parser.parse_args(argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as ctrl-C does, tidily

    def run(settings: LinksSettings) -> int:
        if argv[0] not in WITHOUT_WALL and not settings.home.exists():
            raise EnvironmentProblem(
                f"There is no wall in {settings.home}: ./best links up makes one there, and"
                " BEST_LINKS_HOME names another place."
            )
        return int(module.run(arguments, settings))

    return run_guarded(run)


def run_guarded(run: Callable[[LinksSettings], int]) -> int:
    """Turn what went wrong into words and an exit code; a traceback means a defect of ours."""
    try:
        return run(LinksSettings.from_environment(os.environ))
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        explanation = explain_failure(error)
        if explanation is None:
            raise
        print(f"\n{explanation}", file=sys.stderr)
        return REFUSED if isinstance(error, InputRefused | KeysRefused) else ENVIRONMENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
