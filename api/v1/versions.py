"""Every version of an object that was recorded, and what changed in each."""

from itertools import pairwise
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import make_href, make_id
from api.negotiation import MediaType
from api.v1.change_events import show_removal
from api.v1.collections import COLLECTION_TYPES
from api.v1.identifiers import parse_path_id
from api.v1.moments import make_document_self, travel
from api.v1.parameters import MomentParameters, RecordedParameters
from api.v1.representations import Document, strip
from api.v1.successions import fetch_absence, fetch_links, has_ended, make_recorded
from registry.domain.differences import find_nature, list_changed
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Row
from registry.store.reading.versions import list_versions

_COST = 2


async def answer_versions(
    request: Request, resource: Resource, text: str, parameters: RecordedParameters
) -> Response:
    """Answer the versions of one object by the id in the path."""
    begun = Exchange.begin(request, offered=COLLECTION_TYPES)
    given = parameters.model_dump(by_alias=True, exclude_unset=True)
    exchange = await travel(begun, MomentParameters.model_validate(given))
    sought = parse_path_id(text, resource)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(_COST)
    object_id, regions = sought.object_id, sought.regions
    async with exchange.services.pool.connection() as connection:
        rows = await list_versions(connection, resource, object_id, regions, seq=exchange.seq)
        if not rows:
            raise await fetch_absence(connection, exchange, resource, sought, text, has_left=False)
        regions = (Region(rows[0]["region"]),)
        links = await fetch_links(connection, exchange, resource, object_id, regions)
    items = [make_version(exchange, *pair) for pair in pairwise((None, *rows))]
    if exchange.media is MediaType.NDJSON:
        return exchange.answer_lines(items)
    public_id = make_id(resource, regions[0], object_id)
    href = f"{make_href(exchange.services.base_url, resource, public_id)}/versions"
    history = {
        "historyFrom": exchange.state.find_history_from(regions[0]),
        "oldest": exchange.state.oldest_seq or None,
    }
    frame = {"self": make_document_self(exchange, href), "id": public_id}
    return exchange.answer({**frame, "items": items, **links, **strip(history)})


def make_version(exchange: Exchange, before: Row | None, version: Row | None) -> Document:
    """Return a version with what it changed in the one before."""
    assert version is not None  # noqa: S101 - only the first has none before it
    # What comes back after a removal has nothing before it: as in the feed.
    is_new = before is None or before["removed_at"] is not None
    record, previous = _read(version), None if is_new else _read(before)
    release = exchange.state.find_release(version["seq_from"])
    is_rollback = release is not None and release.undoes is not None
    change = version["change"]
    validity = {"validFrom": version["valid_from"], "validTo": version["valid_to"]}
    assumed = {"assumed": version["valid_from_assumed"]} if version["valid_from"] else {}
    shown = {
        "validity": strip(validity) | assumed,
        "recorded": make_recorded(exchange, version),
        "change": change,
        "nature": find_nature(change, previous, record, is_rollback),
        "changed": list_changed(previous, record),
        **(show_removal(version) if has_ended(version, exchange.seq) else {}),
        "record": record,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _read(row: Row | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None if row is None else orjson.loads(row["record"])
    return found
