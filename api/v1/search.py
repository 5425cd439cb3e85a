"""Search over everything, ranked."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from api.v1.collections import make_self
from api.v1.index_documents import SCORE_DIGITS, IndexView, begin_search
from api.v1.representations import Document, strip
from api.v1.search_parameters import SearchParameters
from api.v1.suggest import RESOURCES, find_status_of, read_filters

if TYPE_CHECKING:
    from registry.search.ranking import Found

_COST = 2


async def answer_search(request: Request, parameters: SearchParameters) -> Response:
    """Answer what fits, the best first."""
    from registry.search.ranking import search  # noqa: PLC0415 - loaded with the index

    exchange, index = await begin_search(request, parameters.lang)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(_COST)
    view = IndexView(index=index, base_url=exchange.services.base_url, language=exchange.language)
    found = search(parameters.q, index, within=read_filters(parameters), limit=parameters.limit)
    return exchange.answer(
        {
            "self": make_self(exchange),
            "seq": index.seq,
            "items": [make_found(one, view) for one in found],
        }
    )


def make_found(one: "Found", view: IndexView) -> Document:
    """Return what was found as v1 shows it."""
    resource = RESOURCES[one.kind]
    return strip(
        {
            "kind": one.kind,
            **view.make_link(resource, one.public_id),
            "status": find_status_of(one.kind, one.number, view),
            "labels": view.choose(one.labels),
            "isFormer": one.is_former,
            "successors": view.list_successors(resource, one.successors),
            "score": one.score and round(one.score, SCORE_DIGITS),
        }
    )
