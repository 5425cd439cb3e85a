"""`links deliberation`: propose, advise, approve, narrow, suspend, withdraw, show, list."""

import argparse
import hashlib
import json
from pathlib import Path

from links.domain.deliberation import SignedDeliberation, State, make_publication
from links.domain.signatures import signatures_ok
from links.govern import acts
from links.govern.officers import Officer, read_officer
from links.govern.proposals import read_proposal
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

_ACTS = {
    "propose": "propose FILE, a JSON or TOML document, as a deliberation or its next version",
    "narrow": "replace at once what is in force by a narrower FILE",
    "advise": "attach the data protection officer's advice to a proposal",
    "approve": "approve another officer's proposal; it holds after ten working days",
    "suspend": "stop a deliberation at once; a new version brings it back",
    "withdraw": "stop a deliberation at once, proposals too",
}


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `links deliberation` accepts."""
    parser.description = "Rights to ask: proposed by one officer, approved by another, published."
    steps = parser.add_subparsers(dest="step", required=True)
    for name, says in _ACTS.items():
        step = steps.add_parser(name, help=says, description=says)
        if name in {"propose", "narrow"}:
            step.add_argument("file", metavar="FILE", type=Path)
        else:
            step.add_argument("id", metavar="ID", help="such as CSI/2026/014")
        if name in {"advise", "approve"}:
            step.add_argument("version", metavar="VERSION", type=int)
        if name == "advise":
            step.add_argument("document", metavar="DOCUMENT", type=Path, help="the advice")
        step.add_argument("--officer", required=True, metavar="ACCOUNT")
        step.add_argument("--key", required=True, type=Path, metavar="FILE", help="its key file")
    show = steps.add_parser("show", help="what counts now, as published, and its signatures")
    show.add_argument("id", metavar="ID")
    steps.add_parser("list", help="every version that was ever approved")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step; 1 when a shown signature is invalid."""
    with connect(settings, LinksRole.GOVERN) as connection:
        if arguments.step == "show":
            return _show(acts.find_current(connection, arguments.id), arguments.id)
        if arguments.step == "list":
            for signed in acts.list_published(connection):
                print(_summarise(signed))
            return 0
        officer = read_officer(arguments.officer, arguments.key)
        print(_act(connection, arguments, officer))
    return 0


def _act(connection: acts.Connection, given: argparse.Namespace, officer: Officer) -> str:
    match given.step:
        case "propose" | "narrow":
            content = read_proposal(given.file)
            write = acts.propose if given.step == "propose" else acts.narrow
            return f"{content.id}: version {write(connection, content, officer)}."
        case "advise":
            digest = _digest(given.document)
            acts.advise(connection, given.id, given.version, officer, digest)
            return f"Advice {digest} is attached."
        case "approve":
            starts = acts.approve(connection, given.id, given.version, officer)
            return f"Approved; it stands still until {starts.astimezone():%Y-%m-%d %H:%M %Z}."
        case _:
            state = State.SUSPENDED if given.step == "suspend" else State.WITHDRAWN
            stopped = acts.stop(connection, given.id, state, officer)
            return f"{given.id}: {state}, versions: {stopped}."


def _digest(document: Path) -> str:
    try:
        return hashlib.sha256(document.read_bytes()).hexdigest()
    except OSError as error:
        raise InputRefused(f"{document} cannot be read: {error.strerror}") from None


def _show(signed: SignedDeliberation | None, deliberation: str) -> int:
    if signed is None:
        raise InputRefused(f"No version of {deliberation} was ever approved.")
    print(json.dumps(make_publication(signed), indent=2, ensure_ascii=False))
    print(_summarise(signed))
    return 0 if signatures_ok(signed) else 1


def _summarise(signed: SignedDeliberation) -> str:
    one = signed.deliberation
    valid = "signatures valid" if signatures_ok(signed) else "SIGNATURES INVALID"
    return f"{one.id} version {one.version} {one.organisation} {one.state}: {valid}"
