"""Municipalities, their parts, postal infos and street names as of one sequence number.

All four have names in several languages and are listed by region and object id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.named_statements import (
    FILTER_NAMES,
    NAMES_BY_ALIAS,
    STATEMENTS,
    compose_by_part,
    compose_ended,
    compose_listing,
)
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import ValidOn, drop_undated_names, make_moment

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
    valid_on: ValidOn | None = None,
) -> list[Row]:
    """Return at most `limit` objects of a kind (not addresses), by region and object id."""
    if resource is Resource.STREET_NAME and condition.is_by_part_of_name():
        keys = await list_street_name_keys(
            connection, condition, seq=seq, limit=limit, after=after, valid_on=valid_on
        )
        if not keys:
            return []
        parameters: dict[str, Any] = {
            "keys": True,
            "key_regions": [key.region.value for key in keys],
            "key_object_ids": [key.object_id for key in keys],
        }
    else:
        parameters = condition.make_parameters() | _make_start(after)
    names = frozenset(parameters).intersection(FILTER_NAMES)
    believed = valid_on is not None
    statement = compose_listing(STATEMENTS[resource], resource, names, believed)
    parameters |= {"limit": limit, **make_moment(seq, valid_on)}
    rows = await (await connection.execute(statement, parameters)).fetchall()
    if believed:
        drop_undated_names(rows, NAMES_BY_ALIAS[resource])
    return rows


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
    valid_on: ValidOn | None = None,
) -> tuple[ObjectKey, ...]:
    """Return which street names answer to a condition, at most `limit`."""
    parameters = condition.make_parameters() | _make_start(after)
    names = frozenset(parameters).intersection(FILTER_NAMES)
    believed = valid_on is not None
    if condition.name is not None and condition.is_by_part_of_name():
        by_index = condition.name.make_index_parameters()
        others = names.difference(condition.name.make_parameters())
        statement = compose_by_part(names, others | FILTER_NAMES.intersection(by_index), believed)
        parameters |= by_index
        parameters["head"] = _HEAD_FOR_PAIR if "name_pair" in by_index else _HEAD
    else:
        statement = compose_listing("street_name_ids", Resource.STREET_NAME, names, believed)
    parameters |= {"limit": limit, **make_moment(seq, valid_on)}
    rows = await (await connection.execute(statement, parameters)).fetchall()
    return tuple(
        ObjectKey(region=Region(row["region"]), object_id=row["object_id"]) for row in rows
    )


async def fetch_named_objects(
    connection: Connection,
    resource: Resource,
    keys: Iterable[ObjectKey],
    *,
    seq: int,
    valid_on: ValidOn | None = None,
) -> list[Row]:
    """Return those objects of a kind (not addresses) that exist, in no promised order."""
    wanted = set(keys)
    condition = NamedFilter(object_ids=tuple(sorted({key.object_id for key in wanted})))
    # Another region may use the same object id, so more rows than keys can come back.
    limit = len(Region) * len(wanted) + 1
    rows = await list_named_objects(
        connection, resource, condition, seq=seq, limit=limit, valid_on=valid_on
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
    valid_on: ValidOn | None = None,
) -> bool:
    """Whether an object of any kind that does not count at that moment did so before."""
    statement = compose_ended(resource, valid_on is not None)
    parameters = {
        "object_id": object_id,
        "regions": [r.value for r in regions],
        **make_moment(seq, valid_on),
    }
    return await (await connection.execute(statement, parameters)).fetchone() is not None
