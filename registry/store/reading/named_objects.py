"""Municipalities, their parts, postal infos and street names as of one sequence number.

All four have names in several languages and are listed by region and object id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
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

_FILTERS: dict[str, sql.SQL] = {
    "region": sql.SQL("v.region = %(region)s"),
    "regions": sql.SQL("v.region = any(%(regions)s::text[])"),
    "object_ids": sql.SQL("v.object_id = any(%(object_ids)s::text[])"),
    "keys": sql.SQL(
        "(v.region, v.object_id) in"
        " (select * from unnest(%(key_regions)s::text[], %(key_object_ids)s::text[]))"
    ),
    "statuses": sql.SQL("v.status = any(%(statuses)s::text[])"),
    "after": sql.SQL("(v.region, v.object_id) > (%(after_region)s, %(after_object_id)s)"),
}
_NAME_FILTERS: dict[str, sql.SQL] = {
    "name": sql.SQL("{key} = %(name)s"),
    "name_start": sql.SQL("{key} >= %(name_start)s and {key} < %(name_end)s"),
    "name_part": sql.SQL("{key} like %(name_part)s"),
    # A trigram index knows nothing of one or two letters, unless they are spread: 0l0a0a0n0.
    "name_pair": sql.SQL("regexp_replace({key}, '', '0', 'g') like %(name_pair)s"),
}
_LANGUAGES = dict.fromkeys(Resource, ("nl", "fr", "de")) | {
    Resource.MUNICIPALITY: ("nl", "fr", "de", "en")
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
_FILTER_NAMES = frozenset({*_FILTERS, *_NAME_FILTERS, "municipality_id", "postal_code"})
_WHERE_TO_START = frozenset({"region", "regions", "after"})
LAST_CHARACTER = "\U0010ffff"
SHORTEST_WITH_TRIGRAM = 3

# So many street names are gone through before an index is asked for the few that are left: it
# finds them in less time the rarer they are, pairs of letters in ten times as much.
_HEAD, _HEAD_FOR_PAIR = 2_500, 10_000


class NameMatch(StrEnum):
    """Where in a name a text is to be found."""

    WHOLE = "whole"
    START = "start"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamePattern:
    """A folded text, so of letters, digits and spaces only, and where it is in a folded name."""

    text: str
    match: NameMatch = NameMatch.WHOLE

    def make_parameters(self) -> dict[str, Any]:
        """Return the condition by the name of its fragment."""
        if self.match is NameMatch.WHOLE:
            return {"name": self.text}
        if self.match is NameMatch.START:
            return {"name_start": self.text, "name_end": self.text + LAST_CHARACTER}
        return {"name_part": f"%{self.text}%"}

    def make_index_parameters(self) -> dict[str, Any]:
        """Return the condition in the words of the index that finds few among many."""
        if self.match is NameMatch.PART and len(self.text) < SHORTEST_WITH_TRIGRAM:
            return {"name_pair": f"%0{'0'.join(self.text)}0%"}
        return self.make_parameters()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFilter:
    """Conditions that all hold; None and empty mean any.

    A municipality or postal code that the kind does not carry itself is looked up through the
    addresses.
    """

    regions: tuple[Region, ...] = ()
    object_ids: tuple[str, ...] | None = None
    name: NamePattern | None = None
    municipality_id: str | None = None
    postal_code: str | None = None
    statuses: tuple[str, ...] = ()

    def make_parameters(self) -> dict[str, Any]:
        """Return the conditions that were given, by the name of their fragment."""
        given: dict[str, Any] = {
            "object_ids": None if self.object_ids is None else list(self.object_ids),
            "municipality_id": self.municipality_id,
            "postal_code": self.postal_code,
            "statuses": list(self.statuses) or None,
        }
        if len(self.regions) == 1:
            given["region"] = self.regions[0].value
        elif 0 < len(self.regions) < len(Region):
            given["regions"] = [region.value for region in self.regions]
        if self.name is not None:
            given |= self.name.make_parameters()
        return {name: value for name, value in given.items() if value is not None}

    def is_by_part_of_name(self) -> bool:
        """Whether the only way to few of many rows is a part of their names."""
        is_whole = self.name is None or self.name.match is NameMatch.WHOLE
        return not is_whole and self.object_ids is None and self.municipality_id is None


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
    if resource is Resource.STREET_NAME and condition.is_by_part_of_name():
        keys = await list_street_name_keys(connection, condition, seq=seq, limit=limit, after=after)
        if not keys:
            return []
        parameters: dict[str, Any] = {
            "keys": True,
            "key_regions": [key.region.value for key in keys],
            "key_object_ids": [key.object_id for key in keys],
        }
    else:
        parameters = condition.make_parameters() | _make_start(after)
    names = frozenset(parameters).intersection(_FILTER_NAMES)
    statement = _compose(_STATEMENTS[resource], resource, names)
    parameters |= {"seq": seq, "limit": limit}
    return await (await connection.execute(statement, parameters)).fetchall()


def _make_start(after: ObjectKey | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {"after": True, "after_region": after.region, "after_object_id": after.object_id}


async def list_street_name_keys(
    connection: Connection,
    condition: NamedFilter,
    *,
    seq: int,
    limit: int,
    after: ObjectKey | None = None,
) -> tuple[ObjectKey, ...]:
    """Return which street names answer to a condition, at most `limit`."""
    parameters = condition.make_parameters() | _make_start(after)
    names = frozenset(parameters).intersection(_FILTER_NAMES)
    if condition.name is not None and condition.is_by_part_of_name():
        by_index = condition.name.make_index_parameters()
        others = names.difference(condition.name.make_parameters())
        statement = _compose_by_part(names, others | _FILTER_NAMES.intersection(by_index))
        parameters |= by_index
        parameters["head"] = _HEAD_FOR_PAIR if "name_pair" in by_index else _HEAD
    else:
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
    return compose(read_statement(statement), filters=_choose_fragments(resource, names))


@cache
def _compose_by_part(names: frozenset[str], index_names: frozenset[str]) -> bytes:
    resource = Resource.STREET_NAME
    return compose(
        read_statement("street_name_ids_by_part"),
        start=_choose_fragments(resource, names & _WHERE_TO_START),
        filters=_choose_fragments(resource, names - _WHERE_TO_START),
        index_filters=_choose_fragments(resource, index_names - _WHERE_TO_START),
    )


@cache
def _compose_ended(resource: Resource) -> bytes:
    return compose(read_statement("ended_version"), versions=_VERSIONS[resource])


def _choose_fragments(resource: Resource, names: frozenset[str]) -> sql.Composable:
    return all_of(tuple(_choose_fragment(resource, name) for name in sorted(names)))


def _choose_fragment(resource: Resource, name: str) -> sql.Composable:
    if name == "municipality_id":
        through = _ADDRESSES.format(reference=_REFERENCES[resource], condition=_IN_MUNICIPALITY)
        return _OWN_MUNICIPALITY.get(resource, through)
    if name == "postal_code":
        if resource is Resource.POSTAL_INFO:
            return sql.SQL("v.object_id = %(postal_code)s")
        return _ADDRESSES.format(reference=_REFERENCES[resource], condition=_WITH_POSTAL_CODE)
    if name in _NAME_FILTERS:
        keys = (sql.Identifier("v", f"key_{language}") for language in _LANGUAGES[resource])
        either = sql.SQL(" or ").join(_NAME_FILTERS[name].format(key=key) for key in keys)
        return sql.SQL("({either})").format(either=either)
    return _FILTERS[name]
