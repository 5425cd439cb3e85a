"""The second database: nobody has anything but functions, and nothing leads in or out."""

from __future__ import annotations

import itertools
import os
import random
import re
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo as join_conninfo

from deploy.private_database import connect_as_superuser as connect_to_register
from links.store.connections import (
    LOGIN_ROLES,
    PORT,
    LinksRole,
    connect,
    connect_as_superuser,
)
from registry.store.connections import Role

if TYPE_CHECKING:
    from links.settings import LinksSettings
    from registry.settings import Settings

REFUSED = psycopg.errors.InsufficientPrivilege


def list_rows(settings: LinksSettings, query: LiteralString) -> list[tuple[object, ...]]:
    with connect_as_superuser(settings) as connection:
        return connection.execute(query).fetchall()


def assert_refused(settings: LinksSettings, role: LinksRole, *statements: str) -> None:
    """Each statement, in a transaction of its own, ends in `permission denied` and nothing else."""
    names = {"database": settings.database_name, "role": role}
    identifiers = {name: sql.Identifier(value) for name, value in names.items()}
    with connect(settings, role, autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(sql.SQL(statement).format(**identifiers))  # type: ignore[arg-type]
            except psycopg.Error as error:
                found: type[psycopg.Error] | None = type(error)
            else:
                found = None
            assert found is REFUSED, f"{role}: {statement}: {found}"


def test_01_a_role_of_the_register_cannot_connect(module_wall: LinksSettings) -> None:
    for role, database in itertools.product([*Role, "best"], ["links", "postgres", "template1"]):
        conninfo = join_conninfo(
            host=str(module_wall.socket_directory), port=PORT, user=role, dbname=database
        )
        with pytest.raises(psycopg.OperationalError, match="rejects connection"):
            psycopg.connect(conninfo)
    # Nor does a role of the wall get in without its password, or with another's.
    for role, other in itertools.permutations(LOGIN_ROLES, 2):
        password = (module_wall.passwords / other).read_text().strip().rpartition(":")[2]
        for given in ("", password):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(
                    host=str(module_wall.socket_directory),
                    port=PORT,
                    user=role,
                    dbname=module_wall.database_name,
                    password=given,
                    passfile="nonexistent",
                )


def test_02_the_register_sees_nothing_of_the_wall(
    module_wall: LinksSettings, register: Settings
) -> None:
    with connect(module_wall, LinksRole.API) as ours:
        ours.execute("select 1")
        with connect_to_register(register.home, register.database_name) as theirs:
            found = theirs.execute(
                "select rolname::text from pg_roles where rolname like 'links%'"
                " union all select datname::text from pg_database where datname like 'links%'"
                " union all select nspname::text from pg_namespace where nspname like 'links%'"
                " union all select usename::text from pg_stat_activity where usename like 'links%'"
                " union all select relname::text from pg_stat_all_tables"
                " where schemaname like 'links%'"
            ).fetchall()
            assert found == []
            (identifier,) = theirs.execute(
                "select system_identifier from pg_control_system()"
            ).fetchone() or (None,)
    assert [(identifier,)] != list_rows(
        module_wall, "select system_identifier from pg_control_system()"
    )
    # The same questions, asked of the wall, do find it: they are able to.
    assert list_rows(module_wall, "select 1 from pg_roles where rolname like 'links%'")


def test_03_nothing_leads_to_another_database(module_wall: LinksSettings) -> None:
    assert list_rows(module_wall, "select extname from pg_extension") == [("plpgsql",)]
    assert (
        list_rows(
            module_wall,
            "select srvname::text from pg_foreign_server"
            " union all select fdwname::text from pg_foreign_data_wrapper"
            " union all select pubname::text from pg_publication"
            " union all select subname::text from pg_subscription"
            " union all select relname::text from pg_class where relkind = 'f'"
            " union all select slot_name::text from pg_replication_slots",
        )
        == []
    ), "something leads out"
    assert list_rows(module_wall, "show max_wal_senders") == [("0",)]
    assert list_rows(module_wall, "show listen_addresses") == [("",)]
    # A foreign key can only lead to a table of the same schema.
    assert (
        list_rows(
            module_wall,
            "select conname from pg_constraint where contype = 'f'"
            " and (connamespace <> 'links'::regnamespace or confrelid not in"
            " (select oid from pg_class where relnamespace = 'links'::regnamespace))",
        )
        == []
    )


def test_04_no_role_has_a_table(module_wall: LinksSettings) -> None:
    relations = list_rows(
        module_wall,
        "select c.oid::regclass::text, c.relkind::text, (select min(quote_ident(attname))"
        "  from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not attisdropped)"
        " from pg_class c where c.relnamespace = 'links'::regnamespace"
        " and c.relkind in ('r', 'p', 'v', 'm', 'S')",
    )
    statements = []
    for name, kind, column in relations:
        statements += [
            f"select from {name}",
            f"select {column} from {name} limit 1",
            f"copy (select * from {name}) to stdout",
        ]
        if kind == "S":
            statements += [f"select nextval('{name}')", f"select setval('{name}', 1)"]
            continue
        statements += [
            f"insert into {name} default values",
            f"update {name} set {column} = null",
            f"delete from {name}",
            f"truncate {name}",
            f"copy {name} from stdin",
            f"create index on {name} ({column})",
            f"alter table {name} disable trigger all",
            f"drop table {name}",
        ]
    assert len(statements) > 300
    with connect_as_superuser(module_wall) as connection:  # each statement is one that can work
        for statement in (s for s in statements if s.startswith("select from")):
            connection.execute(statement)  # type: ignore[call-overload]
    for role in LOGIN_ROLES:
        assert_refused(module_wall, role, *statements)


def test_05_no_role_becomes_another(module_wall: LinksSettings) -> None:
    for role, other in itertools.product(LOGIN_ROLES, [*LinksRole, "links_superuser"]):
        if role != other:
            becoming = (f"set role {other}", f"set session authorization {other}")
            assert_refused(module_wall, role, *becoming, f"grant {other} to {role}")
    memberships = "select member::regrole::text from pg_auth_members"
    assert [row for row in list_rows(module_wall, memberships) if "links" in str(row)] == []


CREATING = (
    "create temporary table mine (a integer)",
    "create table links.mine (a integer)",
    "create table public.mine (a integer)",
    "create schema mine",
    "create function links.mine() returns integer language sql as 'select 1'",
    "create function public.mine() returns integer language sql as 'select 1'",
    "create function pg_temp.mine() returns integer language sql as 'select 1'",
    "create view pg_temp.mine as select 1",
    "create type public.mine as (a integer)",
    "do $do$ begin null; end $do$",
    "create database mine",
    "create role mine",
    "create event trigger mine on ddl_command_end execute function links.today()",
    "alter role links_owner login",
    "alter database {database} owner to {role}",
    "alter function links.today() reset all",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'a')",
)


