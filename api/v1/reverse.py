"""From a point to the addresses, the street and the municipality it is at."""

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.negotiation import MediaType
from api.problems import Issue, make_bad_request
from api.v1.address_answers import make_documents
from api.v1.address_questions import find_point_issues
from api.v1.areas import make_circle, read_point
from api.v1.collections import make_self, make_view
from api.v1.representations import MUNICIPALITY, STREET_NAME, Document, find_reference
from api.v1.search_parameters import ReverseParameters
from registry.store.reading.addresses import AddressFilter, Circle, list_addresses_near
from registry.store.reading.outlines import find_municipality_at
from registry.store.reading.pool import Row

_ROWS_PER_UNIT = 50
_METRES_PER_UNIT = 100


async def answer_reverse(request: Request, parameters: ReverseParameters) -> Response:
    """Answer what is near a point, nearest first."""
    exchange = Exchange.begin(request, offered=(MediaType.JSON,), language=parameters.lang)
    circle = read_circle(parameters, exchange)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(estimate_cost(parameters))
    async with exchange.services.pool.connection() as connection:
        rows = await list_addresses_near(
            connection,
            circle,
            AddressFilter(statuses=tuple(sorted(set(parameters.status)))),
            seq=exchange.seq,
            limit=parameters.limit,
            first_of_building=parameters.first_of_building,
        )
        around = await find_municipality_at(connection, circle, seq=exchange.seq)
    return exchange.answer(
        {
            "self": make_self(exchange),
            **make_surroundings(rows, around, exchange),
            "items": make_documents(rows, exchange, parameters.crs),
        }
    )


def read_circle(parameters: ReverseParameters, exchange: Exchange) -> Circle:
    """Return what is near; a bad request when there is no point, or it is not in Belgium."""
    given = parameters.model_dump(by_alias=True, exclude_none=True)
    issues = [*find_point_issues(given)]
    if not {"lat", "lon", "x", "y"} & given.keys():
        detail = "Give a point: lat and lon, or x, y and crs."
        issues.append(Issue(name="lat", kind="anyOfExpected", detail=detail))
    if issues:
        raise make_bad_request(issues)
    point = read_point(parameters, exchange.services.settings.proj_grid)
    assert point is not None  # noqa: S101 - what is missing was said above
    return make_circle(point, parameters.radius)


def make_surroundings(rows: list[Row], around: Row | None, exchange: Exchange) -> Document:
    """Return the street of the nearest address, and the municipality, by outline if there is one.

    Hulls of streets, drawn for want of outlines, overlap: they do not count.
    """
    view = make_view(exchange)
    found: Document = {}
    if rows:
        found["streetName"] = find_reference(rows[0], STREET_NAME, view)
    if around or rows:
        found["municipality"] = find_reference(around or rows[0], MUNICIPALITY, view)
        found["municipalityBy"] = "outline" if around else "nearestAddress"
    return {name: value for name, value in found.items() if value is not None}


def estimate_cost(parameters: ReverseParameters) -> int:
    """Return the cost units beyond that of the request; of rare statuses many rows are read."""
    cost = parameters.limit // _ROWS_PER_UNIT
    if "current" not in parameters.status:
        cost += round(parameters.radius / _METRES_PER_UNIT)
    return cost
