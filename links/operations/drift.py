"""Whether migrations and links/store/tables.py say the same: `python -m links.operations.drift`.

What PostgreSQL itself dumps of both is compared: comments, conditions of indexes and order of
columns too. Functions and partitions are the migrations' own and have no second source.
"""

from __future__ import annotations

import difflib
import re
import sys
from typing import TYPE_CHECKING

import sqlalchemy as sa

from links.operations.database import clone_database
from links.operations.migrations import migrate
from links.operations.programs import find_programs, run_as_server_user
from links.operations.throwaway import throwaway_cluster
from links.store.connections import PORT, SUPERUSER, connect_as_owner
from links.store.tables import SCHEMA, metadata
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from links.settings import LinksSettings

_NOT_OURS = ("--", "SET ", "\\", "SELECT pg_catalog.set_config")
_MADE_BY_MIGRATIONS = ("alembic_version", "link_*", "record_*")


def list_drift() -> list[str]:
    """Lines of a difference: `-` only in the migrations, `+` only in the tables."""
    with throwaway_cluster() as empty:
        migrated, declared = clone_database(empty, "migrated"), clone_database(empty, "declared")
        migrate(migrated)
        engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=lambda: connect_as_owner(declared),
            poolclass=sa.NullPool,
        )
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(SCHEMA))
            metadata.create_all(connection)
        by_migrations, by_tables = dump_tables(migrated), dump_tables(declared)
    return list(
        difflib.unified_diff(
            by_migrations, by_tables, "migrations", "links/store/tables.py", n=2, lineterm=""
        )
    )


def dump_tables(settings: LinksSettings) -> list[str]:
    """Lines of the statements that would make the tables again, in an order of their own."""
    result = run_as_server_user(
        [
            str(find_programs() / "pg_dump"),
            *("--host", str(settings.socket_directory), "--port", str(PORT)),
            *("--username", SUPERUSER, "--dbname", settings.database_name),
            *("--table", f"{SCHEMA}.*", "--schema-only", "--no-owner", "--no-privileges"),
            *(f"--exclude-table={SCHEMA}.{name}" for name in _MADE_BY_MIGRATIONS),
        ]
    )
    if result.returncode:
        raise EnvironmentProblem(f"pg_dump failed:\n{result.stdout.strip()}")
    lines = [x for x in result.stdout.splitlines() if x and not x.startswith(_NOT_OURS)]
    statements = {part.strip() for part in re.split(r";\n", "\n".join(lines) + "\n")}
    kept = (s for s in statements if s and not s.startswith("CREATE TRIGGER"))
    return "\n".join(sorted(kept)).splitlines()


if __name__ == "__main__":
    differences = list_drift()
    for line in differences:
        print(line)
    sys.exit(1 if differences else 0)
