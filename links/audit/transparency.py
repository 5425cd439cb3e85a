"""What everybody may know: who may ask what, and about how often it was asked.

A cell is an organisation, a deliberation and a month. Cells are rounded once and totals are made
of the rounded cells: a total of true numbers less its rounded parts would give the small ones away.
A month is counted when it is over and never again, for two counts of it could be subtracted. All
cells are listed, used or not: an absent one would say something too.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg

from links.audit.publication import write_once, write_over
from links.domain.deliberation import make_publication, read_signed

SMALLEST = 10
"""Below it a count is shown as 0."""

STEP = 5


def round_count(count: int) -> int:
    """Return what is shown of a count: 0 below ten, else the nearest multiple of five."""
    return 0 if count < SMALLEST else (count + STEP // 2) // STEP * STEP


def publish_decisions(connection: psycopg.Connection, directory: Path) -> None:
    """Publish organisations and every deliberation that was ever approved, with its signatures."""
    rows = connection.execute("select * from links.list_published_deliberations()")
    deliberations = [make_publication(read_signed(row)) for (row,) in rows if row]
    _write(directory / "deliberations.json", {"items": deliberations})
    columns = ("number", "name", "category", "status", "contact")
    organisations = connection.execute("select * from links.list_published_organisations()")
    items = [dict(zip(columns, row, strict=True)) for row in organisations]
    _write(directory / "organisations.json", {"items": items})


def publish_counts(connection: psycopg.Connection, directory: Path, now: datetime) -> list[str]:
    """Publish the counts of each month that is over and was not published; return the months."""
    row = connection.execute("select links.find_first_month()").fetchone()
    published = []
    for month in list_months(row[0] if row else None, now):
        path = directory / "counts" / f"{month:%Y-%m}.json"
        if not path.exists():
            write_once(path, _dump(count_month(connection, month)))
            published.append(f"{month:%Y-%m}")
    return published


def list_months(first: date | None, now: datetime) -> Iterator[date]:
    """Return the months in UTC that are over, from `first` on: their first days."""
    month = first
    while month and (after := (month + timedelta(days=31)).replace(day=1)) <= now.date():
        yield month
        month = after


def count_month(connection: psycopg.Connection, month: date) -> dict[str, Any]:
    """Return the rounded counts of a month; what named no deliberation of its own is not in it."""
    cells = connection.execute("select * from links.list_counted_cells(%s)", (month,)).fetchall()
    counted = {
        (organisation, deliberation): (allowed, refused)
        for organisation, deliberation, allowed, refused in connection.execute(
            "select * from links.count_records(%s)", (month,)
        )
    }
    items = []
    for organisation, deliberation in cells:
        allowed, refused = counted.get((organisation, deliberation), (0, 0))
        items.append(
            {
                "organisation": organisation,
                "deliberation": deliberation,
                "allowed": round_count(allowed),
                "refused": round_count(refused),
            }
        )
    return {"month": f"{month:%Y-%m}", "items": items, "totals": make_totals(items)}


def make_totals(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return sums of what is shown, by organisation."""
    totals: dict[str, dict[str, Any]] = {}
    for item in items:
        empty = {"organisation": item["organisation"], "allowed": 0, "refused": 0}
        total = totals.setdefault(item["organisation"], empty)
        total["allowed"] += item["allowed"]
        total["refused"] += item["refused"]
    return list(totals.values())


def _write(path: Path, content: dict[str, Any]) -> None:
    text = _dump(content)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_over(path, text)


def _dump(content: dict[str, Any]) -> str:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
