"""Answers leave on a tick of their own request: how long the work took is not to be read off."""

import asyncio
import ctypes
import heapq
import os
import time
from typing import Final

TICK_SECONDS: Final = 0.020
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_ABSOLUTE: Final = 1  # TFD_TIMER_ABSTIME


class Ticks:
    """Wakes each request at the next multiple of 20 ms after its arrival, to the microsecond.

    On a timerfd: an event loop's own timers are rounded to whole milliseconds from the moment of
    setting them, and so would tell the last millisecond of the work.
    """

    def __init__(self, *, tick: float = TICK_SECONDS) -> None:
        self._tick = tick
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbered = 0
        self._fd = -1

    def open(self) -> None:
        """Begin; within the event loop that is served."""
        self._fd = _LIBC.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        asyncio.get_running_loop().add_reader(self._fd, self._wake)

    def close(self) -> None:
        """Let go of the timer."""
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)

    async def wait(self, arrived: float) -> None:
        """Return at the next tick after now of a request that arrived at time.monotonic()."""
        passed = time.monotonic() - arrived
        due = arrived + (int(passed / self._tick) + 1) * self._tick
        future = asyncio.get_running_loop().create_future()
        self._numbered += 1
        heapq.heappush(self._waiting, (due, self._numbered, future))
        if self._waiting[0][2] is future:
            self._set(due)
        await future

    def _set(self, due: float) -> None:
        seconds, rest = divmod(int(due * 1e9), 1_000_000_000)
        timing = (ctypes.c_long * 4)(0, 0, seconds, rest)  # struct itimerspec: interval, value
        _LIBC.timerfd_settime(self._fd, _ABSOLUTE, timing, None)

    def _wake(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)
        if self._waiting:
            self._set(self._waiting[0][0])
