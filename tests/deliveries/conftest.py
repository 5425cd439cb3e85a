"""The connections of door and worker to a register that the tests of a module share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from registry.settings import Settings


@pytest.fixture
def door(module_register: Settings) -> Iterator[psycopg.Connection]:
    with connect(module_register, Role.DELIVERIES, autocommit=True) as connection:
        yield connection


@pytest.fixture
def worker(module_register: Settings) -> Iterator[psycopg.Connection]:
    with connect(module_register, Role.IMPORTER, autocommit=True) as connection:
        # What other tests left is over.
        connection.execute("delete from jobs.procrastinate_jobs")
        connection.execute("update deliveries.delivery set state = 'withdrawn', undoing = false")
        yield connection
