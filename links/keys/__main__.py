"""Start the pseudonymiser: `python -m links.keys`; before that, once, `--make-keyring`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import uvloop

from links.clock import utc_now
from links.keys.callers import find_callers
from links.keys.keyring import KeyRing, find_keyring, find_months, make_secrets
from links.keys.months import MonthKeys
from links.keys.operations import Vault
from links.keys.service import harden, serving
from links.settings import LinksSettings
from registry.domain.errors import EnvironmentProblem


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
    async with serving(vault, find_callers(settings)):
        await stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
