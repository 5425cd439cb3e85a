"""The parameters of what a copy is kept by: releases, changes and successions."""

from typing import Annotated

from pydantic import Field

from api.v1.parameters import (
    DEFAULT_PAGE_SIZE,
    DIGITS,
    LARGEST_NUMBER,
    LARGEST_PAGE,
    LARGEST_SEQ,
    MOMENT,
    MunicipalityCode,
    OwningRegion,
    Parameters,
    ResourceName,
)


class ReleaseListParameters(Parameters):
    """Which releases."""

    after: Annotated[
        int, Field(ge=0, le=LARGEST_NUMBER, description="those with higher numbers"), DIGITS
    ] = 0
    page_size: Annotated[
        int, Field(ge=1, le=LARGEST_PAGE, description="how many releases at most"), DIGITS
    ] = DEFAULT_PAGE_SIZE


_POINT = r"^[0-9]{1,9}$|" + MOMENT


class ChangeListParameters(Parameters):
    """Which changes."""

    after: Annotated[
        int,
        Field(ge=0, le=LARGEST_SEQ, description="those with higher numbers; `next` has it"),
        DIGITS,
    ] = 0
    limit: Annotated[
        int,
        Field(
            ge=1,
            le=LARGEST_PAGE,
            description="how many at most. A page ends at the next multiple of it, so that pages"
            " are the same for everybody who asks with the same limit",
        ),
        DIGITS,
    ] = DEFAULT_PAGE_SIZE
    region: OwningRegion = None
    municipality_code: Annotated[
        MunicipalityCode | None,
        Field(description="NIS code that the object has, or had before", examples=[21004]),
    ] = None
    resource: Annotated[
        ResourceName | None, Field(description="kind of object", examples=["streetNames"])
    ] = None
    since: Annotated[
        str | None,
        Field(
            alias="from",
            pattern=_POINT,
            description="instead of every change, what is different at `to` from this: the number"
            " of a release (0: from nothing), a date-time with offset, or a date",
            examples=["1"],
        ),
    ] = None
    to: Annotated[
        str | None,
        Field(pattern=_POINT, description="likewise; the newest release when absent"),
    ] = None


class SuccessionListParameters(Parameters):
    """Which successions."""

    after: Annotated[
        int, Field(ge=0, le=LARGEST_SEQ, description="those recorded at higher numbers"), DIGITS
    ] = 0
    limit: Annotated[
        int, Field(ge=1, le=LARGEST_PAGE, description="how many successions at most"), DIGITS
    ] = DEFAULT_PAGE_SIZE
    region: OwningRegion = None
    resource: Annotated[
        ResourceName | None, Field(description="kind of object", examples=["streetNames"])
    ] = None
    cursor: Annotated[
        str | None, Field(max_length=600, description="where to go on: part of `next`")
    ] = None
