"""Addresses: one by its id, or a page of those that fit the conditions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange, Resumed
from api.negotiation import MediaType
from api.problems import Issue, make_bad_request
from api.v1.address_questions import AddressQuestion, find_streets, read_question
from api.v1.collections import (
    COLLECTION_TYPES_WITH_POSITIONS,
    Conditions,
    Page,
    answer_page,
    find_total,
    make_feature,
    make_view,
)
from api.v1.embedding import embed
from api.v1.identifiers import parse_path_id
from api.v1.moments import find_beginning, find_beginnings, make_document_self, travel
from api.v1.named_objects import make_absence
from api.v1.parameters import AddressListParameters, AddressParameters, CrsCode
from api.v1.positions import make_positions
from api.v1.representations import Document, make_address_document
from geo.crs import Crs
from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.address_lookup import fetch_addresses
from registry.store.reading.addresses import (
    PlaceByDistance,
    PlaceInOrder,
    list_addresses,
    list_addresses_near,
)
from registry.store.reading.pool import Connection, Row

_KEY_IN_ORDER = (str, str, str, str)
_KEY_BY_DISTANCE = (float, str, str)
_ROWS_PER_UNIT = 50
_COST_OF_AREA = 5
_METRES_PER_UNIT = 100

# What a total is kept for; every other parameter that was given makes it unknown.
_COUNTED = {"region", "municipality_code", "post_code", "status"}
_NO_CONDITIONS = {"page_size", "cursor", "lang", "embed", "crs", "valid_on", "known_on", "release"}


async def answer_address(request: Request, text: str, parameters: AddressParameters) -> Response:
    """Answer one address by the id in the path."""
    exchange = await travel(begin(request, parameters), parameters)
    sought = parse_path_id(text, Resource.ADDRESS)
    key = ObjectKey(region=sought.regions[0], object_id=sought.object_id)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    row = await find_row(exchange, key)
    if row is None:
        async with exchange.services.pool.connection() as connection:
            raise await make_absence(connection, exchange, Resource.ADDRESS, sought, text)
    (document,) = make_documents([row], exchange, parameters.crs)
    document |= find_beginning(exchange, [key.region])
    if exchange.media is MediaType.GEOJSON:
        return exchange.answer(make_feature(document))
    body = {"self": make_document_self(exchange, document["href"]), **document}
    if parameters.embed:
        body |= await make_embedded(exchange, row, parameters.embed)
    return exchange.answer(body)


async def find_row(exchange: Exchange, key: ObjectKey) -> Row | None:
    """Return one address; many ask for what is current, so together, few for other moments."""
    if exchange.valid_on is None:
        return await exchange.services.addresses.find(key, seq=exchange.seq)
    async with exchange.services.pool.connection() as connection:
        found = await fetch_addresses(
            connection, [key], seq=exchange.seq, valid_on=exchange.valid_on
        )
    return found.get(key)


async def make_embedded(exchange: Exchange, row: Row, names: Sequence[str]) -> Document:
    """Return the member `embedded`, if what was asked for is there."""
    async with exchange.services.pool.connection() as connection:
        embedded = await embed(connection, [row], names, exchange)
    return {"embedded": embedded} if embedded else {}


async def answer_addresses(request: Request, parameters: AddressListParameters) -> Response:
    """Answer a page of addresses."""
    begun = await travel(begin(request, parameters), parameters)
    question = read_question(parameters, begun)
    key_types = _KEY_IN_ORDER if question.circle is None else _KEY_BY_DISTANCE
    resumed = await begun.resume(parameters.cursor, key_types=key_types)
    exchange = resumed.exchange
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(estimate_cost(parameters, question))
    async with exchange.services.pool.connection() as connection:
        rows = await list_rows(connection, question, resumed, limit=parameters.page_size + 1)
        shown = rows[: parameters.page_size]
        embedded = await embed(connection, shown, parameters.embed, exchange)
    has_more = len(rows) > len(shown)
    page = Page(
        documents=make_documents(shown, exchange, parameters.crs),
        page_size=parameters.page_size,
        last_key=make_key(shown[-1]) if has_more else None,
        total=find_total(exchange, Resource.ADDRESS, list_conditions(parameters)),
        embedded=embedded,
        beginnings=find_beginnings(exchange, question.condition.regions),
    )
    return answer_page(exchange, page)


def begin(request: Request, parameters: AddressParameters) -> Exchange:
    """Look at the form that is asked for; GeoJSON is WGS 84 and nothing else."""
    offered = COLLECTION_TYPES_WITH_POSITIONS
    exchange = Exchange.begin(request, offered=offered, language=parameters.lang)
    is_geojson = exchange.media is MediaType.GEOJSON
    if is_geojson and parameters.crs not in {None, CrsCode.WGS84} and not _asks_by(parameters):
        detail = "GeoJSON is in WGS 84 (RFC 7946): leave crs out or ask for application/json."
        issue = Issue(name="crs", kind="invalidInput", detail=detail, value=parameters.crs)
        raise make_bad_request([issue])
    return exchange


def _asks_by(parameters: AddressParameters) -> bool:
    """Whether crs is the system of the question rather than of the answer."""
    asked = {"bbox", "x", "y"} & parameters.model_fields_set
    return isinstance(parameters, AddressListParameters) and bool(asked)


async def list_rows(
    connection: Connection, question: AddressQuestion, resumed: Resumed, *, limit: int
) -> list[Row]:
    """Return the rows of one page and one more."""
    seq, valid_on, key = resumed.exchange.seq, resumed.exchange.valid_on, resumed.key
    streets = await find_streets(connection, question, seq=seq, valid_on=valid_on)
    if streets == ():
        return []
    condition = replace(question.condition, street_names=streets)
    if question.circle is None:
        place = None if key is None else _read_place(key)
        return await list_addresses(
            connection, condition, seq=seq, limit=limit, after=place, valid_on=valid_on
        )
    spot = None if key is None else _read_spot(key)
    return await list_addresses_near(
        connection,
        question.circle,
        condition,
        seq=seq,
        limit=limit,
        after=spot,
        valid_on=valid_on,
    )


def _read_place(key: tuple[Any, ...]) -> PlaceInOrder:
    region, street_name_id, sort_key, object_id = key
    return PlaceInOrder(
        region=Region(region),
        street_name_id=street_name_id,
        sort_key=sort_key,
        object_id=object_id,
    )


def _read_spot(key: tuple[Any, ...]) -> PlaceByDistance:
    distance, region, object_id = key
    return PlaceByDistance(distance=distance, region=Region(region), object_id=object_id)


def make_key(row: Row) -> tuple[Any, ...]:
    """Return where a listing goes on after this address."""
    if row["distance"] is not None:
        return (row["distance"], row["region"], row["object_id"])
    return (row["region"], row["street_name_id"], row["sort_key"], row["object_id"])


def make_documents(rows: Sequence[Row], exchange: Exchange, crs: CrsCode | None) -> list[Document]:
    """Return the documents of addresses, their positions projected together."""
    view = make_view(exchange)
    grid = exchange.services.settings.proj_grid
    system = None if crs is None else Crs(crs)
    positions = make_positions(rows, exchange.state, grid, system)
    return [
        make_address_document(row, position, view)
        for row, position in zip(rows, positions, strict=True)
    ]


def estimate_cost(parameters: AddressListParameters, question: AddressQuestion) -> int:
    """Return the cost units of a listing, beyond that of the request."""
    cost = 1 + parameters.page_size // _ROWS_PER_UNIT
    if question.circle is not None:
        cost += round(question.circle.radius / _METRES_PER_UNIT)
    if question.condition.area is not None:
        cost += _COST_OF_AREA
    return cost


def list_conditions(parameters: AddressListParameters) -> Conditions:
    """Return the conditions by which totals are kept."""
    code, region = parameters.municipality_code, parameters.region
    given = parameters.model_fields_set - _NO_CONDITIONS
    return Conditions(
        region=None if region is None else Region.from_iso_code(region),
        municipality_code=None if code is None else str(code),
        postal_code=parameters.post_code,
        statuses=tuple(parameters.status),
        has_others=bool(given - _COUNTED),
    )
