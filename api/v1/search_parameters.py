"""The parameters of search: as you type, ranked, and from a point."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.v1.parameters import (
    DIGITS,
    CrsCode,
    Language,
    MunicipalityCode,
    OwningRegion,
    Parameters,
    PointParameters,
    PostCode,
    Status,
)
from registry.search.answers import LONGEST_TEXT
from registry.search.suggestion_answers import MOST_SUGGESTIONS

LARGEST_LIMIT = 100
DEFAULT_LIMIT = 10
DEFAULT_REVERSE_RADIUS = 1000
LARGEST_REVERSE_RADIUS = 10_000

_Lang = Annotated[
    Language | None, Field(description="show names in this language only, where there are any")
]


Kind = Literal["municipality", "partOfMunicipality", "postalInfo", "streetName", "address"]


_Q = Annotated[
    str,
    Field(
        max_length=LONGEST_TEXT,
        description="a street, place, code or address, as people write it, in any language",
        examples=["wetstr 16 brus"],
    ),
]


class SearchParameters(Parameters):
    """What is searched for, among what."""

    q: Annotated[_Q, StringConstraints(strip_whitespace=True, min_length=1)]
    limit: Annotated[
        int, Field(ge=1, le=MOST_SUGGESTIONS, description="how many at most"), DIGITS
    ] = DEFAULT_LIMIT
    region: OwningRegion = None
    municipality_code: Annotated[
        MunicipalityCode | None, Field(description="NIS code, also one that went", examples=[21004])
    ] = None
    post_code: Annotated[PostCode | None, Field(description="postal code", examples=["1000"])] = (
        None
    )
    kind: Annotated[
        list[Kind],
        Field(
            max_length=5,
            description="only these; may be repeated",
            examples=[["streetName"]],
        ),
    ] = []  # noqa: RUF012 - pydantic copies it
    lang: _Lang = None


class SuggestParameters(SearchParameters, PointParameters):
    """What was typed so far, and perhaps where: what is nearer then goes first."""

    q: _Q = ""


class MatchParameters(Parameters):
    """How a match is to be shown."""

    crs: Annotated[
        CrsCode | None,
        Field(description="EPSG code of a system to show the position in besides the usual ones"),
    ] = None
    lang: _Lang = None


class ReverseParameters(PointParameters):
    """What is near a point."""

    limit: Annotated[
        int, Field(ge=1, le=LARGEST_LIMIT, description="how many addresses at most"), DIGITS
    ] = 1
    radius: Annotated[
        float,
        Field(
            gt=0,
            le=LARGEST_REVERSE_RADIUS,
            allow_inf_nan=False,
            description="metres; what is farther away is not near",
        ),
    ] = DEFAULT_REVERSE_RADIUS
    first_of_building: Annotated[
        bool, Field(description="of several addresses at one position only the first by number")
    ] = False
    status: Annotated[
        list[Status],
        Field(
            min_length=1,
            max_length=10,
            description="current when absent; may be repeated",
            examples=[["current"]],
        ),
    ] = ["current"]  # noqa: RUF012 - likewise
    lang: _Lang = None
