"""One function over many pieces, in order, by a few processes.

Started by spawning, as threads of libraries do not survive a fork. They hold no connection
to anything but this process, and end with it however it ends.
"""

import gc
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, TypeVar

from registry.domain.errors import EnvironmentProblem

_Piece = TypeVar("_Piece")
_Result = TypeVar("_Result")
_SECONDS_ALONE = 0.7  # about what it takes to start a process
_MOST_PROCESSES = 4  # more wait for the one that cuts and writes
_SECONDS_TO_END = 5.0


@dataclass(frozen=True, slots=True)
class _Failure:
    """An exception of the work, with where it came from, which does not travel by itself."""

    error: Exception
    traceback: str


def apply_to_all(work: Callable[[_Piece], _Result], pieces: Iterator[_Piece]) -> Iterator[_Result]:
    """Yield `work(piece)` of each piece in order; an exception comes where its result would.

    `work`, pieces and results must be picklable. EnvironmentProblem when a process is killed.
    """
    count = min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)
    worked = 0.0
    for piece in pieces:
        began = monotonic()
        result = work(piece)
        worked += monotonic() - began
        yield result
        if count > 1 and worked >= _SECONDS_ALONE:
            break
    else:
        return
    with ExitStack() as stack:
        ends = [stack.enter_context(_start_worker()) for _ in range(count)]
        prepared = pickle.dumps(work)
        for end in ends:
            _send(end, prepared)
        yield from _share_out(pieces, ends)


def _share_out(pieces: Iterator[Any], ends: list[Connection]) -> Iterator[Any]:
    # One piece under way per process: with more, both could wait for the other to read.
    busy: list[Connection] = []
    for end, piece in zip(cycle(ends), pieces, strict=False):
        if len(busy) == len(ends):
            yield _receive(busy.pop(0))
        _send(end, pickle.dumps(piece))
        busy.append(end)
    for end in busy:
        yield _receive(end)


def _send(end: Connection, message: bytes) -> None:
    try:
        end.send_bytes(message)
    except OSError as error:
        raise _make_problem() from error


def _receive(end: Connection) -> Any:
    try:
        answer = end.recv()
    except (EOFError, OSError) as error:
        raise _make_problem() from error
    if isinstance(answer, _Failure):
        raise answer.error from RuntimeError(f"in another process:\n{answer.traceback}")
    return answer


def _make_problem() -> EnvironmentProblem:
    return EnvironmentProblem(
        "A process that reads for this import ended before its time; was it killed, for lack of"
        " memory perhaps? Nothing of this region was published. Import again."
    )


@contextmanager
def _start_worker() -> Iterator[Connection]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(_SECONDS_TO_END)
        process.kill()


def _serve(end: Connection) -> None:
    """Answer until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the importer, which ends us
    with suppress(EOFError, OSError):
        # Records come by the million and refer to nothing that refers to them.
        gc.freeze()
        gc.set_threshold(100_000)
        work = pickle.loads(end.recv_bytes())  # noqa: S301 - from the process that started us
        while True:
            end.send(_answer(work, end.recv()))


def _answer(work: Callable[[Any], Any], piece: Any) -> Any:
    try:
        return work(piece)
    except Exception as error:  # noqa: BLE001 - it is raised on the other side
        return _Failure(error, traceback.format_exc())
