"""The process that matches batches: started by whichever worker sees that one waits."""

import asyncio
import contextlib
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from registry.clock import utc_now
from registry.search.bulk.batches import Batches
from registry.settings import Settings

_MODULE = "registry.search.bulk.batch_runner"
_LOOK_SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class BatchProcess:
    """Starts it when there is something to do; one such object per worker."""

    settings: Settings
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _starting: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def batches(self) -> Batches:
        """The batches of this installation."""
        return Batches.of(self.settings.home)

    async def follow(self) -> None:
        """Go on with what was interrupted, and remove what expired, as long as the worker lives."""
        while True:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._look)
            await asyncio.sleep(_LOOK_SECONDS)

    def _look(self) -> None:
        self.batches.remove_expired(utc_now())
        self.start_if_due()

    def start_if_due(self) -> None:
        """Start it unless it runs; where another worker's runs, it ends by itself."""
        with self._starting:
            if self._process is not None and self._process.poll() is None:
                return
            self._end()
            if not self.batches.list_waiting():
                return
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
                start_new_session=True,  # ctrl-C is the server's; it ends when its input does
            )
            if self._process.stdin is not None:
                # Not an argument: settings may hold a password.
                self._process.stdin.write(pickle.dumps(self.settings))
                self._process.stdin.flush()

    def stop(self) -> None:
        """End it, as the end of the worker would."""
        with self._starting:
            self._end()

    def _end(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
        self._process = None
