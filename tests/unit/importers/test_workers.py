"""Pieces shared out among processes: nothing lost, nothing out of order, nobody left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importers import workers
from importers.workers import apply_to_all
from registry.domain.errors import EnvironmentProblem, InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 100


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(workers.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(workers, "_SECONDS_ALONE", 0)
    yield
    assert multiprocessing.active_children() == []


def square(number: int, *, refused: int = -1, own: int = 0) -> tuple[int, bool]:
    if number == refused:
        raise InputRefused(f"not {number}")
    return number * number, os.getpid() == own


def end_at(number: int, *, fatal: int) -> int:
    if number == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("length", [0, 1, 2, 3, MANY])
def test_results_come_in_order_and_what_takes_long_goes_elsewhere(length: int) -> None:
    told = list(apply_to_all(partial(square, own=os.getpid()), iter(range(length))))

    assert [result for result, _ in told] == [n * n for n in range(length)]
    assert [here for _, here in told] == [True, *([False] * (length - 1))][:length]


def test_what_is_soon_done_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_SECONDS_ALONE", 60)

    told = list(apply_to_all(partial(square, own=os.getpid()), iter(range(MANY))))

    assert all(here for _, here in told)


def test_an_exception_comes_where_its_result_would() -> None:
    results = apply_to_all(partial(square, refused=60), iter(range(MANY)))

    assert [result for result, _ in islice(results, 60)] == [n * n for n in range(60)]
    with pytest.raises(InputRefused, match="not 60"):
        next(results)


def test_an_exception_of_the_pieces_themselves_ends_it_too() -> None:
    def cut() -> Iterator[int]:
        yield from range(MANY)
        raise InputRefused("cut off")

    with pytest.raises(InputRefused, match="cut off"):
        list(apply_to_all(square, cut()))


def test_a_process_that_is_killed_is_told() -> None:
    with pytest.raises(EnvironmentProblem, match="ended before its time"):
        list(apply_to_all(partial(end_at, fatal=50), iter(range(MANY))))


def test_pieces_are_not_read_ahead_of_their_turn() -> None:
    pieces = count()
    results = apply_to_all(square, pieces)

    assert len(list(islice(results, 50))) == 50
    assert next(pieces) < 60
    results.close()  # type: ignore[attr-defined]


def test_processes_end_when_the_one_that_started_them_is_killed() -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    starter = context.Process(target=start_and_wait, args=(theirs,))
    starter.start()
    pids = ours.recv()
    assert len(pids) == 2

    os.kill(starter.pid or 0, signal.SIGKILL)
    starter.join()

    deadline = time.monotonic() + 10
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if is_alive(pid)] == []


def start_and_wait(end: multiprocessing.connection.Connection) -> None:
    vars(workers)["_SECONDS_ALONE"] = 0
    vars(workers.os)["sched_getaffinity"] = lambda _: {0, 1}
    results = apply_to_all(report_pid, count())
    end.send(set(islice(results, 10)) - {os.getpid()})
    time.sleep(60)


def report_pid(_piece: int) -> int:
    return os.getpid()


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
