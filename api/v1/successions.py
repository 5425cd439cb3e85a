"""What took the place of objects that are gone: told with the 410, with versions, and as a list."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import make_href, make_id
from api.problems import Problem
from api.v1.change_events import show_removal
from api.v1.change_questions import check_is_out, hear_of
from api.v1.collections import COLLECTION_TYPES, Page, answer_page
from api.v1.feed_parameters import SuccessionListParameters
from api.v1.identifiers import Sought, make_gone, make_not_found
from api.v1.representations import Document, strip
from registry.domain.change import ENDED_STATUSES
from registry.domain.identifiers import (
    NAMESPACES,
    REPLACED_NAMESPACES,
    REPLACED_ON,
    ObjectKey,
    find_replaced_key,
)
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Connection, Row
from registry.store.reading.successions import PlaceInSuccessions, list_links, list_successions
from registry.store.reading.versions import list_versions

_RESOURCES = {resource.plural: resource for resource in Resource}
_KEY = (int, str, str, str, str)
_ROWS_PER_UNIT = 100


async def answer_successions(request: Request, parameters: SuccessionListParameters) -> Response:
    """Answer a page of what was recorded, in the order of its numbers."""
    begun = Exchange.begin(request, offered=COLLECTION_TYPES)
    resumed = await begun.resume(parameters.cursor, key_types=_KEY)
    exchange = resumed.exchange
    if parameters.cursor is None:
        exchange = await hear_of(exchange, parameters.after)
        check_is_out(exchange, parameters.after)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(1 + parameters.limit // _ROWS_PER_UNIT)
    region, resource = parameters.region, parameters.resource
    async with exchange.services.pool.connection() as connection:
        rows = await list_successions(
            connection,
            seq=exchange.seq,
            limit=parameters.limit + 1,
            after=_read_place(resumed.key, parameters.after),
            region=None if region is None else Region.from_iso_code(region),
            resource=None if resource is None else _RESOURCES[resource],
        )
    shown = rows[: parameters.limit]
    page = Page(
        documents=[make_succession(row, exchange) for row in shown],
        page_size=parameters.limit,
        last_key=_make_key(shown[-1]) if len(rows) > len(shown) else None,
    )
    return answer_page(exchange, page)


def _read_place(key: tuple[Any, ...] | None, after: int) -> PlaceInSuccessions:
    if key is None:
        return PlaceInSuccessions(seq=after + 1)
    seq, region, resource, object_id, successor_id = key
    return PlaceInSuccessions(
        seq=seq, region=region, resource=resource, object_id=object_id, successor_id=successor_id
    )


def _make_key(row: Row) -> tuple[Any, ...]:
    names = ("seq_from", "region", "resource", "object_id", "successor_id")
    return tuple(row[name] for name in names)


def make_succession(row: Row, exchange: Exchange) -> Document:
    """Return one succession as it was recorded."""
    resource, region = Resource(row["resource"]), Region(row["region"])
    return strip(
        {
            "seq": row["seq_from"],
            "endedSeq": row["seq_to"],
            "region": region.iso_code,
            "resource": resource.plural,
            "id": make_id(resource, region, row["object_id"]),
            "successor": _make_reference(exchange, resource, region, row["successor_id"]),
            **_make_grounds(row),
        }
    )


async def fetch_absence(
    connection: Connection,
    exchange: Exchange,
    resource: Resource,
    sought: Sought,
    text: str,
    *,
    has_left: bool,
) -> Problem:
    """Return the problem of what is not there: 410 with all that is known of it, or 404.

    Gone is what has left the register, what the law did away with though the register never had
    it, and what is named as Brussels named it before 2022.
    """
    replaced = find_replaced_key(sought.object_id, resource)
    if replaced is not None:
        return await _fetch_replaced(connection, exchange, resource, replaced, text)
    object_id, regions = sought.object_id, sought.regions
    versions = await list_versions(connection, resource, object_id, regions, seq=exchange.seq)
    last = versions[-1] if versions else None
    is_there = last is not None and not has_ended(last, exchange.seq)
    links = await fetch_links(connection, exchange, resource, object_id, regions)
    if not has_left and (is_there or not links.get("successors")):
        return make_not_found(text, resource)
    return make_gone(text, resource, _make_ending(exchange, resource, last, links) | links)


def has_ended(version: Row, seq: int) -> bool:
    """Whether a version had ended by a number."""
    return version["seq_to"] is not None and version["seq_to"] <= seq


async def _fetch_replaced(
    connection: Connection, exchange: Exchange, resource: Resource, key: ObjectKey, text: str
) -> Problem:
    regions = (key.region,)
    seq = exchange.seq
    if not await list_versions(connection, resource, key.object_id, regions, seq=seq):
        return make_not_found(text, resource)
    links = await fetch_links(connection, exchange, resource, key.object_id, regions)
    links.pop("predecessors", None)
    successor = _make_reference(exchange, resource, key.region, key.object_id) | {
        "basis": "declared",
        "rule": "namespaceReplaced",
        "evidence": {
            "namespace": REPLACED_NAMESPACES[resource],
            "successorNamespace": NAMESPACES[key.region, resource],
        },
        "happenedAt": datetime.combine(REPLACED_ON, time(), ZoneInfo("Europe/Brussels")),
        **links,
    }
    members = {"reason": "namespaceReplaced", "successors": [successor]}
    return make_gone(text, resource, members)


def _make_ending(
    exchange: Exchange, resource: Resource, last: Row | None, links: Document
) -> Document:
    """Return when and why an object went, as far as the register saw it."""
    is_over = last is not None and has_ended(last, exchange.seq)
    release = exchange.state.find_release(last["seq_to"]) if last and is_over else None
    is_undone = release is not None and release.undoes is not None
    members: Document = {"reason": _find_reason(resource, last, links, is_undone=is_undone)}
    if release is not None:
        members["goneSince"] = release.published_at
    if last is not None:
        removal = show_removal(last) if is_over else {}
        members["lastKnown"] = {"recorded": make_recorded(exchange, last), **removal}
    return members


def _find_reason(resource: Resource, last: Row | None, links: Document, *, is_undone: bool) -> str:
    successors = links.get("successors", ())
    declared = [link["rule"] for link in successors if link["basis"] == "declared"]
    if declared:
        return str(declared[0])
    if is_undone:
        return "rolledBack"
    if resource is Resource.MUNICIPALITY and successors:
        return "mergedMunicipality"
    return "retired" if last and last["status"] in ENDED_STATUSES else "removed"


def make_recorded(exchange: Exchange, version: Row) -> Document:
    """Return when the register had a version: from its release on, until the one that ended it."""
    release = exchange.state.find_release(version["seq_from"])
    ended = version["seq_to"] if has_ended(version, exchange.seq) else None
    ending = exchange.state.find_release(ended) if ended else None
    return strip(
        {
            "seq": version["seq_from"],
            "release": release.number if release else None,
            "at": release.published_at if release else None,
            "until": ending.published_at if ending else None,
        }
    )


async def fetch_links(
    connection: Connection,
    exchange: Exchange,
    resource: Resource,
    object_id: str,
    regions: Iterable[Region],
) -> Document:
    """Return the members `successors` and `predecessors`, those there are, with their chains."""
    links: Document = {}
    valid_on = None if exchange.valid_on is None else exchange.valid_on.moment
    for name, forward in (("successors", True), ("predecessors", False)):
        rows = await list_links(
            connection,
            resource,
            object_id,
            regions,
            seq=exchange.seq,
            valid_on=valid_on,
            forward=forward,
        )
        if rows:
            links[name] = make_chains(rows, exchange, resource, name)
    return links


def make_chains(
    rows: Iterable[Row], exchange: Exchange, resource: Resource, name: str
) -> list[Document]:
    """Return links inside one another by their paths; what is declared goes before inferred."""
    found: dict[tuple[str, ...], Document] = {(): {name: []}}
    for row in sorted(rows, key=lambda r: (len(r["path"]), r["path"], r["basis"])):
        path = tuple(row["path"][1:])
        if path in found:
            continue
        reference = _make_reference(exchange, resource, Region(row["region"]), path[-1])
        found[path] = reference | _make_grounds(row)
        found[path[:-1]].setdefault(name, []).append(found[path])
    chains: list[Document] = found[()][name]
    return chains


def _make_reference(
    exchange: Exchange, resource: Resource, region: Region, object_id: str
) -> Document:
    public_id = make_id(resource, region, object_id)
    return {"id": public_id, "href": make_href(exchange.services.base_url, resource, public_id)}


def _make_grounds(row: Row) -> Document:
    grounds = {"basis": row["basis"], "rule": row["rule"], "evidence": row["evidence"]}
    happened_at = row["happened_at"]
    return grounds | ({"happenedAt": happened_at.astimezone(UTC)} if happened_at else {})
