"""The statements of the agencies' door: one per file in `sql/`."""

from functools import cache
from pathlib import Path

from psycopg import sql

_FOLDER = Path(__file__).parent / "sql"


@cache
def read_statement(name: str) -> sql.SQL:
    """Return the statement of `sql/{name}.sql`."""
    return sql.SQL((_FOLDER / f"{name}.sql").read_text())
