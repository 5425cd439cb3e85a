"""Half a per cent of the country in three editions: written once, kept in the temporary folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.throwaway import clone_database, drop_database
from tests.database.history import History, make_history
from tests.database.shared_data import find_shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

SHARE = "0.01"
EDITIONS = (1, 2, 3)


@pytest.fixture(scope="session")
def history(
    migrated_template: Settings, dumps: dict[int, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    """Return a register with three editions of the small country. Only read it."""
    settings = clone_database(migrated_template, "history")
    try:
        yield make_history(settings, dumps, tmp_path_factory.mktemp("sample") / "sample.zip")
    finally:
        drop_database(settings)


@pytest.fixture(scope="session")
def dumps() -> dict[int, Path]:
    """Return the folder of each edition: the zip, truth.json and mutations.csv.

    Writing them takes forty seconds, most of it reading four million real rows, so the folder
    outlives the session; its name changes with the tool.
    """
    tool = find_shared("tools/make_best_dump.py")
    digest = hashlib.sha256(tool.read_bytes() + SHARE.encode()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir()) / f"best-test-dump-{os.getuid()}-{digest}"
    if not kept.exists():
        write_dumps(tool, kept)
    return {edition: kept / str(edition) for edition in EDITIONS}


def write_dumps(tool: Path, target: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}-"))
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                str(tool),
                str(unfinished / str(edition)),
                f"--share={SHARE}",
                f"--edition={edition}",
            ],
            stdout=subprocess.DEVNULL,
        )
        for edition in EDITIONS
    ]
    codes = [process.wait() for process in processes]
    assert codes == [0] * len(EDITIONS)
    try:
        unfinished.rename(target)
    except OSError:  # another session was faster
        shutil.rmtree(unfinished)
