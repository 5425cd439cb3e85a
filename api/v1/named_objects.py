"""Documents and listings of the four kinds that have names, all made alike."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.problems import Problem
from api.v1.collections import (
    COLLECTION_TYPES,
    Conditions,
    Page,
    answer_page,
    find_total,
    make_view,
)
from api.v1.embedding import embed
from api.v1.identifiers import (
    Sought,
    parse_best_id_parameter,
    parse_path_id,
)
from api.v1.moments import find_beginning, find_beginnings, make_document_self, travel
from api.v1.name_patterns import read_name_pattern
from api.v1.parameters import DocumentParameters, MunicipalityListParameters
from api.v1.representations import make_named_document
from api.v1.successions import fetch_absence
from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.named_objects import NamedFilter, has_ended, list_named_objects
from registry.store.reading.pool import Connection

DOCUMENT_TYPES = COLLECTION_TYPES
_COST_THROUGH_ADDRESSES = 20
_ROWS_PER_UNIT = 100

# Which conditions a kind carries itself; the others are looked up through its addresses.
_OWN_CONDITIONS = {
    Resource.MUNICIPALITY: {"municipality_code"},
    Resource.PART_OF_MUNICIPALITY: set[str](),
    Resource.POSTAL_INFO: {"post_code"},
    Resource.STREET_NAME: {"municipality_code"},
}


async def answer_document(
    request: Request, resource: Resource, text: str, parameters: DocumentParameters
) -> Response:
    """Answer one object by the id in the path."""
    begun = Exchange.begin(request, offered=DOCUMENT_TYPES, language=parameters.lang)
    exchange = await travel(begun, parameters)
    sought = parse_path_id(text, resource)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    async with exchange.services.pool.connection() as connection:
        row = await fetch_row(connection, exchange, resource, sought, text)
        names = getattr(parameters, "embed", [])
        embedded = await embed(connection, [row], names, exchange)
    document = make_named_document(row, resource, make_view(exchange))
    document |= find_beginning(exchange, [Region(row["region"])])
    body = {"self": make_document_self(exchange, document["href"]), **document}
    return exchange.answer({**body, "embedded": embedded} if embedded else body)


async def fetch_row(
    connection: Connection, exchange: Exchange, resource: Resource, sought: Sought, text: str
) -> dict[str, Any]:
    """Return the one object that is sought; 410 when it has left, 404 when it never was."""
    condition = NamedFilter(regions=sought.regions, object_ids=(sought.object_id,))
    seq, valid_on = exchange.seq, exchange.valid_on
    rows = await list_named_objects(
        connection, resource, condition, seq=seq, limit=1, valid_on=valid_on
    )
    if rows:
        return rows[0]
    raise await make_absence(connection, exchange, resource, sought, text)


async def make_absence(
    connection: Connection, exchange: Exchange, resource: Resource, sought: Sought, text: str
) -> Problem:
    """Return the problem of an object that is not there: it has left, or it never was."""
    seq, valid_on = exchange.seq, exchange.valid_on
    has_left = await has_ended(
        connection, resource, sought.object_id, sought.regions, seq=seq, valid_on=valid_on
    )
    problem = await fetch_absence(connection, exchange, resource, sought, text, has_left=has_left)
    problem.members = {**problem.members, **find_beginning(exchange, sought.regions)}
    return problem


async def answer_listing(
    request: Request, resource: Resource, parameters: MunicipalityListParameters
) -> Response:
    """Answer a page of the objects that fit the conditions."""
    begun = Exchange.begin(request, offered=COLLECTION_TYPES, language=parameters.lang)
    begun = await travel(begun, parameters)
    condition = read_condition(parameters, resource)
    resumed = await begun.resume(parameters.cursor, key_types=(str, str))
    exchange = resumed.exchange
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(estimate_cost(parameters, resource))
    async with exchange.services.pool.connection() as connection:
        rows = await list_named_objects(
            connection,
            resource,
            condition,
            seq=exchange.seq,
            limit=parameters.page_size + 1,
            after=_read_key(resumed.key),
            valid_on=exchange.valid_on,
        )
        shown = rows[: parameters.page_size]
        names = getattr(parameters, "embed", [])
        embedded = await embed(connection, shown, names, exchange)
    has_more = len(rows) > len(shown)
    view = make_view(exchange)
    page = Page(
        documents=[make_named_document(row, resource, view) for row in shown],
        page_size=parameters.page_size,
        last_key=(shown[-1]["region"], shown[-1]["object_id"]) if has_more else None,
        total=find_total(exchange, resource, _list_conditions(parameters)),
        embedded=embedded,
        beginnings=find_beginnings(exchange, condition.regions or Region),
    )
    return answer_page(exchange, page)


def _read_key(key: tuple[Any, ...] | None) -> ObjectKey | None:
    return None if key is None else ObjectKey(region=Region(key[0]), object_id=key[1])


def read_condition(parameters: MunicipalityListParameters, resource: Resource) -> NamedFilter:
    """Return the conditions of the store for the parameters of a listing."""
    regions = () if parameters.region is None else (Region.from_iso_code(parameters.region),)
    key = parse_best_id_parameter(parameters.best_id, resource)
    object_ids: tuple[str, ...] | None = None if key is None else (key.object_id,)
    if key is not None:
        # Two regions that contradict each other: no object is in both.
        object_ids = object_ids if regions in {(), (key.region,)} else ()
        regions = (key.region,)
    code = parameters.municipality_code
    return NamedFilter(
        regions=regions,
        object_ids=object_ids,
        name=read_name_pattern(parameters.name, parameter="name"),
        municipality_id=None if code is None else str(code),
        postal_code=parameters.post_code,
        statuses=tuple(sorted(set(parameters.status))),
    )


def estimate_cost(parameters: MunicipalityListParameters, resource: Resource) -> int:
    """Return the cost units of a listing, beyond that of the request."""
    given = parameters.model_fields_set & {"municipality_code", "post_code"}
    through_addresses = bool(given - _OWN_CONDITIONS[resource])
    return parameters.page_size // _ROWS_PER_UNIT + (
        _COST_THROUGH_ADDRESSES if through_addresses else 1
    )


def _list_conditions(parameters: MunicipalityListParameters) -> Conditions:
    code = parameters.municipality_code
    region = parameters.region
    return Conditions(
        region=None if region is None else Region.from_iso_code(region),
        municipality_code=None if code is None else str(code),
        postal_code=parameters.post_code,
        statuses=tuple(parameters.status),
        has_others=parameters.name is not None or parameters.best_id is not None,
    )
