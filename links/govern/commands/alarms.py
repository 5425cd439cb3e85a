"""`links alarms`: what the data protection officer must look at."""

import argparse

from links.audit.alarms import list_alarms, see_alarm
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links alarms` accepts."""
    parser.description = "Alarms that nobody has seen yet."
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="number, moment, rule, organisation and facts, oldest first")
    see = steps.add_parser("see", help="it was looked at; should it happen again, it is told again")
    see.add_argument("id", metavar="NUMBER", type=int)


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step."""
    with connect(settings, LinksRole.GOVERN, autocommit=True) as connection:
        if arguments.step == "see":
            if not see_alarm(connection, arguments.id):
                raise InputRefused(f"No alarm {arguments.id} waits to be seen.")
            print(f"{arguments.id}: seen.")
            return 0
        for number, at, rule, organisation, facts in list_alarms(connection):
            told = " ".join(f"{name}={value}" for name, value in sorted(facts.items()))
            print(f"{number}  {at:%Y-%m-%d %H:%M}  {rule:<20}  {organisation or '-'}  {told}")
    return 0
