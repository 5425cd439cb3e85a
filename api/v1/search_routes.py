"""The routes of search: declared before those of ids, whose paths would take theirs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.v1.match import answer_match
from api.v1.reverse import answer_reverse
from api.v1.search import answer_search
from api.v1.search_parameters import (
    MatchParameters,
    ReverseParameters,
    SearchParameters,
    SuggestParameters,
)
from api.v1.suggest import answer_suggest

router = APIRouter(prefix="/v1")


@router.get(
    "/addresses/suggest",
    operation_id="suggestAddresses",
    summary="Suggest while somebody types",
    tags=["Search"],
)
async def suggest_addresses(
    request: Request, parameters: Annotated[SuggestParameters, Query()]
) -> Response:
    """Streets and places, then the numbers in a street, then boxes: the likeliest first.

    `labels` is what to show, `completions` what to put into the box when it is chosen: with
    `hasMore` there is more to choose then. Filters leave out, and never change the order.
    """
    return await answer_suggest(request, parameters)


@router.get(
    "/search",
    operation_id="searchRegister",
    summary="Search everything",
    tags=["Search"],
)
async def search_register(
    request: Request, parameters: Annotated[SearchParameters, Query()]
) -> Response:
    """Addresses, street names, municipalities and their parts, postal infos: the best first.

    What retired, and former names and merged codes, are found too, marked, with their successors.
    """
    return await answer_search(request, parameters)


@router.post(
    "/addresses/match",
    operation_id="matchAddress",
    summary="Match an address as people write it",
    tags=["Search"],
)
async def match_address(
    request: Request, parameters: Annotated[MatchParameters, Query()]
) -> Response:
    """What an address means in the register, how sure that is, and why, part by part.

    The text is in the body so that it stands in no log. `exact` and `corrected` are said only of
    an address down to its number, and nothing in another town is told because it is like it.
    """
    return await answer_match(request, parameters)


@router.get(
    "/addresses/reverse",
    operation_id="findNearby",
    summary="Find what is near a point",
    tags=["Search"],
)
async def find_nearby(
    request: Request, parameters: Annotated[ReverseParameters, Query()]
) -> Response:
    """The nearest addresses, with the street and the municipality that the point is in."""
    return await answer_reverse(request, parameters)
