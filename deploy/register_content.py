"""What a register holds, as digests: two registers that hold the same have the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

_TELL_EVERY_ROWS = 500_000
_TEXT_FORMAT = (
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO'",
    "set local extra_float_digits = 1",
    # Every scan from the first row on: the order of rows is part of the digest.
    "set local synchronize_seqscans = off",
)
SCHEMAS = ("registry", "deliveries", "jobs")
"""What is backed up, beside the views; before migration 0006 there was only the first."""
_TABLES = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any (%(schemas)s) and c.relkind = 'r' order by n.nspname, c.relname
"""
_SEQUENCES = """
    select schemaname, sequencename, coalesce(last_value, 0) from pg_sequences
    where schemaname = any (%(schemas)s) order by schemaname, sequencename
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContent:
    """Rows of one table, and the SHA-256 of them as COPY's text in stored order."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterContent:
    """Every table (partitions one by one) and the last value of every sequence.

    Sequences know no transactions, so `sequences` are what they had reached at least.
    """

    tables: dict[str, TableContent]
    sequences: dict[str, int]

    def list_differences(self, other: RegisterContent) -> list[str]:
        """Return in words what `other` has differently, or which sequence it has not reached."""
        tables = [
            f"table {name}: {_describe(other.tables.get(name))},"
            f" not {_describe(self.tables.get(name))}"
            for name in sorted(self.tables.keys() | other.tables.keys())
            if self.tables.get(name) != other.tables.get(name)
        ]
        return tables + [
            f"sequence {name}: {other.sequences.get(name, 0)}, not {reached}"
            for name, reached in self.sequences.items()
            if other.sequences.get(name, 0) < reached
        ]


def _describe(table: TableContent | None) -> str:
    return "absent" if table is None else f"{table.rows:,} rows ({table.sha256[:12]})"


def read_sequences(connection: psycopg.Connection) -> dict[str, int]:
    """Return how far each sequence has come."""
    rows = connection.execute(_SEQUENCES, {"schemas": list(SCHEMAS)}).fetchall()
    return {_spell(schema, name): value for schema, name, value in rows}


def read_tables(
    connection: psycopg.Connection, tell: Callable[[str], None]
) -> dict[str, TableContent]:
    """Read every table once, within the caller's transaction; `tell` hears how far it is."""
    for statement in _TEXT_FORMAT:
        connection.execute(statement)
    tables = connection.execute(_TABLES, {"schemas": list(SCHEMAS)}).fetchall()
    return {
        _spell(schema, name): _read_table(connection, schema, name, tell) for schema, name in tables
    }


def _spell(schema: str, name: str) -> str:
    """Return the name in a manifest: those of the register itself stand bare."""
    return name if schema == SCHEMAS[0] else f"{schema}.{name}"


def _read_table(
    connection: psycopg.Connection, schema: str, name: str, tell: Callable[[str], None]
) -> TableContent:
    digest, rows = hashlib.sha256(), 0
    statement = sql.SQL("copy {} to stdout").format(sql.Identifier(schema, name))
    with connection.cursor().copy(statement) as copy:
        for block in copy:
            digest.update(block)
            rows += bytes(block).count(b"\n")  # a line break within a value is written \n
            if not rows % _TELL_EVERY_ROWS:
                tell(f"{name}: {rows:,} rows compared")
    return TableContent(rows=rows, sha256=digest.hexdigest())
