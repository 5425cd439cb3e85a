"""Whether this worker can answer, in the words of the belgif guide."""

from enum import StrEnum

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.services import get_services
from registry.domain.dataset import Dataset

router = APIRouter(tags=["Operations"])


class HealthState(StrEnum):
    """UP: every question can be answered; DOWN: none that needs the register."""

    UP = "UP"
    DOWN = "DOWN"


@router.get(
    "/health",
    operation_id="checkHealth",
    summary="Tell whether the service can answer",
)
async def check_health(request: Request) -> Response:
    """Answer 200 UP or 503 DOWN, without asking the register anything new."""
    watcher = get_services(request).watcher
    is_up = watcher.is_reachable
    status = HealthState.UP if is_up else HealthState.DOWN
    dataset = watcher.state.dataset
    sample = {"dataset": dataset} if dataset is Dataset.SAMPLE else {}
    return Response(
        orjson.dumps({"status": status} | sample),
        status_code=200 if is_up else 503,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
