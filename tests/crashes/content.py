"""Everything a register says, in digests: without row order, moments and database numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from psycopg import Connection

    from registry.settings import Settings

Content = dict[str, str]
ROWS_OF_SOURCE = "rows of source"
STATISTICS = "statistics"
_MOMENTS = {"imported_at", "published_at"}
_RELATIONS = """
    select c.relname, c.relkind, pg_get_expr(c.relpartbound, c.oid), i.indisvalid,
           pg_get_indexdef(i.indexrelid), c.relacl::text,
           (select string_agg(inhparent::regclass::text, ' ') from pg_inherits p
            where p.inhrelid = c.oid),
           (select string_agg(conname || pg_get_constraintdef(k.oid), ' ' order by conname)
            from pg_constraint k where k.conrelid = c.oid)
    from pg_class c left join pg_index i on i.indexrelid = c.oid
    where c.relnamespace in ('registry'::regnamespace, 'best'::regnamespace)
    order by 1
"""
_COLUMNS = """
    select attrelid::regclass::text, attname, atttypid::regtype::text, attnotnull, attacl::text,
           pg_get_viewdef(c.oid)
    from pg_attribute join pg_class c on c.oid = attrelid
    where c.relnamespace in ('registry'::regnamespace, 'best'::regnamespace)
      and attnum > 0 and not attisdropped order by 1, 2
"""
_FUNCTIONS = """
    select p.oid::regprocedure::text, pg_get_functiondef(p.oid), proacl::text from pg_proc p
    where pronamespace in ('registry'::regnamespace, 'best'::regnamespace) order by 1
"""
_STATISTICS = """
    select tablename, (select string_agg(value, ' ' order by value)
                       from unnest(most_common_vals::text::text[]) value)
    from pg_stats where schemaname = 'registry' and inherited and attname = 'region' order by 1
"""  # of a parent of partitions, whose statistics nobody refreshes but us


def read_content(settings: Settings) -> Content:
    """Return a digest per table, and what else two equal registers have in common."""
    with connect(settings, Role.OWNER) as connection:
        relations = _ask(connection, _RELATIONS)
        tables = [name for name, kind, *_ in relations if kind in {"r", "p"}]
        content = {table: _digest(connection, table) for table in tables}
        for row in [*relations, *_ask(connection, _COLUMNS), *_ask(connection, _FUNCTIONS)]:
            content[f"definition of {row[0]} {row[1][:30]}"] = str(row)
        content[ROWS_OF_SOURCE] = str(_ask(connection, "select count(*) from registry.source"))
        content[STATISTICS] = str(_ask(connection, _STATISTICS))
    return content


def compare(found: Content, expected: Content, *, but: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Say what differs, in the words of `found` and `expected`."""
    names = sorted((found.keys() | expected.keys()) - but)
    return [
        f"{name}: {found.get(name)} instead of {expected.get(name)}"
        for name in names
        if found.get(name) != expected.get(name)
    ]


def _digest(connection: Connection, table: str) -> str:
    columns = [
        name
        for (name,) in _ask(
            connection,
            "select attname from pg_attribute where attnum > 0 and not attisdropped"
            f" and attrelid = 'registry.{table}'::regclass order by attnum",
        )
        if name not in _MOMENTS and not (name == "id" and table in {"source", "finding"})
    ]
    told = ", ".join(_tell(table, column) for column in columns)
    # A file that is imported again has a row for each time: what counts is the file.
    distinct = "distinct on (sha256, path)" if table == "source" else ""
    order = "order by sha256, path, release_number" if table == "source" else ""
    rows = _ask(
        connection,
        "select count(*), md5(coalesce(string_agg(row, chr(10) order by row), '')) from"
        f" (select {distinct} row({told})::text as row from registry.{table} {order}) rows",
    )
    return str(rows)


def _tell(table: str, column: str) -> str:
    if column == "source_id":  # taken from a sequence, which no rollback takes back
        return "(select sha256 || path from registry.source s where s.id = source_id)"
    return "withdrawn_at is null" if column == "withdrawn_at" else column


def _ask(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return connection.execute(statement).fetchall()  # type: ignore[arg-type]
