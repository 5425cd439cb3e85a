"""Reports of the public: taken for the owner of the data, and what became of each."""

import asyncio
import re
import unicodedata
from dataclasses import replace
from typing import Any

import orjson
import psycopg
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_question
from api.exchange import Exchange
from api.links import API_ROOT, make_href, make_id
from api.negotiation import MediaType
from api.problems import (
    SERVICE_UNAVAILABLE,
    TOO_MANY_REQUESTS,
    Issue,
    Problem,
    make_bad_request,
)
from api.services import Services
from api.v1.address_questions import find_point_issues
from api.v1.areas import make_circle, read_point
from api.v1.positions import make_positions_at
from api.v1.quality_findings import make_no_such, settle
from api.v1.report_schemas import REPORT_ID, NewReport, ReportedPoint
from api.v1.representations import Document, strip, to_number
from registry.domain.errors import EnvironmentProblem, InvalidIdentifier
from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.pool import Row
from registry.store.reading.reports import (
    find_owner_at,
    find_owner_of_address,
    find_report,
)
from registry.store.report_submission import Place, Submission, submit_report
from registry.unguessable_ids import make_unguessable_id

_COST = 19
"""Beyond the request itself."""
_NEAR_METRES = 2_000.0
"""Without outlines, a place with no address as near as that is not known to be in Belgium."""
_FULL_SECONDS = 3_600
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories: controls (line breaks too), invisible and turning marks, separators."""


async def answer_new_report(request: Request) -> Response:
    """Take a report and say where it can be followed."""
    exchange = Exchange.begin(request, offered=(MediaType.JSON,))
    asked = await read_question(request, NewReport)
    check(asked)
    exchange.charge(_COST)
    place = await find_place(asked, exchange)
    submission = Submission(id=make_unguessable_id(), kind=asked.kind, text=asked.text, place=place)
    await _submit(exchange, submission)
    href = make_report_href(exchange.services.base_url, submission.id)
    return Response(
        orjson.dumps({"id": submission.id, "href": href}),
        status_code=201,
        media_type="application/json",
        headers={"Location": href, "Cache-Control": "no-store", "Content-Language": "en"},
    )


async def answer_report(request: Request, report_id: str) -> Response:
    """Answer what became of a report."""
    exchange = Exchange.begin(request, offered=(MediaType.JSON,))
    row = None
    if re.fullmatch(REPORT_ID, report_id):
        async with exchange.services.pool.connection() as connection:
            row = await find_report(connection, report_id)
    if row is None:
        raise make_no_such("reportId", f"There is no report {report_id[:100]!r}.", report_id)
    document = make_report(row, exchange)
    exchange = settle(exchange, document)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    return exchange.answer({"self": document["href"], **document})


def make_report_href(base_url: str, report_id: str) -> str:
    """Return where a report can be followed."""
    return f"{base_url}{API_ROOT}/reports/{report_id}"


def make_report(row: Row, exchange: Exchange) -> Document:
    """Return a report as v1 shows it."""
    base_url = exchange.services.base_url
    region = Region(row["region"])
    document = {
        "id": row["id"],
        "href": make_report_href(base_url, row["id"]),
        "kind": row["kind"],
        "state": row["state"],
        "region": region.iso_code,
        "municipalityCode": to_number(row["municipality_id"]),
        "reason": row["reason"],
        "correctedInRelease": row["release_number"],
        "createdAt": row["created_at"],
        "answeredAt": None if row["state"] == "open" else row["state_at"],
    }
    if row["address_id"] is not None:
        public_id = make_id(Resource.ADDRESS, region, row["address_id"])
        href = make_href(base_url, Resource.ADDRESS, public_id)
        document["address"] = {"id": public_id, "href": href}
    elif row["x"] is not None:
        grid = exchange.services.settings.proj_grid
        (document["position"],) = make_positions_at([(row["x"], row["y"])], grid, None)
    return strip(document)


def check(asked: NewReport) -> None:
    """Raise the bad request of a report that says where in no way or in two, or says too much."""
    issues = []
    if (asked.address_id is None) == (asked.position is None):
        detail = "Say where: by addressId or by position, one of the two."
        issues.append(_make_issue("addressId", "exactlyOneOfExpected", detail))
    if (fault := _find_text_fault(asked)) is not None:
        issues.append(_make_issue("text", *fault))
    if asked.position is not None:
        issues += _find_point_faults(asked.position)
    if issues:
        raise make_bad_request(issues)


def _find_text_fault(asked: NewReport) -> tuple[str, str] | None:
    if asked.text is None:
        detail = "other says nothing by itself: say in text what is wrong."
        return ("requiredInput", detail) if asked.kind == "other" else None
    if any(unicodedata.category(character) in _UNSEEN for character in asked.text):
        detail = "text has a line break or another character in it that cannot be seen: one line."
        return "invalidInput", detail
    if not asked.text.strip():
        return "invalidInput", "text is empty: leave it out when there is nothing to add."
    return None


def _find_point_faults(point: ReportedPoint) -> list[Issue]:
    given = point.model_dump(by_alias=True, exclude_none=True)
    faults = [replace(issue, place="body") for issue in find_point_issues(given)]
    if not given.keys() - {"crs"}:
        detail = "position is lat and lon, or x, y and crs."
        faults.append(_make_issue("position", "anyOfExpected", detail))
    return faults


def _make_issue(name: str, kind: str, detail: str, value: Any = None) -> Issue:
    return Issue(name=name, kind=kind, detail=detail, value=value, place="body")


async def find_place(asked: NewReport, exchange: Exchange) -> Place:
    """Return where it is and whose; a bad request when it is nobody's."""
    if asked.position is not None:
        x, y = _read_place(asked.position, exchange)
        circle = make_circle((x, y), _NEAR_METRES)
        async with exchange.services.pool.connection() as connection:
            row = await find_owner_at(connection, circle, seq=exchange.seq)
        detail = "This place is in no municipality of the register, and no address of it is near."
        owner = _check_owned(row, "position", detail)
        return Place(region=owner["region"], municipality_id=owner["municipality_id"], x=x, y=y)
    key = _read_key(str(asked.address_id))
    async with exchange.services.pool.connection() as connection:
        row = await find_owner_of_address(connection, key, seq=exchange.seq)
    detail = f"There is no address {asked.address_id!r} in the register."
    owner = _check_owned(row, "addressId", detail)
    return Place(**owner, address_id=key.object_id)


