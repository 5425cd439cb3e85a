"""A register restored beside the one in use, and put in its place when it is proven.

In the private cluster that is a second database, renamed. In a database of the user's own it is
the database itself, which must hold nothing yet: there the switch is BEST_DATABASE_URL.
"""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from deploy.backup import JOBS
from deploy.backup_files import DUMP, Manifest
from deploy.client_programs import ClientProgram
from deploy.migrations import CHECKOUT, migrate
from deploy.own_database import prepare_own_database
from deploy.private_database import (
    close_large_objects,
    connect_as_superuser,
    create_database,
    create_extensions,
    create_roles,
)
from deploy.register_content import RegisterContent, read_sequences, read_tables
from registry.domain.errors import EnvironmentProblem, RegistryError
from registry.store.connections import Role, connect, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registry.settings import Settings

BESIDE, REPLACED = "best_restored", "best_replaced"
_GRANTS = sorted((CHECKOUT / "alembic" / "registry" / "objects").glob("grants.v*.sql"))
_PAUSE_SECONDS = 0.02
_DISCONNECT = "select pg_terminate_backend(pid) from pg_stat_activity where datname = any(%s)"


@contextmanager
def make_database_beside(settings: Settings) -> Iterator[Settings]:
    """Make an empty database in the private cluster; it is gone after the block unless renamed."""
    beside = replace(settings, database_name=BESIDE)
    with connect_as_superuser(settings.home, "postgres") as connection:
        drop_databases(connection, BESIDE, REPLACED)  # of a restore that was killed
        create_roles(connection)
        create_database(connection, BESIDE)
    try:
        with connect_as_superuser(settings.home, BESIDE) as connection:
            create_extensions(connection)
            close_large_objects(connection)
        yield beside
    finally:
        with connect_as_superuser(settings.home, "postgres") as connection:
            drop_databases(connection, BESIDE)


@contextmanager
def empty_own_database(settings: Settings) -> Iterator[Settings]:
    """Remove an empty register's tables; after a failure leave none behind."""
    prepare_own_database(settings)
    _drop_schemas(settings)
    try:
        yield settings
    except BaseException:
        _drop_schemas(settings)
        raise


def _drop_schemas(settings: Settings) -> None:
    with connect(settings, Role.OWNER) as connection:
        connection.execute("drop schema if exists best, registry, deliveries, jobs cascade")


def drop_databases(connection: psycopg.Connection, *names: str) -> None:
    """Drop databases, ending whoever is connected to them."""
    for name in names:
        statement = sql.SQL("drop database if exists {} with (force)")
        connection.execute(statement.format(sql.Identifier(name)))


def check_room(settings: Settings, manifest: Manifest) -> None:
    """Raise EnvironmentProblem when the private database's disk could not hold the copy."""
    free = shutil.disk_usage(settings.home).free
    if free < manifest.bytes * 1.1:
        raise EnvironmentProblem(
            f"The register in this backup takes {manifest.bytes / 1e6:,.0f} MB beside what is"
            f" there, and {settings.home} has {free / 1e6:,.0f} MB free. Nothing was changed."
        )


def fill(
    target: Settings, backup: Path, manifest: Manifest, progress: Callable[[str], None]
) -> None:
    """Restore into an empty database, prove it equal to the manifest, bring it up to date."""
    progress("Restoring tables, then indexes")
    with connect(target, Role.OWNER) as connection:
        separated = has_all_roles(connection)
        server = connection.info.server_version // 10000
    with ClientProgram(
        "pg_restore",
        make_conninfo(target, Role.OWNER),
        server,
        *(f"--jobs={JOBS}", "--exit-on-error", "--no-owner"),
        *([] if separated else ["--no-privileges"]),
        str(backup / DUMP),
    ) as restore:
        restore.wait(lambda _: progress(f"{measure(target) / 1e6:,.0f} MB restored"))
    progress("Comparing every table with the manifest")
    with connect(target, Role.OWNER, application_name="best restore") as connection:
        tables = read_tables(connection, progress)
        found = RegisterContent(tables=tables, sequences=read_sequences(connection))
        differences = manifest.content.list_differences(found)
        if differences:
            raise RegistryError(
                "What was restored is not what was backed up, so it was not put in place:\n    "
                + "\n    ".join(differences)
            )
        if not (separated and manifest.separates_roles):
            for grants in _GRANTS:
                connection.execute(grants.read_bytes())
    migrate(target)
    progress("Refreshing the planner's statistics")
    with connect(target, Role.OWNER, autocommit=True) as connection:
        connection.execute("analyze")


def has_all_roles(connection: psycopg.Connection) -> bool:
    """Whether the server has every role, to which a backup's privileges are granted."""
    present = {name for (name,) in connection.execute("select rolname from pg_roles")}
    return present.issuperset(Role)


def measure(settings: Settings) -> int:
    """Return the size of the database in bytes."""
    with connect(settings, Role.OWNER) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def put_in_place(settings: Settings) -> float:
    """Rename the databases in one transaction; return for how many seconds nobody could read.

    The rename locks out who wants to connect and waits for who is connected, so those are
    disconnected meanwhile, again and again: the API connects again by itself.
    """
    home, names = settings.home, [settings.database_name, BESIDE]
    with (
        connect_as_superuser(home, "postgres") as connection,
        connect_as_superuser(home, "postgres") as other,
        ThreadPoolExecutor(1) as pool,
    ):
        began = time.monotonic()
        renaming = pool.submit(_rename, connection, settings.database_name)
        while not renaming.done():
            other.execute(_DISCONNECT, [names])
            wait([renaming], timeout=_PAUSE_SECONDS)
        renaming.result()
        seconds = time.monotonic() - began
        drop_databases(connection, REPLACED)
    return seconds


def _rename(connection: psycopg.Connection, name: str) -> None:
    rename = sql.SQL("alter database {} rename to {}")
    current, beside, replaced = map(sql.Identifier, (name, BESIDE, REPLACED))
    with connection.transaction():
        found = connection.execute("select 1 from pg_database where datname = %s", [name])
        if found.fetchone():
            connection.execute(rename.format(current, replaced))
        connection.execute(rename.format(beside, current))
