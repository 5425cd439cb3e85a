"""The programs of the wall: started, watched and ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from links.operations.secret_files import open_sockets
from links.operations.system_users import find_system_user
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from links.settings import LinksSettings

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A module with `main()`, the key of its user in the settings, and its port if it has one.

    `variables` of the caller's environment that it reads besides what the settings hold.
    """

    name: str
    module: str
    user: str
    port: Callable[[LinksSettings], int] | None = None
    variables: tuple[str, ...] = ()


PROGRAMS = (
    Program(name="keys", module="links.keys", user="keys"),
    Program(
        name="api",
        module="links.api",
        user="api",
        port=lambda settings: settings.api_port,
        variables=("BEST_LINKS_HOP_SECRET",),
    ),
    Program(name="citizen", module="links.citizen", user="citizen", port=lambda s: s.citizen_port),
    Program(name="clerk", module="links.clerk", user="audit"),
)
FOLLOWER = Program(name="follower", module="links.operations.follower", user="ingest")
"""Only with system users: the clerk is not ingest then, and may not write what it does."""


def make_environment(settings: LinksSettings, variables: tuple[str, ...]) -> dict[str, str]:
    """What a program is told; nothing else of the caller's environment reaches it."""
    given = {
        "BEST_LINKS_HOME": str(settings.home),
        "BEST_LINKS_REGISTER": settings.register_url,
        "BEST_LINKS_PORT": str(settings.api_port),
        "BEST_LINKS_CITIZEN_PORT": str(settings.citizen_port),
        "BEST_LINKS_ISSUER": settings.issuer,
        "BEST_LINKS_TRANSPARENCY": str(settings.transparency or ""),
        "BEST_LINKS_CITIZEN_URL": settings.citizen_url,
        "BEST_LINKS_CITIZEN_ISSUER": settings.citizen_issuer or "",
        "BEST_LINKS_CITIZEN_JWKS": str(settings.citizen_jwks or ""),
        "BEST_LINKS_USERS": ",".join(f"{k}={v}" for k, v in settings.users.items()) or "none",
    }
    others = {name: os.environ[name] for name in variables if name in os.environ}
    python = {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", **python, **others, **given}


def end_with_parent() -> None:
    """Let the kernel end this program when the one that watches it is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def running(settings: LinksSettings, program: Program) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the block, as its own user where there are users; then end it."""
    user = find_system_user(settings, program.user) if settings.is_peer else None
    process = subprocess.Popen(
        [sys.executable, "-m", program.module],
        cwd="/",
        stdin=subprocess.DEVNULL,
        env=make_environment(settings, program.variables),
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        umask=0o077,
        start_new_session=True,  # ctrl-C reaches the watcher, which ends them in order
        preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread runs here yet
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and wait until it is gone."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running_programs(settings: LinksSettings) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Start all programs, each once the one before is ready; end them after the block."""
    with ExitStack() as stack:
        processes: dict[str, subprocess.Popen[bytes]] = {}
        for program in (*PROGRAMS, FOLLOWER) if settings.is_peer else PROGRAMS:
            processes[program.name] = stack.enter_context(running(settings, program))
            wait_until_ready(settings, program, processes)
        yield processes


def wait_until_ready(
    settings: LinksSettings, program: Program, processes: dict[str, subprocess.Popen[bytes]]
) -> None:
    """Wait for the program's sockets or port."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_ready(settings, program):
        check_all_run(processes)
        if time.monotonic() > deadline:
            raise EnvironmentProblem(f"{program.name} was not ready within {PATIENCE_SECONDS} s.")
        time.sleep(0.05)
    if program.name == "keys":
        open_sockets(settings)


def is_ready(settings: LinksSettings, program: Program) -> bool:
    """Whether the program answers; the clerk answers nobody."""
    if program.name == "keys":
        return is_answering(socket.AF_UNIX, str(settings.ask_socket)) and is_answering(
            socket.AF_UNIX, str(settings.batch_socket)
        )
    if program.port is not None:
        return is_answering(socket.AF_INET, ("127.0.0.1", program.port(settings)))
    return True


def check_ports(settings: LinksSettings) -> None:
    """Refuse a port that another program has: its answers would look like ours."""
    for variable, port in (
        ("BEST_LINKS_PORT", settings.api_port),
        ("BEST_LINKS_CITIZEN_PORT", settings.citizen_port),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise EnvironmentProblem(
                    f"{variable}: nobody can listen on port {port} ({error.strerror})."
                ) from None


def is_answering(family: int, address: str | tuple[str, int]) -> bool:
    """Whether something accepts a connection there."""
    with socket.socket(family) as client:
        try:
            client.connect(address)
        except OSError:
            return False
        return True


def check_all_run(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Raise EnvironmentProblem when one has ended: the wall stands whole or not at all."""
    for name, process in processes.items():
        if (code := process.poll()) is not None:
            raise EnvironmentProblem(
                f"{name} ended by itself with exit code {code}, so all is stopped. What it said is"
                " above."
            )
