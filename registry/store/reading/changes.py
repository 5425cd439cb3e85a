"""Changes in the order of their numbers: each version that began, each object that was removed."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from psycopg import sql

from registry.domain.resource import Resource
from registry.store.canonical_text import compose_record
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import name_versions, read_statement

_IN_NO_MUNICIPALITY = (Resource.PART_OF_MUNICIPALITY, Resource.POSTAL_INFO)
_NO_MUNICIPALITY = sql.SQL("null::text")
_ANY = sql.SQL("true")
_IN_ORDER = sql.SQL(" order by seq limit %(limit)s")
_UNION = sql.SQL("\nunion all\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which changes; None means any.

    A change is of a municipality when the object is in it afterwards or was before. `between` are
    two numbers: then only what is different at the second from the first, by the last change to
    each object.
    """

    resource: Resource | None = None
    municipality_id: str | None = None
    between: tuple[int, int] | None = None

    def list_resources(self) -> tuple[Resource, ...]:
        """Return the kinds that can have such a change."""
        kinds = tuple(Resource) if self.resource is None else (self.resource,)
        if self.municipality_id is None:
            return kinds
        return tuple(kind for kind in kinds if kind not in _IN_NO_MUNICIPALITY)


async def list_changes(
    connection: Connection, condition: ChangeFilter, *, after: int, until: int, limit: int
) -> list[Row]:
    """Return the first `limit` changes with numbers above `after`, up to `until` inclusive.

    `record` and `previous` are texts: the canonical record, and what it was before; of a removal
    `previous` is the last one.
    """
    if not condition.list_resources():
        return []
    statement, parameters = make_statement(condition, after=after, until=until, limit=limit)
    return await (await connection.execute(statement, parameters)).fetchall()


def make_statement(
    condition: ChangeFilter, *, after: int, until: int, limit: int
) -> tuple[bytes, dict[str, Any]]:
    """Return the statement by which `list_changes` reads, and its parameters."""
    resources = condition.list_resources()
    name = "changes" if condition.between is None else "differences"
    statement = _compose(name, resources, condition.municipality_id is None)
    since, to = condition.between or (0, 0)
    parameters = {
        "since": since,
        "to": to,
        "after": after,
        "until": until,
        "limit": limit,
        "municipality_id": condition.municipality_id,
    }
    return statement, parameters


@cache
def _compose(name: str, resources: tuple[Resource, ...], is_anywhere: bool) -> bytes:
    kinds = [_compose_kind(name, resource, is_anywhere) for resource in resources]
    return (_UNION.join(kinds) + _IN_ORDER).as_bytes(None)


def _compose_kind(name: str, resource: Resource, is_anywhere: bool) -> sql.Composed:
    own = _name_municipality(resource, "v")
    here = sql.SQL("%(municipality_id)s in ({}, p.municipality_id)").format(own)
    # What was removed was last somewhere, and between two numbers that may have changed.
    last = own if name == "changes" else sql.SQL("p.municipality_id")
    gone = sql.SQL("{} = %(municipality_id)s").format(last)
    return read_statement(name).format(
        resource=sql.Literal(resource.value),
        version=name_versions(resource),
        record=compose_record(resource, "v"),
        previous_record=compose_record(resource, "w"),
        municipality=own,
        previous_municipality=_name_municipality(resource, "w"),
        municipality_condition=_ANY if is_anywhere else here,
        last_municipality_condition=_ANY if is_anywhere else gone,
    )


def _name_municipality(resource: Resource, alias: str) -> sql.Composable:
    if resource in _IN_NO_MUNICIPALITY:
        return _NO_MUNICIPALITY
    is_itself = resource is Resource.MUNICIPALITY
    return sql.Identifier(alias, "object_id" if is_itself else "municipality_id")
