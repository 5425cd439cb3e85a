"""The routes of what the public reports: the owner's queue, and its answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.deliveries.bodies import read_json, read_model
from api.deliveries.door import ROOT, Caller, Door, TheDoor, answer, check_parameters, strip
from api.deliveries.paging import After, PageSize, make_page
from api.deliveries.problems import (
    make_bad_input,
    make_conflict,
    make_forbidden,
    make_not_found,
)
from api.deliveries.schemas import ReportAnswer
from api.links import make_id
from geo.crs import Crs
from registry.deliveries.agencies import Actor
from registry.deliveries.reports import (
    Answer,
    AnswerRefused,
    Report,
    ReportConflict,
    ReportState,
    answer_report,
    list_reports,
)
from registry.domain.region import Region
from registry.domain.resource import Resource

router = APIRouter(prefix=ROOT, tags=["Reports"], dependencies=[Depends(check_parameters)])


@router.get("/reports", operation_id="listReports", summary="List what the public reports")
def list_queue(
    door: TheDoor,
    actor: Caller,
    state: Annotated[ReportState | None, Query(description="only in this state")] = None,
    after: After = 0,
    page_size: PageSize = 100,
) -> Response:
    """Reports on the agency's regions, oldest first; what people wrote goes when one is closed."""
    with door.transaction() as connection:
        found = list_reports(
            connection,
            _list_regions(door, actor),
            state=state,
            after=after,
            limit=page_size + 1,
        )
    asked = {"state": state, "after": after or None, "pageSize": page_size}
    numbered = [(report.number, _make_document(report)) for report in found]
    return answer(make_page(door.make_url("/reports"), asked, numbered))


@router.post("/reports/{reportId}/answer", operation_id="answerReport", summary="Answer a report")
def answer_one(
    door: TheDoor,
    actor: Caller,
    report_id: Annotated[str, Path(alias="reportId")],
    given: Annotated[dict[str, Any], Depends(read_json)],
) -> Response:
    """Accepts a report, tells the release that corrected it, or declines it with a reason.

    State and reason are public: name nobody. What people wrote is deleted when the report is
    closed. A closed one can be answered anew, to put another reason or release in its place.
    """
    told = read_model(given, ReportAnswer)
    reply = Answer(state=ReportState(told.state), reason=told.reason, release_number=told.release)
    regions = _list_regions(door, actor)
    try:
        with door.transaction() as connection:
            known = report_id.isprintable() and answer_report(
                connection, report_id, regions, reply, actor.client_id, door.clock()
            )
    except AnswerRefused as refused:
        wrong = "reason" if told.state == "declined" else "release"
        raise make_bad_input(wrong, str(refused)) from None
    except ReportConflict as conflict:
        raise make_conflict(str(conflict), state=conflict.found) from None
    if not known:
        raise make_not_found("There is no such report on your agency's regions.")
    return answer({"id": report_id, "state": told.state})


def _list_regions(door: Door, actor: Actor) -> frozenset[Region]:
    now = door.clock()
    regions = {found.region for found in actor.authorisations if found.holds_at(now)}
    if not regions:
        raise make_forbidden("The agency has no authorisation that holds now.")
    return frozenset(regions)


def _make_document(report: Report) -> dict[str, Any]:
    code, address = report.municipality_id or "", report.address_id
    document = {
        "id": report.id,
        "region": report.region.iso_code,
        "municipalityCode": int(code) if code.isdecimal() else None,
        "addressId": address and make_id(Resource.ADDRESS, report.region, address),
        "position": None
        if report.x is None
        else {"x": report.x, "y": report.y, "crs": int(Crs.LAMBERT_2008)},
        "kind": report.kind,
        "text": report.text,
        "state": report.state,
        "reason": report.reason,
        "releaseNumber": report.release_number,
        "createdAt": report.created_at,
        "stateAt": report.state_at,
        "answeredBy": report.answered_by,
    }
    return strip(document)
