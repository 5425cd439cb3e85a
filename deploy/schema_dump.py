"""The schema of a database as text, in an order that does not depend on how it was made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.server_programs import find_programs, find_server_user, run_as
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import PRIVATE_PORT, get_socket_directory

if TYPE_CHECKING:
    from registry.settings import Settings

_STATEMENT_END = re.compile(r";\n")


def dump_statements(settings: Settings, *, schema: str) -> set[str]:
    """The statements that would make the tables of `schema` again, without owners and privileges.

    Columns keep their order within a table: it is part of what the tables promise to `select *`.
    """
    command = [
        str(find_programs(None) / "pg_dump"),
        *("--host", str(get_socket_directory(settings.home)), "--port", str(PRIVATE_PORT)),
        *("--username", "best", "--dbname", settings.database_name),
        *("--table", f"{schema}.*", "--schema-only", "--no-owner", "--no-privileges"),
        *("--exclude-table", f"{schema}.alembic_version"),
    ]
    result = run_as(find_server_user(), command)
    if result.returncode:
        raise EnvironmentProblem(f"pg_dump failed:\n{result.stdout.strip()}")
    return split_statements(result.stdout)


def split_statements(dump: str) -> set[str]:
    """Split at `;` and newline, after dropping comments, settings and psql's own commands."""
    lines = [
        line
        for line in dump.splitlines()
        if line and not line.startswith(("--", "SET ", "\\", "SELECT pg_catalog.set_config"))
    ]
    return {part.strip() for part in _STATEMENT_END.split("\n".join(lines) + "\n") if part.strip()}
