"""Where the real rows and the dump writer are; a checkout without them skips, loudly."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def find_shared(path: str) -> Path:
    """Return a file beside the checkout, or skip the test saying which one is missing."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"NOT TESTED: ../shared/{path} is not beside this checkout")
    return found
