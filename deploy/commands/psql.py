"""`psql`: a database shell, as the reader unless asked otherwise."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from deploy.client_programs import find_client_program
from deploy.session import open_session
from registry.store.connections import Role, make_conninfo

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings

ROLES = {"reader": Role.READER, "importer": Role.IMPORTER, "owner": Role.OWNER}


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `psql` accepts."""
    parser.add_argument("--role", choices=ROLES, default="reader", help="default: reader")
    parser.set_defaults(passed_on=[])
    parser.epilog = "Further arguments go to psql."


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return psql's own exit code."""
    program = find_client_program("psql")
    with open_session(settings):
        conninfo = make_conninfo(settings, ROLES[arguments.role])
        # ctrl-C belongs to psql, which cancels its statement; not to us, who wait for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        command = [program, "--dbname", conninfo, *arguments.passed_on]
        return subprocess.run(command, check=False).returncode
