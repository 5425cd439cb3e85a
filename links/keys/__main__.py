"""Start the pseudonymiser: `python -m links.keys`; before that, once, `--make-keyring`."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import sys
from typing import TYPE_CHECKING

import uvloop

from links.clock import utc_now
from links.keys.keyring import KeyRing, find_keyring, find_months, make_secrets
from links.keys.months import MonthKeys
from links.keys.operations import Vault
from links.keys.service import harden, serving
from links.settings import LinksSettings
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Collection

ASKING, WORKING = ("api", "citizen"), ("ingest", "govern", "audit")
"""Users, as the settings name them, of the two sockets."""


def main() -> int:
    """Serve until told to end; with --make-keyring, make a ring for real people and end."""
    harden()
    try:
        settings = LinksSettings.from_environment(os.environ)
        if sys.argv[1:] == ["--make-keyring"]:
            return make_real_keyring(settings)
        path = find_keyring(settings)
        vault = Vault(
            ring=KeyRing.from_file(path),
            path=path,
            months=MonthKeys(find_months(settings)),
            clock=utc_now,
        )
        uvloop.run(serve(vault, settings))
    except EnvironmentProblem as error:
        print(error, file=sys.stderr)
        return 3
    return 0


def make_real_keyring(settings: LinksSettings) -> int:
    """Make the ring of a key ceremony; it is never made in the place of another."""
    path = find_keyring(settings)
    if path.exists():
        raise EnvironmentProblem(f"{path} is there already: a ring is made once.")
    make_secrets(settings, synthetic=False)
    print(f"{path} is made, for real people: {KeyRing.from_file(path).fingerprint}. Copy it now.")
    return 0


async def serve(vault: Vault, settings: LinksSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    sockets = (settings.ask_socket, settings.batch_socket)
    async with serving(vault, sockets, find_allowed(settings)):
        await stopped.wait()


def find_allowed(settings: LinksSettings) -> tuple[Collection[int], Collection[int]]:
    """Return who may use the two sockets: their users, or this one when there are none."""
    if not settings.is_peer:
        return {os.geteuid()}, {os.geteuid()}
    # Root starts, watches and rotates; it could read the keys anyhow.
    asking, working = (
        {0, *(pwd.getpwnam(settings.users[name]).pw_uid for name in names)}
        for names in (ASKING, WORKING)
    )
    return asking, working


if __name__ == "__main__":
    sys.exit(main())
