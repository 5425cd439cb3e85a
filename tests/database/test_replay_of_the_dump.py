"""The changes of a part of the country, replayed from nothing, lead to its last edition."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from registry.domain.edition import Permissions
from tests.conftest import cloned
from tests.database.editions import import_path
from tests.database.querying import fetch
from tests.database.replaying import replay
from tests.database.shared_data import find_shared

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings
    from tests.database.history import History


def check_replay(register: Settings, empty: Settings, last: Path) -> None:
    """Every root on the way is the release's; the last one that of the last edition alone."""
    proven = fetch(
        register,
        "select last_seq, root from best.release where withdrawn_at is null order by number",
    )
    assert asyncio.run(replay(register, 10_000)) == {seq: bytes(root) for seq, root in proven}
    import_path(empty, last)
    assert fetch(empty, "select root from best.release order by number desc limit 1") == [
        (proven[-1][1],)
    ]


def test_three_editions_of_a_hundredth(history: History, register: Settings) -> None:
    check_replay(history.settings, register, history.folders[3])


@pytest.mark.soak
def test_four_editions_of_a_twentieth(migrated_template: Settings, tmp_path: Path) -> None:
    maker = find_shared("tools/make_best_dump.py")
    with cloned(migrated_template) as many, cloned(migrated_template) as one:
        for edition in range(1, 5):
            command = [sys.executable, str(maker), str(tmp_path / str(edition))]
            command += ["--share=0.05", f"--edition={edition}"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            summary = import_path(many, tmp_path / str(edition), Permissions())
            assert not summary.failed, summary.failure
        check_replay(many, one, tmp_path / "4")
