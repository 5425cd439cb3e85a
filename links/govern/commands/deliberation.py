"""`links deliberation`: propose, advise, approve, narrow, suspend, withdraw, show, list."""

import argparse
import hashlib
import json
from datetime import datetime
from pathlib import Path

from links.clock import utc_now
from links.domain.deliberation import (
    Deliberation,
    SignedDeliberation,
    State,
    find_hindrance,
    make_publication,
)
from links.domain.reasons import Reason
from links.domain.signatures import is_signed, make_proposal, signatures_ok
from links.domain.working_days import BRUSSELS
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

_STANDINGS = {
    None: "in force",
    Reason.STANDSTILL: "in standstill",
    Reason.NOT_YET_VALID: "not yet valid",
    Reason.EXPIRED: "expired",
}
"""Of what was approved and not stopped."""


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
    show = steps.add_parser("show", help="what counts now, or one version, and its signatures")
    show.add_argument("id", metavar="ID")
    show.add_argument("version", metavar="VERSION", type=int, nargs="?", help="proposals too")
    listed = steps.add_parser("list", help="all that was ever approved, and what waits for it")
    listed.add_argument("--proposed", action="store_true", help="only what waits for approval")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Do one step; 1 when a shown signature is invalid."""
    with connect(settings, LinksRole.GOVERN) as connection:
        if arguments.step == "show":
            return _show(_find(connection, arguments.id, arguments.version), arguments.id)
        if arguments.step == "list":
            approved = [] if arguments.proposed else acts.list_published(connection)
            for signed in approved + acts.list_proposals(connection):
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
            starts = acts.approve(connection, given.id, given.version, officer, _show_signed)
            return f"Approved as above; it stands still until {_tell_moment(starts)}."
        case _:
            state = State.SUSPENDED if given.step == "suspend" else State.WITHDRAWN
            stopped = acts.stop(connection, given.id, state, officer)
            return f"{given.id}: {state}, versions: {stopped}."


def _digest(document: Path) -> str:
    try:
        return hashlib.sha256(document.read_bytes()).hexdigest()
    except OSError as error:
        raise InputRefused(f"{document} cannot be read: {error.strerror}") from None


def _find(
    connection: acts.Connection, deliberation: str, version: int | None
) -> SignedDeliberation | None:
    if version is None:
        return acts.find_current(connection, deliberation)
    return acts.fetch_version(connection, deliberation, version)[0]


def _show(signed: SignedDeliberation | None, deliberation: str) -> int:
    if signed is None:
        raise InputRefused(f"No version of {deliberation} was ever approved: name one.")
    print(json.dumps(make_publication(signed), indent=2, ensure_ascii=False))
    print(_summarise(signed))
    return 0 if _is_valid(signed) else 1


def _is_valid(signed: SignedDeliberation) -> bool:
    one = signed.deliberation
    if one.state is State.PROPOSED:
        message = make_proposal(one, one.proposed_by)
        return is_signed(message, one.signature_proposer, signed.proposer)
    return signatures_ok(signed)


def _show_signed(message: bytes) -> None:
    print(json.dumps(json.loads(message), indent=2, ensure_ascii=False))


def _summarise(signed: SignedDeliberation) -> str:
    one = signed.deliberation
    days = [f"active from {_tell_moment(one.active_from)}"] if one.active_from else []
    days += [f"valid from {one.valid_from}{f' and before {one.valid_to}' if one.valid_to else ''}"]
    valid = "signatures valid" if _is_valid(signed) else "SIGNATURES INVALID"
    told = f"{one.id} version {one.version} {one.organisation} {_tell_standing(one)}"
    return f"{told}; {', '.join(days)}: {valid}"


def _tell_standing(one: Deliberation) -> str:
    if one.state is State.PROPOSED:
        advice = "attached" if one.dpo_advice_sha256 else "missing"
        return f"proposed by {one.proposed_by}, advice {advice}"
    return _STANDINGS.get(find_hindrance(one, utc_now()), str(one.state))


def _tell_moment(moment: datetime) -> str:
    return f"{moment.astimezone(BRUSSELS):%Y-%m-%d %H:%M %Z}"
