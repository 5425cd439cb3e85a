"""Matching by the file: it is sent, matched in a process of its own, and fetched.

Nothing of it is in this process's memory or in a log; all that is known of it is in its folder.
"""

import asyncio
import shutil
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.exchange import check_not_repeated
from api.links import API_ROOT
from api.problems import (
    NOT_FOUND,
    PAYLOAD_TOO_LARGE,
    SERVICE_UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    Issue,
    Problem,
    make_bad_request,
)
from api.services import Services, get_services
from api.v1.match_batch_schemas import MatchBatchParameters
from api.v1.representations import strip
from registry.clock import utc_now
from registry.domain.errors import InputRefused
from registry.search.bulk.batches import LONGEST_UPLOAD, MOST_ROWS, MOST_WAITING, Batch, BatchState
from registry.search.bulk.columns import Told, read_told_columns

MEDIA_TYPES = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""What may be sent, and how the name of such a file ends."""
COST = 100
_POLL_SECONDS = 2
_PATIENCE_SECONDS = 30.0
_FULL_SECONDS = 60
_FREE_BYTES = 1_000_000_000


async def answer_new_batch(request: Request, parameters: MatchBatchParameters) -> Response:
    """Take a file and say where its task is."""
    check_not_repeated(request)
    services, media = get_services(request), read_media(request)
    told = read_told(parameters)
    allowance = services.limiter.charge(str(request.scope["best.client"]), COST)
    request.scope["best.allowance"] = allowance
    await asyncio.to_thread(check_room, services)
    with services.batches.batches.receiving() as received:
        await receive(request, received, services.options.batch_bytes)
        rows = await asyncio.to_thread(count_rows, received, told, media)
        state = BatchState(
            media=media, told=told, created=utc_now(), rows=rows, minimum=parameters.minimum
        )
        batch = services.batches.batches.add(received, state)
    await asyncio.to_thread(services.batches.start_if_due)
    href = make_href(services, batch)
    return answer_task(batch, state, services, status_code=202, headers={"Location": href})


def read_media(request: Request) -> str:
    """Return what kind of file is sent; raises the problem of another kind."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA_TYPES:
        detail = f"Send a file as {', '.join(MEDIA_TYPES)}, and say so in Content-Type."
        raise Problem(type=UNSUPPORTED_MEDIA_TYPE, detail=detail)
    return media


def read_told(parameters: MatchBatchParameters) -> Told:
    """Return what is said of the file; raises the bad request of columns that are no such list."""
    try:
        columns = read_told_columns(parameters.columns) if parameters.columns else None
    except InputRefused as refusal:
        issue = Issue(name="columns", kind="invalidInput", detail=f"{refusal}.")
        raise make_bad_request([issue]) from None
    return Told(
        separator="\t" if parameters.separator == "tab" else parameters.separator,
        encoding=parameters.encoding,
        has_header=parameters.header,
        columns=columns,
    )


def check_room(services: Services) -> None:
    """Raise the problem of a machine that has enough to do, or no place for another file."""
    batches = services.batches.batches
    free = shutil.disk_usage(services.settings.home).free
    has_place = free > _FREE_BYTES + 3 * services.options.batch_bytes
    waiting = max(len(batches.list_waiting()), batches.count_uploads())
    if not has_place or waiting >= MOST_WAITING:
        raise Problem(
            type=SERVICE_UNAVAILABLE,
            detail="Too many files wait to be matched. Send yours later.",
            headers={"Retry-After": str(_FULL_SECONDS)},
        )


async def receive(request: Request, batch: Batch, most: int) -> None:
    """Write what is sent to the disk as it comes; raises the problem of too much or too slow."""
    size = 0
    pieces = request.stream()
    until = asyncio.get_running_loop().time() + LONGEST_UPLOAD.total_seconds()
    with batch.sent.open("wb") as file:
        while True:
            try:
                now = asyncio.get_running_loop().time()
                async with asyncio.timeout_at(min(until, now + _PATIENCE_SECONDS)):
                    piece = await anext(pieces, None)
            except TimeoutError:
                detail = f"Nothing came for {_PATIENCE_SECONDS:.0f} seconds, or no end in an hour."
                raise make_bad_file(detail) from None
            if piece is None:
                return
            size += len(piece)
            if size > most:
                raise make_too_large(f"The file is larger than {most:,} bytes.", most)
            file.write(piece)


