"""`./best links requests`: what citizens filed, for the data protection officer."""

import argparse
import base64
import json
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from links.citizen.service import SEALED_FOR, bind_request
from links.domain.working_days import BRUSSELS
from links.keys.client import BatchKeys, KeysUnavailable
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import EnvironmentProblem, InputRefused

Waiting = tuple[UUID, str, datetime, bytes]


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links requests` accepts."""
    parser.description = "Complaints and requests for protection that wait for an answer."
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="number, kind and moment (in Brussels) of each, oldest first")
    show = "what was written, and the record that a complaint is about"
    for name, says in (("show", show), ("answer", "it was dealt with: the citizen sees that")):
        steps.add_parser(name, help=says).add_argument("id", metavar="NUMBER", type=UUID)


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step."""
    with connect(settings, LinksRole.GOVERN, autocommit=True) as connection:
        if arguments.step == "answer":
            answer_request(connection, arguments.id)
            print(f"{arguments.id}: answered.")
        elif arguments.step == "show":
            print("\n".join(show_request(connection, settings, arguments.id)))
        else:
            for number, kind, at, _ in list_waiting(connection):
                print(f"{number}  {kind:<10}  {tell_moment(at)}")
    return 0


def tell_moment(moment: datetime) -> str:
    """Write a moment as a clock in Brussels shows it."""
    return f"{moment.astimezone(BRUSSELS):%Y-%m-%d %H:%M}"


def list_waiting(connection: psycopg.Connection[Any]) -> list[Waiting]:
    """Return what waits, sealed as it is."""
    return connection.execute("select * from links.list_open_requests()").fetchall()


def answer_request(connection: psycopg.Connection[Any], number: UUID) -> None:
    """Mark a request as dealt with."""
    row = connection.execute("select links.answer_request(%s)", (number,)).fetchone()
    if row != (True,):
        raise InputRefused(f"No request {number} waits for an answer.")


def show_request(
    connection: psycopg.Connection[Any], settings: LinksSettings, number: UUID
) -> list[str]:
    """Return the lines that tell a request, and which record it is about."""
    found = [one for one in list_waiting(connection) if one[0] == number]
    if not found:
        raise InputRefused(f"No request {number} waits for an answer.")
    _, kind, at, sealed = found[0]
    content = unseal_request(settings, kind, number, sealed)
    lines = [f"{kind} of {tell_moment(at)}", "", content["text"]]
    if content["about"]:
        records = connection.execute(
            "select * from links.find_request_record(%s, %s)",
            (number, bytes.fromhex(content["about"])),
        )
        lines += [""] + [
            f"About record {n} of organisation {organisation}, under {deliberation}."
            for organisation, n, deliberation in records
        ]
    return lines


def unseal_request(
    settings: LinksSettings, kind: str, number: UUID, sealed: bytes
) -> dict[str, Any]:
    """Open what a citizen wrote."""
    try:
        with BatchKeys(settings.batch_socket) as keys:
            answer = keys.ask(
                "unseal",
                purpose=SEALED_FOR,
                sealed=base64.b64encode(sealed).decode(),
                bound=bind_request(kind, number),
            )
    except KeysUnavailable:
        raise EnvironmentProblem(
            "The pseudonymiser does not answer: is ./best links up running?"
        ) from None
    content: dict[str, Any] = json.loads(base64.b64decode(answer["data"]))
    return content
