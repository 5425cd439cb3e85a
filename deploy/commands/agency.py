"""`agency`: who may deliver to this register: agencies, their members, keys and authorisations."""

from __future__ import annotations

import argparse
import getpass
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from deploy.agency_keys import read_key, write_private_key
from deploy.progress import print_progress
from deploy.session import open_session
from importers.run import refuse_in_mirror
from registry.clock import utc_now
from registry.deliveries import agencies
from registry.deliveries.guards import Guard, list_threshold_sets, list_thresholds, set_threshold
from registry.deliveries.states import Authorisation, AuthorisationState
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from psycopg import Connection

    from registry.deliveries.agencies import Agency
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
    parser.add_argument("--kinds", nargs="+", choices=[*_KINDS], default=[*_KINDS], help="all")
    parser.add_argument("--from", dest="since", metavar="DATE", type=read_date, help="now")
    parser.add_argument("--until", metavar="DATE", type=read_date, help="that day too; a year")
    parser.add_argument(
        "--publishes-alone",
        metavar="CLIENT",
        action="append",
        default=[],
        help="needs no second person unless a guard rings",
    )


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
        with connect(settings, Role.IMPORTER, application_name="best agency") as connection:
            act(arguments, connection, utc_now())
    return 0


def act(arguments: argparse.Namespace, connection: Connection, now: datetime) -> None:
    """Do one action in the caller's transaction."""
    match arguments.action:
        case "list":
            show(connection, now, as_json=arguments.json)
        case "add":
            agencies.add_agency(connection, arguments.agency, arguments.name, now)
            for member in arguments.member:
                add_member(connection, arguments.agency, member, now)
            grant(arguments, connection, now)
        case "renew":
            grant(arguments, connection, now)
        case "add-member":
            add_member(connection, arguments.agency, arguments.member, now)
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


def add_member(connection: Connection, agency_id: str, new: NewMember, now: datetime) -> None:
    """Add a member with its key."""
    jwk = read_key(new.key_file)
    agencies.add_member(connection, agency_id, new.client_id, new.name, now)
    kid = agencies.add_key(connection, new.client_id, jwk, now)
    print_progress(f"{new.client_id} ({new.name}) is a member of {agency_id}, with key {kid}.")


def rotate_key(connection: Connection, client_id: str, key_file: Path, now: datetime) -> None:
    """Accept the new key and retire the others, at once."""
    kid = agencies.add_key(connection, client_id, read_key(key_file), now)
    retired = agencies.retire_keys(connection, client_id, now, kept=kid)
    told = f"; retired: {', '.join(retired)}" if retired else ""
    print_progress(f"{client_id} has key {kid} now{told}.")


def grant(arguments: argparse.Namespace, connection: Connection, now: datetime) -> None:
    """Grant an authorisation, from now on the one of its region."""
    since = arguments.since or now
    until = arguments.until + timedelta(days=1) if arguments.until else since + _USUAL_SPAN
    if until <= max(since, now):
        raise InputRefused("--until: the authorisation would end before it begins, or has ended.")
    authorisation = Authorisation(
        agency_id=arguments.agency,
        region=Region.from_iso_code(arguments.region),
        kinds=frozenset(_KINDS[kind] for kind in arguments.kinds),
        valid_from=since,
        valid_to=until,
        publishing_alone=frozenset(arguments.publishes_alone),
    )
    agencies.grant_authorisation(connection, authorisation, now)
    print_progress(f"{arguments.agency}: {describe_authorisation(authorisation, now)}")


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
    found = agencies.list_agencies(connection)
    if as_json:
        print(json.dumps([to_json(agency, now) for agency in found], ensure_ascii=False))
        return
    if not found:
        print("There is no agency: ./best agency add.")
    for agency in found:
        print("\n".join(describe_agency(agency, now)))


def describe_agency(agency: Agency, now: datetime) -> list[str]:
    """Return a line for the agency, each authorisation and each member."""
    suspended = f"SUSPENDED since {agency.suspended_at:%Y-%m-%d}" if agency.suspended_at else ""
    lines = [f"{agency.id}  {agency.name}  {suspended}".rstrip()]
    lines += [f"  {describe_authorisation(each, now)}" for each in agency.authorisations]
    for member in agency.members:
        keys = ", ".join(member.kids) or "NO KEY"
        told = f"removed {member.removed_at:%Y-%m-%d}" if member.removed_at else f"key {keys}"
        lines.append(f"  {member.client_id}  {member.name}  {told}")
    return lines


def describe_authorisation(authorisation: Authorisation, now: datetime) -> str:
    """Return what is authorised and until when; loudly when that ends soon, or has."""
    state = authorisation.state_at(now)
    last_day = authorisation.valid_to - timedelta(microseconds=1)
    loud = {AuthorisationState.EXPIRING: "EXPIRES SOON", AuthorisationState.EXPIRED: "EXPIRED"}
    kinds = [kind.plural for kind in Resource if kind in authorisation.kinds]
    alone = sorted(authorisation.publishing_alone)
    parts = [
        f"{authorisation.region.iso_code} {loud.get(state, state)}",
        f"from {authorisation.valid_from:%Y-%m-%d} until {last_day:%Y-%m-%d}",
        "all kinds" if len(kinds) == len(Resource) else ", ".join(kinds),
        f"publishes alone: {', '.join(alone)}" if alone else "two persons publish",
    ]
    if state in loud:
        parts.append(f"./best agency renew {authorisation.agency_id} renews it")
    return "; ".join(parts)


def to_json(agency: Agency, now: datetime) -> dict[str, Any]:
    """Return an agency for machines."""
    return {
        "id": agency.id,
        "name": agency.name,
        "suspendedAt": write_moment(agency.suspended_at),
        "authorisations": [
            {
                "region": each.region.iso_code,
                "state": each.state_at(now),
                "kinds": [kind.plural for kind in Resource if kind in each.kinds],
                "validFrom": write_moment(each.valid_from),
                "validTo": write_moment(each.valid_to),
                "publishingAlone": sorted(each.publishing_alone),
            }
            for each in agency.authorisations
        ],
        "members": [
            {
                "clientId": member.client_id,
                "name": member.name,
                "removedAt": write_moment(member.removed_at),
                "keys": list(member.kids),
            }
            for member in agency.members
        ],
    }


def write_moment(moment: datetime | None) -> str | None:
    """Write a moment in UTC, None for none."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
