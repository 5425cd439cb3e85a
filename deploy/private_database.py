"""The database inside the private cluster: roles, database and extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.cluster import SUPERUSER
from registry.store.connections import PRIVATE_PORT, Role, get_socket_directory, open_connection

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings

DATABASE_GRANTS: tuple[LiteralString, ...] = (
    "revoke all on database {} from public",
    "grant connect on database {} to best_importer, best_reader, best_deliveries, best_reporter",
    "grant temporary on database {} to best_importer",
)
EXTENSIONS = ("postgis", "pg_trgm", "unaccent", "btree_gist")


def connect_as_superuser(home: Path, database_name: str) -> psycopg.Connection:
    """Connect past every role; only for what the owner may not do (roles, extensions)."""
    conninfo = make_conninfo(
        host=str(get_socket_directory(home)),
        port=PRIVATE_PORT,
        user=SUPERUSER,
        dbname=database_name,
    )
    return open_connection(conninfo, "best set-up", autocommit=True)


def prepare_private_database(settings: Settings) -> None:
    """Create what is missing; a second run finds everything and changes nothing."""
    with connect_as_superuser(settings.home, "postgres") as connection:
        create_roles(connection)
        create_database(connection, settings.database_name)
    with connect_as_superuser(settings.home, settings.database_name) as connection:
        create_extensions(connection)
        close_large_objects(connection)


def create_roles(connection: psycopg.Connection) -> None:
    """Create the roles; the socket directory decides who may be them."""
    present = {name for (name,) in connection.execute("select rolname from pg_roles")}
    for role in Role:
        if role not in present:
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
    if Role.READER not in present:
        # Belt and braces: its grants allow no writing either.
        connection.execute("alter role best_reader set default_transaction_read_only = on")


def create_database(connection: psycopg.Connection, name: str, template: str = "template0") -> None:
    """Create the database unless it is there, closed to everybody but these roles."""
    found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
    if found is None:
        connection.execute(
            sql.SQL("create database {} owner best_owner template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    if is_open_to_everyone(connection, name):
        for statement in DATABASE_GRANTS:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def is_open_to_everyone(connection: psycopg.Connection, name: str) -> bool:
    """A database that nobody has restricted has no access list, and then everyone may connect."""
    row = connection.execute(
        "select datacl is null from pg_database where datname = %s", [name]
    ).fetchone()
    return row is not None and bool(row[0])


def close_large_objects(connection: psycopg.Connection) -> None:
    """Let nobody but the superuser write large objects, which PUBLIC may: they fill the disk."""
    open_ones = connection.execute(
        "select p.oid::regprocedure::text from pg_proc p"
        " where p.pronamespace = 'pg_catalog'::regnamespace"
        " and p.proname in ('lo_create', 'lo_creat', 'lo_from_bytea', 'lo_put', 'lowrite')"
        " and has_function_privilege('best_reader', p.oid, 'execute')"
    ).fetchall()
    for (signature,) in open_ones:
        # A signature that the server itself wrote, quoted as it must be.
        connection.execute(
            sql.SQL("revoke execute on function {} from public").format(sql.SQL(signature))
        )


def create_extensions(connection: psycopg.Connection) -> None:
    """Create the extensions in schema public."""
    present = {name for (name,) in connection.execute("select extname from pg_extension")}
    for extension in EXTENSIONS:
        if extension not in present:
            statement = sql.SQL("create extension {} with schema public")
            connection.execute(statement.format(sql.Identifier(extension)))
