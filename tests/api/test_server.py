"""Serving as `./best up` does: ready, several workers, counters, and an end without noise."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from api.server import make_base_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.settings import Settings

CHECKOUT = Path(__file__).parents[2]
PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from api.server import serve
    from registry.settings import Settings

    if __name__ == "__main__":
        home, name, port, metrics_port, workers = sys.argv[1:]
        serve(
            Settings(home=Path(home), database_name=name),
            port=int(port),
            metrics_port=int(metrics_port),
            workers=int(workers),
            on_ready=lambda: print("ready", flush=True),
        )
        print("ended", flush=True)
    """
)


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(
    settings: Settings, path: Path, workers: int
) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    program = path / "serve_sample.py"
    program.write_text(PROGRAM)
    port, metrics_port = find_port(), find_port()
    process = subprocess.Popen(
        [
            *(sys.executable, str(program), str(settings.home), settings.database_name),
            *(str(port), str(metrics_port), str(workers)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TMPDIR": str(path)},
    )
    try:
        yield process, port, metrics_port
    finally:
        process.kill()
        process.communicate()


def wait_for_line(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    pytest.fail(
        f"the server ended without saying {word}: {process.stderr and process.stderr.read()}"
    )


@pytest.mark.parametrize(("workers", "number"), [(1, signal.SIGTERM), (2, signal.SIGINT)])
def test_serving_from_start_to_end(
    sample: Settings, tmp_path: Path, workers: int, number: signal.Signals
) -> None:
    with running(sample, tmp_path, workers) as (process, port, metrics_port):
        wait_for_line(process, "ready")
        base_url = f"http://127.0.0.1:{port}"
        for _ in range(10):  # new connections, so that more than one worker is asked
            document = httpx2.get(f"{base_url}/v1/addresses/bru-210225").json()
            assert document["self"] == f"{base_url}/v1/addresses/bru-210225"
        time.sleep(0.6)
        metrics = httpx2.get(f"http://127.0.0.1:{metrics_port}/metrics").text
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
    assert process.returncode == 0, err
    assert out.splitlines()[-1] == "ended"
    assert "Traceback" not in err
    counted = 'route="/v1/addresses/{addressId}",status="200"} 10.0'
    assert counted in metrics
    assert "best_register_seq" in metrics
    assert "best_pool_connections" in metrics
    assert "bru-210225" not in metrics


def test_whoever_is_killed_leaves_nothing(sample: Settings, tmp_path: Path) -> None:
    def list_workers() -> list[int]:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_text() for pid in children}
        return [pid for pid, line in lines.items() if "multiprocessing.spawn" in line]

    def count_connections() -> str:
        metrics = httpx2.get(f"http://127.0.0.1:{metrics_port}/metrics").text
        return next(x for x in metrics.splitlines() if x.startswith("best_pool_connections "))

    with running(sample, tmp_path, 2) as (process, port, metrics_port):
        wait_for_line(process, "ready")
        wait_until(lambda: count_connections().endswith(" 4.0"))
        killed, _ = before = list_workers()
        os.kill(killed, signal.SIGKILL)
        for connections in ("2.0", "4.0"):  # of the other worker, then of the new one too
            wait_until(lambda: count_connections().endswith(f" {connections}"))  # noqa: B023
        assert len({*list_workers()} - {*before}) == 1
        assert httpx2.get(f"http://127.0.0.1:{port}/health").status_code == 200
        left = list_workers()
        process.kill()
        try:
            wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))
        finally:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("host", "port", "base_url"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("0.0.0.0", 80, "http://localhost:80"),  # noqa: S104 - compared, not listened on
        ("::1", 8000, "http://[::1]:8000"),
        ("::", 8000, "http://localhost:8000"),
    ],
)
def test_address_served_on(host: str, port: int, base_url: str) -> None:
    assert make_base_url(host, port) == base_url
