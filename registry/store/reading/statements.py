"""The statements of the read side: one `.sql` file each, read once, composed from constants."""

from functools import cache
from pathlib import Path

from psycopg import sql

_FOLDER = Path(__file__).parent.parent / "sql" / "reading"


@cache
def read_statement(name: str) -> sql.SQL:
    """Return the statement of `registry/store/sql/reading/<name>.sql`."""
    # The files are part of the program, as constant as a literal in it.
    return sql.SQL((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))


def compose(statement: sql.SQL, **parts: sql.Composable) -> bytes:
    """Fill the placeholders of a statement and return it as it is sent."""
    return statement.format(**parts).as_bytes(None)


def all_of(fragments: tuple[sql.Composable, ...]) -> sql.Composable:
    """Return the conjunction of conditions; none at all holds for every row."""
    return sql.SQL("\n  and ").join(fragments) if fragments else sql.SQL("true")
