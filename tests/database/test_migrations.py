"""Migrations both ways, and beside readers who hold locks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from alembic import command

import deploy.migrations
from deploy.migrations import find_schema_version, make_alembic_configuration, migrate
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect
from registry.store.schema_version import HEAD
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import assert_sound, fetch_current

if TYPE_CHECKING:
    from pathlib import Path

    from alembic.config import Config

    from registry.settings import Settings

LATER_MIGRATION = """
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade():
    op.execute("alter table registry.street_name_version add column nickname text")


def downgrade():
    op.execute("alter table registry.street_name_version drop column nickname")
"""


def describe(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Return every column, function and grant of our schemas."""
    with connect(settings, Role.OWNER) as connection:
        columns = connection.execute(
            "select table_schema || '.' || table_name, column_name, data_type, is_nullable"
            " from information_schema.columns where table_schema in ('registry', 'best')"
            " order by 1, 2"
        ).fetchall()
        indexes = connection.execute(
            "select schemaname, tablename, indexname, indexdef from pg_indexes"
            " where schemaname in ('registry', 'best') order by 1, 2, 3"
        ).fetchall()
        grants = connection.execute(
            "select table_schema || '.' || table_name, grantee, privilege_type, ''"
            " from information_schema.role_table_grants"
            " where table_schema in ('registry', 'best') order by 1, 2, 3"
        ).fetchall()
        functions = connection.execute(
            "select p.oid::regprocedure::text, pg_get_functiondef(p.oid),"
            " coalesce(proacl::text, ''), '' from pg_proc p"
            " where pronamespace = 'registry'::regnamespace order by 1"
        ).fetchall()
    return [*columns, *indexes, *grants, *functions]


def test_up_down_and_up_again_gives_the_same_schema(bare_database: Settings) -> None:
    configuration = make_alembic_configuration(bare_database)
    command.upgrade(configuration, "head")
    first = describe(bare_database)

    command.downgrade(configuration, "base")
    left = [row for row in describe(bare_database) if "alembic_version" not in " ".join(row)]
    command.upgrade(configuration, "head")

    assert left == []
    assert describe(bare_database) == first
    assert find_schema_version(bare_database) == HEAD


def test_down_and_up_works_with_data_too(register: Settings) -> None:
    import_editions(register, Edition(addresses=[Address(id="1")]))
    configuration = make_alembic_configuration(register)

    command.downgrade(configuration, "base")
    command.upgrade(configuration, "head")

    import_editions(register, Edition(addresses=[Address(id="1")]))
    assert len(fetch_current(register)) == 1
    assert_sound(register)


def test_migrating_twice_changes_nothing(register: Settings) -> None:
    before = describe(register)

    migrate(register)

    assert describe(register) == before


def test_a_database_of_a_newer_version_is_refused_in_words(register: Settings) -> None:
    with connect(register, Role.OWNER) as connection:
        connection.execute("update registry.alembic_version set version_num = 'zzzz'")

    with pytest.raises(EnvironmentProblem, match="a newer Best made it"):
        migrate(register)


@pytest.fixture
def later_version(register: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A register for which the software has one migration more."""
    (tmp_path / "9999_later.py").write_text(LATER_MIGRATION.format(head=HEAD))
    make_configuration = deploy.migrations.make_alembic_configuration

    def make_with_later(settings: Settings) -> Config:
        configuration = make_configuration(settings)
        versions = deploy.migrations.CHECKOUT / "alembic" / "registry" / "versions"
        configuration.set_main_option("path_separator", "newline")
        configuration.set_main_option("version_locations", f"{versions}\n{tmp_path}")
        return configuration

    monkeypatch.setattr(deploy.migrations, "make_alembic_configuration", make_with_later)
    monkeypatch.setattr(deploy.migrations, "HEAD", "9999")
    return register


def test_a_migration_gives_up_behind_a_reader_and_can_be_repeated(
    later_version: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy.migrations, "PATIENCE_SECONDS", 1.0)
    import_editions(later_version, Edition(addresses=[Address(id="1")]))
    with connect(later_version, Role.READER) as reader:
        reader.execute("select count(*) from best.street_name")
        began = time.monotonic()

        with pytest.raises(EnvironmentProblem, match="held a lock"):
            migrate(later_version)

        assert time.monotonic() - began < 10
        assert find_schema_version(later_version) == HEAD
        # and nobody queues behind it any more
        with connect(later_version, Role.READER) as other:
            other.execute("set lock_timeout = '250ms'")
            other.execute("select count(*) from best.street_name")

    migrate(later_version)

    assert find_schema_version(later_version) == "9999"
    assert_sound(later_version)
