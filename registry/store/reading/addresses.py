"""Addresses as of one sequence number, always in the order their indexes are made for.

A page is read region by region, ordered by street name, then number, then object id; near a
point by distance. Pages go on after a key, never at an offset.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from psycopg import sql

from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import (
    ValidOn,
    all_of,
    drop_undated_names,
    fill,
    make_moment,
    read_statement,
    select_dated,
)

STATUS_MET_MOST = "current"

_FILTERS: dict[str, sql.SQL] = {
    "object_id": sql.SQL("a.object_id = %(object_id)s"),
    "street_name_id": sql.SQL("a.street_name_id = %(street_name_id)s"),
    "municipality_id": sql.SQL("a.municipality_id = %(municipality_id)s"),
    "postal_code": sql.SQL("a.postal_code = %(postal_code)s"),
    # A house number comes with its boxes: their sort keys go on after the separator \x01.
    "house_key": sql.SQL("a.sort_key >= %(house_key)s and a.sort_key < %(house_key)s || E'\\x02'"),
    "box_key": sql.SQL("split_part(a.sort_key, E'\\x01', 2) = %(box_key)s"),
    "statuses": sql.SQL("a.status = any(%(statuses)s)"),
    # Implied by the one above, and what the partial index on the rare statuses asks for.
    "rare_status": sql.SQL("a.status <> 'current'"),
    "area": sql.SQL(
        "a.position && %(area)s::geometry and st_intersects(a.position, %(area)s::geometry)"
    ),
    "after": sql.SQL(
        "(a.street_name_id, a.sort_key, a.object_id)"
        " > (%(after_street)s, %(after_sort_key)s, %(after_object_id)s)"
    ),
    "region": sql.SQL("a.region = %(region)s"),
}

NAMES_BY_ALIAS = {"s": "street", "m": "municipality", "t": "part", "p": "postal"}
_IN_ORDER = sql.SQL("a.street_name_id, a.sort_key, a.object_id")
_BY_DISTANCE = sql.SQL("a.distance, a.region, a.object_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInOrder:
    """The last address of a page: the next page begins after it."""

    region: Region
    street_name_id: str
    sort_key: str
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceByDistance:
    """The last address of a page near a point."""

    distance: float
    region: Region
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Around a point: hexadecimal EWKB in EPSG:3812, and metres."""

    point: str
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFilter:
    """Conditions that all hold; None and empty mean any.

    `area` is a polygon as hexadecimal EWKB in EPSG:3812; `house_key` and `box_key` are number
    keys of registry.normalization.house_number; `street_names` None means any, an empty tuple
    none at all.
    """

    regions: tuple[Region, ...] = tuple(Region)
    street_names: tuple[ObjectKey, ...] | None = None
    object_id: str | None = None
    municipality_id: str | None = None
    postal_code: str | None = None
    house_key: str | None = None
    box_key: str | None = None
    statuses: tuple[str, ...] = ()
    area: str | None = None

    def make_parameters(self) -> dict[str, Any]:
        """Return the conditions that were given, by the name of their fragment."""
        given: dict[str, Any] = {
            "object_id": self.object_id,
            "municipality_id": self.municipality_id,
            "postal_code": self.postal_code,
            "house_key": self.house_key,
            "box_key": self.box_key,
            "statuses": list(self.statuses) or None,
            "area": self.area,
        }
        if self.statuses and STATUS_MET_MOST not in self.statuses:
            given["rare_status"] = True
        return {name: value for name, value in given.items() if value is not None}


async def list_addresses(
    connection: Connection,
    condition: AddressFilter,
    *,
    seq: int,
    limit: int,
    after: PlaceInOrder | None = None,
    valid_on: ValidOn | None = None,
) -> list[Row]:
    """Return at most `limit` addresses in the order of listings."""
    when = make_moment(seq, valid_on)
    rows: list[Row] = []
    for region in sorted(condition.regions):
        if after is not None and region < after.region:
            continue
        place = after if after is not None and region == after.region else None
        rows += await _list_in_region(
            connection, condition, region, when=when, limit=limit - len(rows), after=place
        )
        if len(rows) >= limit:
            break
    return rows


