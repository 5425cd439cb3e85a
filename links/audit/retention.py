"""What is let go: records of ten years ago and their keys, links that ended, what was passing."""

from collections.abc import Callable

import psycopg


def drop_due_records(
    connection: psycopg.Connection, shred_month: Callable[[str], object]
) -> list[str]:
    """Destroy the keys of the months that are due, then drop their records; return the months.

    In this order a failure in between leaves nothing readable and is taken up the next day.
    Leaves and checkpoints stay.
    """
    due = [month for (month,) in connection.execute("select * from links.list_due_months()")]
    for month in due:
        shred_month(month)
    return [month for (month,) in connection.execute("select * from links.drop_due_records()")]


def drop_ended_links(connection: psycopg.Connection) -> int:
    """Drop links that ended longer ago than their kind is kept; return how many."""
    return _read_count(connection.execute("select links.drop_ended_links()"))


def drop_passed(connection: psycopg.Connection) -> int:
    """Drop used tokens and handles, old questions and old notices; return how many."""
    return _read_count(connection.execute("select links.drop_passed()"))


def _read_count(cursor: psycopg.Cursor) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0