def count_rows(batch: Batch, told: Told, media: str) -> int:
    """Return how many rows there are, about; raises the problem of a file that is no table."""
    from registry.search.bulk.matching_files import open_table  # noqa: PLC0415 - numpy and more

    try:
        table = open_table(batch.sent, told)
    except InputRefused as refusal:
        raise make_bad_file(f"{refusal}.") from None
    if table.kind != MEDIA_TYPES[media]:
        raise make_bad_file(f"Content-Type is {media}, and the content is {table.kind}.")
    if table.rows > MOST_ROWS:
        raise make_too_large(f"The file has more than {MOST_ROWS:,} rows. Split it.", MOST_ROWS)
    return table.rows


def make_bad_file(detail: str) -> Problem:
    """Return the problem of a body that cannot be matched."""
    return make_bad_request([Issue(name="body", kind="invalidInput", detail=detail, place="body")])


def make_too_large(detail: str, limit: int) -> Problem:
    """Return the problem of a file that is too large."""
    return Problem(type=PAYLOAD_TOO_LARGE, detail=detail, members={"limit": limit})


async def answer_batch(request: Request, batch_id: str) -> Response:
    """Answer how a task stands; of one that is done, where its result is."""
    services = get_services(request)
    batch, state = await find_batch(services, batch_id)
    if state.completed is None:
        await asyncio.to_thread(services.batches.start_if_due)
    if state.completed is None or state.problem is not None:
        return answer_task(batch, state, services)
    href = f"{make_href(services, batch)}/result"
    return answer_task(batch, state, services, status_code=303, headers={"Location": href})


async def find_batch(services: Services, batch_id: str) -> tuple[Batch, BatchState]:
    """Return a batch that is there and not expired; raises the problem of none."""
    batch = services.batches.batches.find(batch_id)
    state = None if batch is None else batch.find_state()
    if batch is None or state is None or state.expires <= utc_now():
        raise Problem(
            type=NOT_FOUND,
            detail="There is no such batch: it was ended, or its time is over.",
        )
    return batch, state


def answer_task(
    batch: Batch,
    state: BatchState,
    services: Services,
    *,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Write how a task stands."""
    return Response(
        orjson.dumps(make_task(batch, state, services), option=orjson.OPT_UTC_Z),
        status_code=status_code,
        media_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Content-Language": "en",
            **({"Retry-After": str(_POLL_SECONDS)} if state.completed is None else {}),
            **(headers or {}),
        },
    )


def make_task(batch: Batch, state: BatchState, services: Services) -> dict[str, Any]:
    """Return how a task stands, as the belgif guide writes it."""
    word = "processing" if state.completed is None else "failed" if state.problem else "done"
    poll_after = utc_now() + timedelta(seconds=_POLL_SECONDS) if word == "processing" else None
    return {
        "self": make_href(services, batch),
        "status": strip(
            {
                "state": word,
                "pollAfter": poll_after,
                "completed": state.completed,
                "problem": state.problem,
            }
        ),
        "rows": state.rows,
        "rowsDone": state.rows_done,
        "created": state.created,
        "expires": state.expires,
    }


def make_href(services: Services, batch: Batch) -> str:
    """Return where a task is."""
    return f"{services.base_url}{API_ROOT}/matchBatches/{batch.id}"


async def answer_result(request: Request, batch_id: str) -> Response:
    """Answer the file, once it is done."""
    batch, state = await find_batch(get_services(request), batch_id)
    if state.completed is None or state.problem is not None:
        raise Problem(type=NOT_FOUND, detail="There is no result: ask how the task stands.")
    return FileResponse(
        batch.result,
        media_type=state.media,
        filename=f"matched.{MEDIA_TYPES[state.media]}",
        headers={"Cache-Control": "no-store"},
    )


async def end_batch(request: Request, batch_id: str) -> Response:
    """End a task, and remove its files at once."""
    with suppress(Problem):
        batch, _ = await find_batch(get_services(request), batch_id)
        await asyncio.to_thread(batch.remove)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
