"""What the second database must not allow: looked up in its own catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from links.operations.cluster_settings import make_server_settings, write_access_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from links.settings import LinksSettings

MAY_DIFFER = {"max_connections", "shared_buffers", "max_wal_size", "random_page_cost"}
"""Settings of size, which may be turned with `alter system`."""

EXCESSES: Mapping[str, LiteralString] = {
    "everybody may use": """
        select n.nspname || '.' || p.proname from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where a.grantee = 0 and n.nspname not in ('pg_catalog', 'information_schema')
        union all
        select c.oid::regclass::text from pg_class c cross join aclexplode(c.relacl) a
        where a.grantee = 0 and c.relnamespace = 'links'::regnamespace
        union all
        select 'schema ' || n.nspname from pg_namespace n cross join aclexplode(n.nspacl) a
        where a.grantee = 0 and n.nspname in ('links', 'public')
        union all
        select 'database ' || d.datname from pg_database d
        cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        where a.grantee = 0 and d.datallowconn""",
    "a role has a right on a table": """
        select a.grantee::regrole || ' on ' || c.oid::regclass from pg_class c
        cross join aclexplode(c.relacl) a
        where c.relnamespace = 'links'::regnamespace and a.grantee <> c.relowner""",
    "a function runs as its owner without a fixed search_path": """
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace = 'links'::regnamespace and p.prosecdef
            and not coalesce(p.proconfig @> '{"search_path=pg_catalog, pg_temp"}', false)""",
    "a role may do more than log in": """
        select r.rolname from pg_roles r
        where r.rolname like 'links\\_%' and r.rolname <> 'links_superuser' and (r.rolsuper
            or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
            or (r.rolname = 'links_owner' and r.rolcanlogin))""",
    "a role is another": """
        select m.member::regrole || ' is ' || m.roleid::regrole from pg_auth_members m
        where m.member::regrole::text like 'links\\_%'""",
    "a role that is not ours may log in": """
        select r.rolname from pg_roles r
        where r.rolcanlogin and r.rolname not in ('links_superuser', 'links_api', 'links_ingest',
            'links_govern', 'links_citizen', 'links_audit')""",
    "something leads to another database": """
        select 'server ' || srvname from pg_foreign_server
        union all select 'wrapper ' || fdwname from pg_foreign_data_wrapper
        union all select 'publication ' || pubname from pg_publication
        union all select 'subscription' from pg_stat_subscription
        union all select 'extension ' || extname from pg_extension where extname <> 'plpgsql'""",
}
"""Each lists what should not be there; all is well when none finds anything."""


def list_excesses(connection: psycopg.Connection) -> list[str]:
    """Say what is too much, in words."""
    found = {title: connection.execute(query).fetchall() for title, query in EXCESSES.items()}
    return [
        f"{title}: {', '.join(str(name) for (name,) in rows[:5])}"
        for title, rows in found.items()
        if rows
    ]


def list_other_settings(settings: LinksSettings, connection: psycopg.Connection) -> list[str]:
    """Return the settings of the running server that are not those of this software."""
    wanted = make_server_settings(settings, {})
    rows = connection.execute(
        "select name, current_setting(name) from pg_settings where name = any(%s)",
        [[name for name in wanted if name not in MAY_DIFFER]],
    ).fetchall()
    return [name for name, value in rows if not is_same(value, wanted[name])]


def is_same(value: str, wanted: str) -> bool:
    """Compare as the server does, for which `60s` is `1min`."""
    return value == {"60s": "1min"}.get(wanted, wanted)


def list_other_rules(settings: LinksSettings, connection: psycopg.Connection) -> list[str]:
    """Return the lines of pg_hba.conf that this software did not write."""
    rows = connection.execute(
        "select type, array_to_string(database, ','), array_to_string(user_name, ','),"
        " auth_method, array_to_string(options, ',') from pg_hba_file_rules order by line_number"
    ).fetchall()
    wanted = write_access_rules(settings).splitlines()
    return [line for line in (" ".join(filter(None, row)) for row in rows) if line not in wanted]
