"""The routes of deliveries: announced, sent, looked at."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from api.deliveries.bodies import read_json, read_model
from api.deliveries.documents import (
    find_result,
    make_authorisations,
    make_document,
    make_etag,
    make_summary,
    make_task,
)
from api.deliveries.door import (
    PRIVATE,
    ROOT,
    Caller,
    Door,
    TheDoor,
    answer,
    authenticate,
    check_parameters,
)
from api.deliveries.own import ONE, DeliveryId, find_own, require_authorised
from api.deliveries.paging import After, PageSize, make_page
from api.deliveries.problems import make_bad_input, make_conflict, make_not_found
from api.deliveries.schemas import DeliveryAnnounced, RegionCode
from api.deliveries.uploads import receive_file
from api.problems import PAYLOAD_TOO_LARGE, Problem
from registry.deliveries.states import State
from registry.deliveries.store import (
    NewDelivery,
    TooManyDeliveries,
    create_delivery,
    list_deliveries,
    list_events,
)
from registry.domain.region import Region

router = APIRouter(prefix=ROOT, tags=["Deliveries"], dependencies=[Depends(check_parameters)])


@router.post("/deliveries", operation_id="createDelivery", summary="Announce a file")
def create(
    door: TheDoor, actor: Caller, given: Annotated[dict[str, Any], Depends(read_json)]
) -> Response:
    """Announces a file of one region; `Location` is the delivery, its `file` is where to send it.

    What is told of the file (size, sha256, counts) is checked against it.
    """
    announced, now = read_model(given, DeliveryAnnounced), door.clock()
    region = Region.from_iso_code(announced.region)
    require_authorised(actor, region, now)
    _check_announced(door, announced)
    counts = None
    if announced.counts is not None:
        counts = announced.counts.model_dump(by_alias=True, exclude_none=True)
    new = NewDelivery(
        region=region,
        complete=announced.complete,
        extracted_at=announced.extracted_at,
        file_name=announced.file_name,
        declared_size=announced.size,
        declared_sha256=announced.sha256,
        declared_counts=counts,
    )
    try:
        with door.transaction() as connection:
            made = create_delivery(
                connection, actor.agency_id, new, actor.client_id, now, most=door.options.unfinished
            )
            events = list_events(connection, made.id)
    except TooManyDeliveries:
        detail = (
            f"{door.options.unfinished} deliveries have not ended: withdraw what is not wanted."
        )
        raise make_conflict(detail, limit=door.options.unfinished) from None
    document = make_document(door, made, events)
    return answer(document, 201, Location=document["href"], ETag=make_etag(made))


def _check_announced(door: Door, announced: DeliveryAnnounced) -> None:
    if announced.size is not None and announced.size > door.options.max_bytes:
        detail = f"A file may have {door.options.max_bytes} bytes at most."
        members = {"limit": door.options.max_bytes}
        raise Problem(type=PAYLOAD_TOO_LARGE, detail=detail, members=members)
    if announced.extracted_at > door.clock():
        raise make_bad_input("extractedAt", "extractedAt is in the future.", kind="outOfRange")


@router.get("/deliveries", operation_id="listDeliveries", summary="List the agency's deliveries")
def list_all(
    door: TheDoor,
    actor: Caller,
    state: Annotated[State | None, Query(description="only in this state")] = None,
    region: Annotated[RegionCode | None, Query(description="only of this region")] = None,
    after: After = 0,
    page_size: PageSize = 100,
) -> Response:
    """Deliveries in the order in which they were announced; follow `next` to its end."""
    with door.transaction() as connection:
        found = list_deliveries(
            connection,
            actor.agency_id,
            state=state,
            region=Region.from_iso_code(region) if region else None,
            after=after,
            limit=page_size + 1,
        )
    asked = {"state": state, "region": region, "after": after or None, "pageSize": page_size}
    numbered = [(one.number, make_summary(door, one)) for one in found]
    return answer(make_page(door.make_url("/deliveries"), asked, numbered))


@router.get(ONE, operation_id="getDelivery", summary="Look at a delivery")
def get(door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """A delivery with all that happened to it; its `ETag` is what `If-Match` wants."""
    with door.transaction() as connection:
        delivery = find_own(connection, actor, delivery_id)
        events = list_events(connection, delivery.id)
    return answer(make_document(door, delivery, events), ETag=make_etag(delivery))


@router.put(f"{ONE}/file", operation_id="sendFile", summary="Send the file")
async def send_file(request: Request, door: TheDoor, delivery_id: DeliveryId) -> Response:
    """Takes the file: whole, or a part that begins at `received`, by `Content-Range`.

    204 with `Upload-Offset`: go on from there. 202: the file is whole, `Location` is the task. What
    came before a connection broke is kept. `Content-Range: bytes */SIZE` without a body asks
    how far it is.
    """
    actor = await run_in_threadpool(authenticate, request)
    return await receive_file(request, door, actor, delivery_id)


@router.get(f"{ONE}/file", operation_id="getFile", summary="Get the file back")
def get_file(door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """The file, as it was sent."""
    with door.transaction() as connection:
        delivery = find_own(connection, actor, delivery_id)
    path = door.files.get_file(delivery.id, delivery.file_name)
    if delivery.sha256 is None or not path.is_file():
        raise make_not_found("The file of this delivery is not whole.")
    headers = {**PRIVATE, "X-Content-Type-Options": "nosniff"}
    media_type = "application/octet-stream"
    return FileResponse(path, media_type=media_type, filename=delivery.file_name, headers=headers)


@router.get(f"{ONE}/task", operation_id="getTask", summary="Follow what is done")
def get_task(door: TheDoor, actor: Caller, delivery_id: DeliveryId) -> Response:
    """The task; once it is done, 303 and in `Location` its report, or the delivery."""
    with door.transaction() as connection:
        delivery = find_own(connection, actor, delivery_id)
        events = list_events(connection, delivery.id)
    if delivery.state in {State.CREATED, State.RECEIVING}:
        raise make_conflict("The file is not whole: there is nothing to do yet.")
    result = find_result(door, delivery)
    if result is not None:
        href = door.make_url(f"/deliveries/{delivery.id}/task")
        done = {"self": href, "status": {"state": "done", "completed": delivery.state_at}}
        return answer(done, 303, Location=result)
    return answer(make_task(door, delivery, events, door.clock()))


@router.get(
    "/authorisations", operation_id="listAuthorisations", summary="Show what the agency may"
)
def list_authorisations(door: TheDoor, actor: Caller) -> Response:
    """What the agency may deliver, until when, and what to do before that."""
    return answer(make_authorisations(door, actor, door.clock()))