def test_06_no_role_makes_anything(module_wall: LinksSettings) -> None:
    for role in LOGIN_ROLES:
        assert_refused(module_wall, role, *CREATING)


def test_07_a_function_cannot_be_misled_by_names(wall: LinksSettings) -> None:
    loose = list_rows(
        wall,
        "select p.oid::regprocedure::text from pg_proc p"
        " where p.pronamespace = 'links'::regnamespace"
        " and not coalesce(p.proconfig @> '{\"search_path=pg_catalog, pg_temp\"}', false)",
    )
    assert loose == [], "without a fixed search_path"
    callable_ones = list_rows(
        wall,
        "select r.rolname::text, p.oid::regprocedure::text, p.prosecdef"
        " from pg_proc p cross join pg_roles r where p.pronamespace = 'links'::regnamespace"
        " and r.rolname like 'links\\_%' and not r.rolsuper and r.rolcanlogin"
        " and has_function_privilege(r.oid, p.oid, 'execute')",
    )
    assert callable_ones
    assert [name for _, name, is_definer in callable_ones if not is_definer] == []
    # Even where temporary tables were allowed, a function keeps to its own tables: pg_temp is
    # named last and every table is named with its schema.
    with connect_as_superuser(wall) as connection:
        connection.execute(
            sql.SQL("grant temporary on database {} to links_audit").format(
                sql.Identifier(wall.database_name)
            )
        )
        connection.execute("grant usage on language plpgsql to links_audit")
    with connect(wall, LinksRole.AUDIT) as connection:
        connection.execute(
            "create function pg_temp.moment() returns timestamptz language plpgsql"
            " as $$ begin raise 'misled'; end $$"
        )
        connection.execute(
            "create function pg_temp.to_char(date, text) returns text"
            " language plpgsql as $$ begin raise 'misled'; end $$"
        )
        connection.execute("create temporary table record_default (at timestamptz)")
        connection.execute("set search_path = pg_temp, links, pg_catalog")
        (made,) = connection.execute("select links.make_record_partitions()").fetchone() or (None,)
        assert made == 0


