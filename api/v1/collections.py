"""Pages of a listing, in each form in which a listing can be had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.responses import Response

from api.cursors import Cursor, write_cursor
from api.exchange import Exchange
from api.links import make_collection_href
from api.negotiation import MediaType
from api.v1.representations import Document, View, strip
from registry.domain.region import Region
from registry.domain.resource import Resource

COLLECTION_TYPES = (MediaType.JSON, MediaType.NDJSON)
COLLECTION_TYPES_WITH_POSITIONS = (MediaType.JSON, MediaType.GEOJSON, MediaType.NDJSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Documents of one page; `last_key` is where the next page begins, None on the last page.

    `beginnings` say where the history of regions begins that are asked about before that.
    """

    documents: Sequence[Document]
    page_size: int
    last_key: tuple[Any, ...] | None
    total: int | None = None
    embedded: Document = field(default_factory=dict)
    beginnings: Mapping[str, datetime] = field(default_factory=dict)


def make_view(exchange: Exchange) -> View:
    """Return how this exchange shows rows."""
    return View(
        base_url=exchange.services.base_url,
        state=exchange.state,
        language=exchange.language,
        languages=exchange.languages,
    )


def answer_page(exchange: Exchange, page: Page) -> Response:
    """Write a page in the form that was chosen; the next one is linked in every form."""
    following = make_next(exchange, page)
    headers = {} if following is None else {"Link": f'<{following}>; rel="next"'}
    if exchange.media is MediaType.NDJSON:
        return exchange.answer_lines(page.documents, **headers)
    frame = {
        "self": make_self(exchange),
        "next": following,
        "pageSize": page.page_size,
        "total": page.total,
        "historyFrom": page.beginnings,
    }
    if exchange.media is MediaType.GEOJSON:
        features = [make_feature(document) for document in page.documents]
        body = {"type": "FeatureCollection", **strip(frame), "features": features}
    else:
        body = {**strip(frame), "items": page.documents}
        if page.embedded:
            body["embedded"] = page.embedded
    return exchange.answer(body)


def make_feature(document: Document) -> Document:
    """Return a document as a GeoJSON feature; without position its geometry is null."""
    position = document.get("position")
    geometry = position and {
        "type": "Point",
        "coordinates": [position["wgs84"]["lon"], position["wgs84"]["lat"]],
    }
    return {
        "type": "Feature",
        "id": document["id"],
        "geometry": geometry,
        "properties": document,
    }


def make_self(exchange: Exchange) -> str:
    """Return the address of this page, as it can be asked for again."""
    request = exchange.request
    parameters = request.query_params.multi_items()
    return make_collection_href(exchange.services.base_url, request.scope["path"], parameters)


def make_next(exchange: Exchange, page: Page) -> str | None:
    """Return the address of the next page, None when this is the last one."""
    if page.last_key is None:
        return None
    cursor = Cursor(seq=exchange.seq, dataset=exchange.state.dataset, key=page.last_key)
    request = exchange.request
    kept = [item for item in request.query_params.multi_items() if item[0] != "cursor"]
    text = write_cursor(cursor, listing=exchange.listing)
    parameters = [*kept, ("cursor", text)]
    return make_collection_href(exchange.services.base_url, request.scope["path"], parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions of a listing by which totals are kept, and whether there are others."""

    region: Region | None
    municipality_code: str | None
    postal_code: str | None
    statuses: tuple[str, ...]
    has_others: bool


def find_total(exchange: Exchange, resource: Resource, conditions: Conditions) -> int | None:
    """Return how many objects a listing has in all, where that is kept; never counted here."""
    municipality, postal_code = conditions.municipality_code, conditions.postal_code
    if exchange.valid_on is not None:
        return None  # what is kept is how many are current
    if conditions.has_others or (municipality and postal_code):
        return None
    dimension, code = "region", None
    if municipality:
        dimension, code = "municipality", municipality
    elif postal_code:
        dimension, code = "postalCode", postal_code
    regions = frozenset(Region) if conditions.region is None else {conditions.region}
    return exchange.state.find_total(
        resource,
        dimension,
        regions=frozenset(region.value for region in regions),
        code=code,
        statuses=frozenset(conditions.statuses),
        seq=exchange.seq,
    )
