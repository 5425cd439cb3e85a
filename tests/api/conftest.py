"""The bundled sample, imported once, behind a server per module."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.throwaway import clone_database, drop_database
from registry.store.connections import Role, connect
from tests.api.serving import PUBLIC_URL, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import httpx2
    import psycopg

    from registry.settings import Settings


@pytest.fixture(scope="module")
def sample(sample_template: Settings, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """A register that holds the sample, shared by the tests of a module."""
    name = f"api_{request.module.__name__.rpartition('.')[2]}"
    settings = clone_database(sample_template, name)
    yield replace(settings, public_url=PUBLIC_URL)
    drop_database(settings)


@pytest.fixture(scope="module")
def client(sample: Settings) -> Iterator[httpx2.Client]:
    """A client of a server on the sample, which says that it is at PUBLIC_URL."""
    with serving(sample) as client:
        yield client


@pytest.fixture(scope="module")
def proxied(sample: Settings) -> Iterator[httpx2.Client]:
    """A client that says itself from which network it asks."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BEST_TRUSTED_PROXY", "127.0.0.1")
        with serving(sample) as client:
            yield client


@pytest.fixture
def owner(sample: Settings) -> Iterator[psycopg.Connection]:
    with connect(sample, Role.OWNER, autocommit=True) as connection:
        yield connection


@pytest.fixture
def serve() -> Callable[[Settings], AbstractContextManager[httpx2.Client]]:
    return serving