def test_every_name_in_a_function_has_its_schema(module_wall: LinksSettings) -> None:
    """A table named without schema would be looked for in pg_temp."""
    tables = [
        str(name)
        for (name,) in list_rows(
            module_wall,
            "select relname::text from pg_class where relnamespace = 'links'::regnamespace"
            " and relkind in ('r', 'p')",
        )
    ]
    bare = re.compile(rf"\b(?:from|join|insert into|update)\s+({'|'.join(tables)})\b(?!\s*\.)")
    for name, source in list_rows(
        module_wall,
        "select oid::regprocedure::text, lower(prosrc) from pg_proc"
        " where pronamespace = 'links'::regnamespace",
    ):
        text = re.sub(r"--[^\n]*", "", str(source))
        named_here = set(re.findall(r"\b(\w+)(?: \([^)]*\))? as (?:materialized )?\(", text))
        assert set(bare.findall(text)) - named_here == set(), name


REACHING = (
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/mine'",
    "select pg_read_file('postgresql.conf')",
    "select pg_read_binary_file('postgresql.conf')",
    "select pg_ls_dir('.')",
    "select pg_stat_file('postgresql.conf')",
    "select lo_import('/etc/hostname')",
    "select lo_export(1, '/tmp/mine')",
    "select pg_reload_conf()",
    "select pg_switch_wal()",
    "select * from pg_hba_file_rules",
    "select * from pg_authid",
    "select * from pg_ls_logdir()",
    "create extension postgres_fdw schema links",
    "create extension dblink schema links",
    "create extension file_fdw schema links",
    "load 'auto_explain'",
    "set log_statement = 'all'",
    "set log_min_error_statement = 'error'",
    "set log_parameter_max_length = -1",
    "set session_preload_libraries = 'auto_explain'",
    "alter system set log_statement = 'all'",
)


def test_08_no_role_reaches_files_or_programs(module_wall: LinksSettings) -> None:
    for role in LOGIN_ROLES:
        assert_refused(module_wall, role, *REACHING)


def test_09_no_role_is_special(module_wall: LinksSettings) -> None:
    rows = list_rows(
        module_wall,
        "select rolname::text, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,"
        " rolcanlogin from pg_roles where rolname !~ '^pg_'",
    )
    found = {str(name): list(flags) for name, *flags in rows}
    assert found.pop("links_superuser") == [True] * 6
    assert found.pop("links_owner") == [False] * 6
    assert found == {role: [False] * 5 + [True] for role in LOGIN_ROLES}
    for role in LinksRole:
        for special in (
            "pg_read_all_data",
            "pg_write_all_data",
            "pg_read_all_settings",
            "pg_read_all_stats",
            "pg_monitor",
            "pg_signal_backend",
            "pg_read_server_files",
            "pg_execute_server_program",
        ):
            is_one = list_rows(
                module_wall,
                f"select pg_has_role('{role}', '{special}', 'member')",  # type: ignore[arg-type]
            )
            assert is_one == [(False,)], (role, special)
    owners = "select distinct proowner::regrole::text from pg_proc where pronamespace = {0}"
    tables = "select distinct relowner::regrole::text from pg_class where relnamespace = {0}"
    for query in (owners, tables):
        schema = "'links'::regnamespace"
        assert list_rows(module_wall, query.format(schema)) == [("links_owner",)]  # type: ignore[arg-type]


def test_21_everybody_has_nothing(module_wall: LinksSettings) -> None:
    assert (
        list_rows(
            module_wall,
            "select p.oid::regprocedure::text from pg_proc p"
            " cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
            " where a.grantee = 0 and p.pronamespace = 'links'::regnamespace",
        )
        == []
    )
    # Nor will it have what is made tomorrow.
    with (
        connect_as_superuser(module_wall) as connection,
        connection.transaction(force_rollback=True),
    ):
        connection.execute("set local role links_owner")
        connection.execute("create function links.later() returns int language sql as 'select 1'")
        for role in LOGIN_ROLES:
            (may,) = connection.execute(
                "select has_function_privilege(%s, 'links.later()', 'execute')", [role]
            ).fetchone() or (None,)
            assert may is False
    with connect_as_superuser(module_wall) as connection:
        for database in ("links", "postgres", "template1", module_wall.database_name):
            assert (
                connection.execute(
                    "select a.privilege_type from pg_database d"
                    " cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a"
                    " where d.datname = %s and a.grantee = 0",
                    [database],
                ).fetchall()
                == []
            )


