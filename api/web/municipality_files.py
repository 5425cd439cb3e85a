"""What is shown of a municipality as files: CSV for spreadsheets, Atom (RFC 4287) for readers."""

import csv
import io
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from starlette.responses import Response

from api.exchange import Exchange
from api.v1.landing import ATTRIBUTIONS
from api.web.municipality import Line, Subject
from api.web.rendering import read_texts, render
from registry.search.bulk.formulas import neutralise
from registry.store.reading.pool import Connection, Row

COLUMNS = {
    "findings": (
        *("id", "rule", "severity", "title", "resource", "object", "where", "detail"),
        *("updated", "href"),
    ),
    "reports": (
        *("id", "kind", "state", "reason", "release", "resource", "object", "where"),
        *("created", "updated", "href"),
    ),
    "changes": ("seq", "change", "resource", "object", "where", "updated", "href"),
}
"""By file: its columns. They keep their names and order in every language."""

Show: TypeAlias = Callable[[Connection, Subject, Sequence[Row]], Awaitable[list[Line]]]

_ROWS_AT_ONCE = 500
"""Shown between two times that others have their turn: some 20 milliseconds."""

_NEVER_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


async def write_csv(
    connection: Connection, subject: Subject, name: str, rows: Sequence[Row], show: Show
) -> str:
    """Write rows as a spreadsheet opens them: no cell that would run, nobody kept waiting long."""
    text = io.StringIO()
    writer, columns = csv.writer(text), COLUMNS[name]
    writer.writerow(columns)
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        lines = await show(connection, subject, rows[begin : begin + _ROWS_AT_ONCE])
        writer.writerows([_write_cell(line[column]) for column in columns] for line in lines)
    return text.getvalue()


def answer_csv(subject: Subject, name: str, text: str) -> Response:
    """Send a table with the mark by which spreadsheets know UTF-8."""
    exchange = subject.exchange
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    headers = make_headers(subject) | {
        "Content-Disposition": f'attachment; filename="{name}-{subject.code}.csv"'
    }
    content = text.encode("utf-8-sig")
    return Response(content, headers=headers, media_type=exchange.media.value)


def _write_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return write_time(value)
    return neutralise(str(value))


def write_time(moment: datetime) -> str:
    """Return a time as RFC 3339 writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def make_headers(subject: Subject) -> dict[str, str]:
    """Return the headers of a page or file of a municipality."""
    headers = {**subject.exchange.make_headers(), "Content-Language": subject.language}
    return headers | {"X-Content-Type-Options": "nosniff"}


def answer_feed(
    subject: Subject, findings: list[Line], reports: list[Line], changes: list[Line]
) -> Response:
    """Write the newest of each as Atom. An entry's id is its address in the API, for ever."""
    exchange = subject.exchange
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    text = read_texts()[subject.language]["municipality"]
    colon = text["colon"]
    entries = [
        *(
            _make_entry(one, f"{one['title']}{colon} {one['where']}", one["detail"])
            for one in findings
        ),
        *(_make_report_entry(one, text) for one in reports),
        *(
            _make_entry(one, f"{one['where']}{colon} {text['words'][one['change']]}")
            for one in changes
        ),
    ]
    dated = sorted((e for e in entries if e["updated"]), key=lambda e: e["updated"], reverse=True)
    values = {
        "lang": subject.language,
        "title": f"{subject.name} ({subject.code})",
        "subtitle": text["list_text"],
        "address": subject.make_href("/feed", lang=subject.language),
        "alternate": subject.make_href(lang=subject.language),
        "author": ATTRIBUTIONS[subject.region],
        "updated": dated[0]["updated"] if dated else write_time(_find_begin(exchange, subject)),
        "entries": dated,
    }
    content = render("municipality.atom", values)
    media_type = exchange.media.value
    return Response(content, headers=make_headers(subject), media_type=media_type)


def _find_begin(exchange: Exchange, subject: Subject) -> datetime:
    return exchange.state.editions[subject.region].release.published_at


def _make_report_entry(line: Line, text: dict[str, Any]) -> dict[str, str]:
    kind, state = text["kinds"][line["kind"]], text["states"][line["state"]]
    return _make_entry(
        line, f"{kind}{text['colon']} {line['where']} ({state})", line["reason"] or ""
    )


def _make_entry(line: Line, title: str, summary: str = "") -> dict[str, str]:
    return {
        "id": line["href"],
        "title": _NEVER_IN_XML.sub("", title),
        "summary": _NEVER_IN_XML.sub("", summary),
        "updated": write_time(line["updated"]) if line["updated"] else "",
    }


def group_by_rule(lines: Sequence[Line]) -> dict[str, dict[str, list[Line]]]:
    """Return findings by severity, then by rule, in the order in which they matter."""
    groups: dict[str, dict[str, list[Line]]] = {"error": {}, "warning": {}, "remark": {}}
    for line in sorted(lines, key=lambda one: -one["count"]):
        groups[line["severity"]].setdefault(line["rule"], []).append(line)
    return {severity: rules for severity, rules in groups.items() if rules}
