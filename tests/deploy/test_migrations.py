import psycopg
import pytest

from deploy.migrations import find_schema_version, migrate
from deploy.schema_drift import list_drift
from registry.domain.errors import EnvironmentProblem
from registry.settings import Settings
from registry.store.connections import Role, connect
from registry.store.schema_version import HEAD


def test_migrations_and_tables_agree_in_both_directions() -> None:
    assert list_drift() == []


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


def test_reader_may_not_write_even_where_granted(register: Settings) -> None:
    with connect(register, Role.READER) as connection, pytest.raises(psycopg.Error):
        connection.execute("create temporary table x (y int)")
