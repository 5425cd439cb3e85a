"""The routes of what a copy is kept by: changes, successions, releases, snapshots."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.v1.changes import answer_changes
from api.v1.feed_parameters import (
    ChangeListParameters,
    ReleaseListParameters,
    SuccessionListParameters,
)
from api.v1.parameters import Parameters
from api.v1.releases import answer_proof, answer_release, answer_releases
from api.v1.snapshots import answer_part, answer_snapshot
from api.v1.successions import answer_successions

router = APIRouter(prefix="/v1")

_NoParameters = Annotated[Parameters, Query()]
_ReleaseNumber = Annotated[
    str, Path(alias="number", description="number of the release", examples=["1"])
]


@router.get(
    "/changes",
    operation_id="listChanges",
    summary="List changes",
    tags=["Changes"],
)
async def list_changes(
    request: Request, parameters: Annotated[ChangeListParameters, Query()]
) -> Response:
    """What changed, as CloudEvents in the order of their numbers, without gaps.

    Follow `next`. Every page has it, so that the end for now is where it asks for the number that
    the page began with; only differences (`from`, `to`) end where it is missing. With conditions
    a page may be empty and yet have more after it: `until` says how far was looked.
    """
    return await answer_changes(request, parameters)


@router.get(
    "/releases",
    operation_id="listReleases",
    summary="List releases",
    tags=["Changes"],
)
async def list_releases(
    request: Request, parameters: Annotated[ReleaseListParameters, Query()]
) -> Response:
    """Publications, each of one region and with the numbers of its changes; the oldest first."""
    return await answer_releases(request, parameters)


@router.get(
    "/releases/{number}/proof",
    operation_id="getReleaseProof",
    summary="Get the digests of a release",
    tags=["Changes"],
)
async def get_release_proof(
    request: Request,
    number: _ReleaseNumber,
    parameters: _NoParameters,  # noqa: ARG001 - there are none, and others are refused
) -> Response:
    """What the digest of the register is made of: those of regions and municipalities."""
    return await answer_proof(request, number)


@router.get(
    "/releases/{number}",
    operation_id="getRelease",
    summary="Get a release",
    tags=["Changes"],
)
async def get_release(
    request: Request,
    number: _ReleaseNumber,
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """One release."""
    return await answer_release(request, number)


@router.get(
    "/successions",
    operation_id="listSuccessions",
    summary="List successions",
    tags=["Changes"],
)
async def list_successions(
    request: Request, parameters: Annotated[SuccessionListParameters, Query()]
) -> Response:
    """What took the place of what, as it was recorded; what the law says is told with an object.

    A succession ends when the object comes back.
    """
    return await answer_successions(request, parameters)


_SnapshotSeq = Annotated[
    str,
    Path(alias="seq", description="`latest`, or the `lastSeq` of a release", examples=["latest"]),
]


@router.get(
    "/snapshots/{seq}",
    operation_id="getSnapshot",
    summary="Get a snapshot",
    tags=["Changes"],
)
async def get_snapshot(
    request: Request,
    seq: _SnapshotSeq,
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """All that was current after a release: its parts with their digests; as zstd, all lines.

    From its number on, the changes keep a copy up to date.
    """
    return await answer_snapshot(request, seq)


@router.get(
    "/snapshots/{seq}/{region}/{municipalityCode}",
    operation_id="getSnapshotPart",
    summary="Get a part of a snapshot",
    tags=["Changes"],
)
async def get_snapshot_part(
    request: Request,
    seq: _SnapshotSeq,
    region: Annotated[str, Path(description="ISO 3166-2 code", examples=["BE-BRU"])],
    municipality_code: Annotated[
        str,
        Path(
            alias="municipalityCode",
            description="NIS code, or `none` for what is in no municipality",
            examples=["21004"],
        ),
    ],
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """The records of one municipality, a line each, in the order in which they are proven."""
    return await answer_part(request, seq, region, municipality_code)
