"""What the owner of the data says of a finding: it is right (confirmed), or right so (exception).

A mark is about rule and object, so it outlives the finding: one that returns is marked again.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from psycopg import Connection

from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.quality.scores import write_scores
from registry.quality.statements import read_statement
from registry.store.statements import read_statement as read_store_statement


class Mark(StrEnum):
    """What can be said of a finding; an exception leaves the score."""

    CONFIRMED = "confirmed"
    EXCEPTION = "exception"


def mark_finding(
    connection: Connection, finding_id: int, mark: Mark, reason: str, by: str, now: datetime
) -> None:
    """Mark a finding, in place of an earlier mark, and count the scores of its region anew.

    InputRefused when there is no such finding, it names no object, or a reason or name lacks.
    """
    if not reason.strip() or not by.strip():
        raise InputRefused("A mark needs a reason and the name of who gives it.")
    with connection.transaction():
        finding = _fetch_finding(connection, finding_id)
        said = {"mark": mark, "reason": reason.strip(), "by": by.strip(), "now": now}
        connection.execute(read_statement("withdraw_mark"), finding | said)
        connection.execute(read_statement("insert_mark"), finding | said)
        write_scores(connection, Region(finding["region"]))


def withdraw_mark(connection: Connection, finding_id: int, now: datetime) -> None:
    """Take back the mark of a finding; InputRefused when there is none."""
    with connection.transaction():
        finding = _fetch_finding(connection, finding_id)
        withdrawn = connection.execute(read_statement("withdraw_mark"), finding | {"now": now})
        if not withdrawn.rowcount:
            raise InputRefused(f"Finding {finding_id} has no mark.")
        write_scores(connection, Region(finding["region"]))


def _fetch_finding(connection: Connection, finding_id: int) -> dict[str, Any]:
    connection.execute(read_store_statement("lock_publishing"))
    row = connection.execute(read_statement("fetch_finding"), {"id": finding_id}).fetchone()
    if row is None:
        raise InputRefused(f"There is no finding {finding_id}.")
    finding = dict(zip(("rule", "region", "resource", "object_id"), row, strict=True))
    if not finding["object_id"]:
        raise InputRefused(f"Finding {finding_id} names no object, so it cannot be marked.")
    return finding
