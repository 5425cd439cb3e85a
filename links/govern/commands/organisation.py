"""`links organisation`: register, suspend and restore who may be granted something."""

import argparse

from stdnum.be import vat

from links.domain.organisations import Category
from links.govern.failures import in_words
from links.govern.register import register_organisation, set_status
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links organisation` accepts."""
    parser.description = "Who may be granted something, deliver or look on."
    steps = parser.add_subparsers(dest="step", required=True)
    register = steps.add_parser("register", help="a new one")
    register.add_argument("number", metavar="NUMBER", help="enterprise number")
    register.add_argument("--name", required=True, help="as published")
    register.add_argument("--category", required=True, choices=[*Category])
    register.add_argument("--contact", required=True, help="address of its protection officer")
    for name, says in (("suspend", "at once; all it does is refused"), ("restore", "after that")):
        steps.add_parser(name, help=says).add_argument("number", metavar="NUMBER")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step."""
    number = read_number(arguments.number)
    with connect(settings, LinksRole.GOVERN) as connection, in_words():
        if arguments.step == "register":
            register_organisation(
                connection, number, arguments.name, arguments.category, arguments.contact
            )
        else:
            status = {"suspend": "suspended", "restore": "active"}[arguments.step]
            set_status(connection, "organisation", number, status)
    print(f"{number}: done.")
    return 0


def read_number(text: str) -> str:
    """Read an enterprise number with or without BE and separators: ten digits."""
    digits = "".join(c for c in text if c.isdecimal())
    if not vat.is_valid(digits):
        raise InputRefused(f"{text} is not an enterprise number: ten digits, modulo 97.")
    return digits
