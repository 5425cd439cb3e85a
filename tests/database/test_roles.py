"""What each role may do; the roles are the wall that holds when code is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, ReadOnlySqlTransaction

from registry.deliveries.reports import ReportState
from registry.deliveries.states import State
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from registry.store.delivery_tables import DELIVERIES
from registry.store.tables import SCHEMA, metadata
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from registry.settings import Settings

DENIED = (InsufficientPrivilege, ReadOnlySqlTransaction)
VERSIONS = [f"{resource}_version" for resource in Resource]
DERIVED = {"position", "longitude", "latitude", "datum_shift"}
CLOSED = (DELIVERIES, "jobs", SCHEMA)
"""Schemas that only those who write in them see."""


@pytest.fixture(scope="module")
def loaded(module_register: Settings) -> Settings:
    import_editions(module_register, Edition(addresses=[Address(id="1")]))
    return module_register


@pytest.fixture
def importer(loaded: Settings) -> Iterator[psycopg.Connection]:
    with connect(loaded, Role.IMPORTER, autocommit=True) as connection:
        yield connection


@pytest.fixture
def reader(loaded: Settings) -> Iterator[psycopg.Connection]:
    with connect(loaded, Role.READER, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        yield connection


def list_relations(settings: Settings, schema: str) -> list[str]:
    with connect(settings, Role.OWNER) as connection:
        return [
            name
            for (name,) in connection.execute(
                "select relname::text from pg_class where relnamespace = %s::regnamespace"
                " and relkind in ('r', 'p', 'v', 'm', 'S') order by 1",
                [schema],
            )
        ]


def test_the_reader_reads_every_published_view(loaded: Settings) -> None:
    views = list_relations(loaded, "best")

    assert {"address", "address_version", "release", "total", "finding", "source"} <= set(views)
    for view in views:
        fetch(loaded, f"select * from best.{view} limit 1")


@pytest.mark.parametrize(
    ("role", "schemas"),
    [
        (Role.READER, CLOSED),
        (Role.DELIVERIES, (SCHEMA,)),
        (Role.REPORTER, (*CLOSED, "best")),
    ],
)
def test_a_role_reads_nothing_where_it_has_no_business(
    loaded: Settings, role: Role, schemas: tuple[str, ...]
) -> None:
    with connect(loaded, role, autocommit=True) as connection:
        for schema in schemas:
            relations = list_relations(loaded, schema)
            assert relations
            for relation in relations:
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(f"select * from {schema}.{relation}")  # type: ignore[arg-type]


def test_what_everybody_sees_of_a_report_is_not_what_was_written(
    reader: psycopg.Connection,
) -> None:
    cursor = reader.execute("select * from best.report")
    columns = {column.name for column in cursor.description or ()}
    assert "reason" in columns
    assert not columns & {"text", "answered_by"}


@pytest.mark.parametrize(
    "statement",
    [
        "insert into best.total select * from best.total",
        "update best.address_version set house_number = '0'",
        "delete from best.release",
        "update registry.release set dataset = 'open'",
        "create table best.mine (x int)",
        "create table public.mine (x int)",
        "create temporary table mine (x int)",
        "create schema mine",
        "drop view best.address",
        "select registry.withdraw_sample()",
        "select registry.drop_sample_addresses()",
        "select registry.start_first_load('bru', 99)",
        "set role best_owner",
        "set role best_importer",
    ],
)
def test_the_reader_cannot(reader: psycopg.Connection, statement: str) -> None:
    with pytest.raises(DENIED):
        reader.execute(statement)  # type: ignore[arg-type]


def test_the_reader_is_read_only_before_it_asks_for_anything(loaded: Settings) -> None:
    assert fetch(loaded, "show default_transaction_read_only") == [("on",)]


@pytest.mark.parametrize(
    "statement",
    [
        "create table registry.mine (x int)",
        "create table public.mine (x int)",
        "create schema mine",
        "alter table registry.address_version add column x int",
        "alter table registry.address_version_bru_r1 drop column house_number",
        "drop table registry.address_version_bru_r1",
        "drop view best.address",
        "create index on registry.address_version (house_number)",
        "truncate registry.total",
        "set role best_owner",
        "create extension hstore",
        "insert into registry.alembic_version values ('x')",
        "insert into registry.pruning values (1, now(), 0, 0)",
    ],
)
def test_the_importer_cannot_change_the_schema(
    importer: psycopg.Connection, statement: str
) -> None:
    with pytest.raises(DENIED):
        importer.execute(statement)  # type: ignore[arg-type]


def test_the_importer_updates_only_what_publishing_and_projecting_need(
    importer: psycopg.Connection,
) -> None:
    allowed = {(table, column) for table in [*VERSIONS, "finding"] for column in ["seq_to"]}
    allowed |= {("address_version", column) for column in DERIVED}
    allowed |= {(table, column) for table in VERSIONS for column in ("record_hash", "removed_at")}
    allowed |= {("succession", "seq_to"), ("finding_mark", "withdrawn_at")}
    allowed |= {("municipality_outline", "replaced_at")}
    # A mark is counted at once, at a number that has its score already.
    counted = ("objects", "affected", "errors", "warnings", "remarks", "exceptions", "score")
    allowed |= {("quality_score", column) for column in counted}
    allowed |= {("source", "release_number"), ("source", "seen")}
    allowed |= {("release", "datum_shift"), ("release", "accuracy_metres")}

    rows = importer.execute(
        "select table_name::text, column_name::text from information_schema.column_privileges"
        " where grantee = 'best_importer' and privilege_type = 'UPDATE'"
        " and table_schema = 'registry'"
    ).fetchall()

    assert set(rows) == allowed


BOTH = (
    *("state", "version", "state_at", "publisher", "second_publisher"),
    *("failed_doing", "attempts", "undoing"),
)
ANSWER = ("state", "reason", "text", "release_number", "state_at", "answered_by")
UNREAD = {Role.IMPORTER: {"report", "used_assertion"}, Role.DELIVERIES: set[str]()}
INSERTED = {
    Role.IMPORTER: ("delivery_check", "delivery_event"),
    Role.DELIVERIES: ("delivery", "delivery_event", "used_assertion"),
}
UPDATED = {
    Role.IMPORTER: {"delivery": (*BOTH, "checks", "basis", "release_number", "undone_by")},
    Role.DELIVERIES: {"delivery": (*BOTH, "size", "received", "sha256"), "report": ANSWER},
}


def test_the_door_and_the_worker_change_only_what_is_theirs(loaded: Settings) -> None:
    # Events, checks, thresholds and authorisations are only ever added, whoever it is.
    tables = [table.name for table in metadata.tables.values() if table.schema == DELIVERIES]
    allowed = {(Role.DELIVERIES, "DELETE", "used_assertion", None)}
    for role, inserted in INSERTED.items():
        allowed |= {(role, "SELECT", table, None) for table in tables if table not in UNREAD[role]}
        allowed |= {(role, "INSERT", table, None) for table in inserted}
        allowed |= {
            (role, "UPDATE", table, column)
            for table, columns in UPDATED[role].items()
            for column in columns
        }
    with connect(loaded, Role.OWNER) as connection:
        granted = connection.execute(
            """
            with relation as (
                select oid, relname::text as name, relacl as rights, relowner
                from pg_class where relnamespace = 'deliveries'::regnamespace
            ), granted as (
                select name, null as part, (aclexplode(rights)).*, relowner from relation
                union all
                select r.name, a.attname::text, (aclexplode(a.attacl)).*, r.relowner
                from relation r join pg_attribute a on a.attrelid = r.oid
            )
            select case when grantee = 0 then 'public' else grantee::regrole::text end,
                   privilege_type, name, part
            from granted where grantee <> relowner
            """
        ).fetchall()

    assert set(granted) == allowed


@pytest.mark.parametrize(
    "statement",
    [
        "update deliveries.delivery set agency_id = 'mine'",
        "update deliveries.delivery set extracted_at = now()",
        "update deliveries.delivery set basis = 0",
        "update deliveries.delivery set release_number = 1",
        "delete from deliveries.delivery_event",
        "insert into deliveries.member_key select * from deliveries.member_key",
        "insert into deliveries.delivery_check values ('a', 1, now(), '{}')",
        "select deliveries.submit_report('a', 'bru', null, null, 0, 0, 'other', '', 1)",
        "select registry.withdraw_sample()",
        "create table deliveries.mine (x int)",
        "create table jobs.mine (x int)",
        "alter table jobs.procrastinate_jobs add column x int",
        "set role best_importer",
        "set role best_owner",
    ],
)
def test_the_door_cannot(loaded: Settings, statement: str) -> None:
    with (
        connect(loaded, Role.DELIVERIES) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into deliveries.agency (id, name, added_at) values ('mine', 'Mine', now())",
        "insert into deliveries.member_key select * from deliveries.member_key",
        "insert into deliveries.authorisation (agency_id) values ('mine')",
        "insert into deliveries.guard_threshold (guard) values ('moves')",
        "update deliveries.agency set suspended_at = null",
        "update deliveries.delivery set sha256 = null",
        "select text from deliveries.report",
        "select digest from deliveries.used_assertion",
    ],
)
def test_who_reads_what_strangers_send_cannot_say_who_may_deliver(
    importer: psycopg.Connection, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        importer.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "foo"),
        ("region", "nowhere"),
        ("file_name", "a" * 201),
        ("declared_sha256", "no digest"),
        ("id", "../../etc"),
    ],
)
def test_the_database_takes_no_nonsense_from_the_door(
    loaded: Settings, column: str, value: str
) -> None:
    facts = {"id": "a" * 26, "agency_id": "a", "region": "bru", "file_name": "a.zip"}
    facts |= {"declared_sha256": "a" * 64, "state": "created"}
    with connect(loaded, Role.DELIVERIES) as door, pytest.raises(CheckViolation):
        door.execute(
            "insert into deliveries.delivery (id, agency_id, region, complete, extracted_at,"
            " file_name, declared_sha256, received, state, version, state_at, created_at,"
            " created_by, attempts, checks, undoing) values (%(id)s, %(agency_id)s, %(region)s,"
            " true, now(), %(file_name)s, %(declared_sha256)s, 0, %(state)s, 1, now(), now(), 'a',"
            " 0, 0, false)",
            facts | {column: value},
        )


def test_the_tables_know_the_states_and_the_answers(loaded: Settings) -> None:
    with connect(loaded, Role.OWNER) as connection:
        rows = connection.execute(
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint"
            " where conname in ('ck_delivery_state', 'ck_delivery_event_state', 'ck_report_state')"
        ).fetchall()
    words = {table: set(re.findall(r"'(\w+)'", definition)) for table, definition in rows}
    assert words == {
        "deliveries.delivery": set(State),
        "deliveries.delivery_event": set(State),
        "deliveries.report": set(ReportState),
    }


def test_who_takes_reports_may_do_nothing_else(loaded: Settings) -> None:
    with connect(loaded, Role.OWNER) as connection:
        functions = connection.execute(
            "select oid::regproc::text from pg_proc"
            " where has_function_privilege('best_reporter', oid, 'execute')"
            " and pronamespace::regnamespace::text in ('registry', 'best', 'deliveries', 'jobs')"
        ).fetchall()
        schemas = connection.execute(
            "select nspname::text from pg_namespace where nspname !~ '^pg_'"
            " and has_schema_privilege('best_reporter', oid, 'usage')"
        ).fetchall()

    assert functions == [("deliveries.submit_report",)]
    assert {name for (name,) in schemas} == {"deliveries", "public", "information_schema"}
    with connect(loaded, Role.REPORTER, autocommit=True) as reporter:
        for statement in (
            "create temporary table mine (x int)",
            "create table public.mine (x int)",
        ):
            with pytest.raises(InsufficientPrivilege):
                reporter.execute(statement)  # type: ignore[arg-type]


def test_the_importer_deletes_only_what_is_computed_anew(
    loaded: Settings, importer: psycopg.Connection
) -> None:
    for table in list_relations(loaded, "registry"):
        if table.endswith("_seq") or table in {"total", "proof_street"}:
            continue
        with pytest.raises(InsufficientPrivilege):
            importer.execute(f"delete from registry.{table}")  # type: ignore[arg-type]
    importer.execute("delete from registry.total where region = 'none'")
    importer.execute("delete from registry.proof_street where region = 'none'")


@pytest.mark.parametrize(
    "statement",
    [
        "update registry.address_version set house_number = '0'",
        "update registry.address_version set seq_from = 0",
        "update registry.address_version set change = 'added'",
        "update registry.address_version_bru_r1 set house_number = '0'",
        "update registry.address_version_bru_r1 set seq_to = 0",
        "update registry.release set last_seq = 0",
        "update registry.address set seq_first = 0",
        "update registry.source set sha256 = 'x'",
        "update registry.total set count = 0",
    ],
)
def test_the_importer_cannot_rewrite_what_was_recorded(
    importer: psycopg.Connection, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        importer.execute(statement)  # type: ignore[arg-type]


def test_every_column_of_the_versions_says_what_it_means(loaded: Settings) -> None:
    with connect(loaded, Role.OWNER) as connection:
        for table in [*VERSIONS, *Resource]:
            silent = connection.execute(
                "select a.attname from pg_attribute a where a.attrelid = %s::regclass"
                " and a.attnum > 0 and not a.attisdropped"
                " and col_description(a.attrelid, a.attnum) is null",
                [f"registry.{table}"],
            ).fetchall()
            assert silent == [], table


def test_every_table_and_published_view_says_what_it_is(loaded: Settings) -> None:
    with connect(loaded, Role.OWNER) as connection:
        silent = connection.execute(
            "select c.oid::regclass::text from pg_class c where c.relkind in ('p', 'r', 'v')"
            " and c.relnamespace::regnamespace::text in ('registry', 'best', 'deliveries')"
            " and c.relname <> 'alembic_version' and c.relname !~ '_r[0-9]+$'"
            " and obj_description(c.oid) is null"
        ).fetchall()
    assert silent == []


@pytest.mark.parametrize("schema", [SCHEMA, DELIVERIES])
def test_the_tables_are_those_that_are_declared(loaded: Settings, schema: str) -> None:
    declared = {table.name for table in metadata.tables.values() if table.schema == schema}
    found = {
        name
        for name in list_relations(loaded, schema)
        if not name.endswith("_seq") and "_bru_r" not in name
    }

    assert found == declared | ({"alembic_version"} if schema == SCHEMA else set())


def test_the_recorded_change_is_one_of_the_published_words(
    importer: psycopg.Connection,
) -> None:
    # What the importer writes is the contract of /changes; a typo must not become a word.
    from registry.domain.change import Change

    rows = importer.execute("select distinct change from registry.address_version").fetchall()
    assert {change for (change,) in rows} <= set(Change)
