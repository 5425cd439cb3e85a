"""Agencies, their members and authorisations, in lines for people and in JSON for machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from registry.deliveries.states import Authorisation, AuthorisationState
from registry.domain.resource import Resource

if TYPE_CHECKING:
    from registry.deliveries.agencies import Agency


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
        place = f"{authorisation.agency_id} --region {authorisation.region.iso_code}"
        parts.append(f"./best agency renew {place} renews it")
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
