"""Connections to the second cluster, each in the role that its work needs and no more."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo as join_conninfo

if TYPE_CHECKING:
    from links.settings import LinksSettings

SUPERUSER = "links_superuser"
PORT = 5432
"""Only part of the socket's file name: nothing listens on TCP."""


class LinksRole(StrEnum):
    """The owner cannot log in; the others may execute functions, each its own, and nothing else."""

    OWNER = "links_owner"
    API = "links_api"
    INGEST = "links_ingest"
    GOVERN = "links_govern"
    CITIZEN = "links_citizen"
    AUDIT = "links_audit"


LOGIN_ROLES = tuple(role for role in LinksRole if role is not LinksRole.OWNER)


def make_conninfo(settings: LinksSettings, role: LinksRole) -> str:
    """Connection text for libpq; a password, if the role has one, stays in its file.

    Where there is no such file, the kernel says who this is; nobody's ~/.pgpass is ever read.
    """
    return join_conninfo(
        host=str(settings.socket_directory),
        port=PORT,
        user=role,
        dbname=settings.database_name,
        application_name=f"best links {role}",
        passfile=str(settings.passwords / role),
    )


def connect(
    settings: LinksSettings, role: LinksRole, *, autocommit: bool = False
) -> psycopg.Connection:
    """Connect as a login role; the owner has no login: see connect_as_owner."""
    return psycopg.connect(make_conninfo(settings, role), autocommit=autocommit)


def connect_as_superuser(
    settings: LinksSettings, database: str | None = None
) -> psycopg.Connection:
    """Connect past every wall, autocommitting: set-up, migrations and tests only."""
    conninfo = join_conninfo(
        host=str(settings.socket_directory),
        port=PORT,
        user=SUPERUSER,
        dbname=database or settings.database_name,
        application_name="best links set-up",
        passfile=str(settings.passwords / SUPERUSER),
    )
    return psycopg.connect(conninfo, autocommit=True)


def connect_as_owner(settings: LinksSettings) -> psycopg.Connection:
    """Connect as superuser that acts as the owner: migrations."""
    connection = connect_as_superuser(settings)
    connection.execute("set session role links_owner")
    return connection
