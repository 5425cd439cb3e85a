"""`./best links` as an operator runs it: processes, ports and a home of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from links.operations.cluster import is_running
from links.operations.ports import find_free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from links.settings import LinksSettings

CHECKOUT = Path(__file__).resolve().parents[2]


def make_environment(settings: LinksSettings, users: str) -> dict[str, str]:
    port, citizen_port = find_free_ports(2)
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(CHECKOUT),
        "BEST_HOME": "/nonexistent/best",
        "BEST_LINKS_HOME": str(settings.home),
        "BEST_LINKS_USERS": users,
        "BEST_LINKS_PORT": str(port),
        "BEST_LINKS_CITIZEN_PORT": str(citizen_port),
        "BEST_LINKS_REGISTER": "http://127.0.0.1:9",
    }


def run_links(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "links", *words],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def running_up(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`up` until it says where it serves; ended after the block whatever happened in it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "links", "up"], env=environment, cwd=CHECKOUT, stderr=output
        )
    try:
        deadline = time.monotonic() + 60
        while b"Citizens look at" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def find_programs(up: subprocess.Popen[bytes]) -> dict[str, int]:
    """Modules that `up` runs, and their process numbers."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = (entry / "stat").read_text().rpartition(") ")[2].split()[1]
            words = (entry / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if parent == str(up.pid) and "-m" in words:
            found[words[words.index("-m") + 1]] = int(entry.name)
    return found


def assert_all_ended(settings: LinksSettings, programs: dict[str, int]) -> None:
    assert [name for name, number in programs.items() if Path(f"/proc/{number}").exists()] == []
    assert not is_running(settings)


def wait_until(is_so: object) -> None:
    assert callable(is_so)
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
