"""PostgreSQL's own client programs: found, run without a password in sight, watched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.server_programs import PROGRAMS_ROOT, SUPPORTED_VERSIONS
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Callable

_TELL_EVERY_SECONDS = 2.0


def find_client_program(name: str, server: int | None = None) -> str:
    """Return `name` of the server's own version, else the newest of this machine.

    A newer pg_restore speaks of settings that an older server does not know.
    """
    for version in (server, *reversed(SUPPORTED_VERSIONS)):
        program = PROGRAMS_ROOT / str(version) / "bin" / name
        if program.exists():
            return str(program)
    found = shutil.which(name)
    if found is None:
        raise EnvironmentProblem(
            f"{name} is not installed. On Debian: apt install postgresql-client"
        )
    return str(Path(found))


class ProgramFailed(EnvironmentProblem):
    """A client program ended badly; its text is what the program said."""


class ClientProgram:
    """A client program under way, connected by `conninfo`; ended with the block."""

    def __init__(
        self, name: str, conninfo: str, server: int, *arguments: str, keeps: tuple[int, ...] = ()
    ) -> None:
        """Start it for a server of that major version.

        `keeps` are descriptors (locks) that it holds as long as it lives.
        """
        facts = conninfo_to_dict(conninfo)
        password = str(facts.pop("password", ""))  # the list of processes is public
        self._name = name
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by __exit__
        self._process = subprocess.Popen(
            [
                find_client_program(name, server),
                f"--dbname={make_conninfo('', **facts)}",
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env=os.environ | ({"PGPASSWORD": password} if password else {}),
            pass_fds=keeps,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        self._said.close()

    def wait(self, tell: Callable[[float], None]) -> None:
        """Wait until it has done its work; `tell` hears the seconds now and then."""
        began = time.monotonic()
        while self._process.poll() is None:
            try:
                self._process.wait(timeout=_TELL_EVERY_SECONDS)
            except subprocess.TimeoutExpired:
                tell(time.monotonic() - began)
        if self._process.returncode:
            self._said.seek(0)
            raise ProgramFailed(f"{self._name} failed:\n{self._said.read().strip()}")
