"""The text of canonical records as the database writes it: one expression per kind of object."""

from functools import cache

from psycopg import sql

from registry.domain.canonical import MEMBERS
from registry.domain.resource import Resource

_AS_TEXT = frozenset({"published_crs"})


@cache
def compose_record(resource: Resource, alias: str = "v") -> sql.Composed:
    """Return an expression for the canonical record of a version row; the session must be UTC.

    PostgreSQL's row_to_json and json_strip_nulls leave no spaces, keep the order and escape as
    RFC 8785 does.
    """
    members = sorted([*MEMBERS[resource].items(), ("resource", "")])
    columns = [_compose_member(name, column, resource, alias) for name, column in members]
    return sql.SQL("(select json_strip_nulls(row_to_json(r))::text from (select {}) r)").format(
        sql.SQL(", ").join(columns)
    )


def _compose_member(name: str, column: str, resource: Resource, alias: str) -> sql.Composed:
    value: sql.Composable = sql.Identifier(alias, column)
    if not column:
        value = sql.Literal(resource.plural)
    elif column in _AS_TEXT:
        value = sql.SQL("{}::text").format(value)
    return sql.SQL("{} as {}").format(value, sql.Identifier(name))
