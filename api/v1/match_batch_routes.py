"""The routes of matching by the file."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.v1.match_batch_schemas import BATCH_ID, MatchBatchParameters
from api.v1.match_batches import answer_batch, answer_new_batch, answer_result, end_batch
from api.v1.parameters import Parameters

router = APIRouter(prefix="/v1")

_NoParameters = Annotated[Parameters, Query()]
_BatchId = Annotated[
    str,
    Path(
        alias="matchBatchId",
        description="id of the task",
        examples=["0f1e2d3c4b5a69788796a5b4c3d2e1f0"],
        json_schema_extra={"pattern": BATCH_ID},
    ),
]


@router.post(
    "/matchBatches",
    operation_id="createMatchBatch",
    summary="Match a file",
    tags=["Search"],
    status_code=202,
)
async def create_match_batch(
    request: Request, parameters: Annotated[MatchBatchParameters, Query()]
) -> Response:
    """Takes a table of at most a million rows; `Location` is the task that matches it.

    The result has the same rows in the same order, with columns added: `best_id`, `best_verdict`,
    `best_category`, `best_match_level`, `best_score`, `best_address`, `best_lat`, `best_lon`,
    `best_reason`. Each row is answered as it would be alone. Who knows the address of the task may
    read its result, until it is ended or 24 hours after it was done.
    """
    return await answer_new_batch(request, parameters)


@router.get(
    "/matchBatches/{matchBatchId}",  # noqa: FAST003 - taken by its alias
    operation_id="getMatchBatch",
    summary="Tell how matching a file stands",
    tags=["Search"],
)
async def get_match_batch(
    request: Request,
    match_batch_id: _BatchId,
    parameters: _NoParameters,  # noqa: ARG001 - there are none, and others are refused
) -> Response:
    """The task; once it is done, 303 and in `Location` where its result is."""
    return await answer_batch(request, match_batch_id)


@router.get(
    "/matchBatches/{matchBatchId}/result",  # noqa: FAST003 - likewise
    operation_id="getMatchBatchResult",
    summary="Get the file with its answers",
    tags=["Search"],
)
async def get_match_batch_result(
    request: Request,
    match_batch_id: _BatchId,
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """The file, of the kind that was sent."""
    return await answer_result(request, match_batch_id)


@router.delete(
    "/matchBatches/{matchBatchId}",  # noqa: FAST003 - taken by its alias
    operation_id="deleteMatchBatch",
    summary="End matching a file",
    tags=["Search"],
    status_code=204,
)
async def delete_match_batch(
    request: Request,
    match_batch_id: _BatchId,
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """Ends the task, if it is not done, and removes its files; also when there is none."""
    return await end_batch(request, match_batch_id)
