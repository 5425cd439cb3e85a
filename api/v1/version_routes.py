"""The five routes of versions, which go before those of documents: an id may have slashes."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.v1.identifiers import PATH_PARAMETERS
from api.v1.parameters import RecordedParameters
from api.v1.versions import answer_versions
from registry.domain.resource import Resource

_DESCRIPTION = (
    "What was recorded of one object, the oldest first, with what changed in each version, what"
    " took its place and whose place it took. Also of what is gone."
)

_EXAMPLES = {
    Resource.MUNICIPALITY: "21004",
    Resource.PART_OF_MUNICIPALITY: "wal-1012",
    Resource.POSTAL_INFO: "1000",
    Resource.STREET_NAME: "bru-1679",
    Resource.ADDRESS: "bru-210225",
}


def add_version_routes(router: APIRouter) -> None:
    """Add `.../versions` of each kind of object."""
    for resource in Resource:
        words = resource.replace("_", " ")
        name = words.title().replace(" ", "")
        router.add_api_route(
            f"/{resource.plural}/{{{PATH_PARAMETERS[resource]}:path}}/versions",
            _make_endpoint(resource),
            operation_id=f"list{name}Versions",
            summary=f"List the versions of {'an' if words[0] == 'a' else 'a'} {words}",
            description=_DESCRIPTION,
            tags=[resource.plural[0].upper() + resource.plural[1:]],
        )


def _make_endpoint(resource: Resource) -> Callable[..., Awaitable[Response]]:
    async def list_versions(
        request: Request,
        object_id: Annotated[
            str,
            Path(
                alias=PATH_PARAMETERS[resource],
                description="as in the document's address",
                examples=[_EXAMPLES[resource]],
            ),
        ],
        parameters: Annotated[RecordedParameters, Query()],
    ) -> Response:
        return await answer_versions(request, resource, object_id, parameters)

    return list_versions
