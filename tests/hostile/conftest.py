"""One register for all that must leave it as it is, one for what dies and lives again."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from deploy.file_locks import hold_lock
from deploy.migrations import migrate
from deploy.throwaway import throwaway_cluster
from tests.database.editions import import_path
from tests.hostile.register import Register
from tests.hostile.senders import LATER, write_country

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """A private cluster that holds the country of 2 November; nothing sent may change it."""
    with fill(tmp_path_factory.mktemp("country")) as register:
        yield register


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Another one, whose server may be killed and which may be published to."""
    with fill(tmp_path_factory.mktemp("mortal")) as register:
        yield register


@contextmanager
def fill(folder: Path) -> Iterator[Register]:
    # Whoever holds the lock keeps each import from stopping the cluster when it ends.
    with throwaway_cluster() as settings, hold_lock(settings.home / "in-use", fcntl.LOCK_SH):
        migrate(settings)
        assert not import_path(settings, write_country(folder / "first", "2026-11-02")).failed
        yield Register(settings=settings, later=write_country(folder / "later", LATER))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for one delivery."""
    (tmp_path / "delivery").mkdir()
    return tmp_path / "delivery"
