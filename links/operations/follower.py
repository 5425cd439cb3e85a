"""Follows the public register each minute, as the user of ingest."""

from __future__ import annotations

import os
import signal
import sys
import threading

from links.failures import explain_failure
from links.progress import print_progress
from links.replica.follow import follow_once
from links.settings import LinksSettings

SECONDS = 60.0


def main() -> int:
    """Follow until SIGTERM; what fails is tried again."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    settings = LinksSettings.from_environment(os.environ)
    while not stopped.is_set():
        try:
            follow_once(settings)
        except Exception as error:  # noqa: BLE001 - the next minute does not depend on it
            print_progress(f"follower: {explain_failure(error) or type(error).__name__}")
        stopped.wait(SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
