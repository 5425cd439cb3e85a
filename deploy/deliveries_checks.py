"""Checks of the agencies' door: whether it is open, and which authorisations end soon."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from deploy.checks import Check, Verdict
from deploy.door import DOOR, WORKER, is_part_running
from deploy.migrations import find_schema_version
from registry.deliveries.agencies import list_agencies
from registry.deliveries.states import AuthorisationState
from registry.store.schema_version import HEAD

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from registry.settings import Settings

_MOMENT = timedelta(microseconds=1)  # its end is not in it
_ENDING = frozenset({AuthorisationState.EXPIRING, AuthorisationState.EXPIRED})


def list_deliveries_checks(
    settings: Settings, connection: psycopg.Connection, now: datetime
) -> list[Check]:
    """Return the checks of the door; none where there is no agency that may deliver."""
    if find_schema_version(settings) != HEAD:
        return []
    active = [agency for agency in list_agencies(connection) if agency.suspended_at is None]
    if not active:
        return []
    ending = [
        f"{agency.id}, {each.region.iso_code}: {each.valid_to - _MOMENT:%Y-%m-%d}"
        for agency in active
        for each in agency.authorisations
        if each.state_at(now) in _ENDING
    ]
    return [check_door(settings), check_authorisations(ending)]


def check_door(settings: Settings) -> Check:
    """Whether the processes of the door run in this home."""
    missing = [part for part in (DOOR, WORKER) if not is_part_running(settings.home, part)]
    if not missing:
        return Check(name="deliveries", verdict=Verdict.OK, found="door and worker run")
    return Check(
        name="deliveries",
        verdict=Verdict.WARN,
        found=f"not running here: {' and '.join(missing)}",
        hint="./best up runs both; where it does, its output says why one of them does not.",
    )


def check_authorisations(ending: list[str]) -> Check:
    """Whether an agency will soon be unable to deliver, or is already."""
    name = "authorisations"
    if not ending:
        return Check(name=name, verdict=Verdict.OK, found="none ends within 30 days")
    return Check(
        name=name,
        verdict=Verdict.WARN,
        found=f"end soon, or have: {'; '.join(ending)}",
        hint="./best agency renew ID --region R grants one anew.",
    )
