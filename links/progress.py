"""Progress on standard error: somebody is watching."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def print_progress(line: str) -> None:
    """Print one line, at once."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title` and, when it is done, its seconds."""
    began = time.monotonic()
    print(f"{title} ...", end="", file=sys.stderr, flush=True)
    try:
        yield
    except BaseException:
        print_progress(" failed")
        raise
    print_progress(f" {time.monotonic() - began:.1f} s")
