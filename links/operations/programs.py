"""The PostgreSQL programs of this machine, and the user they run as."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from registry.domain.errors import EnvironmentProblem

SUPPORTED_VERSIONS = range(15, 19)
PROGRAMS_ROOT = Path("/usr/lib/postgresql")


def find_server_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root, so root runs it as the package's user `postgres`."""
    try:
        return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise EnvironmentProblem(
            "There is no system user to run PostgreSQL as: as root it is `postgres`, which Debian's"
            " package creates. Run `./best install`."
        ) from None


def find_programs(version: int | None = None) -> Path:
    """Return the bin directory of `version`, else of the newest that is installed."""
    wanted = [version] if version else reversed(SUPPORTED_VERSIONS)
    for number in wanted:
        if (PROGRAMS_ROOT / str(number) / "bin" / "initdb").exists():
            return PROGRAMS_ROOT / str(number) / "bin"
    raise EnvironmentProblem(
        f"PostgreSQL {version or '15 to 18'} is not installed. `./best install` installs it."
    )


def run_as_server_user(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run `command` as the server's user; both its output streams are in the result's stdout."""
    user = find_server_user()
    is_other = user.pw_uid != os.geteuid()
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": user.pw_name},
        user=user.pw_uid if is_other else None,
        group=user.pw_gid if is_other else None,
        extra_groups=[] if is_other else None,
        umask=0o077,
    )
