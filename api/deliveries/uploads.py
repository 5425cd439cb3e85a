"""PUT of a file: whole or in parts, gone on with wherever it broke off."""

import asyncio
from dataclasses import dataclass

from psycopg import Connection
from starlette.requests import Request
from starlette.responses import Response

from api.deliveries.content_range import Part, read_part
from api.deliveries.door import PRIVATE, Door
from api.deliveries.jose import Bearer
from api.deliveries.own import find_own, require_authorised
from api.deliveries.problems import (
    INSUFFICIENT_STORAGE,
    REQUEST_TIMEOUT,
    make_bad_input,
    make_conflict,
)
from api.deliveries.receiving import Ending, PartFile, Reception
from api.problems import TOO_MANY_REQUESTS, Problem
from registry.deliveries.agencies import Actor
from registry.deliveries.files import NoRoom
from registry.deliveries.jobs import defer_check
from registry.deliveries.states import ENDED, State
from registry.deliveries.store import (
    Delivery,
    StateConflict,
    change_state,
    lock_delivery,
    note_received,
)


@dataclass(slots=True, kw_only=True)
class Upload:
    """A part on its way: which, of what, by whom, and where it is written to."""

    door: Door
    actor: Actor
    bearer: Bearer
    delivery: Delivery
    part: Part
    file: PartFile

    def checkpoint(self) -> None:
        """Note how far it is, and refuse to go on for who may no more."""
        self.file.settle()
        self._note()
        actor = self.door.require_actor(self.bearer)
        require_authorised(actor, self.delivery.region, self.door.clock())

    def _note(self) -> None:
        with self.door.transaction() as connection:
            held = self._lock(connection)
            self.delivery = note_received(connection, held, self.file.written, self.part.total)

    def _lock(self, connection: Connection) -> Delivery:
        delivery = lock_delivery(connection, self.delivery.id)
        if delivery is None or delivery.state is not State.RECEIVING:
            raise _refuse_state(self.door, delivery or self.delivery)
        return delivery

    def end(self, ending: Ending) -> Response:
        """Keep what came and answer."""
        if ending is Ending.TOO_LONG:
            self.file.cut(self.part.start)
        self.checkpoint()
        if ending is not Ending.COMPLETE:
            raise _make_ending_problem(ending, self.file.written)
        if self.file.written < self.part.total:
            headers = {"Upload-Offset": str(self.file.written)}
            return Response(status_code=204, headers=PRIVATE | headers)
        self._finish()
        href = self.door.make_url(f"/deliveries/{self.delivery.id}/task")
        return Response(status_code=202, headers=PRIVATE | {"Location": href})

    def _finish(self) -> None:
        """The file is whole: it has its name, and a job, when the state says that it was received.

        Whether it is what was declared is for the check to say, with all else that is wrong.
        """
        sha256 = self.file.find_sha256()
        with self.door.transaction() as connection:
            held = self._lock(connection)  # else another request could open it without a name
            self.door.files.finish(held.id, held.file_name)
            delivery = change_state(
                connection,
                held,
                State.RECEIVED,
                self.actor.client_id,
                self.door.clock(),
                sha256=sha256,
            )
            defer_check(connection, delivery)


async def receive_file(request: Request, door: Door, actor: Actor, delivery_id: str) -> Response:
    """Take a part of a file."""
    if door.uploads[actor.agency_id] >= door.options.uploads_at_once:
        raise _make_too_many(door.options.uploads_at_once)
    door.uploads[actor.agency_id] += 1
    try:
        upload = await asyncio.to_thread(_begin, door, actor, delivery_id, request)
        try:
            return await _receive(request, upload)
        finally:
            upload.file.file.close()
    except StateConflict as conflict:
        raise make_conflict(f"{conflict} Look at it once more.", state=conflict.found) from None
    finally:
        door.uploads[actor.agency_id] -= 1


def _begin(door: Door, actor: Actor, delivery_id: str, request: Request) -> Upload:
    """Take hold of the row, then of the file: so nobody else is between what both say."""
    now = door.clock()
    with door.transaction() as connection:
        delivery = find_own(connection, actor, delivery_id, lock=True)
        require_authorised(actor, delivery.region, now)
        if delivery.state not in {State.CREATED, State.RECEIVING}:
            raise _refuse_state(door, delivery)
        part = read_part(request.headers, delivery, most=door.options.max_bytes)
        if part.start != delivery.received:
            detail = f"{delivery.received} bytes are here: go on from there."
            raise make_conflict(detail, received=delivery.received)
        if delivery.state is State.CREATED:
            delivery = change_state(
                connection, delivery, State.RECEIVING, actor.client_id, now, size=part.total
            )
        file = _open(door, delivery, part)
    bearer: Bearer = request.state.bearer
    return Upload(door=door, actor=actor, bearer=bearer, delivery=delivery, part=part, file=file)


def _open(door: Door, delivery: Delivery, part: Part) -> PartFile:
    try:
        if part.start == part.total:  # the door may have died when only the row was to be written
            whole = door.files.get_file(delivery.id, delivery.file_name)
            if whole.exists():
                return PartFile(whole.open("r+b"), part.total)
        door.files.check_room(part.total - part.start)
        return PartFile(door.files.open_part(delivery.id, part.start), part.start)
    except NoRoom:
        raise Problem(type=INSUFFICIENT_STORAGE, detail=INSUFFICIENT_STORAGE.meaning) from None
    except BlockingIOError:
        detail = "Another request is sending the file at this moment, or broke off just now."
        problem = make_conflict(detail, received=delivery.received)
        problem.headers = {"Retry-After": "5"}
        raise problem from None
    except FileNotFoundError:
        detail = "What was received is on the disk no more: withdraw it, and announce it anew."
        raise make_conflict(detail, received=0) from None


async def _receive(request: Request, upload: Upload) -> Response:
    options = upload.door.options
    reception = Reception(
        receive=request.receive,
        file=upload.file,
        length=upload.part.end - upload.part.start,
        idle_seconds=options.idle_seconds,
        checkpoint_seconds=options.recheck_seconds,
        checkpoint=lambda: asyncio.to_thread(upload.checkpoint),
    )
    ending = await reception.run()
    return await asyncio.to_thread(upload.end, ending)


def _refuse_state(door: Door, delivery: Delivery) -> Problem:
    if delivery.state in ENDED:  # also by another's publication: its part is of no use any more
        door.files.drop_part(delivery.id)
    detail = f"The delivery is {delivery.state}: it takes no file."
    return make_conflict(detail, state=delivery.state, received=delivery.received)


def _make_ending_problem(ending: Ending, received: int) -> Problem:
    members = {"received": received}
    if ending is Ending.SLOW:
        return Problem(type=REQUEST_TIMEOUT, detail=REQUEST_TIMEOUT.meaning, members=members)
    if ending is Ending.NO_ROOM:
        kind = INSUFFICIENT_STORAGE
        return Problem(type=kind, detail=kind.meaning, members=members)
    too_long = ending is Ending.TOO_LONG
    problem = make_bad_input(
        "body",
        f"The body is {'longer' if too_long else 'shorter'} than it was said to be."
        f" {received} bytes are here.",
    )
    problem.members = members
    return problem


def _make_too_many(most: int) -> Problem:
    return Problem(
        type=TOO_MANY_REQUESTS,
        detail=f"An agency sends {most} files at once at most. Try again when one is done.",
        members={"limit": most, "retryAfterSec": 30},
        headers={"Retry-After": "30"},
    )
