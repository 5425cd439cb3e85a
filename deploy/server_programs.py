"""The PostgreSQL programs of this machine, and the user they run as."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from registry.domain.errors import EnvironmentProblem

SUPPORTED_VERSIONS = range(15, 19)
PROGRAMS_ROOT = Path("/usr/lib/postgresql")
EXTENSIONS_ROOT = Path("/usr/share/postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """The operating system user that owns and runs the private cluster."""

    name: str
    uid: int
    gid: int
    is_other: bool
    """Whether it is somebody else than the user who runs this: root starts it as `postgres`."""


def find_server_user() -> ServerUser:
    """PostgreSQL refuses to run as root, so root runs it as the package's user `postgres`."""
    try:
        account = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise EnvironmentProblem(
            "There is no operating system user to run PostgreSQL as: as root it is `postgres`,"
            " which Debian's package creates. Run `./best up`."
        ) from None
    return ServerUser(
        name=account.pw_name,
        uid=account.pw_uid,
        gid=account.pw_gid,
        is_other=account.pw_uid != os.geteuid(),
    )


def list_installed_versions() -> list[int]:
    """List the PostgreSQL versions here that have PostGIS too, newest first."""
    return [
        version
        for version in reversed(SUPPORTED_VERSIONS)
        if (PROGRAMS_ROOT / str(version) / "bin" / "initdb").exists()
        and (EXTENSIONS_ROOT / str(version) / "extension" / "postgis.control").exists()
    ]


def find_programs(data_version: int | None = None) -> Path:
    """Return the bin directory: of the version that made the data, else the newest."""
    installed = list_installed_versions()
    if data_version is not None and data_version not in installed:
        raise EnvironmentProblem(
            f"The private database was made by PostgreSQL {data_version}, which is not installed"
            f" with PostGIS here (found: {installed or 'none'}).\n"
            f"Install postgresql-{data_version}-postgis-3, or remove the data with"
            " `./best reset --yes` and import again."
        )
    if not installed:
        raise EnvironmentProblem(
            "No PostgreSQL 15 to 18 with PostGIS is installed. `./best up` installs it; or set"
            " BEST_DATABASE_URL to a database of yours."
        )
    return PROGRAMS_ROOT / str(data_version or installed[0]) / "bin"


def run_as(user: ServerUser, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run `command` as `user`; its output, both streams, is in the result's stdout."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd="/",
        env=make_environment(user),
        user=user.uid if user.is_other else None,
        group=user.gid if user.is_other else None,
        extra_groups=[] if user.is_other else None,
        umask=0o077,
    )


def make_environment(user: ServerUser) -> dict[str, str]:
    """Nothing of the caller's PG* variables or locale may reach the server."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    environment["USER"] = environment["LOGNAME"] = user.name
    return environment
