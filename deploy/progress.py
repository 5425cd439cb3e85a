"""Progress on standard error: one line per step, with its seconds."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def print_progress(line: str) -> None:
    """Print one line, at once: somebody is watching."""
    print(line, file=sys.stderr, flush=True)


def make_timed_progress() -> Callable[[str], None]:
    """Return a `print_progress` that begins each line with the seconds since now."""
    began = time.monotonic()
    return lambda line: print_progress(f"{time.monotonic() - began:7.1f} s  {line}")


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title` at once, and its seconds when it is done."""
    began = time.monotonic()
    print(f"{title} ...", end="", file=sys.stderr, flush=True)
    try:
        yield
    except BaseException:
        print(" failed", file=sys.stderr, flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
