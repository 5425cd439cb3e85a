"""The statements of the agencies' door: one per file in `sql/`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

_FOLDER = Path(__file__).parent / "sql"


@cache
def read_statement(name: str) -> sql.SQL:
    """Return the statement of `sql/{name}.sql`."""
    return sql.SQL((_FOLDER / f"{name}.sql").read_text())


def fetch_rows(
    connection: Connection,
    statement: str | sql.Composed,
    parameters: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Return the rows of a statement, given or named, by the names of their columns."""
    query = read_statement(statement) if isinstance(statement, str) else statement
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()
