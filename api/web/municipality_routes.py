"""The routes of municipalities: a page for who keeps one's addresses, its files and its feed."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import API_ROOT, make_collection_href
from api.negotiation import LANGUAGES, MediaType, read_header
from api.problems import NOT_FOUND, Problem
from api.v1.names import choose_one, read_names
from api.v1.quality_findings import settle
from api.v1.report_schemas import ReportState
from api.web.municipality import (
    MOST_LOOKED_THROUGH,
    MunicipalityParameters,
    Since,
    Subject,
    choose_language,
    find_subject,
    read_since,
    show_changes,
    show_findings,
    show_reports,
)
from api.web.municipality_files import (
    Show,
    answer_csv,
    answer_feed,
    group_by_rule,
    make_headers,
    write_csv,
)
from api.web.rendering import answer_page, read_texts
from registry.clock import utc_now
from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.municipality import (
    count_changes,
    list_newest_changes,
    list_open_findings,
)
from registry.store.reading.named_objects import NamedFilter, list_named_objects
from registry.store.reading.pool import Connection, Row
from registry.store.reading.quality import ScoreFilter, list_scores
from registry.store.reading.reports import count_reports, list_reports

router = APIRouter(prefix="/municipalities", include_in_schema=False)

_Code = Annotated[str, Path(max_length=300)]
_Parameters = Annotated[MunicipalityParameters, Query()]

_PLACES_OF_A_RULE = 5
_NEWEST = 20
_IN_FEED = 50
_IN_FILE = 50_000
_COST_OF_PAGE, _COST_OF_FILE = 10, 50
_MOST_MUNICIPALITIES = 1_000


@router.get("")
async def get_municipalities(request: Request, parameters: _Parameters) -> Response:
    """Show every municipality with the way to its page."""
    exchange = _begin(request, parameters, MediaType.HTML)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    return await _answer_list(exchange)


async def _answer_list(exchange: Exchange, missing: str | None = None) -> Response:
    """Show the municipalities; `missing` is the code of one that was asked for and is not there."""
    async with exchange.services.pool.connection() as connection:
        rows = await list_named_objects(
            connection,
            Resource.MUNICIPALITY,
            NamedFilter(),
            seq=exchange.seq,
            limit=_MOST_MUNICIPALITIES,
        )
    language = choose_language(exchange)
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        name = choose_one(read_names(row, "name"), (language,), Region(row["region"]))
        line = {
            "name": name or row["object_id"],
            "href": f"/municipalities/{row['object_id']}?lang={language}",
        }
        groups.setdefault(row["region"], []).append(line)
    for lines in groups.values():
        lines.sort(key=lambda line: line["name"].casefold())
    values = _make_frame(exchange, "/municipalities") | {"groups": groups, "missing": missing}
    headers = {**exchange.make_headers(), "Content-Language": language}
    page = answer_page("municipalities.html", values, **headers)
    if missing is not None:
        page.status_code = 404
        del page.headers["ETag"]
    return page


@router.get("/{code}")
async def get_municipality(request: Request, code: _Code, parameters: _Parameters) -> Response:
    """Show one municipality: how good, what is wrong, reported and changed."""
    exchange = _begin(request, parameters, MediaType.HTML, _COST_OF_PAGE)
    try:
        async with exchange.services.pool.connection() as connection:
            subject = await find_subject(connection, exchange, code)
            values = await _make_values(connection, subject, read_since(subject, parameters.since))
    except Problem as problem:
        if problem.type is NOT_FOUND and _is_browser(request):
            return await _answer_list(exchange, code)
        raise
    subject = _settle(subject, values)
    if subject.exchange.is_unchanged():
        return subject.exchange.answer_unchanged()
    return answer_page("municipality.html", values, **make_headers(subject))


@router.get("/{code}/findings")
async def get_findings(request: Request, code: _Code, parameters: _Parameters) -> Response:
    """Send the open findings as CSV, the newest first."""

    async def list_rows(connection: Connection, subject: Subject) -> list[Row]:
        return await list_open_findings(connection, subject.code, subject.region, most=_IN_FILE)

    return await _answer_file(request, code, parameters, "findings", list_rows, show_findings)


@router.get("/{code}/reports")
async def get_reports(request: Request, code: _Code, parameters: _Parameters) -> Response:
    """Send the reports as CSV, the newest first."""

    async def list_rows(connection: Connection, subject: Subject) -> list[Row]:
        return await list_reports(connection, subject.code, limit=_IN_FILE)

    return await _answer_file(request, code, parameters, "reports", list_rows, show_reports)


@router.get("/{code}/changes")
async def get_changes(request: Request, code: _Code, parameters: _Parameters) -> Response:
    """Send the changes since a date as CSV, the newest first."""

    async def list_rows(connection: Connection, subject: Subject) -> list[Row]:
        period = read_since(subject, parameters.since).period
        return await list_newest_changes(connection, period, limit=_IN_FILE)

    return await _answer_file(request, code, parameters, "changes", list_rows, show_changes)


async def _answer_file(
    request: Request,
    code: str,
    parameters: MunicipalityParameters,
    name: str,
    list_rows: Callable[[Connection, Subject], Awaitable[list[Row]]],
    show: Show,
) -> Response:
    exchange = _begin(request, parameters, MediaType.CSV, _COST_OF_FILE)
    async with exchange.services.pool.connection() as connection:
        subject = await find_subject(connection, exchange, code)
        rows = await list_rows(connection, subject)
        text = await write_csv(connection, subject, name, rows, show)
    return answer_csv(_settle(subject, text), name, text)


@router.get("/{code}/feed")
async def get_feed(request: Request, code: _Code, parameters: _Parameters) -> Response:
    """Send what is new as Atom."""
    exchange = _begin(request, parameters, MediaType.ATOM, _COST_OF_PAGE)
    async with exchange.services.pool.connection() as connection:
        subject = await find_subject(connection, exchange, code)
        period = read_since(subject, parameters.since).period
        findings = await list_open_findings(connection, subject.code, subject.region, most=_IN_FEED)
        reports = await list_reports(connection, subject.code, limit=_IN_FEED)
        changes = await list_newest_changes(connection, period, limit=_IN_FEED)
        lines = (
            await show_findings(connection, subject, findings),
            await show_reports(connection, subject, reports),
            await show_changes(connection, subject, changes),
        )
    return answer_feed(_settle(subject, lines), *lines)


def _is_browser(request: Request) -> bool:
    """Whether who asks names pages: programs do not, and read of a problem in its own form."""
    return MediaType.HTML in read_header(request.scope, b"accept")


def _begin(
    request: Request, parameters: MunicipalityParameters, media: MediaType, cost: int = 1
) -> Exchange:
    exchange = Exchange.begin(request, offered=(media,), language=parameters.lang)
    exchange.charge(cost)
    return exchange


def _settle(subject: Subject, content: object) -> Subject:
    return replace(subject, exchange=settle(subject.exchange, content))


def _make_frame(exchange: Exchange, path: str, **parameters: str) -> dict[str, Any]:
    """Return what every page needs: its words, and itself in the other languages."""
    language, texts = choose_language(exchange), read_texts()
    return {
        "lang": language,
        "text": texts[language],
        "words": texts[language]["municipality"],
        "is_sample": exchange.state.dataset is Dataset.SAMPLE,
        "languages": [
            (
                code,
                texts[code]["language"],
                make_collection_href("", path, [("lang", code), *parameters.items()]),
            )
            for code in LANGUAGES
        ],
    }


async def _make_values(connection: Connection, subject: Subject, since: Since) -> dict[str, Any]:
    """Return what the template of a municipality shows."""
    code, period, exchange = subject.code, since.period, subject.exchange
    findings = await list_open_findings(
        connection, code, subject.region, most=_IN_FILE, most_of_a_rule=_PLACES_OF_A_RULE
    )
    reports = await list_reports(connection, code, limit=_NEWEST)
    counts = await count_reports(connection, code)
    changes = await list_newest_changes(connection, period, limit=_NEWEST)
    scores = await list_scores(
        connection, ScoreFilter(municipality_id=code), seq=exchange.seq, limit=1
    )
    frame = _make_frame(exchange, f"/municipalities/{code}", since=since.day)
    return frame | {
        "code": code,
        "name": subject.name,
        "path": f"/municipalities/{code}",
        "score": _make_score(scores[0], subject) if scores else None,
        "findings": group_by_rule(await show_findings(connection, subject, findings)),
        "all_of_rule": make_collection_href(
            exchange.services.base_url,
            f"{API_ROOT}/quality/findings",
            [("municipalityCode", code), ("ruleId", "")],
        )
        + "{rule}",
        "reports": await show_reports(connection, subject, reports),
        "report_counts": {state: counts[state] for state in get_args(ReportState)},
        "since": since.day[:10],
        "today": utc_now().date().isoformat(),
        "is_cut": since.is_cut,
        "cut": frame["words"]["cut"].format(count=MOST_LOOKED_THROUGH),
        "change_counts": [
            {"kind": _KINDS[row["resource"]], "change": row["change"], "count": row["count"]}
            for row in await count_changes(connection, period)
        ],
        "changes": await show_changes(connection, subject, changes),
        "files": {
            "findings": subject.make_href("/findings", lang=subject.language),
            "reports": subject.make_href("/reports", lang=subject.language),
            "changes": subject.make_href("/changes", lang=subject.language, since=since.day),
            "feed": subject.make_href("/feed", lang=subject.language),
        },
    }


_KINDS = {"municipality": "municipality", "street_name": "streetName", "address": "address"}


def _make_score(row: Row, subject: Subject) -> dict[str, Any]:
    """Return the score in the notation of the page's language, with those before it."""
    state, text = subject.exchange.state, read_texts()[subject.language]["municipality"]

    def write(score: float) -> str:
        written = f"{score:.2f}"
        return written if subject.language == "en" else written.replace(".", ",")

    before = [
        {
            "score": write(score),
            "date": release.published_at.date().isoformat(),
            "release": text["in_release"].format(number=release.number),
        }
        for seq, score in list(zip(row["seqs"], row["scores"], strict=True))[-6:-1]
        if (release := state.find_release(seq))
    ]
    words = text["score_text"].format(score=write(row["score"]), objects=row["objects"])
    return {"text": words, "before": before}
