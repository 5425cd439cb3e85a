"""The routes of reports: what the public says is wrong."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.v1.parameters import Parameters
from api.v1.report_schemas import REPORT_ID
from api.v1.reports import answer_new_report, answer_report

router = APIRouter(prefix="/v1/reports")

_NoParameters = Annotated[Parameters, Query()]


@router.post(
    "",
    operation_id="createReport",
    summary="Report what is wrong",
    tags=["Reports"],
    status_code=201,
)
async def create_report(
    request: Request,
    parameters: _NoParameters,  # noqa: ARG001 - there are none, and others are refused
) -> Response:
    """Gives a report to the owner of the data; `Location` is where its answer will be.

    Costs 20 units. A client's network makes at most 10 reports a day, and a municipality takes so
    many in 24 hours; then 429. Pages of other origins cannot report for their visitors.
    """
    return await answer_new_report(request)


@router.get(
    "/{reportId}",
    operation_id="getReport",
    summary="Get a report",
    tags=["Reports"],
)
async def get_report(
    request: Request,
    report_id: Annotated[
        str,
        Path(
            alias="reportId",
            description="id of the report",
            examples=["mfrggzdfmztwq2lkmfrggzdfmy"],
            json_schema_extra={"pattern": REPORT_ID},
        ),
    ],
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """What was reported, and what its owner answered. What was written is never shown."""
    return await answer_report(request, report_id)
