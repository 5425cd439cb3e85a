"""What the replica keeps of a public address: where it is and how it is written."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from registry.domain.change import ENDED_STATUSES

BRUSSELS = ZoneInfo("Europe/Brussels")


class ReplicaRow(NamedTuple):
    """A state of an address; without a municipality: it was removed on `changed_on`."""

    id: str
    municipality: str | None
    street: str | None
    house_number: str | None
    box_number: str | None
    valid: str | None
    changed_on: date
    is_correction: bool


def read_day(moment: str) -> date:
    """Return the day in Brussels of a moment with its offset; ValueError when it is none."""
    return datetime.fromisoformat(moment).astimezone(BRUSSELS).date()


def read_address(document: Mapping[str, Any]) -> ReplicaRow:
    """Return the row of a snapshot's line or a change's data; KeyError, ValueError."""
    record, validity = document["record"], document["validity"]
    begins = read_day(validity["validFrom"]) if "validFrom" in validity else None
    ends = read_day(record["validTo"]) if "validTo" in record else None
    if record.get("status") in ENDED_STATUSES:
        # The newest version began when the address ended.
        begins, ends = None, ends or begins
    if begins is not None and ends is not None:
        ends = max(begins, ends)
    region = record["region"]
    return ReplicaRow(
        id=f"{region}-{record['objectIdentifier']}",
        municipality=record["municipality"],
        street=f"{region}-{record['streetName']}",
        house_number=record["houseNumber"],
        box_number=record.get("boxNumber"),
        valid=f"[{begins or ''},{ends or ''})",
        changed_on=begins or date.min,
        is_correction=False,
    )


def read_change(event: Mapping[str, Any]) -> ReplicaRow:
    """Return the row of an event of the feed; KeyError, ValueError.

    A move to another municipality is dated by the new version, or by the release if it is undated.
    """
    change = event["data"]
    day = read_day(event["time"])
    if change["change"] == "removed":
        gone = read_day(change["removedAt"]) if "removedAt" in change else day
        return ReplicaRow(change["id"], None, None, None, None, None, gone, False)  # noqa: FBT003
    validity = change["validity"]
    is_dated = change["nature"] == "change" and "validFrom" in validity
    return read_address(change)._replace(
        changed_on=read_day(validity["validFrom"]) if is_dated else day,
        is_correction=change["nature"] == "correction",
    )
