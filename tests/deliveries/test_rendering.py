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
from registry.deliveries.rendering import (
    describe_change,
    describe_state,
    list_drift,
    read_words,
    write_csv,
)
from registry.deliveries.states import State
from registry.deliveries.summary import describe_check
from registry.domain.canonical import MEMBERS
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
    assert set(words["field"]) == {name for kind in Resource for name in MEMBERS[kind]}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1,200 (new: 1,199): Unreadable row (rejectedRow)"),
        ("nl", "1.200 (nieuw: 1.199): Rij onleesbaar (rejectedRow)"),
        ("fr", "1\u202f200 (nouveaux cas\xa0: 1\u202f199)\xa0: Ligne illisible (rejectedRow)"),
        ("de", "1.200 (neu: 1.199): Zeile unlesbar (rejectedRow)"),
    ],
)
def test_the_summary_says_what_is_wrong_and_how_to_mend_it(language: str, expected: str) -> None:
    text = "\n".join(describe_check(make_report(), make_preview(), language))
    assert expected in text
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
    assert "  addresses: in the file 9,000, added 12, altered 4" in lines
    assert "  Altered fields, addresses: position 3, box number 1" in lines
    moved = "longitude and latitude 4.3, 50.8 → 4.4, 50.8"
    assert f"    moved: Rue Haute 1 (id 77, 1,234 m, addresses: 1, {moved})" in lines
    assert "  What would vanish, Street names: Rue Haute (21004, 9)" in lines


def test_a_terminal_is_not_steered() -> None:
    lines = describe_check(make_report(), make_preview(), "en")
    assert all(line.isprintable() for line in lines)
    assert "  unverified layout\\x1b[2J" in lines


def test_names_are_told_in_the_language_of_who_reads() -> None:
    name = {"fr": "Bruxelles", "nl": "Brussel"}  # the database keeps no order
    assert describe_state(name, "nl") == "Brussel / Bruxelles"
    assert describe_state(name, "fr") == "Bruxelles / Brussel"
    assert describe_state(name, "de") == "Brussel / Bruxelles"
    renamed = {"change": "renamed", "objectId": "5", "addresses": 1, "old": name, "new": {}}
    told = describe_change(renamed, "fr")
    assert told == "changement de nom\xa0: Bruxelles / Brussel (id 5, adresses\xa0: 1)"


def test_another_format_is_one_line_and_not_one_for_each_field() -> None:
    drift = make_report()["drift"] | {"newFields": ["a", "b"], "missingFields": list("cdefg")}
    told = dict(list_drift(drift, read_words("en")))
    assert (told["New field"], told["Missing field"]) == ("a; b", "c; d; e; f; g")


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
    assert [(row["line"], row["row"]) for row in places] == [("12", "")] * 6 + [("", "1")]
    assert [row["offset"] for row in places] == ["3456"] * 6 + ["0"]
    assert [row["placeIsNew"] for row in places] == [""] * 6 + ["True"]
    assert {row["new"] for row in places} == {"1199"}
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


def test_the_page_of_what_is_published_does_not_ask_for_a_second_person_first() -> None:
    published = DELIVERY | {"state": "published", "releaseNumber": 9, "undoneBy": 10}
    text = make_report_page(language="nl", report=make_report(), delivery=published)
    box = text.partition('<p class="verdict')[2].partition("</p>")[0]
    assert box == '">Gepubliceerd, publicatie 9, teruggedraaid door publicatie 10.'
    assert "<p>Controleverslag: Een tweede persoon moet kijken. Fouten: 1.200, " in text
    nothing = {name: published[name] for name in ("id", "region", "complete", "state", "file")}
    text = make_report_page(language="en", report=make_report(), delivery=nothing | {"history": []})
    assert "Published. It changed nothing" in text


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
