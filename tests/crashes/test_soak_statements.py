"""Migrations and reprojection, interrupted before each of their statements: `./best soak`."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from alembic import command as alembic

from deploy.migrations import make_alembic_configuration, migrate
from deploy.progress import print_progress
from deploy.throwaway import drop_database
from geo.pipelines import GRID_NAME
from registry.reprojection import reproject
from registry.store.schema_version import HEAD
from tests.crashes.content import compare, read_content
from tests.crashes.crashes import Plug
from tests.crashes.scenarios import Start
from tests.crashes.stopping import start_stopping
from tests.database.shared_data import find_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registry.settings import Settings
    from tests.crashes.content import Content
    from tests.crashes.crashes import CrashTest

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("plug", [Plug.IMPORTER, Plug.SERVER])]
MOST_STATEMENTS = 200


@contextmanager
def cloned(crash_test: CrashTest, template: Settings) -> Iterator[Settings]:
    register = crash_test.clone(template)
    yield register
    drop_database(register)


def test_a_migration_is_done_or_not_begun(crash_test: CrashTest, plug: Plug) -> None:
    with cloned(crash_test, crash_test.scenarios[Start.FILLED].template) as old:
        alembic.downgrade(make_alembic_configuration(old), f"{int(HEAD) - 1:04}")

        interrupt_each_statement(crash_test, plug, old, ["migrate"], migrate)


def test_a_reprojection_is_done_or_not_begun(crash_test: CrashTest, plug: Plug) -> None:
    grid: Path = find_shared(f"data/proj/{GRID_NAME}")

    def finish(register: Settings) -> None:
        reproject(replace(register, proj_grid=grid), lambda _: None)

    template = crash_test.scenarios[Start.FILLED].template
    interrupt_each_statement(crash_test, plug, template, ["reproject"], finish, grid)


def interrupt_each_statement(
    crash_test: CrashTest,
    plug: Plug,
    template: Settings,
    command: list[str],
    finish: Callable[[Settings], None],
    *arguments: object,
) -> None:
    with cloned(crash_test, template) as register:
        before = read_content(register)
        finish(register)
        after = read_content(register)
    assert compare(before, after)
    for statement in itertools.count(1):
        with cloned(crash_test, template) as register:
            child = start_stopping(
                register,
                *command,
                statement,
                *arguments,
                halt=True,
                temporary=crash_test.temporary,
            )
            if not child.wait_until_reached():
                assert child.end()[0] == 0
                break
            assert statement < MOST_STATEMENTS
            if plug is Plug.IMPORTER:
                child.kill()
            else:
                crash_test.machine.kill_server()
                assert child.end()[0] == 3
                crash_test.machine.revive_server()
            crash_test.check_nothing_runs(child, register)
            found = read_content(register)
            begun = list_begun(found, before)
            assert not begun or not compare(found, after), f"neither begun nor done: {begun}"
            finish(register)
            assert compare(read_content(register), after) == []
            crash_test.check_usable(register)
            print_progress(f"{command[0]} interrupted by {plug} before statement {statement}")
    assert statement > 5


def list_begun(found: Content, before: Content) -> list[str]:
    """What has changed, but for indexes: a migration builds them beforehand, by themselves."""
    indexes = tuple(f"definition of {schema}ix_" for schema in ("", "registry."))
    return [line for line in compare(found, before) if not line.startswith(indexes)]
