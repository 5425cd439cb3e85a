"""How fast the API answers by id, as a client on the same machine sees it."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deploy.migrations import CHECKOUT
from deploy.progress import step
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

CLIENTS = 4
ANSWERS_PER_CLIENT = 500
PATIENCE_SECONDS = 30.0


def measure_answers(settings: Settings) -> dict[str, float]:
    """Ask for addresses by id: answers per second and latency in milliseconds."""
    paths = list_paths(settings, CLIENTS * ANSWERS_PER_CLIENT)
    with step("Asking for addresses by id"), serving(settings) as port:
        ask(port, paths[:50])
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            shares = [paths[n::CLIENTS] for n in range(CLIENTS)]
            times = [t for share in clients.map(ask, [port] * CLIENTS, shares) for t in share]
        seconds = time.monotonic() - began
    cuts = statistics.quantiles(times, n=100)
    return {
        "by id, answers per second": len(times) / seconds,
        "by id, p50 ms": cuts[49] * 1000,
        "by id, p99 ms": cuts[98] * 1000,
    }


def list_paths(settings: Settings, count: int) -> list[str]:
    """Return `count` paths of addresses that exist, in an order that is the same every time."""
    with connect(settings, Role.OWNER) as connection:
        rows = connection.execute(
            "select region, object_id from registry.address_version where seq_to is null"
            " order by content_hash limit %s",
            [count],
        ).fetchall()
    if not rows:
        raise EnvironmentProblem("There are no addresses to ask for.")
    chosen = random.Random(1).choices(rows, k=count)  # noqa: S311 - a fixed order, no secret
    return [f"/v1/addresses/{region}-{object_id}" for region, object_id in chosen]


def ask(port: int, paths: list[str]) -> list[float]:
    """GET each path over one connection; the seconds of each, all of which must be 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    seconds = []
    for path in paths:
        began = time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        seconds.append(time.monotonic() - began)
        if answer.status != http.client.OK:
            raise EnvironmentProblem(f"{path} answered {answer.status}.")
    connection.close()
    return seconds


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """Run `up` for the block, on a free port."""
    port, metrics_port = find_free_port(), find_free_port()
    ports = ["--port", str(port), "--metrics-port", str(metrics_port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy", "up", "--no-sample", *ports],
        cwd=CHECKOUT,
        env=os.environ | {"BEST_HOME": str(settings.home), "BEST_DATABASE_URL": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE_SECONDS)


def find_free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the port answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise EnvironmentProblem("The API did not start. ./best up says why.")
