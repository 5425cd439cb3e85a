"""Runs the register's migrations as its owner, in the database that the settings name."""

import os
import re
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import context
from geoalchemy2 import alembic_helpers

from registry.settings import Settings
from registry.store.connections import Role, connect
from registry.store.delivery_tables import DELIVERIES
from registry.store.tables import SCHEMA, metadata

LOCK_TIMEOUT = "50ms"
"""Readers queue behind a migration that waits, so it gives up and `./best migrate` tries again."""


def find_settings() -> Settings:
    """The caller's settings (./best, tests), else the environment's (alembic run by hand)."""
    given = context.config.attributes.get("settings")
    return given if isinstance(given, Settings) else Settings.from_environment(os.environ)


def include_name(name: str | None, kind: str, _parents: Mapping[str, str | None]) -> bool:
    """Compare our tables alone: `public` is PostGIS', `jobs` procrastinate's, `best` holds views.

    The tables that regions' first loads make (address_vlg_r2) are data, not schema.
    """
    if kind == "schema":
        return name in {SCHEMA, DELIVERIES}
    is_partition = kind == "table" and re.search(r"_r\d+$", name or "") is not None
    return not is_partition and (name, kind) != ("alembic_version", "table")


def run(connection: sa.Connection) -> None:
    connection.execute(
        sa.text("select set_config('lock_timeout', :timeout, false)"),
        {
            "timeout": LOCK_TIMEOUT,
        },
    )
    connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=include_name,
        include_object=alembic_helpers.include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


settings = find_settings()
engine = sa.create_engine(
    "postgresql+psycopg://",
    creator=lambda: connect(settings, Role.OWNER, application_name="best migrate"),
    poolclass=sa.NullPool,
)
with engine.connect() as connection:
    run(connection)
