"""Suggestions while somebody types."""

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.problems import make_bad_request
from api.v1.address_questions import find_point_issues
from api.v1.areas import read_point
from api.v1.collections import make_self
from api.v1.index_documents import IndexView, begin_search, find_status
from api.v1.representations import Document, strip
from api.v1.search_parameters import SearchParameters, SuggestParameters
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.search.suggestion_answers import Kind, Near, Suggestion, Within

RESOURCES = {
    Kind.MUNICIPALITY: Resource.MUNICIPALITY,
    Kind.PART_OF_MUNICIPALITY: Resource.PART_OF_MUNICIPALITY,
    Kind.POSTAL_INFO: Resource.POSTAL_INFO,
    Kind.STREET_NAME: Resource.STREET_NAME,
    Kind.ADDRESS: Resource.ADDRESS,
}


async def answer_suggest(request: Request, parameters: SuggestParameters) -> Response:
    """Answer what may be meant by what was typed so far, the likeliest first."""
    from registry.search.suggestions import suggest  # noqa: PLC0415 - loaded with the index

    exchange, index = await begin_search(request, parameters.lang, for_matching=False)
    near = read_near(parameters, exchange)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    found = suggest(
        parameters.q, index, near=near, within=read_filters(parameters), limit=parameters.limit
    )
    view = IndexView(index=index, base_url=exchange.services.base_url, language=exchange.language)
    return exchange.answer(
        {
            "self": make_self(exchange),
            "seq": found.seq,
            "items": [make_suggestion(one, view) for one in found.suggestions],
        }
    )


def read_near(parameters: SuggestParameters, exchange: Exchange) -> Near | None:
    """Return where the question is asked from, None when that is not said."""
    given = parameters.model_dump(by_alias=True, exclude_none=True)
    if issues := [*find_point_issues(given)]:
        raise make_bad_request(issues)
    point = read_point(parameters, exchange.services.settings.proj_grid)
    return None if point is None else Near(x=point[0], y=point[1])


def read_filters(parameters: SearchParameters) -> Within:
    """Return what may be suggested."""
    code, region = parameters.municipality_code, parameters.region
    return Within(
        postal_codes=frozenset(filter(None, [parameters.post_code])),
        municipalities=frozenset() if code is None else frozenset({str(code)}),
        region=None if region is None else Region.from_iso_code(region),
        kinds=frozenset(map(Kind, parameters.kind)),
    )


def make_suggestion(one: Suggestion, view: IndexView) -> Document:
    """Return a suggestion as v1 shows it."""
    return strip(
        {
            "kind": one.kind,
            **view.make_link(RESOURCES[one.kind], one.public_id),
            "status": find_status_of(one.kind, one.number, view),
            "labels": view.choose(one.labels),
            "completions": view.choose(one.completions),
            "hasMore": one.has_more,
        }
    )


def find_status_of(kind: Kind, number: int, view: IndexView) -> str | None:
    """Return the status of an address or street name by its row."""
    if kind is Kind.ADDRESS:
        return find_status(view.index.addresses.standings[number])
    if kind is Kind.STREET_NAME:
        return find_status(view.index.streets.standings[number])
    return None
