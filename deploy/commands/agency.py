"""`agency`: who may deliver to this register: agencies, their members, keys and authorisations."""

from __future__ import annotations

import argparse
import getpass
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from deploy.agency_keys import read_key, write_private_key
from deploy.agency_listing import describe_agency, describe_authorisation, to_json
from deploy.progress import print_progress
from deploy.session import open_session
from importers.run import refuse_in_mirror
from registry.clock import utc_now
from registry.deliveries import agencies
from registry.deliveries.guards import Guard, list_threshold_sets, list_thresholds, set_threshold
from registry.deliveries.states import WORKER, Authorisation, State
from registry.deliveries.store import change_state, lock_delivery
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

    from registry.settings import Settings

_REGIONS = [region.iso_code for region in Region]
_KINDS = {resource.plural: resource for resource in Resource}
_USUAL_SPAN = timedelta(days=365)


class NewMember(NamedTuple):
    """A member as CLIENT=NAME:KEYFILE says."""

    client_id: str
    name: str
    key_file: Path


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `agency` accepts."""
    parser.description = "Say who may deliver to this register, and what."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="agencies, members, keys and authorisations")
    listing.add_argument("--json", action="store_true", help="the same on standard output")
    add = actions.add_parser("add", help="add an agency with its members and an authorisation")
    add.add_argument("agency", metavar="ID", help="letters, digits, dots and hyphens")
    add.add_argument("--name", required=True, help="as people write it")
    add_members(add, "--member", action="append", required=True)
    add_authorisation(add)
    renew = actions.add_parser("renew", help="grant an authorisation anew, or for one more region")
    renew.add_argument("agency", metavar="ID")
    add_authorisation(renew)
    member = actions.add_parser("add-member", help="add a member to an agency")
    member.add_argument("agency", metavar="ID")
    add_members(member, "member")
    for action, what in (
        ("remove-member", "let a member do nothing any more"),
        ("rotate-key", "accept a member's new key, and the former ones no more"),
    ):
        actions.add_parser(action, help=what).add_argument("client", metavar="CLIENT")
    actions.choices["rotate-key"].add_argument("key_file", metavar="KEYFILE", type=Path)
    for action, what in (
        ("suspend", "accept nothing of an agency until it is resumed"),
        ("resume", "accept it again"),
    ):
        actions.add_parser(action, help=what).add_argument("agency", metavar="ID")
    thresholds = actions.add_parser("thresholds", help="above what a second person must look")
    thresholds.add_argument("region", choices=_REGIONS)
    thresholds.add_argument("set", metavar="GUARD=SHARE", nargs="*", type=read_threshold)
    key = actions.add_parser("new-key", help="make a key: the private one into FILE")
    key.add_argument("file", metavar="FILE", type=Path)


def add_members(parser: argparse.ArgumentParser, name: str, **options: Any) -> None:
    """Declare members: the file holds the public key that the member sent."""
    told = "CLIENT=NAME:KEYFILE"
    parser.add_argument(name, metavar=told, type=read_member, **options)


def add_authorisation(parser: argparse.ArgumentParser) -> None:
    """Declare what is authorised."""
    parser.add_argument("--region", choices=_REGIONS, required=True)
    kept = "as before; all"
    parser.add_argument("--kinds", nargs="+", choices=[*_KINDS], help=kept)
    parser.add_argument("--from", dest="since", metavar="DATE", type=read_date, help="now")
    parser.add_argument("--until", metavar="DATE", type=read_date, help="that day too; a year")
    alone = parser.add_mutually_exclusive_group()
    alone.add_argument(
        "--publishes-alone",
        metavar="CLIENT",
        action="append",
        help="needs no second person unless a guard rings; else as before, or nobody",
    )
    alone.add_argument("--two-publish", action="store_true", help="nobody publishes alone any more")


def read_member(text: str) -> NewMember:
    """Read CLIENT=NAME:KEYFILE; a name may hold a colon, the file's path none."""
    client_id, _, rest = text.partition("=")
    name, _, file = rest.rpartition(":")
    if not (client_id and name and file):
        raise argparse.ArgumentTypeError(f"{text} is not CLIENT=NAME:KEYFILE")
    return NewMember(client_id, name, Path(file))


def read_date(text: str) -> datetime:
    """Read YYYY-MM-DD as the beginning of that day in UTC."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date such as 2027-12-31") from None


def read_threshold(text: str) -> tuple[Guard, float]:
    """Read GUARD=SHARE, such as moves=0.02."""
    name, _, share = text.partition("=")
    try:
        return Guard(name), float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is not GUARD=SHARE with one of {', '.join(Guard)} and a share from 0 to 1"
        ) from None


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one action, all of it or nothing; InputRefused says what is wrong."""
    if arguments.action == "new-key":
        print(json.dumps(write_private_key(arguments.file)))
        print_progress(
            f"{arguments.file} holds the private key: keep it. The line above is the public one:"
            " send that to whoever runs the register."
        )
        return 0
    with open_session(settings):
        refuse_in_mirror(settings)
        with connect(settings, Role.OWNER, application_name="best agency") as connection:
            act(arguments, connection, utc_now())
    return 0


