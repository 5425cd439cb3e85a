"""Bring the tables and functions of the wall up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from links.store.connections import connect_as_owner
from links.store.kinds import write_kinds
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from alembic.config import Config

    from links.settings import LinksSettings

HEAD = "0001"
"""The newest migration; alembic itself is not loaded when the database is there."""
SCRIPTS = Path(__file__).resolve().parents[2] / "alembic" / "links"


def migrate(settings: LinksSettings) -> None:
    """Run the migrations that are missing, and write the kinds of links/domain/kinds.toml."""
    if find_schema_version(settings) != HEAD:
        _upgrade(settings)
    write_kinds(settings)


def _upgrade(settings: LinksSettings) -> None:
    from alembic import command  # noqa: PLC0415 - half a second of imports
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        command.upgrade(make_alembic_configuration(settings), "head")
    except CommandError as error:
        raise EnvironmentProblem(
            f"The second database has a version that this software does not know ({error})."
        ) from error


def find_schema_version(settings: LinksSettings) -> str | None:
    """Return the database's migration, None when it has none yet."""
    with connect_as_owner(settings) as connection:
        try:
            row = connection.execute("select version_num from links.alembic_version").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return None
    return str(row[0]) if row else None


def make_alembic_configuration(settings: LinksSettings) -> Config:
    """Alembic's configuration, with the settings for env.py in its attributes."""
    from alembic.config import Config  # noqa: PLC0415

    configuration = Config()
    configuration.set_main_option("script_location", str(SCRIPTS))
    configuration.attributes["settings"] = settings
    return configuration
