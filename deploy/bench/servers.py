"""The servers that are measured, each for a block, on a free port of the loopback.

tipg serves PostGIS tables over HTTP: what others would install instead. It gets what is kind to
it: names joined beforehand, its ids indexed, positions in the system that it answers in.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from deploy.bench.imports import checkpoint, make_own_environment
from deploy.migrations import CHECKOUT
from deploy.progress import step
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect, get_socket_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registry.settings import Settings

WORKERS = 2
_PATIENCE_SECONDS = 60.0
_TIPG_LOCK = CHECKOUT / "deploy" / "requirements-bench.txt"
_RIVAL_TABLE = (
    "create schema rival",
    """create table rival.address as
       select a.*, st_setsrid(st_makepoint(longitude, latitude), 4326) as geom from best.address a
    """,
    "alter table rival.address drop column position, add primary key (id)",
    "vacuum (analyze) rival.address",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that answers; `began` is when its process was started (monotonic clock)."""

    port: int
    process: int
    began: float


@contextmanager
def serving_api(settings: Settings, *, port: int | None = None) -> Iterator[Server]:
    """Run `./best up` with two workers and no rate limit; its log of requests is thrown away."""
    port = port or find_free_port()
    command = [sys.executable, "-m", "deploy", "up", "--no-sample", f"--workers={WORKERS}"]
    command += [f"--port={port}", f"--metrics-port={find_free_port()}"]
    environment = make_own_environment(settings, BEST_RATE_LIMIT="0")
    with _serving(command, environment, port, "/health") as server:
        yield server


@contextmanager
def serving_door(settings: Settings) -> Iterator[Server]:
    """Run the agencies' door without its worker, and with no rate limit."""
    port = find_free_port()
    command = [sys.executable, "-m", "deploy.door", "door", f"--port={port}"]
    environment = make_own_environment(settings, BEST_RATE_LIMIT="0")
    with _serving(command, environment, port, "/health") as server:
        yield server


@contextmanager
def serving_hello() -> Iterator[Server]:
    """Run the least that an ASGI application can be, under the uvicorn that serves the API."""
    with _serving_uvicorn(sys.executable, "deploy.bench.hello:app", os.environ, "/") as server:
        yield server


@contextmanager
def serving_tipg(settings: Settings) -> Iterator[Server]:
    """Install tipg below `home`, copy the current addresses for it, and run it.

    It connects as the API does, but as the owner: it makes functions of its own.
    """
    python = install_rival(settings.home, "tipg", _TIPG_LOCK)
    with (
        step("Copying the addresses for tipg"),
        connect(settings, Role.OWNER, autocommit=True) as connection,
    ):
        for statement in _RIVAL_TABLE:
            connection.execute(statement)
        checkpoint(settings)
    host = quote(str(get_socket_directory(settings.home)), safe="")
    own = {
        "DATABASE_URL": f"postgresql://{Role.OWNER}@{host}/{settings.database_name}",
        "TIPG_DB_SCHEMAS": '["rival"]',
        # What it does beside answering is switched off.
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0",
    }
    with _serving_uvicorn(str(python), "tipg.main:app", os.environ | own, "/healthz") as server:
        yield server


def install_rival(home: Path, name: str, lock: Path, *, wheels_only: bool = True) -> Path:
    """Install what a lock file says in an environment of its own; return its Python."""
    python = home / name / "bin" / "python"
    uv = str(Path(sys.prefix) / "bin" / "uv")
    sync = ["pip", "sync", "--require-hashes", "--python", str(python)]
    sync += ["--only-binary", ":all:"] if wheels_only else []
    with step(f"Installing {name}"):
        for command in (
            [uv, "venv", "--python", sys.executable, str(home / name)],
            [uv, *sync, str(lock)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise EnvironmentProblem(f"{name} was not installed: {done.stderr.strip()[-300:]}")
    return python


@contextmanager
def _serving_uvicorn(
    python: str, app: str, environment: Mapping[str, str], health: str
) -> Iterator[Server]:
    """Run an application as api.server runs ours: same loop, parser, workers, no logs."""
    port = find_free_port()
    command = [python, "-m", "uvicorn", app, f"--port={port}", f"--workers={WORKERS}"]
    command += ["--loop=uvloop", "--http=httptools", "--ws=none", "--log-level=warning"]
    command += ["--no-access-log", "--no-proxy-headers", "--no-server-header"]
    with _serving(command, environment, port, health) as server:
        yield server


@contextmanager
def _serving(
    command: list[str], environment: Mapping[str, str], port: int, health: str
) -> Iterator[Server]:
    """Run a server for the block, which begins when its health answers 200."""
    began = time.monotonic()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.PIPE,  # the door ends when nobody holds the other end
        stdout=quiet,
        stderr=quiet,
    )
    try:
        _wait_until_healthy(port, health, process)
        yield Server(port=port, process=process.pid, began=began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def find_free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            if fetch(port, path).status == http.client.OK:
                return
        time.sleep(0.01)
    raise EnvironmentProblem(f"A server that is to be measured did not start: {process.args!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered to one GET."""

    status: int
    etag: str
    body: bytes


def fetch(port: int, path: str, etag: str = "") -> Answer:
    """GET a path over a connection of its own, with the ETag that the client has already."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"If-None-Match": etag} if etag else {})
        answer = connection.getresponse()
        return Answer(status=answer.status, etag=answer.headers["ETag"] or "", body=answer.read())
    finally:
        connection.close()
