"""The text of canonical records as the database writes it: one expression per kind of object."""

from functools import cache

from psycopg import sql

from registry.domain.canonical import MEMBERS
from registry.domain.resource import Resource

_AS_TEXT = frozenset({"published_crs"})


@cache
def compose_record(resource: Resource, alias: str = "v") -> sql.Composed:
    """Return an expression for the canonical record of a version row; the session must be UTC.

    PostgreSQL's to_json leaves no spaces and escapes as RFC 8785 does. The text is put together by
    hand: row_to_json and json_strip_nulls take half as long again.
    """
    members = sorted([*MEMBERS[resource].items(), ("resource", "")])
    texts = [_compose_member(name, column, resource, alias) for name, column in members]
    return sql.SQL("('{{' || concat_ws(',', {}) || '}}')").format(sql.SQL(", ").join(texts))


def _compose_member(name: str, column: str, resource: Resource, alias: str) -> sql.Composed:
    if not column:
        return sql.SQL("{}").format(sql.Literal(f'"{name}":"{resource.plural}"'))
    value: sql.Composable = sql.Identifier(alias, column)
    if column in _AS_TEXT:
        value = sql.SQL("{}::text").format(value)
    # What has no value is null as a whole, and concat_ws passes over it.
    return sql.SQL("{} || to_json({})").format(sql.Literal(f'"{name}":'), value)
