"""Connections to the register, each in the role that its work needs and no more."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.conninfo import make_conninfo as join_conninfo

from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings

PRIMARY: Final = "primary"
"""Value of libpq's target_session_attrs."""
JOBS_PATH: Final = "-c search_path=jobs,public"
"""For who defers jobs: procrastinate names its tables and functions without a schema."""
PRIVATE_PORT = 5432
"""Only part of the private socket's file name: nothing listens on TCP."""


class Role(StrEnum):
    """The database roles; what each may do is granted in the migrations."""

    OWNER = "best_owner"
    IMPORTER = "best_importer"
    READER = "best_reader"
    DELIVERIES = "best_deliveries"
    REPORTER = "best_reporter"


def get_socket_directory(home: Path) -> Path:
    """Where the private cluster listens: a directory that only its owner may enter."""
    return home / "cluster" / "socket"


def make_conninfo(settings: Settings, role: Role) -> str:
    """Connection text for libpq.

    Private cluster: the role logs in itself. Own database: the URL's user logs in and acts as
    `role` from the first statement, when it is a member of that role; otherwise it acts as itself
    and `./best doctor` says that the roles are not separated. Of several hosts in the URL, readers
    reach a standby while there is one (unless the URL says otherwise), all others the primary.
    """
    path = JOBS_PATH if role in {Role.DELIVERIES, Role.IMPORTER} else None
    if settings.database_url is None:
        return join_conninfo(
            host=str(get_socket_directory(settings.home)),
            port=PRIVATE_PORT,
            user=role,
            dbname=settings.database_name,
            options=path,
        )
    if role is not Role.READER:
        url = reach_primary(settings.database_url)
    elif has_several_hosts(settings):
        given = conninfo_to_dict(settings.database_url).get("target_session_attrs")
        url = join_conninfo(settings.database_url, target_session_attrs=given or "prefer-standby")
    else:
        url = settings.database_url
    given = conninfo_to_dict(url).get("options")
    acting = f"-c role={role}" if may_act_as(settings.database_url, role) else None
    options = " ".join(str(part) for part in (given, acting, path) if part)
    return join_conninfo(url, options=options) if options else url


def has_several_hosts(settings: Settings) -> bool:
    """Whether BEST_DATABASE_URL names more than one host, as libpq allows."""
    return settings.database_url is not None and _names_several(settings.database_url)


def _names_several(database_url: str) -> bool:
    given = conninfo_to_dict(database_url)
    return any("," in str(given.get(name) or "") for name in ("host", "hostaddr"))


def reach_primary(database_url: str) -> str:
    """Return the connection text that leads to the one of several hosts that can be written to."""
    if not _names_several(database_url):
        return database_url
    return join_conninfo(database_url, target_session_attrs=PRIMARY)


@cache
def may_act_as(database_url: str, role: Role) -> bool:
    """Whether the URL's own user is a member of `role`; asked once per process."""
    with open_connection(database_url, "best roles") as connection:
        # Since PostgreSQL 16 a member may be denied to act as the role.
        privilege = "set" if connection.info.server_version >= 160000 else "member"
        row = connection.execute(
            "select 1 from pg_catalog.pg_roles"
            " where rolname = %s and pg_catalog.pg_has_role(oid, %s)",
            [role, privilege],
        ).fetchone()
    return row is not None


def connect(
    settings: Settings, role: Role, *, application_name: str = "best", autocommit: bool = False
) -> psycopg.Connection:
    """Connect as `role`, or raise EnvironmentProblem in words that name the way out."""
    return open_connection(make_conninfo(settings, role), application_name, autocommit=autocommit)


def open_connection(
    conninfo: str, application_name: str, *, autocommit: bool = False
) -> psycopg.Connection:
    """Connect by a connection text; ten seconds without an answer count as none."""
    try:
        return psycopg.connect(
            conninfo, application_name=application_name, autocommit=autocommit, connect_timeout=10
        )
    except psycopg.OperationalError as error:
        raise EnvironmentProblem(
            f"The database does not answer: {str(error).strip()}\n"
            "`./best up` starts the private one; `./best doctor` says what is wrong."
        ) from error