def act(arguments: argparse.Namespace, connection: Connection, now: datetime) -> None:
    """Do one action in the caller's transaction."""
    match arguments.action:
        case "list":
            show(connection, now, as_json=arguments.json)
        case "add":
            agencies.add_agency(connection, arguments.agency, arguments.name, now)
            added = [
                add_member(connection, arguments.agency, member, now) for member in arguments.member
            ]
            grant(arguments, connection, now)
            print_progress("\n".join(added))
        case "renew":
            grant(arguments, connection, now)
        case "add-member":
            print_progress(add_member(connection, arguments.agency, arguments.member, now))
        case "remove-member":
            agencies.remove_member(connection, arguments.client, now)
            print_progress(f"{arguments.client} may do nothing any more.")
        case "rotate-key":
            rotate_key(connection, arguments.client, arguments.key_file, now)
        case "suspend":
            agencies.suspend_agency(connection, arguments.agency, now)
            print_progress(f"{arguments.agency} is suspended: nothing of it is accepted.")
        case "resume":
            agencies.resume_agency(connection, arguments.agency)
            print_progress(f"{arguments.agency} may deliver again.")
        case _:
            set_thresholds(arguments, connection, now)


def add_member(connection: Connection, agency_id: str, new: NewMember, now: datetime) -> str:
    """Add a member with its key; return a sentence for when all else was accepted too."""
    jwk = read_key(new.key_file)
    agencies.add_member(connection, agency_id, new.client_id, new.name, now)
    kid = agencies.add_key(connection, new.client_id, jwk, now)
    return f"{new.client_id} ({new.name}) is a member of {agency_id}, with key {kid}."


def rotate_key(connection: Connection, client_id: str, key_file: Path, now: datetime) -> None:
    """Accept the new key and retire the others, at once."""
    kid = agencies.add_key(connection, client_id, read_key(key_file), now)
    retired = agencies.retire_keys(connection, client_id, now, kept=kid)
    told = f"; retired: {', '.join(retired)}" if retired else ""
    print_progress(f"{client_id} has key {kid} now{told}.")
    put_back_wanted(connection, client_id, now)


def put_back_wanted(connection: Connection, client_id: str, now: datetime) -> None:
    """Put back what was asked for with a former key and no second person has agreed to."""
    for delivery_id, state in agencies.list_wanted(connection, client_id):
        delivery = lock_delivery(connection, delivery_id)
        if delivery is None or delivery.state is not State.AWAITING:
            print_progress(f"Asked for with a former key: delivery {delivery_id}, {state}.")
            continue
        detail = f"{client_id}, who had asked for its publication, has another key now."
        change_state(connection, delivery, State.RECEIVED, WORKER, now, detail)
        print_progress(f"Put back, to be asked for again: delivery {delivery_id}.")


def grant(arguments: argparse.Namespace, connection: Connection, now: datetime) -> None:
    """Grant an authorisation: from its first moment the one of its region."""
    since = arguments.since or now
    until = arguments.until + timedelta(days=1) if arguments.until else since + _USUAL_SPAN
    if until <= max(since, now):
        raise InputRefused("--until: the authorisation would end before it begins, or has ended.")
    region = Region.from_iso_code(arguments.region)
    former = find_former(connection, arguments.agency, region, now)
    kinds: Iterable[Resource] = former.kinds if former else Resource
    if arguments.kinds:
        kinds = (_KINDS[kind] for kind in arguments.kinds)
    alone: Iterable[str] = arguments.publishes_alone or ()
    if former and not (alone or arguments.two_publish):
        alone = former.publishing_alone
    authorisation = Authorisation(
        agency_id=arguments.agency,
        region=region,
        kinds=frozenset(kinds),
        valid_from=since,
        valid_to=until,
        publishing_alone=frozenset(alone),
    )
    agencies.grant_authorisation(connection, authorisation, now)
    print_progress(f"{arguments.agency}: {describe_authorisation(authorisation, now)}")
    (agency,) = (a for a in agencies.list_agencies(connection, now) if a.id == arguments.agency)
    active = [member for member in agency.members if member.removed_at is None]
    if len(active) < 2 and not authorisation.publishing_alone:
        print_progress(
            "Nobody can publish yet: it takes two members, or one with --publishes-alone."
        )
    if former and former.holds_at(now) and since > now:
        told = describe_authorisation(former, now)
        print_progress(f"Until then holds what held before: {told}")


def find_former(
    connection: Connection, agency_id: str, region: Region, now: datetime
) -> Authorisation | None:
    """Return what an agency was authorised for before, of who still may act."""
    for agency in agencies.list_agencies(connection, now):
        active = {member.client_id for member in agency.members if not member.removed_at}
        for each in agency.authorisations:
            if agency.id == agency_id and each.region is region:
                return replace(each, publishing_alone=each.publishing_alone & active)
    return None


def set_thresholds(arguments: argparse.Namespace, connection: Connection, now: datetime) -> None:
    """Set thresholds, if any were given; print those that hold, and how they came to."""
    region = Region.from_iso_code(arguments.region)
    for guard, value in arguments.set:
        set_threshold(connection, region, guard, value, getpass.getuser(), now)
    for guard, value in list_thresholds(connection, region).items():
        print(f"{guard:<16} {value:g}")
    for told in list_threshold_sets(connection, region):
        print(f"  {told.set_at:%Y-%m-%d %H:%M} UTC  {told.guard}={told.value:g}  {told.set_by}")


def show(connection: Connection, now: datetime, *, as_json: bool) -> None:
    """Print every agency."""
    found = agencies.list_agencies(connection, now)
    if as_json:
        print(json.dumps([to_json(agency, now) for agency in found], ensure_ascii=False))
        return
    if not found:
        print("There is no agency: ./best agency add.")
    for agency in found:
        print("\n".join(describe_agency(agency, now)))
