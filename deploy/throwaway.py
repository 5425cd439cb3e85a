"""A cluster for tests and measurements: fast, unsafe, and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

from deploy.cluster import Cluster, make_cluster, start_cluster, stop_cluster
from deploy.private_database import connect_as_superuser, create_database, prepare_private_database
from registry.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

CARELESS = (("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"))
"""Nothing here outlives the process, so nothing need survive a crash."""


@contextmanager
def throwaway_cluster(extra_settings: tuple[tuple[str, str], ...] = CARELESS) -> Iterator[Settings]:
    """Start a cluster with a prepared, empty database `best`; remove it after the block."""
    with make_reachable_directory() as home:
        cluster = Cluster(home=home, extra_settings=extra_settings)
        settings = Settings(home=home)
        make_cluster(cluster)
        start_cluster(cluster)
        try:
            prepare_private_database(settings)
            yield settings
        finally:
            stop_cluster(cluster)


@contextmanager
def make_reachable_directory() -> Iterator[Path]:
    """Make a directory that the server's user may enter, for the block (mkdtemp's is closed)."""
    directory = Path(tempfile.mkdtemp(prefix="best-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def clone_database(settings: Settings, name: str) -> Settings:
    """Copy the database of `settings` (nobody may be connected to it); about 0.1 s."""
    with connect_as_superuser(settings.home, "postgres") as connection:
        connection.execute(
            sql.SQL("create database {} owner best_owner template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(settings.database_name)
            )  # the other strategy writes every page of it into the log
        )
        create_database(connection, name)  # there it is; closed to everybody but the roles
    return replace(settings, database_name=name)


def drop_database(settings: Settings) -> None:
    """Drop the database, ending whatever is still connected to it."""
    with connect_as_superuser(settings.home, "postgres") as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(
                sql.Identifier(settings.database_name)
            )
        )
