"""The routes of what a check found: the report in three forms, the preview, its geometry."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from psycopg import Connection
from starlette.responses import FileResponse, Response

from api.deliveries.documents import make_document
from api.deliveries.door import PRIVATE, ROOT, Caller, Door, TheDoor, answer, check_parameters
from api.deliveries.own import ONE, DeliveryId, find_own
from api.deliveries.pages import read_page, sign_page
from api.deliveries.problems import make_not_found
from api.deliveries.report_page import PAGE_HEADERS, make_report_page
from api.negotiation import LANGUAGES, MediaType, choose_languages, choose_media_type
from registry.deliveries.rendering import write_csv
from registry.deliveries.store import Check, Delivery, find_check, list_events

router = APIRouter(prefix=ROOT, tags=["Checks"], dependencies=[Depends(check_parameters)])

_FORMS = (MediaType.JSON, MediaType.CSV, MediaType.HTML)
_NO_PAGE: Final = "The address of this page is not good, or no more: ask for another."
_CheckNumber = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="which check; without it the last")
]
_Language = Annotated[
    str | None,
    Query(
        pattern="^(nl|fr|de|en)$",
        description="of CSV and the page; without it by Accept-Language",
    ),
]


@router.get(f"{ONE}/report", operation_id="getCheckReport", summary="What is wrong")
def get_report(
    request: Request,
    door: TheDoor,
    actor: Caller,
    delivery_id: DeliveryId,
    check: _CheckNumber = None,
    lang: _Language = None,
) -> Response:
    """The check report: JSON with everything in four languages, CSV, or a page in one."""
    media_type = choose_media_type(request.headers.get("accept", ""), _FORMS)
    with door.transaction() as connection:
        delivery = find_own(connection, actor, delivery_id)
        found = _find_check(connection, delivery, check)
        if media_type is MediaType.HTML:
            return _answer_page(connection, door, delivery, found, _choose(request, lang))
    if media_type is MediaType.JSON:
        return answer(found.report, Vary="Accept")
    language = _choose(request, lang)
    headers = {
        **PRIVATE,
        "Vary": "Accept, Accept-Language",
        "Content-Language": language,
        "Content-Disposition": f'attachment; filename="{delivery.id}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    text = write_csv(delivery.id, found.report, language)
    return Response(text, media_type="text/csv", headers=headers)


@router.get(f"{ONE}/preview", operation_id="getPreview", summary="What would change")
def get_preview(
    door: TheDoor,
    actor: Caller,
    delivery_id: DeliveryId,
    check: _CheckNumber = None,
) -> Response:
    """What publication makes of the register, in the numbers that it then has."""
    with door.transaction() as connection:
        found = _find_check(connection, find_own(connection, actor, delivery_id), check)
    if found.preview is None:
        raise make_not_found("This check has no preview: what is rejected may have none.")
    return answer(found.preview)


@router.get(
    f"{ONE}/preview/features",
    operation_id="getPreviewFeatures",
    summary="What would change, on a map",
)
def get_features(door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """GeoJSON of the last preview."""
    with door.transaction() as connection:
        delivery = find_own(connection, actor, delivery_id)
    path = door.files.get_features(delivery.id)
    if not path.is_file():
        raise make_not_found("There is no preview of this delivery.")
    headers = {**PRIVATE, "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=MediaType.GEOJSON, headers=headers)


@router.post(f"{ONE}/pages", operation_id="createPage", summary="Address for a browser")
def create_page(
    request: Request, door: TheDoor, actor: Caller, delivery_id: DeliveryId
) -> Response:
    """Signs an address of the page of one delivery: whoever has it may read it, for eight hours."""
    now = door.clock()
    with door.transaction() as connection:
        delivery = find_own(connection, actor, delivery_id)
    signed, expires_at = sign_page(door.page_key, delivery.id, request.state.bearer, now)
    href = door.make_url(f"/pages/{signed}")
    return answer({"href": href, "expiresAt": expires_at}, 201, Location=href)


@router.get("/pages/{page}", operation_id="getPage", summary="Show a delivery in a browser")
def get_page(request: Request, door: TheDoor, page: str, lang: _Language = None) -> Response:
    """The page of a delivery, by a signed address; without a token."""
    signed = read_page(door.page_key, page, door.clock())
    if signed is None:
        raise make_not_found(_NO_PAGE)
    delivery_id, bearer = signed
    with door.transaction() as connection:
        actor = door.find_actor(connection, bearer)
        if actor is None:
            raise make_not_found(_NO_PAGE)
        delivery = find_own(connection, actor, delivery_id)
        found = find_check(connection, delivery.id)
        return _answer_page(connection, door, delivery, found, _choose(request, lang))


def _find_check(connection: Connection, delivery: Delivery, number: int | None) -> Check:
    found = find_check(connection, delivery.id, number)
    if found is None:
        asked = "no check yet" if number is None else f"no check {number}"
        raise make_not_found(f"The delivery has {asked}.")
    return found


def _choose(request: Request, language: str | None) -> str:
    read = choose_languages(request.headers.get("accept-language", ""))
    return language or next(iter(read), "en")


def _answer_page(
    connection: Connection, door: Door, delivery: Delivery, found: Check | None, language: str
) -> Response:
    document: dict[str, Any] = make_document(door, delivery, list_events(connection, delivery.id))
    text = make_report_page(
        language=language,
        report=found.report if found else None,
        preview=found.preview if found else None,
        delivery=document,
        languages=[(code, f"?lang={code}") for code in LANGUAGES if code != language],
    )
    headers = {**PAGE_HEADERS, "Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(text, media_type="text/html", headers=headers)
