"""The feed of changes: pages by number, complete ones the same for ever."""

import asyncio
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.kept_pages import KeptPage
from api.negotiation import MediaType, accepts_encoding
from api.problems import SERVICE_UNAVAILABLE, Problem, make_history_gone
from api.v1.change_events import make_change, make_event
from api.v1.change_questions import ChangeQuestion, hear_news, read_question
from api.v1.collections import make_self
from api.v1.feed import answer_kept, find_unchanged, make_following, mark_history
from api.v1.feed_parameters import ChangeListParameters
from api.v1.mutation_files import answer_files
from api.v1.representations import Document, strip
from registry.domain.dataset import Dataset
from registry.store.reading.changes import list_changes
from registry.store.reading.pool import Connection, Row
from registry.store.reading.register_state import fetch_fingerprint

_TYPES = (MediaType.JSON, MediaType.NDJSON)
_ROWS_PER_UNIT = 100
_MOST_LOOKED_THROUGH = 50_000
_COST_OF_LOOKING = 5
_OPTIONS = orjson.OPT_UTC_Z
_COMPRESSION_LEVEL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What was found up to the number `until`; complete when nothing more will come there."""

    rows: list[Row]
    until: int
    is_complete: bool


async def answer_changes(request: Request, parameters: ChangeListParameters) -> Response:
    """Answer a page of changes."""
    offered = _TYPES if parameters.since is None else (*_TYPES, MediaType.ZIP)
    exchange = Exchange.begin(request, offered=offered)
    exchange = await hear_news(exchange, parameters)
    question = read_question(exchange, parameters)
    if (unchanged := find_unchanged(exchange)) is not None:
        return unchanged
    if exchange.media is MediaType.ZIP:
        return await answer_files(exchange, question)
    exchange.charge(estimate_cost(question))
    is_compressed = accepts_encoding(request.scope, "gzip")
    page = await find_page(exchange, question, is_compressed=is_compressed)
    return answer_kept(exchange, page, is_compressed=is_compressed)


async def find_page(
    exchange: Exchange, question: ChangeQuestion, *, is_compressed: bool
) -> KeptPage:
    """Return a page that was made before, or make it."""
    services, query = exchange.services, exchange.request.scope["query_string"]
    asked = (query, exchange.media, exchange.state.dataset)

    def is_valid(page: KeptPage) -> bool:
        return page.mark == mark_history(exchange.state, page.until)

    async def make() -> KeptPage:
        page = make_page(exchange, question, await read_changes(exchange, question))
        content = await asyncio.to_thread(gzip.compress, page.content, _COMPRESSION_LEVEL)
        return replace(page, content=content)

    async def unpack() -> KeptPage:
        page = await services.pages.find_or_make(asked, exchange.seq, make, is_valid)
        return replace(page, content=gzip.decompress(page.content))

    if is_compressed:
        return await services.pages.find_or_make(asked, exchange.seq, make, is_valid)
    return await services.plain_pages.find_or_make(asked, exchange.seq, unpack, is_valid)


async def read_changes(exchange: Exchange, question: ChangeQuestion) -> _Reading:
    """Read one page; one without conditions ends at a multiple of its limit."""
    limit, after = question.limit, question.after
    rows: list[Row] = []
    end = question.end + 1
    if question.is_for_all:
        end = (after // limit + 1) * limit
    elif question.condition.municipality_id is not None:
        end = after + _MOST_LOOKED_THROUGH
    until = min(end, question.end)
    async with exchange.services.pool.connection() as connection:
        for begin, last in question.list_ranges(exchange.state, until):
            rows += await list_changes(
                connection, question.condition, after=begin, until=last, limit=limit - len(rows)
            )
            if len(rows) == limit:
                until = end = rows[-1]["seq"]
                break
        await _check_whole(exchange, connection, question, rows, until)
    return _Reading(rows=rows, until=until, is_complete=end <= question.end)


async def _check_whole(
    exchange: Exchange,
    connection: Connection,
    question: ChangeQuestion,
    rows: list[Row],
    until: int,
) -> None:
    """Refuse what has holes: whoever prunes says from where before the first row goes."""
    oldest = (await fetch_fingerprint(connection)).history_from
    if question.begin < oldest:
        raise make_history_gone(oldest, exchange.services.base_url)
    if question.is_for_all and len(rows) != until - question.after:
        detail = "The register has changed while this was read. Try again."
        raise Problem(type=SERVICE_UNAVAILABLE, detail=detail, headers={"Retry-After": "1"})


def make_page(exchange: Exchange, question: ChangeQuestion, reading: _Reading) -> KeptPage:
    """Write what was read, in the form that was chosen."""
    is_folded = question.condition.between is not None
    is_last = is_folded and reading.until >= question.end
    following = None if is_last else make_following(exchange, reading.until)
    entries = list(_make_entries(exchange, reading.rows, is_folded=is_folded))
    if exchange.media is MediaType.NDJSON:
        option = _OPTIONS | orjson.OPT_APPEND_NEWLINE
        content = b"".join(orjson.dumps(exchange.mark(entry), option=option) for entry in entries)
    else:
        frame = strip({"self": make_self(exchange), "next": following, "until": reading.until})
        content = orjson.dumps(exchange.mark({**frame, "items": entries}), option=_OPTIONS)
    is_settled = question.is_settled if is_folded else reading.is_complete
    is_kept = is_settled and exchange.state.dataset is Dataset.OPEN
    # What is folded depends on all that is up to the end.
    until = question.end if is_folded else reading.until
    mark = mark_history(exchange.state, until)
    return KeptPage(
        content=content, following=following, is_complete=is_kept, until=until, mark=mark
    )


def _make_entries(exchange: Exchange, rows: list[Row], *, is_folded: bool) -> Iterator[Document]:
    state, base_url = exchange.state, exchange.services.base_url
    release = None
    for row in rows:
        if release is None or row["seq"] > release.last_seq:
            release = state.find_release(row["seq"])
        assert release is not None  # noqa: S101 - a state knows the releases up to its number
        change = make_change(row, release)
        yield change if is_folded else make_event(change, release, base_url)


def estimate_cost(question: ChangeQuestion) -> int:
    """Return the cost units of a page, beyond that of the request."""
    looking = 0 if question.condition.municipality_id is None else _COST_OF_LOOKING
    return 1 + looking + question.limit // _ROWS_PER_UNIT
