"""Runs ./best as a person would: as a process, with a BEST_HOME of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """`./best` with its environment; `user` None means the one who runs the tests."""

    home: Path
    checkout: Path = CHECKOUT
    user: str | None = None
    database_url: str | None = None

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        account = pwd.getpwnam(self.user) if self.user else None
        return subprocess.Popen(
            ["./best", *arguments],
            cwd=self.checkout,
            env=self.make_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def make_environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BEST_", "PG"))}
        kept |= {"BEST_HOME": str(self.home), "HOME": str(self.home.parent)}
        return kept | ({"BEST_DATABASE_URL": self.database_url} if self.database_url else {})

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.popen(*arguments)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    @contextmanager
    def up(self, *arguments: str) -> Iterator[Serving]:
        """Serve for the block on free ports; the process is ended as ctrl-C would."""
        port, metrics_port = find_free_ports(2)
        began = time.monotonic()
        process = self.popen(
            "up", "--port", str(port), "--metrics-port", str(metrics_port), *arguments
        )
        try:
            wait_until_up(port, process)
            yield Serving(process=process, port=port, seconds=time.monotonic() - began)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A running `./best up`; `seconds` from the command to /health saying UP."""

    process: subprocess.Popen[str]
    port: int
    seconds: float


def find_free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def wait_until_up(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            out, err = process.communicate()
            pytest.fail(f"./best up ended with {process.returncode}:\n{out}\n{err}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
        except OSError:  # nothing listens yet, or 503: it is still reading the register
            time.sleep(0.01)
        else:
            return
    pytest.fail(f"not UP on {port} after {PATIENCE_SECONDS} s")


@pytest.fixture
def home() -> Iterator[Path]:
    """An absent BEST_HOME in a short place that the user `postgres` can reach."""
    with make_home() as path:
        yield path


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    with make_home() as path:
        yield path


@contextmanager
def make_home() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="best-home-"))
    place.chmod(0o755)
    try:
        yield place / "best"
    finally:
        if (place / "best").exists():
            Best(home=place / "best").run("down")
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def best(home: Path) -> Best:
    return Best(home=home)
