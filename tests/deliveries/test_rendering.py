"""A check report as lines, as CSV and as a page, in four languages, whatever it holds."""

from __future__ import annotations

import csv
import io
import tomllib
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from api.deliveries.report_page import PAGE_HEADERS, make_report_page
from registry.deliveries import rendering
from registry.deliveries.rendering import describe_check, list_drift, read_words, write_csv
from registry.deliveries.states import State
from registry.domain.edition import Counts
from registry.domain.resource import Resource
from registry.quality.rules import LANGUAGES
from tests.deliveries.reports_made_up import HOSTILE, make_preview, make_report, make_rule

DELIVERY = {
    "id": "abcdefghijklmnopqrstuvwxyz",
    "region": "BE-BRU",
    "complete": True,
    "state": "awaitingSecondPerson",
    "file": {"name": "BE.zip", "size": 1, "received": 1, "sha256": None},
    "history": [
        {
            "state": str(state),
            "at": datetime(2026, 11, 23, tzinfo=UTC),
            "actor": "<i>",
            "detail": None,
        }
        for state in State
    ],
}


def test_every_word_is_there_in_every_language() -> None:
    tables = tomllib.loads(Path(rendering.__file__).with_name("words.toml").read_text("utf-8"))
    for name, table in tables.items():
        for key, by_language in table.items():
            assert tuple(by_language) == LANGUAGES, f"{name}.{key}"
            assert all(by_language.values()), f"{name}.{key}"


def test_words_cover_what_they_name() -> None:
    words = read_words("en")
    assert set(words["state"]) == set(State)
    assert set(words["kind"]) == {resource.plural for resource in Resource}
    assert set(words["count"]) == {*Counts(outranked=1).to_json()}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1,200, 1,199 new: Unreadable row (rejectedRow)"),
        ("nl", "1.200, 1.199 nieuw: Rij onleesbaar (rejectedRow)"),
        ("fr", "1\N{NARROW NO-BREAK SPACE}200"),
        ("de", "1.200, 1.199 neu: Zeile unlesbar (rejectedRow)"),
    ],
)
def test_the_summary_says_what_is_wrong_and_how_to_mend_it(language: str, expected: str) -> None:
    text = "\n".join(describe_check(make_report(), make_preview(), language))
    shown = expected if expected.isprintable() else ascii(expected)[1:-1]
    assert shown in text
    assert read_words(language)["label"]["mending"] in text
    assert text.index("rejectedRow") < text.index("positionZero")
    # Five places of seven, and of 1,200 the rest.
    assert text.count("BE.csv, ") == 5
    assert read_words(language)["sentence"]["more"].split()[0] in text


def test_the_summary_tells_guards_drift_and_preview() -> None:
    lines = describe_check(make_report(), make_preview(), "en")
    assert "  Moved (en): 1.23 % > 0.5 %" in lines
    assert not any("Renamed (en)" in line for line in lines)  # this guard did not ring
    assert "  Other coordinate system: EPSG:31370 → EPSG:3812" in lines
    assert "  addresses: 9,000 seen, 12 added, 4 altered" in lines
    assert "    moved, 77, 1,234 m, 1 addresses: 145000, 170000 → 146000, 170000" in lines
    assert "  Would vanish, Street names: Rue Haute (21004, 9)" in lines


def test_a_terminal_is_not_steered() -> None:
    lines = describe_check(make_report(), make_preview(), "en")
    assert all(line.isprintable() for line in lines)


def test_a_rejected_file_says_why_first_and_changes_nothing() -> None:
    why = {
        "ruleId": "unreadableFile",
        **{name: dict.fromkeys(LANGUAGES, name) for name in ("title", "explanation", "mending")},
        "detail": "BE.csv: it is cut off",
        "places": [],
    }
    report = make_report(verdict="rejected", rejections=[why], rules=[])
    lines = describe_check(report, None, "en")
    assert lines[2].startswith("Rejected.")
    assert "    BE.csv: it is cut off" in lines
    assert lines[-1] == f"  {read_words('en')['sentence']['noPreview']}"


def test_what_the_door_leaves_out_is_not_missed() -> None:
    # The door sends no member that has no value.
    report = make_report(rules=[make_rule("rejectedRow", 1, [{"file": "BE.csv", "detail": "so"}])])
    report["file"] = {"name": "BE.zip", "size": 1, "sha256": "", "files": [], "passedOver": []}
    lines = describe_check(report, None, "en")
    assert lines[0] == "BE.zip"
    assert "      BE.csv: so" in lines
    assert not any("None" in line for line in lines)


def test_an_unchanged_system_is_no_drift() -> None:
    drift = make_report()["drift"] | {"systems": {"before": ["EPSG:3812"], "now": ["EPSG:3812"]}}
    assert not [text for _, text in list_drift(drift, read_words("en")) if "EPSG" in text]


def test_the_csv_has_a_row_for_each_place_and_runs_in_no_spreadsheet() -> None:
    text = write_csv("id", make_report(), "nl")
    header, *rows = csv.reader(io.StringIO(text))
    assert {len(row) for row in rows} == {len(header)}
    found = [dict(zip(header, row, strict=True)) for row in rows]
    places = [row for row in found if row["ruleId"] == "rejectedRow"]
    assert [row["line"] for row in places] == ["12"] * 7
    assert {row["detail"] for row in places} == {f"'{HOSTILE}"}
    assert [row["about"] for row in found].count("guard") == 1
    assert sum(row["ruleId"] == "positionZero" for row in found) == 1  # though it has no place
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)


class Page(HTMLParser):
    """Tags that a page opens, with their attributes, and whether all were closed in order."""

    VOID = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, Any]]] = []
        self.stack: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("delivery", [None, DELIVERY], ids=["file", "delivery"])
def test_the_page_is_whole_and_loads_nothing(language: str, delivery: Any) -> None:
    text = make_report_page(
        language=language,
        report=make_report(),
        preview=make_preview(),
        delivery=delivery,
        languages=[(code, f"?lang={code}") for code in LANGUAGES],
    )
    page = Page(text)
    assert page.stack == []
    tags = {tag for tag, _ in page.opened}
    assert not tags & {"script", "link", "img", "iframe", "form", "b", "i"}
    assert not {name for _, attributes in page.opened for name in attributes} & {"src", "style"}
    assert ("html", {"lang": language}) in page.opened
    assert {"<b>colour</b>", "<script>alert"}.isdisjoint(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    words = read_words(language)
    assert words["heading"]["municipalities"] in text
    assert (words["heading"]["history"] in text) is (delivery is not None)


def test_the_page_of_a_delivery_that_was_not_checked_yet() -> None:
    text = make_report_page(language="en", report=None, delivery=DELIVERY | {"state": "receiving"})
    assert "being received" in text
    assert "None" not in text
    assert Page(text).stack == []


def test_the_style_of_the_page_is_the_one_that_is_allowed() -> None:
    import base64
    import hashlib

    text = make_report_page(language="en", report=make_report())
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in PAGE_HEADERS["Content-Security-Policy"]
