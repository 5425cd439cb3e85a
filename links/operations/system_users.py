"""One system user per process, so that the kernel keeps them apart."""

from __future__ import annotations

import pwd
import subprocess
from typing import TYPE_CHECKING

from links.settings import DEFAULT_USERS
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from links.settings import LinksSettings


def make_system_users(settings: LinksSettings) -> None:
    """Make those of ours that are missing; users that somebody chose must be there."""
    present = {entry.pw_name for entry in pwd.getpwall()}
    for user in settings.users.values():
        if user in present:
            continue
        if user not in DEFAULT_USERS.values():
            raise EnvironmentProblem(f"BEST_LINKS_USERS names {user}, and there is no such user.")
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        place = ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", user]
        result = subprocess.run([*command, *place], capture_output=True, text=True, check=False)
        if result.returncode:
            raise EnvironmentProblem(f"{user} could not be made: {result.stderr.strip()}")


def find_system_user(settings: LinksSettings, name: str) -> pwd.struct_passwd:
    """Return the user of the process `name`."""
    try:
        return pwd.getpwnam(settings.users[name])
    except KeyError:
        raise EnvironmentProblem(
            f"There is no system user {settings.users[name]} yet: ./best links up makes it."
        ) from None
