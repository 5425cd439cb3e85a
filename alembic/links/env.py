"""Runs the migrations of the wall as its owner, in the database that the settings name."""

import os
import re
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import context

from links.settings import LinksSettings
from links.store.connections import connect_as_owner
from links.store.tables import SCHEMA, metadata


def find_settings() -> LinksSettings:
    """The caller's settings, else the environment's (alembic run by hand)."""
    given = context.config.attributes.get("settings")
    return given if isinstance(given, LinksSettings) else LinksSettings.from_environment(os.environ)


def include_name(name: str | None, kind: str, _parents: Mapping[str, str | None]) -> bool:
    """Compare our schema alone; partitions are data, not schema."""
    if kind == "schema":
        return name == SCHEMA
    is_partition = kind == "table" and re.match(r"(link|record)_", name or "") is not None
    return not is_partition and (name, kind) != ("alembic_version", "table")


def run(connection: sa.Connection) -> None:
    connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=include_name,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def connect() -> object:
    connection = connect_as_owner(find_settings())
    connection.autocommit = False
    return connection


engine = sa.create_engine("postgresql+psycopg://", creator=connect, poolclass=sa.NullPool)
with engine.connect() as connection:
    run(connection)
