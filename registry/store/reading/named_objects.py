"""Municipalities, their parts, postal infos and street names as of one sequence number.

All four have names in several languages and are listed by region and object id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from psycopg import sql

from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import all_of, compose, read_statement

_STATEMENTS = {
    Resource.MUNICIPALITY: "municipalities",
    Resource.PART_OF_MUNICIPALITY: "parts_of_municipalities",
    Resource.POSTAL_INFO: "postal_infos",
    Resource.STREET_NAME: "street_names",
}
_VERSIONS = {resource: sql.Identifier("best", f"{resource}_version") for resource in Resource}

_COMMON_FILTERS: dict[str, sql.SQL] = {
    "regions": sql.SQL("v.region = any(%(regions)s::text[])"),
    "object_ids": sql.SQL("v.object_id = any(%(object_ids)s::text[])"),
    "statuses": sql.SQL("v.status = any(%(statuses)s::text[])"),
    "name": sql.SQL("(v.key_nl = %(name)s or v.key_fr = %(name)s or v.key_de = %(name)s)"),
    "name_start": sql.SQL(
        "((v.key_nl >= %(name_start)s and v.key_nl < %(name_end)s)"
        " or (v.key_fr >= %(name_start)s and v.key_fr < %(name_end)s)"
        " or (v.key_de >= %(name_start)s and v.key_de < %(name_end)s))"
    ),
    "after": sql.SQL("(v.region, v.object_id) > (%(after_region)s, %(after_object_id)s)"),
}
_ENGLISH_TOO: dict[str, sql.SQL] = {
    "name": sql.SQL(
        "(v.key_nl = %(name)s or v.key_fr = %(name)s or v.key_de = %(name)s or v.key_en = %(name)s)"
    ),
    "name_start": sql.SQL(
        "((v.key_nl >= %(name_start)s and v.key_nl < %(name_end)s)"
        " or (v.key_fr >= %(name_start)s and v.key_fr < %(name_end)s)"
        " or (v.key_de >= %(name_start)s and v.key_de < %(name_end)s)"
        " or (v.key_en >= %(name_start)s and v.key_en < %(name_end)s))"
    ),
}
_ADDRESSES = sql.SQL(
    "(v.region, v.object_id) in (select a.region, {reference} from best.address_version a"
    " where {condition}"
    " and a.seq_from <= %(seq)s and (a.seq_to is null or a.seq_to > %(seq)s))"
)
_IN_MUNICIPALITY = sql.SQL("a.municipality_id = %(municipality_id)s")
_WITH_POSTAL_CODE = sql.SQL("a.postal_code = %(postal_code)s")
_REFERENCES = {
    Resource.MUNICIPALITY: sql.SQL("a.municipality_id"),
    Resource.PART_OF_MUNICIPALITY: sql.SQL("a.part_id"),
    Resource.POSTAL_INFO: sql.SQL("a.postal_code"),
    Resource.STREET_NAME: sql.SQL("a.street_name_id"),
}
_OWN_MUNICIPALITY = {
    Resource.MUNICIPALITY: sql.SQL("v.object_id = %(municipality_id)s"),
    Resource.STREET_NAME: sql.SQL("v.municipality_id = %(municipality_id)s"),
}
_FILTER_NAMES = frozenset({*_COMMON_FILTERS, "municipality_id", "postal_code"})
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFilter:
    """Conditions that all hold; None and empty mean any.

    `name` is a folded name; with `starts` it is how the folded name begins. A municipality or
    postal code that the kind does not carry itself is looked up through the addresses.
    """

    regions: tuple[Region, ...] = ()
    object_ids: tuple[str, ...] | None = None
    name: str | None = None
    starts: bool = False
    municipality_id: str | None = None
    postal_code: str | None = None
    statuses: tuple[str, ...] = ()

    def make_parameters(self) -> dict[str, Any]:
        """Return the conditions that were given, by the name of their fragment."""
        given: dict[str, Any] = {
            "regions": [region.value for region in self.regions] or None,
            "object_ids": None if self.object_ids is None else list(self.object_ids),
            "municipality_id": self.municipality_id,
            "postal_code": self.postal_code,
            "statuses": list(self.statuses) or None,
        }
        if self.name is not None and self.starts:
            given |= {"name_start": self.name, "name_end": self.name + LAST_CHARACTER}
        elif self.name is not None:
            given["name"] = self.name
        return {name: value for name, value in given.items() if value is not None}


async def list_named_objects(
    connection: Connection,
    resource: Resource,
    condition: NamedFilter,
    *,
    seq: int,
    limit: int,
    after: ObjectKey | None = None,
) -> list[Row]:
    """Return at most `limit` objects of a kind (not addresses), by region and object id."""
    parameters = condition.make_parameters()
    if after is not None:
        parameters |= {
            "after": True,
            "after_region": after.region,
            "after_object_id": after.object_id,
        }
    names = frozenset(parameters).intersection(_FILTER_NAMES)
    statement = _compose(_STATEMENTS[resource], resource, names)
    parameters |= {"seq": seq, "limit": limit}
    return await (await connection.execute(statement, parameters)).fetchall()


async def list_street_name_keys(
    connection: Connection, condition: NamedFilter, *, seq: int, limit: int
) -> tuple[ObjectKey, ...]:
    """Return which street names answer to a name, at most `limit`."""
    parameters = condition.make_parameters()
    names = frozenset(parameters).intersection(_COMMON_FILTERS)
    statement = _compose("street_name_ids", Resource.STREET_NAME, names)
    parameters |= {"seq": seq, "limit": limit}
    rows = await (await connection.execute(statement, parameters)).fetchall()
    return tuple(
        ObjectKey(region=Region(row["region"]), object_id=row["object_id"]) for row in rows
    )


async def fetch_named_objects(
    connection: Connection, resource: Resource, keys: Iterable[ObjectKey], *, seq: int
) -> list[Row]:
    """Return those objects of a kind (not addresses) that exist, in no promised order."""
    wanted = set(keys)
    condition = NamedFilter(object_ids=tuple(sorted({key.object_id for key in wanted})))
    # Another region may use the same object id, so more rows than keys can come back.
    rows = await list_named_objects(
        connection, resource, condition, seq=seq, limit=len(Region) * len(wanted) + 1
    )
    return [row for row in rows if (row["region"], row["object_id"]) in _pairs(wanted)]


def _pairs(keys: set[ObjectKey]) -> set[tuple[str, str]]:
    return {(key.region.value, key.object_id) for key in keys}


async def has_ended(
    connection: Connection,
    resource: Resource,
    object_id: str,
    regions: Iterable[Region],
    *,
    seq: int,
) -> bool:
    """Whether the register held this object at some number before `seq`, of any kind."""
    statement = _compose_ended(resource)
    parameters = {"object_id": object_id, "regions": [r.value for r in regions], "seq": seq}
    return await (await connection.execute(statement, parameters)).fetchone() is not None


@cache
def _compose(statement: str, resource: Resource, names: frozenset[str]) -> bytes:
    conditions = tuple(_choose_fragment(resource, name) for name in sorted(names))
    return compose(read_statement(statement), filters=all_of(conditions))


@cache
def _compose_ended(resource: Resource) -> bytes:
    return compose(read_statement("ended_version"), versions=_VERSIONS[resource])


def _choose_fragment(resource: Resource, name: str) -> sql.Composable:
    if name == "municipality_id":
        through = _ADDRESSES.format(reference=_REFERENCES[resource], condition=_IN_MUNICIPALITY)
        return _OWN_MUNICIPALITY.get(resource, through)
    if name == "postal_code":
        if resource is Resource.POSTAL_INFO:
            return sql.SQL("v.object_id = %(postal_code)s")
        return _ADDRESSES.format(reference=_REFERENCES[resource], condition=_WITH_POSTAL_CODE)
    if resource is Resource.MUNICIPALITY and name in _ENGLISH_TOO:
        return _ENGLISH_TOO[name]
    return _COMMON_FILTERS[name]