def _read_place(point: ReportedPoint, exchange: Exchange) -> tuple[float, float]:
    try:
        place = read_point(point, exchange.services.settings.proj_grid)
    except Problem:
        given = point.model_dump(by_alias=True, exclude_none=True, mode="json")
        text = ", ".join(f"{name} {value}" for name, value in given.items())
        issue = _make_issue("position", "outOfRange", "This place is not in Belgium.", text)
        raise make_bad_request([issue]) from None
    assert place is not None  # noqa: S101 - what is missing was said before
    return place


def _read_key(text: str) -> ObjectKey:
    try:
        return ObjectKey.parse(text)
    except InvalidIdentifier as error:
        raise make_bad_request(
            [_make_issue("addressId", "schemaViolation", f"{error}.", text)]
        ) from None


def _check_owned(row: Row | None, name: str, detail: str) -> Row:
    if row is None:
        raise make_bad_request([_make_issue(name, "referencedResourceNotFound", detail)])
    return row


async def _submit(exchange: Exchange, submission: Submission) -> None:
    """Keep a report, which its network is charged for only then."""
    reporters = exchange.services.reporters
    reporters.charge(exchange.client, 1)
    try:
        await _keep(exchange.services, submission)
    except Problem:
        reporters.give_back(exchange.client, 1)
        raise


async def _keep(services: Services, submission: Submission) -> None:
    """Keep a report; raises the problem of a municipality that had many, or of no primary."""
    most = services.options.reports_per_day
    if services.submitting.locked():
        raise _make_unavailable("Many reports come at this moment.", seconds=5)
    async with services.submitting:
        try:
            is_kept = await asyncio.to_thread(
                submit_report, services.settings, submission, most_a_day=most
            )
        except (EnvironmentProblem, psycopg.Error):
            # Never an error of the driver's: by it what is only read would be asked again.
            detail = "Reports cannot be taken at this moment; everything else works."
            raise _make_unavailable(detail, seconds=60) from None
    if not is_kept:
        where = submission.place.municipality_id
        raise Problem(
            type=TOO_MANY_REQUESTS,
            detail=f"Municipality {where} had its {most} reports of 24 hours: go on later.",
            members={"limit": most, "retryAfterSec": _FULL_SECONDS},
            headers={"Retry-After": str(_FULL_SECONDS)},
        )


def _make_unavailable(detail: str, *, seconds: int) -> Problem:
    return Problem(
        type=SERVICE_UNAVAILABLE,
        detail=f"{detail} Try again later.",
        headers={"Retry-After": str(seconds)},
    )