def test_22_the_log_holds_nothing_that_was_asked(wall: LinksSettings) -> None:
    """A thousand calls with planted values, most of which fail in some way; also as parameters."""
    planted = random.Random(22)  # noqa: S311 - invented values
    functions = [
        str(name)
        for (name,) in list_rows(
            wall,
            "select p.proname::text from pg_proc p where p.pronamespace = 'links'::regnamespace"
            " and has_function_privilege('links_api', p.oid, 'execute')",
        )
    ]
    values: list[str] = []
    with connect(wall, LinksRole.API, autocommit=True) as connection:
        for number in range(1000):
            ssin, reference = f"{planted.randrange(10**11):011d}", planted.randbytes(16).hex()
            address = f"bru-{planted.randrange(10**6, 10**7)}"
            values += [ssin, reference, address]
            statement, parameters = make_call(number, functions, ssin, reference, address)
            try:
                connection.execute(statement, parameters)
            except psycopg.Error:
                continue
    with connect_as_superuser(wall) as connection:
        # What only a developer would do: errors whose DETAIL has the row's values.
        for reference in values[1::300]:
            with pytest.raises(psycopg.Error):
                connection.execute(
                    "insert into links.canary values ('RN', %s), ('RN', %s)", [reference] * 2
                )
            with pytest.raises(psycopg.Error):
                connection.execute("select %s::integer", [reference])
    logs = list(wall.log_directory.glob("postgresql-*.log"))
    text = "".join(path.read_text(errors="replace") for path in logs)
    assert logs
    assert "starting PostgreSQL" in text
    assert [value for value in values if value in text] == []


def make_call(
    number: int, functions: list[str], ssin: str, reference: str, address: str
) -> tuple[sql.Composable, list[str]]:
    """A call with a wrong number of arguments, a cast that fails, a missing table, bad syntax."""
    match number % 5:
        case 0 if functions:
            name = sql.Identifier("links", functions[number // 5 % len(functions)])
            return sql.SQL("select {}({})").format(name, sql.Literal(reference)), []
        case 1:
            return sql.SQL("select %s::integer, %s::date, %s"), [ssin + "x", reference, address]
        case 2:
            return sql.SQL("select * from links.link where subj_ref = {}").format(
                sql.Literal(reference)
            ), []
        case 3:
            return sql.SQL("selec {} {} {}").format(
                *map(sql.Literal, (ssin, reference, address))
            ), []
        case _:
            return sql.SQL("do $$ begin raise exception using message = {}; end $$").format(
                sql.Literal(f"{ssin} {reference} {address}")
            ), []


def test_each_role_has_a_limit(module_wall: LinksSettings) -> None:
    rows = list_rows(
        module_wall,
        "select rolname::text from pg_roles where rolname = any(array['links_api', 'links_ingest',"
        " 'links_govern', 'links_citizen', 'links_audit']) and rolconnlimit between 1 and 20",
    )
    assert {name for (name,) in rows} == set(LOGIN_ROLES)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as another system user")
def test_with_system_users_the_kernel_says_who_connects() -> None:
    """Existing system users stand for ours: each is its own role and no other."""
    import pwd
    import subprocess
    import sys

    from links.operations.throwaway import throwaway_cluster

    borrowed = ("daemon", "bin", "games", "man", "mail", "news")
    names = ("api", "ingest", "govern", "citizen", "audit", "keys")
    users = dict(zip(names, borrowed, strict=True))
    attempt = (
        "import sys, psycopg\n"
        "for role in sys.argv[2:]:\n"
        "    try: psycopg.connect(host=sys.argv[1], user=role, dbname='links'); print(role)\n"
        "    except psycopg.OperationalError: pass\n"
    )
    with throwaway_cluster(users=users) as settings:
        assert not settings.passwords.exists()
        for name, user in [*users.items(), ("nobody", "nobody")]:
            roles = [*LinksRole, "links_superuser", "best_reader"]
            process = subprocess.run(
                [sys.executable, "-c", attempt, str(settings.socket_directory), *roles],
                user=pwd.getpwnam(user).pw_uid,
                extra_groups=[],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
            )
            if "Permission denied" in process.stderr and "python" in process.stderr:
                pytest.skip("system users may not enter the place where this checkout's Python is")
            expected = [] if name in {"keys", "nobody"} else [f"links_{name}"]
            assert process.stdout.split() == expected, process.stderr
