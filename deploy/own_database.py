"""BEST_DATABASE_URL: a database that somebody else runs, reached without superuser."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql

from deploy.private_database import EXTENSIONS
from deploy.server_programs import SUPPORTED_VERSIONS
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, may_act_as, open_connection, reach_primary

if TYPE_CHECKING:
    from registry.settings import Settings

DATABASE_PRIVILEGES: tuple[tuple[Role, LiteralString], ...] = (
    (Role.OWNER, "connect"),
    (Role.OWNER, "create"),
    (Role.IMPORTER, "connect"),
    (Role.IMPORTER, "temporary"),
    (Role.READER, "connect"),
    (Role.DELIVERIES, "connect"),
    (Role.REPORTER, "connect"),
)


def prepare_own_database(settings: Settings) -> None:
    """Check version and extensions; create the roles where the URL's user may."""
    if settings.database_url is None:
        raise ValueError("there is no database of the user's own")
    primary = reach_primary(settings.database_url)
    with open_connection(primary, "best set-up", autocommit=True) as connection:
        check_version(connection)
        prepare_extensions(connection)
        if may_create_roles(connection):
            create_roles(connection)
        may_act_as.cache_clear()
        if all(may_act_as(settings.database_url, role) for role in Role):
            grant_database(connection)


def check_version(connection: psycopg.Connection) -> None:
    """Raise EnvironmentProblem for a PostgreSQL we do not work with."""
    major = connection.info.server_version // 10000
    if major not in SUPPORTED_VERSIONS:
        raise EnvironmentProblem(
            f"BEST_DATABASE_URL leads to PostgreSQL {major}; Best works with"
            f" {SUPPORTED_VERSIONS[0]} to {SUPPORTED_VERSIONS[-1]}."
        )


def prepare_extensions(connection: psycopg.Connection) -> None:
    """Create what is missing; else raise with the administrator's statements."""
    missing = list_missing_extensions(connection)
    try:
        for extension in missing:
            connection.execute(sql.SQL("create extension {}").format(sql.Identifier(extension)))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported) as error:
        raise EnvironmentProblem(
            explain_missing_extensions(connection, list_missing_extensions(connection))
        ) from error


def list_missing_extensions(connection: psycopg.Connection) -> list[str]:
    """Return the extensions that the database lacks."""
    present = {name for (name,) in connection.execute("select extname from pg_extension")}
    return [extension for extension in EXTENSIONS if extension not in present]


def explain_missing_extensions(connection: psycopg.Connection, missing: list[str]) -> str:
    """Return what an administrator must run."""
    statements = "\n".join(f"    create extension {extension};" for extension in missing)
    return (
        f"The database {connection.info.dbname} lacks {', '.join(missing)}, and its user"
        f" {connection.info.user} may not create that. Ask its administrator to run there,"
        f" as a superuser:\n{statements}"
    )


def may_create_roles(connection: psycopg.Connection) -> bool:
    """Whether the URL's user has the attribute CREATEROLE."""
    row = connection.execute(
        "select rolcreaterole or rolsuper from pg_roles where rolname = current_user"
    ).fetchone()
    return row is not None and bool(row[0])


def create_roles(connection: psycopg.Connection) -> None:
    """Create the roles without login and let the URL's user act as them.

    Roles belong to the whole server: somebody else's `best_owner` is left alone, and then
    `./best doctor` says that the roles are not separated.
    """
    present = {name for (name,) in connection.execute("select rolname from pg_roles")}
    with connection.transaction():
        for role in Role:
            if role not in present:
                identifier = sql.Identifier(role)
                connection.execute(sql.SQL("create role {} nologin").format(identifier))
                connection.execute(sql.SQL("grant {} to current_user").format(identifier))


def grant_database(connection: psycopg.Connection) -> None:
    """The owner role makes the schemas; the importer stages in temporary tables."""
    database = sql.Identifier(connection.info.dbname)
    for role, privilege in DATABASE_PRIVILEGES:
        if has_database_privilege(connection, role, privilege):
            continue
        statement = sql.SQL("grant {} on database {} to {}").format(
            sql.SQL(privilege), database, sql.Identifier(role)
        )
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege as error:
            raise EnvironmentProblem(
                f"The user {connection.info.user} may not grant {privilege} on its database to"
                " others. Ask the database's administrator to run, as a superuser:\n"
                f"    {statement.as_string(connection)};"
            ) from error


def has_database_privilege(connection: psycopg.Connection, role: Role, privilege: str) -> bool:
    """Whether `role` has `privilege` on the database of the connection."""
    row = connection.execute(
        "select has_database_privilege(%s, current_database(), %s)", [role, privilege]
    ).fetchone()
    return row is not None and bool(row[0])
