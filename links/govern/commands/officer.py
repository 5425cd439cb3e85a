"""`links officer`: who proposes and approves deliberations."""

import argparse
import sys
from pathlib import Path

from links.domain.subjects import SubjectRefused, SubjectType, read_subject
from links.failures import explain_code
from links.govern.commands.organisation import print_registered, read_number
from links.govern.failures import in_words
from links.govern.officers import make_key_file
from links.govern.register import register_officer, set_status
from links.keys.client import BatchKeys
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links officer` accepts."""
    parser.description = "Who proposes and approves: two accounts of one human are still one."
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="all that are registered, and their status")
    register = steps.add_parser(
        "register", help="a new one; the human's national number is read from standard input"
    )
    register.add_argument("id", metavar="ACCOUNT")
    register.add_argument("--organisation", required=True, metavar="NUMBER")
    register.add_argument(
        "--key", required=True, type=Path, metavar="FILE", help="where the new key is written"
    )
    for name, says in (
        ("suspend", "at once; what was signed does not count any more"),
        ("restore", "after that"),
        ("retire", "for good; what was signed stands"),
    ):
        steps.add_parser(name, help=says).add_argument("id", metavar="ACCOUNT")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step."""
    with connect(settings, LinksRole.GOVERN) as connection, in_words():
        if arguments.step == "list":
            print_registered(connection, "officer")
            return 0
        if arguments.step == "register":
            number = read_number(arguments.organisation)
            person_ref = _make_person_ref(settings, sys.stdin.readline())
            public_key = make_key_file(arguments.key)
            try:
                register_officer(connection, arguments.id, number, person_ref, public_key)
            except BaseException:
                arguments.key.unlink()
                raise
        else:
            statuses = {"suspend": "suspended", "restore": "active", "retire": "retired"}
            set_status(connection, "officer", arguments.id, statuses[arguments.step])
    print(f"{arguments.id}: done.")
    return 0


def _make_person_ref(settings: LinksSettings, number: str) -> bytes:
    try:
        subject = read_subject(SubjectType.PERSON, number.strip())
    except SubjectRefused as error:
        told = explain_code(error.code)
        raise InputRefused(f"Standard input holds no national number. {told}") from None
    with BatchKeys(settings.batch_socket) as keys:
        answer = keys.ask("person_ref", subject={"type": "person", "value": subject.value})
    return bytes.fromhex(answer["personRef"])
