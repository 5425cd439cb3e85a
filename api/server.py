"""Serves the open API in the foreground: one worker in this process, or several beneath it."""

import contextlib
import http.client
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn

from registry.settings import Settings

_PROBE_SECONDS = 0.02
_MULTIPROC_DIR = "PROMETHEUS_MULTIPROC_DIR"
UVICORN: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "lifespan": "on",
    "log_config": None,
    "access_log": False,
    "proxy_headers": False,
    "server_header": False,
    "timeout_graceful_shutdown": 5,
}
"""How uvicorn runs every application of ours."""


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    metrics_port: int | None = 8001,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM, then return; `on_ready` is called once /health says UP.

    Metrics are served on `metrics_port` of the loopback, None for not at all.
    """
    open_logs()
    with _counting_across(workers), _ending_well():
        if metrics_port is not None:
            _serve_metrics(metrics_port, workers)
        base_url = settings.public_url or make_base_url(host, port)
        config = make_config(settings, base_url=base_url, host=host, port=port, workers=workers)
        threading.Thread(target=_wait_until_up, args=(host, port, on_ready), daemon=True).start()
        if workers == 1:
            uvicorn.Server(config).run()
        else:
            _run_workers(config)


def make_base_url(host: str, port: int) -> str:
    """Return the address served on; who listens everywhere is reached at localhost."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not listened on
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def make_config(
    settings: Settings, *, base_url: str, host: str, port: int, workers: int = 1
) -> uvicorn.Config:
    """Return how uvicorn is to run the application."""
    return uvicorn.Config(
        # Built where it runs: each worker has its own pool, state and loop.
        partial(_make_app, settings, base_url, workers),
        factory=True,
        host=host,
        port=port,
        workers=workers,
        **UVICORN,
    )


def _make_app(settings: Settings, base_url: str, workers: int) -> object:
    open_logs()
    if workers > 1:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        _forget_killed_workers(Path(os.environ[_MULTIPROC_DIR]))
    from api.app import make_app  # noqa: PLC0415 - counters are made on import, see _counting_across

    return make_app(settings, base_url=base_url, workers=workers)


def _end_with_parent() -> None:
    # Of a supervisor that is killed, the workers would keep the port and the old program.
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _forget_killed_workers(directory: Path) -> None:
    """Count no more what a killed worker held: who takes its place starts here."""
    for path in directory.glob("gauge_live*.db"):
        try:
            os.kill(int(path.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)


def open_logs() -> None:
    """Write one JSON line per request to standard output, warnings to standard error."""
    log = logging.getLogger("best")
    if log.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # A database that is away is said by /health and by us, not by every try of the pool.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def _run_workers(config: uvicorn.Config) -> None:
    from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - one worker needs none of it

    socket = config.bind_socket()
    try:
        Multiprocess(config, sockets=[socket]).run()
    finally:
        socket.close()


@contextlib.contextmanager
def _counting_across(workers: int) -> Iterator[None]:
    """Let several workers count together, in files that are gone afterwards."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="best-metrics-") as directory:
        os.environ[_MULTIPROC_DIR] = directory
        try:
            yield
        finally:
            del os.environ[_MULTIPROC_DIR]


def _serve_metrics(port: int, workers: int) -> None:
    from prometheus_client import (  # noqa: PLC0415 - only after _counting_across
        REGISTRY,
        CollectorRegistry,
        start_http_server,
    )

    registry = REGISTRY
    if workers > 1:
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, addr="127.0.0.1", registry=registry)


@contextlib.contextmanager
def _ending_well() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the server, and then return to the caller.

    Uvicorn stops on either and raises it once more for whoever came before; that is us.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_until_up(host: str, port: int, on_ready: Callable[[], None]) -> None:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    while not _is_up(address, port):
        time.sleep(_PROBE_SECONDS)
    on_ready()


def _is_up(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
