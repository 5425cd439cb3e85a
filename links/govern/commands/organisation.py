"""`links organisation`: register, suspend and restore who may be granted something."""

import argparse
import re
from typing import Literal

from stdnum.be import vat

from links.domain.organisations import Category
from links.govern.acts import Connection
from links.govern.failures import in_words
from links.govern.register import (
    change_organisation,
    list_registered,
    register_organisation,
    set_status,
)
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

_CONTACT = re.compile(r"[^@\s/:]+@[^@\s/]+\.[^@\s/]+|https://[^\s/@]+\.\S+")


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links organisation` accepts."""
    parser.description = "Who may be granted something, deliver or look on."
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="all that are registered, and their status")
    register = steps.add_parser("register", help="a new one")
    register.add_argument("number", metavar="NUMBER", help="enterprise number")
    register.add_argument("--name", required=True, help="as published")
    register.add_argument("--category", required=True, choices=[*Category])
    register.add_argument(
        "--contact", required=True, help="mailbox or page of its data protection officer"
    )
    change = steps.add_parser("change", help="what citizens are told of it")
    change.add_argument("number", metavar="NUMBER")
    change.add_argument("--name", help="as published")
    change.add_argument("--contact", help="mailbox or page of its data protection officer")
    for name, says in (("suspend", "at once; all it does is refused"), ("restore", "after that")):
        steps.add_parser(name, help=says).add_argument("number", metavar="NUMBER")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step."""
    with connect(settings, LinksRole.GOVERN) as connection, in_words():
        if arguments.step == "list":
            print_registered(connection, "organisation")
            return 0
        number = read_number(arguments.number)
        contact = getattr(arguments, "contact", None)
        if contact is not None and not _CONTACT.fullmatch(contact):
            raise InputRefused(
                "--contact must be an e-mail address or a page (https://): citizens are told it."
            )
        if arguments.step == "change":
            if arguments.name is None and contact is None:
                raise InputRefused("Say what is to be changed: --name, --contact or both.")
            change_organisation(connection, number, arguments.name, contact)
        elif arguments.step == "register":
            register_organisation(
                connection, number, arguments.name, arguments.category, arguments.contact
            )
        else:
            status = {"suspend": "suspended", "restore": "active"}[arguments.step]
            set_status(connection, "organisation", number, status)
    print(f"{number}: done.")
    return 0


def print_registered(
    connection: Connection, what: Literal["organisation", "client", "officer"]
) -> None:
    """Print a line for each."""
    for line in list_registered(connection, what):
        print(line)


def read_number(text: str) -> str:
    """Read an enterprise number with or without BE and separators: ten digits."""
    digits = "".join(c for c in text if c.isdecimal())
    if not vat.is_valid(digits):
        raise InputRefused(f"{text} is not an enterprise number: ten digits, modulo 97.")
    return digits
