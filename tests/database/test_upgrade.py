"""A filled register of the first release of the software is brought up to date under readers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from alembic import command

import deploy.migrations
from deploy.migrations import find_schema_version, make_alembic_configuration, migrate
from deploy.throwaway import clone_database, drop_database
from registry.store.connections import Role, connect
from registry.store.schema_version import HEAD
from tests.api.serving import serving
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import assert_sound, fetch, fetch_changes, fetch_current
from tests.database.readers import Reader, reading
from tests.database.small_country import THREE
from tests.database.test_migrations import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from registry.settings import Settings

COUNT = 300
LONGEST_WAIT = "200ms"
IDLE_SECONDS = 1.5


def week(number: int, *, changed: str = "") -> list[Edition]:
    addresses = [
        Address(id=str(n), number=f"{n}{changed if n % 20 == 0 else ''}") for n in range(COUNT)
    ]
    day = f"2026-11-{2 + 7 * number:02d}"
    return [Edition(region=region, day=day, addresses=addresses) for region in THREE]


@pytest.fixture
def never_upgraded(migrated_template: Settings) -> Iterator[Settings]:
    settings = clone_database(migrated_template, "never_upgraded")
    import_editions(settings, *week(0))
    yield settings
    drop_database(settings)


@pytest.fixture
def first_release(register: Settings) -> Settings:
    """A register as 0001 left it: the same tables, the same rows."""
    import_editions(register, *week(0))
    command.downgrade(make_alembic_configuration(register), "0001")
    return register


def test_the_way_back_to_0001_is_what_0001_makes(
    bare_database: Settings, register: Settings
) -> None:
    command.downgrade(make_alembic_configuration(register), "0001")
    command.upgrade(make_alembic_configuration(bare_database), "0001")

    assert describe(register) == describe(bare_database)


def ask_everything(reader: Reader, connection: psycopg.Connection) -> None:
    """Ask what an answer of the API asks; waiting for a lock for long is an error."""
    connection.execute("select set_config('lock_timeout', %s, false)", [LONGEST_WAIT])
    ((seq,),) = reader.ask(connection, "select coalesce(max(last_seq), 0) from best.release")
    reader.ask(connection, "select name_nl from best.street_name_version where object_id = '10'")
    ((count,),) = reader.ask(
        connection,
        "select count(*) from best.address a where not exists"
        " (select from best.municipality m where m.nis_code = a.nis_code and m.name_nl = '')",
    )
    reader.seen.append((seq, count))


def test_no_reader_waits_while_a_transaction_that_idles_delays_the_upgrade(
    first_release: Settings, never_upgraded: Settings
) -> None:
    stop = threading.Event()
    readers = [Reader(first_release, ask_everything, stop) for _ in range(2)]
    with connect(first_release, Role.READER) as idle, reading(readers):
        for view in ("address", "street_name", "release"):
            idle.execute(f"select count(*) from best.{view}")  # type: ignore[arg-type]
        ends = threading.Timer(IDLE_SECONDS, idle.rollback)
        ends.start()
        migrate(first_release)
        ends.join()

    assert find_schema_version(first_release) == HEAD
    for reader in readers:
        assert reader.errors == []
        assert {count for _, count in reader.seen} == {3 * COUNT}
        assert len(reader.seen) > 5

    for register in (first_release, never_upgraded):
        summary = import_editions(register, *week(1, changed="bis"))
        assert not summary.failed, summary.failure
        assert_sound(register)
    assert fetch_current(first_release) == fetch_current(never_upgraded)
    assert fetch_changes(first_release) == fetch_changes(never_upgraded)
    with serving(first_release) as client:
        assert client.get("/v1/addresses/bru-20").json()["houseNumber"] == "20bis"
        assert client.get("/v1/streetNames?name=wetstraat").json()["items"]


MANY_STREETS = """
    insert into registry.street_name_version (region, object_id, seq_from, change, content_hash,
        source_id, source_offset, valid_from_assumed, municipality_id, name_nl, key_nl)
    select 'vlg', n::text, n, 'added', n, 1, 0, true, '21004', name, lower(name)
    from generate_series(1, 20000) n, concat('Straat van ', md5(n::text)) name
"""


def ask_for_a_street(reader: Reader, connection: psycopg.Connection) -> None:
    connection.execute("select set_config('lock_timeout', %s, false)", [LONGEST_WAIT])
    reader.seen.append(
        reader.ask(connection, "select 1 from best.street_name where object_id = '7' limit 1")
    )


def test_building_an_index_over_many_rows_keeps_no_reader_waiting(register: Settings) -> None:
    command.downgrade(make_alembic_configuration(register), "0001")
    with connect(register, Role.OWNER) as connection:
        connection.execute(MANY_STREETS)
    reader = Reader(register, ask_for_a_street, threading.Event())

    with reading([reader]):
        migrate(register)

    assert reader.errors == []
    assert len(reader.seen) > 20


def test_an_upgrade_that_never_gets_its_turn_says_who_is_in_the_way(
    first_release: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy.migrations, "PATIENCE_SECONDS", 0.5)
    with connect(first_release, Role.READER, application_name="a long report") as idle:
        idle.execute("select count(*) from best.address")
        with pytest.raises(deploy.migrations.EnvironmentProblem, match=r"\d+ \(a long report"):
            migrate(first_release)
        assert find_schema_version(first_release) == "0001"
        with connect(first_release, Role.READER) as other:  # nobody queues behind it any more
            other.execute("set lock_timeout = '50ms'")
            other.execute("select count(*) from best.address")

    migrate(first_release)

    assert find_schema_version(first_release) == HEAD


def test_what_was_removed_before_is_told_from_what_was_altered(register: Settings) -> None:
    import_editions(register, Edition(addresses=[Address(id=str(n)) for n in range(9)]))
    changed = [Address(id="0", number="bis"), *(Address(id=str(n)) for n in range(1, 8))]
    import_editions(register, Edition(day="2026-11-09", addresses=changed))
    ended = (
        "select object_id, removed_at from best.address_version"
        " where seq_to is not null order by object_id"
    )
    before = fetch(register, ended)
    assert [removed is None for _, removed in before] == [True, False]

    command.downgrade(make_alembic_configuration(register), "0001")
    migrate(register)

    assert fetch(register, ended) == before
