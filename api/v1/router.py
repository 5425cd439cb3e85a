"""The routes of v1. What they say of themselves is the contract."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.v1.address_answers import answer_address, answer_addresses
from api.v1.landing import answer_landing
from api.v1.named_objects import answer_document, answer_listing
from api.v1.parameters import (
    AddressListParameters,
    AddressParameters,
    DocumentParameters,
    EmbeddingParameters,
    MunicipalityListParameters,
    PartOfMunicipalityListParameters,
    PostalInfoListParameters,
    StreetNameListParameters,
)
from api.v1.version_routes import add_version_routes
from registry.domain.resource import Resource

router = APIRouter(prefix="/v1")
add_version_routes(router)

_BY_BEST_ID = "or a full BeSt identifier, URL-encoded"


@router.get(
    "",
    operation_id="getLanding",
    summary="Say what there is",
    tags=["Register"],
)
async def get_landing(request: Request) -> Response:
    """Links to the collections, and how recent the data of each region is."""
    return answer_landing(request)


@router.get(
    "/addresses",
    operation_id="listAddresses",
    summary="List addresses",
    tags=["Addresses"],
)
async def list_addresses(
    request: Request, parameters: Annotated[AddressListParameters, Query()]
) -> Response:
    """Addresses by region, street name and number; near a point: by distance.

    Numbers are in natural order: 2, 9A, 10. A listing that is walked to its end by `next` sees
    one release, whatever is published meanwhile.
    """
    return await answer_addresses(request, parameters)


@router.get(
    "/addresses/{addressId:path}",
    operation_id="getAddress",
    summary="Get an address",
    tags=["Addresses"],
)
async def get_address(
    request: Request,
    address_id: Annotated[
        str,
        Path(alias="addressId", description=f"id {_BY_BEST_ID}", examples=["bru-210225"]),
    ],
    parameters: Annotated[AddressParameters, Query()],
) -> Response:
    """One address with the names of everything it refers to."""
    return await answer_address(request, address_id, parameters)


@router.get(
    "/streetNames",
    operation_id="listStreetNames",
    summary="List street names",
    tags=["StreetNames"],
)
async def list_street_names(
    request: Request, parameters: Annotated[StreetNameListParameters, Query()]
) -> Response:
    """Street names by region and identifier."""
    return await answer_listing(request, Resource.STREET_NAME, parameters)


@router.get(
    "/streetNames/{streetNameId:path}",
    operation_id="getStreetName",
    summary="Get a street name",
    tags=["StreetNames"],
)
async def get_street_name(
    request: Request,
    street_name_id: Annotated[
        str,
        Path(alias="streetNameId", description=f"id {_BY_BEST_ID}", examples=["bru-1679"]),
    ],
    parameters: Annotated[EmbeddingParameters, Query()],
) -> Response:
    """One street name with its municipality."""
    return await answer_document(request, Resource.STREET_NAME, street_name_id, parameters)


@router.get(
    "/municipalities",
    operation_id="listMunicipalities",
    summary="List municipalities",
    tags=["Municipalities"],
)
async def list_municipalities(
    request: Request, parameters: Annotated[MunicipalityListParameters, Query()]
) -> Response:
    """Municipalities by region and NIS code."""
    return await answer_listing(request, Resource.MUNICIPALITY, parameters)


@router.get(
    "/municipalities/{municipalityCode:path}",
    operation_id="getMunicipality",
    summary="Get a municipality",
    tags=["Municipalities"],
)
async def get_municipality(
    request: Request,
    municipality_code: Annotated[
        str,
        Path(alias="municipalityCode", description=f"NIS code {_BY_BEST_ID}", examples=["21004"]),
    ],
    parameters: Annotated[DocumentParameters, Query()],
) -> Response:
    """One municipality."""
    return await answer_document(request, Resource.MUNICIPALITY, municipality_code, parameters)


@router.get(
    "/partsOfMunicipalities",
    operation_id="listPartsOfMunicipalities",
    summary="List parts of municipalities",
    tags=["PartsOfMunicipalities"],
)
async def list_parts_of_municipalities(
    request: Request, parameters: Annotated[PartOfMunicipalityListParameters, Query()]
) -> Response:
    """Former municipalities and sections, which Wallonia publishes."""
    return await answer_listing(request, Resource.PART_OF_MUNICIPALITY, parameters)


@router.get(
    "/partsOfMunicipalities/{partOfMunicipalityId:path}",
    operation_id="getPartOfMunicipality",
    summary="Get a part of a municipality",
    tags=["PartsOfMunicipalities"],
)
async def get_part_of_municipality(
    request: Request,
    part_id: Annotated[
        str,
        Path(alias="partOfMunicipalityId", description=f"id {_BY_BEST_ID}", examples=["wal-1012"]),
    ],
    parameters: Annotated[DocumentParameters, Query()],
) -> Response:
    """One part of a municipality."""
    return await answer_document(request, Resource.PART_OF_MUNICIPALITY, part_id, parameters)


@router.get(
    "/postalInfos",
    operation_id="listPostalInfos",
    summary="List postal infos",
    tags=["PostalInfos"],
)
async def list_postal_infos(
    request: Request, parameters: Annotated[PostalInfoListParameters, Query()]
) -> Response:
    """Postal codes and, where they are published, postal names."""
    return await answer_listing(request, Resource.POSTAL_INFO, parameters)


@router.get(
    "/postalInfos/{postCode:path}",
    operation_id="getPostalInfo",
    summary="Get a postal info",
    tags=["PostalInfos"],
)
async def get_postal_info(
    request: Request,
    post_code: Annotated[
        str,
        Path(alias="postCode", description=f"postal code {_BY_BEST_ID}", examples=["1000"]),
    ],
    parameters: Annotated[DocumentParameters, Query()],
) -> Response:
    """One postal code."""
    return await answer_document(request, Resource.POSTAL_INFO, post_code, parameters)