async def _list_in_region(
    connection: Connection,
    condition: AddressFilter,
    region: Region,
    *,
    when: dict[str, Any],
    limit: int,
    after: PlaceInOrder | None,
) -> list[Row]:
    parameters = condition.make_parameters()
    if after is not None:
        parameters |= {
            "after": True,
            "after_street": after.street_name_id,
            "after_sort_key": after.sort_key,
            "after_object_id": after.object_id,
        }
    page = "page_of_addresses"
    if condition.street_names is not None:
        ids = _list_street_ids(condition.street_names, region, after)
        if not ids:
            return []
        if len(ids) == 1:
            parameters["street_name_id"] = ids[0]
        else:
            page, parameters["street_name_ids"] = "page_of_addresses_in_streets", ids
    believed = "valid_on" in when
    statement = _compose(page, frozenset(parameters).intersection(_FILTERS), believed)
    parameters |= {"region": region, "limit": limit, **when}
    return await fetch_rows(connection, statement, parameters, believed=believed)


async def fetch_rows(
    connection: Connection, statement: bytes, parameters: dict[str, Any], *, believed: bool
) -> list[Row]:
    """Return addresses without the names that no source dated, where a moment was asked for."""
    rows = await (await connection.execute(statement, parameters)).fetchall()
    if believed:
        drop_undated_names(rows, NAMES_BY_ALIAS)
    return rows


def _list_street_ids(
    keys: tuple[ObjectKey, ...], region: Region, after: PlaceInOrder | None
) -> list[str]:
    ids = sorted(key.object_id for key in keys if key.region is region)
    return ids if after is None else [i for i in ids if i >= after.street_name_id]


async def list_addresses_near(
    connection: Connection,
    circle: Circle,
    condition: AddressFilter,
    *,
    seq: int,
    limit: int,
    after: PlaceByDistance | None = None,
    valid_on: ValidOn | None = None,
) -> list[Row]:
    """Return at most `limit` addresses in a circle, nearest first."""
    parameters = condition.make_parameters()
    if len(condition.regions) == 1:
        parameters["region"] = condition.regions[0]
    if condition.street_names is not None:
        parameters["street_names"] = True
        parameters["street_regions"] = [key.region.value for key in condition.street_names]
        parameters["street_name_ids"] = [key.object_id for key in condition.street_names]
    believed = valid_on is not None
    statement = _compose_near(frozenset(parameters).intersection(_NEAR_FILTERS), believed)
    parameters |= {
        "point": circle.point,
        "radius": circle.radius,
        "limit": limit,
        "after_distance": -1.0 if after is None else after.distance,
        "after_region": "" if after is None else after.region,
        "after_object_id": "" if after is None else after.object_id,
        **make_moment(seq, valid_on),
    }
    return await fetch_rows(connection, statement, parameters, believed=believed)


_NEAR_FILTERS = _FILTERS | {
    "street_names": sql.SQL(
        "(a.region, a.street_name_id) in"
        " (select * from unnest(%(street_regions)s::text[], %(street_name_ids)s::text[]))"
    )
}
del _NEAR_FILTERS["after"]


@cache
def _compose(page: str, names: frozenset[str], believed: bool) -> bytes:
    conditions = all_of(tuple(_FILTERS[name] for name in sorted(names - {"region"})))
    return compose_page(page, order=_IN_ORDER, believed=believed, filters=conditions)


@cache
def _compose_near(names: frozenset[str], believed: bool) -> bytes:
    conditions = all_of(tuple(_NEAR_FILTERS[name] for name in sorted(names)))
    page = "page_of_addresses_near"
    return compose_page(page, order=_BY_DISTANCE, believed=believed, filters=conditions)


def compose_page(
    page: str, *, order: sql.SQL, believed: bool, filters: sql.Composable | None = None
) -> bytes:
    """Return the statement of a page of addresses with the names they refer to."""
    return fill(
        read_statement("addresses"),
        believed=believed,
        page=fill(read_statement(page), believed=believed, filters=filters or all_of(())),
        dated=select_dated(*(NAMES_BY_ALIAS if believed else ())),
        order=order,
    ).as_bytes(None)
