import threading
import time

import psycopg
import pytest

from alembic import command
from deploy.migrations import find_schema_version, make_alembic_configuration, migrate
from deploy.schema_drift import list_drift
from deploy.schema_dump import dump_statements
from registry.domain.errors import EnvironmentProblem
from registry.settings import Settings
from registry.store.connections import Role, connect
from registry.store.schema_version import HEAD
from registry.store.tables import SCHEMA


def test_migrations_and_tables_agree_in_both_directions() -> None:
    assert list_drift() == []


def test_migrations_go_down_to_nothing_and_up_to_the_same(bare_database: Settings) -> None:
    migrate(bare_database)
    first = dump_statements(bare_database, schema=SCHEMA)
    command.downgrade(make_alembic_configuration(bare_database), "base")
    assert find_schema_version(bare_database) is None
    migrate(bare_database)
    assert dump_statements(bare_database, schema=SCHEMA) == first


def test_a_second_migration_finds_nothing_to_run(
    register: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(register)
    assert find_schema_version(register) == HEAD
    assert capsys.readouterr().err == ""


def test_a_database_of_newer_software_is_said(register: Settings) -> None:
    with connect(register, Role.OWNER) as connection:
        connection.execute("update registry.alembic_version set version_num = '9999'")
    with pytest.raises(EnvironmentProblem, match="newer"):
        migrate(register)


def test_a_migration_that_must_wait_gives_up_and_does_not_block_readers(register: Settings) -> None:
    """A downgrade needs every table; a reader in a long transaction holds one of them."""
    with connect(register, Role.OWNER) as reader:
        reader.execute("select count(*) from registry.address_version")
        began = time.monotonic()
        with pytest.raises(Exception, match="lock timeout"):
            command.downgrade(make_alembic_configuration(register), "base")
        assert time.monotonic() - began < 15
        other = threading.Thread(target=read_once, args=[register])
        other.start()
        other.join(timeout=5)
        assert not other.is_alive()
    assert find_schema_version(register) == HEAD


def read_once(register: Settings) -> None:
    with connect(register, Role.OWNER) as connection:
        connection.execute("select count(*) from registry.address_version")


def test_reader_may_not_write_even_where_granted(register: Settings) -> None:
    with connect(register, Role.READER) as connection, pytest.raises(psycopg.Error):
        connection.execute("create temporary table x (y int)")
