"""Bring the database's tables up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from deploy.progress import step
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect
from registry.store.schema_version import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

    from registry.settings import Settings

CHECKOUT = Path(__file__).resolve().parent.parent


def migrate(settings: Settings) -> None:
    """Run the migrations that are missing; when there is none, alembic is not even loaded."""
    found = find_schema_version(settings)
    if found == HEAD:
        return
    from alembic import command  # noqa: PLC0415 - half a second of imports
    from alembic.util import CommandError  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    with step(f"Migrating the register ({found or 'empty'} to {HEAD})"):
        try:
            command.upgrade(make_alembic_configuration(settings), "head")
        except CommandError as error:
            raise EnvironmentProblem(
                f"The database is at version {found}, which this software does not know (it ends"
                f" at {HEAD}): a newer Best made it. Update the checkout. ({error})"
            ) from error
        except OperationalError as error:
            raise EnvironmentProblem(
                "The migration waited for a lock that somebody's query holds and gave up, so that"
                " no reader queues behind it. Nothing was changed; run it again."
                f" ({str(error.orig).strip()})"
            ) from error


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
