"""The parameters of v1: their names, bounds and meaning, as validated and as documented."""

import re
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from geo.crs import Crs

DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE = 500
DEFAULT_RADIUS = 100
LARGEST_RADIUS = 1000

LARGEST_NUMBER = 2**31 - 1
LARGEST_SEQ = 2**63 - 1

# Line breaks, tabs and NUL are in no name, number or identifier.
PLAIN_TEXT = r"^[^\x00-\x1f\x7f]+$"


MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
)


class CrsCode(IntEnum):
    """EPSG codes: Lambert 2008, Lambert 72, ETRS89, WGS 84, web Mercator."""

    LAMBERT_2008 = Crs.LAMBERT_2008.value
    LAMBERT_72 = Crs.LAMBERT_72.value
    ETRS89 = Crs.ETRS89.value
    WGS84 = Crs.WGS84.value
    WEB_MERCATOR = Crs.WEB_MERCATOR.value


def _check_digits(text: object) -> object:
    # Else pydantic takes what Python does: 1_0, +1, a space before.
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]+", text):
        raise PydanticCustomError("digits", "Input should be a number, in digits only")
    return text


DIGITS = BeforeValidator(_check_digits)
RegionCode = Literal["BE-BRU", "BE-VLG", "BE-WAL"]
Language = Literal["nl", "fr", "de", "en"]
Embeddable = Literal["streetName", "municipality", "partOfMunicipality", "postalInfo"]

ResourceName = Literal[
    "municipalities", "partsOfMunicipalities", "postalInfos", "streetNames", "addresses"
]

PlainText = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN_TEXT)]
Status = Annotated[str, Field(pattern=r"^[A-Za-z]{1,40}$")]
PostCode = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
MunicipalityCode = Annotated[int, Field(ge=10_000, le=99_999), DIGITS]

_Statuses = Annotated[
    list[Status],
    Field(
        max_length=10,
        description="current, proposed, reserved, retired, ... may be repeated; all when absent",
        examples=[["current"]],
    ),
]
OwningRegion = Annotated[
    RegionCode | None, Field(description="the region that owns the object", examples=["BE-BRU"])
]
_MunicipalityCode = Annotated[
    MunicipalityCode | None, Field(description="NIS code", examples=[21004])
]
_PostCode = Annotated[PostCode | None, Field(description="postal code", examples=["1000"])]
_BestId = Annotated[
    PlainText | None,
    Field(
        description="a full BeSt identifier, with or without version; a version that is not the"
        " current one finds the object all the same",
        examples=["https://databrussels.be/id/address/210225"],
    ),
]
_Name = Annotated[
    PlainText | None,
    Field(
        description="a name in any language, whatever its case, accents and punctuation: the whole"
        " name (`rue de la loi`), how it begins (`rue de*`), or a part of it (`*loi*` or `*loi`);"
        " a star in the middle is refused",
        examples=["rue de la loi"],
    ),
]
_Crs = Annotated[
    CrsCode | None,
    Field(
        description="EPSG code of a system to show positions in besides the usual ones, and of"
        " `bbox`, `x` and `y`",
        examples=[31370],
    ),
]


class Parameters(BaseModel):
    """Parameters of an operation; anything else is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class RecordedParameters(Parameters):
    """As of when, in what the register had recorded."""

    known_on: Annotated[
        str | None,
        Field(
            max_length=40,
            description="what the register had recorded at this moment: a date-time with offset,"
            " or a date (its beginning in Belgium); not in the future, not together with `release`",
            examples=["2026-11-22T12:00:00Z"],
            json_schema_extra={"pattern": MOMENT},
        ),
    ] = None
    release: Annotated[
        int | None,
        Field(
            ge=1,
            le=LARGEST_NUMBER,
            description="what the register had recorded once this release was out",
            examples=[1],
        ),
        DIGITS,
    ] = None


class MomentParameters(RecordedParameters):
    """As of when: in the world, in what the register had recorded, or both."""

    valid_on: Annotated[
        str | None,
        Field(
            max_length=40,
            description="what was true in the world at this moment, as far as is known:"
            " written like knownOn, and not in the future",
            examples=["2024-05-31"],
            json_schema_extra={"pattern": MOMENT},
        ),
    ] = None


class DocumentParameters(MomentParameters):
    """How one document is to be shown."""

    lang: Annotated[
        Language | None,
        Field(description="show names in this language only, where there are any"),
    ] = None


class EmbeddingParameters(DocumentParameters):
    """How one document that refers to others is to be shown."""

    embed: Annotated[
        list[Embeddable],
        Field(
            max_length=4,
            description="include the objects referred to, by link, under `embedded`;"
            " may be repeated",
            examples=[["streetName"]],
        ),
    ] = []


class AddressParameters(EmbeddingParameters):
    """How one address is to be shown."""

    crs: _Crs = None


class PagingParameters(Parameters):
    """Which page of a listing."""

    page_size: Annotated[
        int, Field(ge=1, le=LARGEST_PAGE, description="how many objects at most"), DIGITS
    ] = DEFAULT_PAGE_SIZE
    cursor: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=1000,
            description="where to go on; only ever taken from `next`",
        ),
    ] = None


class MunicipalityListParameters(PagingParameters, DocumentParameters):
    """Which municipalities."""

    region: OwningRegion = None
    name: _Name = None
    municipality_code: _MunicipalityCode = None
    post_code: _PostCode = None
    status: _Statuses = []
    best_id: _BestId = None


class PartOfMunicipalityListParameters(MunicipalityListParameters):
    """Which parts of municipalities."""


class PostalInfoListParameters(MunicipalityListParameters):
    """Which postal infos."""


class StreetNameListParameters(MunicipalityListParameters, EmbeddingParameters):
    """Which street names."""


class PointParameters(Parameters):
    """A point in one of the systems, or none."""

    lat: Annotated[
        float | None, Field(ge=-90, le=90, allow_inf_nan=False, description="with `lon`")
    ] = None
    lon: Annotated[
        float | None, Field(ge=-180, le=180, allow_inf_nan=False, description="with `lat`")
    ] = None
    x: Annotated[float | None, Field(allow_inf_nan=False, description="with `y` and `crs`")] = None
    y: Annotated[float | None, Field(allow_inf_nan=False, description="with `x` and `crs`")] = None
    crs: _Crs = None


class AddressListParameters(PagingParameters, AddressParameters, PointParameters):
    """Which addresses."""

    region: OwningRegion = None
    municipality_code: _MunicipalityCode = None
    post_code: _PostCode = None
    street_name_id: Annotated[
        PlainText | None, Field(description="id of a street name", examples=["bru-1679"])
    ] = None
    street_name: _Name = None
    house_number: Annotated[
        PlainText | None,
        Field(
            description="the number and its boxes, whatever its case, spaces and leading zeros;"
            " together with a street, municipality, postal code, bbox or point",
            examples=["16"],
        ),
    ] = None
    box_number: Annotated[PlainText | None, Field(description="likewise", examples=["b001"])] = None
    status: _Statuses = []
    bbox: Annotated[
        str | None,
        Field(
            max_length=200,
            description="minx,miny,maxx,maxy in `crs` (default 4326: longitude first), of at most"
            " 25 square kilometres",
            examples=["4.374,50.845,4.377,50.847"],
        ),
    ] = None
    radius: Annotated[
        float | None,
        Field(
            gt=0,
            le=LARGEST_RADIUS,
            allow_inf_nan=False,
            description=f"metres around the point, {DEFAULT_RADIUS} when absent; nearest first",
        ),
    ] = None
    best_id: _BestId = None
