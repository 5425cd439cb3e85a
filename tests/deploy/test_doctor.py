import pytest

from deploy.checks import Verdict, check_migrations, check_privileges, list_checks
from deploy.private_database import connect_as_superuser
from registry.settings import Settings
from registry.store.connections import Role, connect


def find_verdicts(settings: Settings) -> dict[str, Verdict]:
    with connect(settings, Role.OWNER, autocommit=True) as connection:
        return {check.name: check.verdict for check in list_checks(settings, connection)}


def test_a_fresh_register_has_no_failure(register: Settings) -> None:
    assert Verdict.FAIL not in find_verdicts(register).values()


@pytest.mark.parametrize(
    "grant",
    [
        "grant insert on registry.total to best_reader",
        "grant select on registry.address_version to best_reader",
        "grant create on schema best to best_reader",
        "grant all on all tables in schema best to public",
    ],
)
def test_a_reader_who_may_too_much_is_found(register: Settings, grant: str) -> None:
    with connect_as_superuser(register.home, register.database_name) as connection:
        connection.execute(grant)
    assert find_verdicts(register)["privileges of best_reader"] is Verdict.FAIL


@pytest.mark.parametrize(
    "grant",
    [
        "grant truncate on registry.total to best_importer",
        "grant create on schema registry to best_importer",
        "alter table registry.total owner to best_importer",
    ],
)
def test_an_importer_who_may_change_tables_is_found(register: Settings, grant: str) -> None:
    with connect_as_superuser(register.home, register.database_name) as connection:
        connection.execute(grant)
    with connect(register, Role.OWNER) as connection:
        check = check_privileges(connection, Role.IMPORTER, "importer_excess")
    assert check.verdict is Verdict.FAIL


def test_a_database_without_tables_fails_the_migrations_check(bare_database: Settings) -> None:
    assert check_migrations(bare_database).verdict is Verdict.FAIL


def test_every_verdict_but_ok_comes_with_a_hint_or_a_reference(bare_database: Settings) -> None:
    with connect(bare_database, Role.OWNER, autocommit=True) as connection:
        for check in list_checks(bare_database, connection):
            assert check.verdict is Verdict.OK or check.hint or "see " in check.found
