"""What somebody must look at: alarms that nobody has seen yet."""

from datetime import datetime
from typing import Any

import psycopg

Alarm = tuple[int, datetime, str, str | None, dict[str, Any]]
"""Number, moment, rule, organisation, facts: numbers of records, a deliberation, a client."""


def list_alarms(connection: psycopg.Connection) -> list[Alarm]:
    """Return them, oldest first."""
    return connection.execute("select * from links.list_alarms()").fetchall()


def see_alarm(connection: psycopg.Connection, number: int) -> bool:
    """Mark one as seen; False when it was, or is none."""
    row = connection.execute("select links.see_alarm(%s)", (number,)).fetchone()
    return row == (True,)
