"""The pseudonymiser on sockets, in a thread of the test process: its ring can be looked at."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from links.clock import utc_now
from links.domain.kinds import KINDS
from links.keys.callers import BATCH, find_callers
from links.keys.keyring import find_keyring, find_months
from links.keys.months import MonthKeys
from links.keys.operations import Vault
from links.keys.service import serving
from tests.links.world import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from links.keys.keyring import KeyRing
    from links.keys.service import Caller
    from links.settings import LinksSettings

CITY = "0207500123"
UNLIMITED = {"api": 1e9, "citizen": 1e9}
ASKED = ("addrRefs", "subjRefs", "subjectAuditRefs", "queryRef")
"""What `ask` says of the sector; the rest is the organisation's own and alike for all sectors."""


@contextmanager
def running_keys(settings: LinksSettings, ring: KeyRing) -> Iterator[Vault]:
    """Serve `ring` on the sockets of `settings` for the block, with its files below its home."""
    path = find_keyring(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = Vault(ring=ring, path=path, months=MonthKeys(find_months(settings)), clock=utc_now)
    with running_service(vault, find_callers(settings, UNLIMITED)):
        yield vault


@contextmanager
def running_service(vault: Vault, sockets: Mapping[Path, Mapping[int, Caller]]) -> Iterator[None]:
    """Serve in a thread for the block."""
    loop, started = asyncio.new_event_loop(), threading.Event()
    stopped = asyncio.Event()

    async def serve() -> None:
        async with serving(vault, sockets):
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()


@contextmanager
def running_process(settings: LinksSettings) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m links.keys` for the block."""
    settings_of_it = {"BEST_LINKS_HOME": str(settings.home), "BEST_LINKS_USERS": "none"}
    environment = {**os.environ, **settings_of_it, "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen(
        [sys.executable, "-m", "links.keys"], env=environment, cwd=settings.home
    )
    try:
        deadline = time.monotonic() + 20
        while not settings.batch_socket.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def with_own_keys(settings: LinksSettings, directory: Path) -> LinksSettings:
    """Return settings of the same database with keys and sockets of their own."""
    home = directory / "home"
    (home / "secrets").mkdir(parents=True)
    for name in ("cluster", "log", "secrets/passwords"):
        (home / name).symlink_to(settings.home / name)
    return replace(settings, home=home)


def make_vault(ring: KeyRing, months: Path, path: Path | None = None) -> Vault:
    """Return keys that no socket serves."""
    return Vault(ring=ring, path=path or months / "ring", months=MonthKeys(months), clock=utc_now)


def question(**members: Any) -> dict[str, Any]:
    """Return an `ask` of one who may."""
    usual = {"op": "ask", "organisation": CITY, "sector": "RN", "day": "2026-11-22"}
    return usual | members


def disclose_one(vault: Vault, expires: int) -> str:
    """Return a handle that leads to anna."""
    _, subj_ref, _, _ = vault.ring.key_rows("RN", [(None, "person", PEOPLE["anna"], None)])[0]
    request = {
        "sector": "RN",
        "organisation": CITY,
        "rows": [{"subjRef": subj_ref.hex(), "kid": 1}],
        "handle": {"source": KINDS["residence"].source, "expires": expires},
    }
    token: str = BATCH["disclose"](vault, request)["handles"][0]
    return token
