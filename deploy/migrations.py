"""Bring the database's tables up to date."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from deploy.progress import step
from deploy.statements import read_statement
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect
from registry.store.schema_version import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

    from registry.settings import Settings

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.2


def migrate(settings: Settings) -> None:
    """Run the migrations that are missing; when there is none, alembic is not even loaded."""
    found = find_schema_version(settings)
    if found == HEAD:
        return
    from alembic.util import CommandError  # noqa: PLC0415 - half a second of imports

    with step(f"Migrating the register ({found or 'empty'} to {HEAD})"):
        try:
            upgrade_when_readers_pause(settings)
        except CommandError as error:
            raise EnvironmentProblem(
                f"The database is at version {found}, which this software does not know (it ends"
                f" at {HEAD}): a newer Best made it. Update the checkout. ({error})"
            ) from error


def upgrade_when_readers_pause(settings: Settings) -> None:
    """Try again and again, as each try asks for its locks for a moment only (see env.py).

    A migration that waited for somebody's long query would make every later reader wait behind
    it. EnvironmentProblem, naming whose it is, when that query does not end.
    """
    from alembic import command  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            command.upgrade(make_alembic_configuration(settings), "head")
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise EnvironmentProblem(f"The migration broke off: {error.orig}") from error
            if time.monotonic() > deadline:
                raise EnvironmentProblem(explain_lock(settings)) from error
            time.sleep(PAUSE_SECONDS)
        else:
            return


def explain_lock(settings: Settings) -> str:
    """Say who holds what a migration needs."""
    with connect(settings, Role.OWNER, application_name="best migrate") as connection:
        holders = [
            f"{pid} ({name or 'unnamed'})"
            for pid, name in connection.execute(read_statement("lock_holders"))
        ]
    return (
        f"The tables were not changed: for {PATIENCE_SECONDS:.0f} s somebody held a lock on them."
        f" PostgreSQL processes: {', '.join(holders) or 'gone by now'}. Wait until they are done"
        " (a backup takes minutes) or end them; then run it again."
    )


def find_schema_version(settings: Settings) -> str | None:
    """Return the database's migration, None when it has none yet."""
    with connect(settings, Role.OWNER, application_name="best migrate") as connection:
        try:
            row = connection.execute("select version_num from registry.alembic_version").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return None
    return str(row[0]) if row else None


def make_alembic_configuration(settings: Settings) -> Config:
    """Alembic's configuration, with the settings for env.py in its attributes."""
    from alembic.config import Config  # noqa: PLC0415

    configuration = Config(toml_file=CHECKOUT / "pyproject.toml")
    configuration.attributes["settings"] = settings
    return configuration
