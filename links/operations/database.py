"""The database inside the second cluster: roles, passwords, and nothing open to everybody."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from links.store.connections import LOGIN_ROLES, LinksRole, connect_as_superuser

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from links.settings import LinksSettings

CONNECTION_LIMITS: Mapping[LinksRole, int] = {
    LinksRole.API: 20,
    LinksRole.INGEST: 4,
    LinksRole.GOVERN: 4,
    LinksRole.CITIZEN: 10,
    LinksRole.AUDIT: 6,
}
STATEMENT_TIMEOUTS: Mapping[LinksRole, str] = {LinksRole.API: "5s", LinksRole.CITIZEN: "10s"}
"""Who waits for an answer; files of millions and retention take their time."""


def prepare_database(settings: LinksSettings) -> None:
    """Create what is missing: roles, passwords, database. A second run changes nothing."""
    with connect_as_superuser(settings, "postgres") as connection:
        create_roles(connection)
        make_passwords(settings, connection)
        create_database(connection, settings.database_name)
        close_database(connection, "postgres")
        close_database(connection, "template1")
    with connect_as_superuser(settings) as connection:
        close_catalog(connection)


def create_roles(connection: psycopg.Connection) -> None:
    """Create the owner, who cannot log in, and the roles, who can do nothing but log in."""
    present = {name for (name,) in connection.execute("select rolname from pg_roles")}
    for role in LinksRole:
        if role not in present:
            connection.execute(sql.SQL("create role {} noinherit").format(sql.Identifier(role)))
    for role in LOGIN_ROLES:
        limit = sql.Literal(CONNECTION_LIMITS[role])
        name = sql.Identifier(role)
        connection.execute(sql.SQL("alter role {} login connection limit {}").format(name, limit))
        timeout = sql.Literal(STATEMENT_TIMEOUTS.get(role, "0"))
        connection.execute(
            sql.SQL("alter role {} set statement_timeout = {}").format(name, timeout)
        )


def make_passwords(settings: LinksSettings, connection: psycopg.Connection) -> None:
    """Without system users: one random password per role, in a libpq password file of its own."""
    if settings.is_peer:
        for role in LOGIN_ROLES:
            (settings.passwords / role).unlink(missing_ok=True)
        return
    settings.secrets.mkdir(mode=0o700, exist_ok=True)
    settings.passwords.mkdir(mode=0o700, exist_ok=True)
    for role in LOGIN_ROLES:
        path = settings.passwords / role
        if not path.exists():
            write_secret(path, f"*:*:*:{role}:{secrets.token_hex(32)}\n")
        password = path.read_text().strip().rpartition(":")[2]
        connection.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password))
        )


def write_secret(path: os.PathLike[str], text: str) -> None:
    """Write a file that nobody else could read at any moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def create_database(connection: psycopg.Connection, name: str, template: str = "template0") -> None:
    """Create the database unless it is there; only the five roles may connect."""
    found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
    if found is None:
        connection.execute(
            sql.SQL("create database {} owner links_owner template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    close_database(connection, name)
    connection.execute(
        sql.SQL("grant connect on database {} to {}").format(
            sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, LOGIN_ROLES))
        )
    )


def close_database(connection: psycopg.Connection, name: str) -> None:
    """Nobody may connect or make temporary tables only because he is somebody."""
    statement = sql.SQL("revoke all on database {} from public")
    connection.execute(statement.format(sql.Identifier(name)))


CLOSED_FUNCTIONS: LiteralString = """
    select p.oid::regprocedure::text from pg_proc p, aclexplode(coalesce(p.proacl,
        acldefault('f', p.proowner))) a
    where p.pronamespace = 'pg_catalog'::regnamespace and a.grantee = 0
        and (p.proname like 'lo\\_%' or p.proname in ('lowrite', 'loread', 'pg_notify')
            or p.proname like 'pg\\_%advisory%lock%')"""
"""Places to leave something behind, or a lock that stops others: PUBLIC may use them by default."""


def close_catalog(connection: psycopg.Connection) -> None:
    """Take from PUBLIC what can store, signal or block; schema public is nobody's."""
    connection.execute("revoke all on schema public from public")
    connection.execute("revoke usage on language plpgsql, sql from public")
    connection.execute("grant usage on language plpgsql, sql to links_owner")
    for (signature,) in connection.execute(CLOSED_FUNCTIONS).fetchall():
        # A signature that the server itself wrote, quoted as it must be.
        connection.execute(
            sql.SQL("revoke execute on function {} from public").format(sql.SQL(signature))
        )


def clone_database(settings: LinksSettings, name: str) -> LinksSettings:
    """Copy the database of `settings` (nobody may be connected to it); about 0.1 s."""
    with connect_as_superuser(settings, "postgres") as connection:
        create_database(connection, name, template=settings.database_name)
    return replace(settings, database_name=name)


def drop_database(settings: LinksSettings) -> None:
    """Drop the database, ending whatever is still connected to it."""
    with connect_as_superuser(settings, "postgres") as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(
                sql.Identifier(settings.database_name)
            )
        )
