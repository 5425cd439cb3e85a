"""One throw-away second cluster per test process, one freshly cloned database per test."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from links.keys.keyring import KeyRing
from links.operations.database import clone_database, drop_database
from links.operations.migrations import migrate
from links.operations.throwaway import throwaway_cluster
from tests.links.leaks import find_settings, find_statement, list_leaks
from tests.links.logged import fill, opened_log
from tests.links.pseudonymiser import running_keys
from tests.links.world import make_world

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from links.keys.operations import Vault
    from links.settings import LinksSettings
    from tests.links.logged import Logged
    from tests.links.world import World

_numbers = itertools.count(1)


@pytest.fixture
def leak() -> None:
    """No leak, unless pytest_generate_tests says otherwise."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests that must see a planted leak another round, with the leak."""
    if leaks := list_leaks(metafunc.function.__name__):
        metafunc.fixturenames.append("leak")
        metafunc.parametrize("leak", [None, *leaks], ids=["whole", *(one.name for one in leaks)])


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Plant the leak when everything is set up; the test must fail then, and for what it says."""
    leak = pyfuncitem.callspec.params.get("leak") if hasattr(pyfuncitem, "callspec") else None
    if leak is None:
        return (yield)
    with leak.plant(find_settings(pyfuncitem.funcargs)):
        try:
            yield
        except (AssertionError, pytest.fail.Exception) as error:
            assert leak.seen_by in find_statement(error), "it failed for another reason"  # noqa: PT017
            return True
    pytest.fail(f"the planted leak {leak.name} went unnoticed")


@pytest.fixture(scope="session")
def links_cluster() -> Iterator[LinksSettings]:
    """A cluster whose database `links` has roles but no tables; passwords, no fsync.

    A test that kills the server makes a durable one of its own: `throwaway_cluster({})`.
    """
    with throwaway_cluster() as settings:
        yield settings


@pytest.fixture(scope="session")
def links_template(links_cluster: LinksSettings) -> LinksSettings:
    """A database with tables and functions and no rows. Never connect to it: it is cloned."""
    template = clone_database(links_cluster, "migrated")
    migrate(template)
    return template


@pytest.fixture
def wall(links_template: LinksSettings) -> Iterator[LinksSettings]:
    """Settings that lead to an empty wall of this test's own; connect in a role, as in service."""
    with cloned(links_template) as settings:
        yield settings


@pytest.fixture(scope="module")
def module_wall(links_template: LinksSettings) -> Iterator[LinksSettings]:
    """A wall shared by the tests of a module."""
    with cloned(links_template) as settings:
        yield settings


@pytest.fixture(scope="session")
def keyring() -> KeyRing:
    """Keys for synthetic people; those of the service of `key_service` too."""
    return KeyRing.make()


@pytest.fixture(scope="session")
def key_service(links_cluster: LinksSettings, keyring: KeyRing) -> Iterator[Vault]:
    """The pseudonymiser with `keyring` on the sockets that every clone's settings name.

    Whoever rotates or stops it runs one of its own: `running_keys` with settings of another home.
    """
    with running_keys(links_cluster, keyring) as vault:
        yield vault


@pytest.fixture
def world(wall: LinksSettings, keyring: KeyRing) -> World:
    """A populated wall of this test's own: see tests/links/world.py."""
    return make_world(wall, keyring)


@pytest.fixture(scope="module")
def module_world(module_wall: LinksSettings, keyring: KeyRing) -> World:
    """A populated wall shared by the tests of a module that only ask."""
    return make_world(module_wall, keyring)


@pytest.fixture
def empty_log(world: World, tmp_path: Path) -> Iterator[Logged]:
    """A log of no records yet, with a witness and a public directory of this test's own."""
    with opened_log(world, tmp_path) as logged:
        yield logged


@pytest.fixture
def logged(empty_log: Logged) -> Logged:
    """Three chains, three checkpoints, and some records that no checkpoint has taken."""
    fill(empty_log)
    return empty_log


@contextmanager
def cloned(template: LinksSettings) -> Iterator[LinksSettings]:
    settings = clone_database(template, f"test_{next(_numbers)}")
    try:
        yield settings
    finally:
        drop_database(settings)
