"""A register behind a real server on a port of its own, and the bundled sample to serve."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import httpx2
import pytest
import uvicorn

from api.server import make_config
from importers.region_import import ImportOptions
from importers.run import run_import
from importers.sample.write import write_sample
from registry.domain.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.settings import Settings

PUBLIC_URL = "https://addresses.example.be"


def import_sample(settings: Settings, folder: Path) -> None:
    """Write the sample and import it."""
    path = folder / "best-sample.zip"
    write_sample(path)
    options = ImportOptions(dataset=Dataset.SAMPLE)
    summary = run_import(settings, [str(path)], options, lambda _: None)
    assert summary.failure is None


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[httpx2.Client]:
    """Serve a register from a thread, with a client of it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base_url = settings.public_url or f"http://127.0.0.1:{port}"
    server = uvicorn.Server(make_config(settings, base_url=base_url, host="127.0.0.1", port=port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            wait_until_up(client)
            yield client
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def wait_until_up(client: httpx2.Client) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        with contextlib.suppress(httpx2.TransportError):
            if client.get("/health").status_code == 200:
                return
        time.sleep(0.02)
    pytest.fail("the server did not answer /health with UP within 15 seconds")
