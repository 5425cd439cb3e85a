"""Processes that match pieces, each with a thread of the parent that asks it.

A process that dies is noticed at once, for nobody else holds its line; when the parent dies, the
processes notice it alike. (concurrent.futures waits for ever where a process is killed while a
large piece is on its way.)
"""

import gc
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from registry.domain.errors import EnvironmentProblem
from registry.search.bulk.tables import Matched, Matcher, MatcherForm

_SPAWN = get_context("spawn")


class Pool:
    """Processes with a matcher each, that map the same index.

    They start at once, and load what they need while it is found out what to match.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._lines = [_start() for _ in range(processes)]
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(
            processes, initializer=self._take_line, initargs=([*self._lines],)
        )

    def begin(self, form: MatcherForm, index_folder: Path, *, minimum: float) -> None:
        """Say what pieces are like, before the first one."""
        for line in self._lines:
            with suppress(OSError):  # of one that was killed, which the first piece finds out
                line.send((form, index_folder, minimum))

    def submit(self, piece: Any) -> Future[Matched]:
        """Have a piece matched; EnvironmentProblem comes of a process that was killed."""
        return self._threads.submit(self._ask, piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for line in self._lines:
            line.close()

    def _take_line(self, free: list[Connection]) -> None:
        self._own.line = free.pop()

    def _ask(self, piece: Any) -> Matched:
        line: Connection = self._own.line
        try:
            line.send(piece)
            answer = line.recv()
        except (EOFError, OSError) as error:
            raise EnvironmentProblem(
                "A process that matches was killed, for lack of memory perhaps; nothing was"
                " written."
            ) from error
        if isinstance(answer, Exception):
            raise answer
        matched: Matched = answer
        return matched


def _start() -> Connection:
    ours, theirs = _SPAWN.Pipe()
    _SPAWN.Process(target=_match_pieces, args=(theirs,), daemon=True).start()
    theirs.close()
    return ours


def _match_pieces(line: Connection) -> None:
    """Match what comes until the line is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the parent's, which closes the line
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # what is loaded now stays
    # Now, while the parent looks at the file; it needs none of it, and starts in a third of the
    # time.
    import registry.search.bulk.answering  # noqa: PLC0415
    import registry.search.store  # noqa: F401, PLC0415

    matcher = None
    with suppress(EOFError, OSError):
        begun = line.recv()
        while True:
            piece = line.recv()
            try:
                matcher = matcher or _make_matcher(*begun)
                answer: Matched | Exception = matcher(piece)
            except Exception as error:  # noqa: BLE001 - the parent raises it
                answer = error
            line.send(answer)


def _make_matcher(form: MatcherForm, index_folder: Path, minimum: float) -> Matcher:
    from registry.search.bulk.answering import make_added  # noqa: PLC0415 - as above
    from registry.search.store import load_index  # noqa: PLC0415

    matcher = form.make(partial(make_added, load_index(index_folder), minimum))
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()
    return matcher
