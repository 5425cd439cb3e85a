"""One throw-away PostGIS cluster per test session, one freshly cloned database per test."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from deploy.migrations import migrate
from deploy.throwaway import clone_database, drop_database, throwaway_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def empty_database() -> Iterator[Settings]:
    """A cluster whose database `best` has roles and extensions, but no tables."""
    with throwaway_cluster() as settings:
        yield settings


@pytest.fixture(scope="session")
def migrated_template(empty_database: Settings) -> Settings:
    """A database with the register's tables and no rows. Never connect to it: it is cloned."""
    template = clone_database(empty_database, "migrated")
    migrate(template)
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
