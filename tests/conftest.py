"""One throw-away PostGIS cluster per test process, one freshly cloned database per test."""

from __future__ import annotations

import fcntl
import itertools
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.migrations import migrate
from deploy.throwaway import CARELESS, clone_database, drop_database, throwaway_cluster

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from registry.settings import Settings

ROOM, DOOR = Path(__file__), Path(__file__).parents[1] / "pyproject.toml"
"""Files that every process of a run can lock; they are not written to."""

_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let no test of another process run beside one that is marked `alone`."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    is_alone = item.get_closest_marker("alone") is not None
    with ExitStack() as inside:
        with holding(DOOR, fcntl.LOCK_EX):  # whoever waits here for the room keeps others out
            inside.enter_context(holding(ROOM, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH))
        return (yield)


@contextmanager
def holding(path: Path, operation: int) -> Iterator[None]:
    with path.open("rb") as file:
        fcntl.flock(file, operation)
        yield


@pytest.fixture(scope="session")
def empty_database() -> Iterator[Settings]:
    """A cluster whose database `best` has roles and extensions, but no tables."""
    with throwaway_cluster((*CARELESS, ("shared_buffers", "256MB"))) as settings:
        yield settings  # a small cache: each database that is dropped is looked for in all of it


@pytest.fixture(scope="session")
def migrated_template(empty_database: Settings) -> Settings:
    """A database with the register's tables and no rows. Never connect to it: it is cloned."""
    template = clone_database(empty_database, "migrated")
    migrate(template)
    return template


@pytest.fixture(scope="session")
def sample_template(
    migrated_template: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A database that holds the sample. Never connect to it: it is cloned."""
    from tests.api.serving import import_sample

    template = clone_database(migrated_template, "sample")
    import_sample(template, tmp_path_factory.mktemp("sample"))
    return template


@pytest.fixture
def register(migrated_template: Settings) -> Iterator[Settings]:
    """Settings that lead to an empty register of this test's own.

    Code under test connects as it does in service: `connect(register, Role.IMPORTER)`.
    """
    with cloned(migrated_template) as settings:
        yield settings


@pytest.fixture(scope="module")
def module_register(migrated_template: Settings) -> Iterator[Settings]:
    """An empty register shared by the tests of a module: load once, then only read."""
    with cloned(migrated_template) as settings:
        yield settings


@pytest.fixture
def bare_database(empty_database: Settings) -> Iterator[Settings]:
    """A database with roles and extensions but no tables, for tests of migrations."""
    with cloned(empty_database) as settings:
        yield settings


@contextmanager
def cloned(template: Settings) -> Iterator[Settings]:
    settings = clone_database(template, f"test_{next(_numbers)}")
    try:
        yield settings
    finally:
        drop_database(settings)
