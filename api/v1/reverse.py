"""From a point to the addresses, the street and the municipality it is at."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.problems import Issue, make_bad_request
from api.v1.address_questions import find_point_issues
from api.v1.areas import make_circle, read_point
from api.v1.collections import make_self, make_view
from api.v1.index_documents import STANDINGS, IndexView, begin_search
from api.v1.positions import make_positions_at
from api.v1.representations import MUNICIPALITY, Document, find_reference, strip
from api.v1.search_parameters import ReverseParameters
from geo.crs import Crs
from registry.search.labels import make_address_labels
from registry.store.reading.outlines import find_municipality_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.search.nearest import Near

_ROWS_PER_UNIT = 50
_METRES_PER_UNIT = 100
_DISTANCE_DIGITS = 2


async def answer_reverse(request: Request, parameters: ReverseParameters) -> Response:
    """Answer what is near a point, nearest first."""
    begun, index = await begin_search(request, parameters.lang, for_matching=False)
    fingerprint = begun.state.fingerprint
    outlined_at = fingerprint and fingerprint.outlined_at
    exchange = replace(begun, content=f"{begun.content} {outlined_at}")
    point = read_given_point(parameters, exchange)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(estimate_cost(parameters))
    view = IndexView(index=index, base_url=exchange.services.base_url, language=exchange.language)
    found = find_near(point, parameters, view)
    around = await find_municipality(point, exchange) if outlined_at else None
    return exchange.answer(
        {
            "self": make_self(exchange),
            "seq": index.seq,
            **make_surroundings(found, around, view),
            "items": make_documents(found, view, exchange.services.settings.proj_grid, parameters),
        }
    )


def read_given_point(parameters: ReverseParameters, exchange: Exchange) -> tuple[float, float]:
    """Return the point in EPSG:3812; a bad request when there is none, or it is not in Belgium."""
    given = parameters.model_dump(by_alias=True, exclude_none=True)
    issues = [*find_point_issues(given)]
    if not {"lat", "lon", "x", "y"} & given.keys():
        detail = "Give a point: lat and lon, or x, y and crs."
        issues.append(Issue(name="lat", kind="anyOfExpected", detail=detail))
    if issues:
        raise make_bad_request(issues)
    point = read_point(parameters, exchange.services.settings.proj_grid)
    assert point is not None  # noqa: S101 - what is missing was said above
    return point


def find_near(
    point: tuple[float, float], parameters: ReverseParameters, view: IndexView
) -> "list[Near]":
    """Return the addresses that are near, nearest first."""
    found: list[Near] = view.index.nearest.find(
        point,
        radius=parameters.radius,
        limit=parameters.limit,
        standings={STANDINGS[status] for status in parameters.status if status in STANDINGS},
        first_of_building=parameters.first_of_building,
    )
    return found


async def find_municipality(point: tuple[float, float], exchange: Exchange) -> Document | None:
    """Return the municipality that a point is in by the outlines that were imported."""
    async with exchange.services.pool.connection() as connection:
        row = await find_municipality_at(connection, make_circle(point, 0), seq=exchange.seq)
    return None if row is None else find_reference(row, MUNICIPALITY, make_view(exchange))


def make_surroundings(
    found: "Sequence[Near]", around: Document | None, view: IndexView
) -> Document:
    """Return the street of the nearest address, and the municipality, by outline if there is one.

    Hulls of streets, drawn for want of outlines, overlap: they do not count.
    """
    if not found:
        return {} if around is None else {"municipality": around, "municipalityBy": "outline"}
    s = view.index.addresses.streets[found[0].address]
    m = view.index.streets.municipalities[s]
    return {
        "streetName": view.make_street_name(s),
        "municipality": around or view.make_municipality(m),
        "municipalityBy": "outline" if around else "nearestAddress",
    }


def make_documents(
    found: "Sequence[Near]", view: IndexView, grid: Path | None, parameters: ReverseParameters
) -> list[Document]:
    """Return what is near as v1 shows it, the positions projected together."""
    columns = view.index.addresses
    system = None if parameters.crs is None else Crs(parameters.crs)
    points = [(columns.xs[near.address] / 1000, columns.ys[near.address] / 1000) for near in found]
    positions = make_positions_at(points, grid, system)
    return [
        make_document(near, view) | {"position": position}
        for near, position in zip(found, positions, strict=True)
    ]


def make_document(near: "Near", view: IndexView) -> Document:
    """Return an address with the names it refers to, and how far it is."""
    index, a = view.index, near.address
    columns = index.addresses
    s, part, code = columns.streets[a], columns.parts[a], columns.postal_codes[a]
    return strip(
        {
            **view.make_address(a),
            "region": index.get_region(s).iso_code,
            "labels": view.choose(make_address_labels(index, a)),
            "streetName": view.make_street_name(s),
            "municipality": view.make_municipality(index.streets.municipalities[s]),
            "partOfMunicipality": view.make_part(part) if part else None,
            "postalInfo": view.make_postal_info(f"{code:04d}") if code else None,
            "distance": round(near.distance, _DISTANCE_DIGITS),
        }
    )


def estimate_cost(parameters: ReverseParameters) -> int:
    """Return the cost units beyond that of the request; for rare statuses many rows are read."""
    cost = parameters.limit // _ROWS_PER_UNIT
    if "current" not in parameters.status:
        cost += round(parameters.radius / _METRES_PER_UNIT)
    return cost
