"""The routes of quality: what is wrong with the data, by which rules, and how good it is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.v1.parameters import Parameters
from api.v1.quality import answer_rule, answer_rules, answer_scores
from api.v1.quality_findings import answer_finding, answer_findings
from api.v1.quality_parameters import FindingListParameters, ScoreListParameters

router = APIRouter(prefix="/v1/quality")

_NoParameters = Annotated[Parameters, Query()]


@router.get(
    "/rules",
    operation_id="listQualityRules",
    summary="List the rules of quality",
    tags=["Quality"],
)
async def list_quality_rules(
    request: Request,
    parameters: _NoParameters,  # noqa: ARG001 - there are none, and others are refused
) -> Response:
    """What data is judged by, in four languages, and how many findings each rule has open."""
    return await answer_rules(request)


@router.get(
    "/rules/{ruleId}",
    operation_id="getQualityRule",
    summary="Get a rule of quality",
    tags=["Quality"],
)
async def get_quality_rule(
    request: Request,
    rule_id: Annotated[
        str, Path(alias="ruleId", description="id of the rule", examples=["duplicateAddress"])
    ],
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """One rule."""
    return await answer_rule(request, rule_id)


@router.get(
    "/findings",
    operation_id="listFindings",
    summary="List findings",
    tags=["Quality"],
)
async def list_findings(
    request: Request, parameters: Annotated[FindingListParameters, Query()]
) -> Response:
    """What is wrong or odd in the data, in the order of numbers; as GeoJSON where it is.

    Findings are shown as they are now, also on the pages that follow: they change with releases,
    and between them with inspections and with what owners say.
    """
    return await answer_findings(request, parameters)


@router.get(
    "/findings/{findingId}",
    operation_id="getFinding",
    summary="Get a finding",
    tags=["Quality"],
)
async def get_finding(
    request: Request,
    finding_id: Annotated[
        str, Path(alias="findingId", description="number of the finding", examples=["1"])
    ],
    parameters: _NoParameters,  # noqa: ARG001 - likewise
) -> Response:
    """One finding, also when it is repaired."""
    return await answer_finding(request, finding_id)


@router.get(
    "/scores",
    operation_id="listQualityScores",
    summary="List scores",
    tags=["Quality"],
)
async def list_quality_scores(
    request: Request, parameters: Annotated[ScoreListParameters, Query()]
) -> Response:
    """How good the data is: of each region, then of each municipality by NIS code."""
    return await answer_scores(request, parameters)
