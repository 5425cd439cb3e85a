"""The page of a municipality, its files and its feed: for a clerk who has ten minutes."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from api.web.rendering import read_texts
from registry.domain.region import Region
from registry.quality.rules import find_rule
from registry.store.connections import Role, connect
from tests.api.atom import ATOM, check_atom, read_entries
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.editions import Address
from tests.database.successive import publish, street, week

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings

PAGE = "/municipalities/21004"
DUPLICATE, MISSING, LATE = "duplicateAddress", "positionMissing", "validInFuture"
FINDING = (
    "insert into registry.finding (rule, region, resource, object_id, detail, source_id,"
    " source_offset, seq_from, seq_to, municipality_id) overriding system value"
    " values (%s, 'bru', 'address', %s, %s, 1, 77, 1, %s, %s) returning id"
)
MARK = (
    "insert into registry.finding_mark (rule, region, resource, object_id, mark, reason,"
    " marked_by, marked_at) values (%s, 'bru', 'address', %s, 'exception', '', '', now())"
)
REPORT = (
    "insert into deliveries.report (id, region, municipality_id, address_id, position, kind, text,"
    " state, reason, created_at, state_at) values (%s, 'bru', %s, %s,"
    " st_setsrid(st_makepoint(649843.112, 670639.512), 3812), %s, 'SECRET', %s, %s,"
    " now() - interval '1 hour', now() - interval '1 hour')"
)
SCORE = "insert into registry.quality_score values ('bru', '21004', %s, 2000, 2, 1, 1, 3, 4, %s)"


@pytest.fixture(scope="module")
def kept(migrated_template: Settings) -> Iterator[Settings]:
    """Brussels in three weeks, of which the last is shown, and Flanders in one."""
    numbers = [Address(id=str(n), number=str(n), street="10") for n in range(1, 8)]
    with cloned(migrated_template) as settings:
        publish(
            settings,
            week(numbers, [street("10", "<b>Wet</b>straat")]),
            week(numbers[:6], [street("10", "<b>Wet</b>straat")]),
            week([*numbers[:5], Address(id="6", number="66", street="10")], [street("10", "=1+1")]),
        )
        publish(settings, week([], [street("7")], ("11002",), region=Region.FLANDERS))
        with connect(settings, Role.OWNER) as connection:
            connection.execute("truncate registry.finding, registry.quality_score restart identity")
            rows: list[tuple[object, ...]] = [
                (DUPLICATE, str(n), f"=cmd|{n}", None, "21004") for n in range(1, 8)
            ]
            rows += [(MISSING, "1", "gone", 6, "21004"), (MISSING, "2", "there", None, "11002")]
            rows += [(LATE, "1", "\x01 & <late>", None, "21004")]
            connection.cursor().executemany(FINDING, rows)
            connection.execute(MARK, (DUPLICATE, "7"))
            for n, score in ((1, 97.0), (9, 98.5)):
                connection.execute(SCORE, (n, score))
            for row in (
                ("a" * 26, "21004", "1", "wrongName", "open", None),
                ("b" * 26, "21004", None, "missing", "declined", "@niet <hier>"),
                ("c" * 26, "11002", None, "missing", "open", None),
            ):
                connection.execute(REPORT, row)
        yield settings


@pytest.fixture(scope="module")
def client(kept: Settings) -> Iterator[httpx2.Client]:
    with serving(kept) as client:
        yield client


def read_rows(client: httpx2.Client, name: str, query: str = "lang=nl") -> list[dict[str, str]]:
    answer = client.get(f"{PAGE}/{name}?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{name}-21004.csv"' in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def strip_tags(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_says_how_good_and_what_is_wrong(client: httpx2.Client) -> None:
    page = client.get(f"{PAGE}?lang=nl").text
    text = strip_tags(page)
    rule = find_rule(DUPLICATE)
    assert rule is not None
    assert "M21004 21004" in text
    assert "98,50 %" in text
    assert re.search(r"97,00 % \(\d{4}-\d\d-\d\d, publicatie 1\)", text)
    assert f"{rule.texts['nl'].title} : 6" in text  # one is an exception
    assert rule.texts["nl"].mending in text.replace("&#39;", "'")
    places = re.findall(r"=cmd\|(\d)", text)
    assert places == ["6", "5", "4", "3", "2"]
    assert "ruleId=duplicateAddress" in page
    assert find_rule(MISSING).texts["nl"].title not in text  # type: ignore[union-attr]
    severities = read_texts()["nl"]["municipality"]["severities"]
    shown = [name for name, word in severities.items() if f"<h3>{word}</h3>" in page]
    assert shown == sorted(
        {find_rule(name).severity.value for name in (DUPLICATE, LATE)},  # type: ignore[union-attr]
        key=[*severities].index,
    )


def test_it_shows_reports_by_state_and_never_their_text(client: httpx2.Client) -> None:
    page = client.get(f"{PAGE}?lang=fr").text
    text = strip_tags(page)
    assert "ouvert : 1, accepté : 0, corrigé : 0, refusé : 1" in text
    assert "nom incorrect" in text
    assert "refusé : @niet &lt;hier&gt;" in text
    assert re.search(r"manque</a></td><td>50\.8\d+, 4\.3\d+</td>", page)
    assert f"/v1/reports/{'a' * 26}" in page
    assert "c" * 26 not in page
    everything = [page, *(client.get(f"{PAGE}/{n}").text for n in ("reports", "feed"))]
    assert not any("SECRET" in each for each in everything)


def test_it_shows_what_changed_since_and_by_name(client: httpx2.Client) -> None:
    words = read_texts()["en"]["municipality"]["words"]
    text = strip_tags(client.get(f"{PAGE}?lang=en").text)
    for kind, word, count in (
        ("street", "altered", 1),
        ("address", "altered", 1),
        ("address", "removed", 1),
    ):
        assert f"{kind} {words[word]} {count}" in text
    assert "added" not in text  # what the register began with is no change
    assert re.search(r": =1\+1 7, 1000 M21004 , removed", text)
    releases = client.get("/v1/releases").json()["items"]
    later = client.get(PAGE, params={"lang": "en", "since": releases[-1]["publishedAt"]})
    assert words["altered"] not in strip_tags(later.text)
    assert read_texts()["en"]["municipality"]["no_changes"] in later.text
    earlier = client.get(f"{PAGE}?lang=en&since=2020-01-01")
    assert 'value="2020-01-01"' in earlier.text
    assert f"address {words['removed']} 1" in strip_tags(earlier.text)


def test_only_so_many_changes_are_looked_through(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.municipality.MOST_LOOKED_THROUGH", 1)
    page = client.get(f"{PAGE}?lang=en").text
    assert "Only the newest" in page
    assert "address removed" not in strip_tags(page)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/municipalities/99999", 404),
        ("/municipalities/x", 404),
        ("/municipalities/21004x/feed", 404),
        (f"{PAGE}/other", 404),
        (f"{PAGE}?since=yesterday", 400),
        (f"{PAGE}?since=2999-01-01", 400),
        (f"{PAGE}?since=0001-01-01", 400),
        (f"{PAGE}?lang=it", 400),
        (f"{PAGE}?x=1", 400),
    ],
)
def test_what_is_not_there(client: httpx2.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_a_browser_is_shown_what_there_is_instead(client: httpx2.Client, language: str) -> None:
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
    answer = client.get("/municipalities/99999", headers=headers)
    assert (answer.status_code, answer.headers["content-language"]) == (404, language)
    words = read_texts()[language]["municipality"]
    assert words["no_such"].format(code="99999").replace("'", "&#39;") in answer.text
    assert f'href="{PAGE}?lang={language}"' in answer.text
    assert "etag" not in answer.headers
    hostile = client.get("/municipalities/<b>9", headers=headers)
    assert (hostile.status_code, "<b>" in hostile.text) == (404, False)


@pytest.mark.parametrize("path", ["/municipalities", PAGE])
@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_pages_are_sound_in_every_language(client: httpx2.Client, path: str, language: str) -> None:
    answer = client.get(path, headers={"Accept-Language": f"{language}-BE"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert "<b>" not in answer.text
    assert not re.search(r"<script|<img|<iframe|<style|\son[a-z]+=|\sstyle=", answer.text)
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', answer.text)) <= set(ids)
    assert answer.text.count("<h1>") == 1
    tag = {"If-None-Match": answer.headers["etag"], "Accept-Language": f"{language}-BE"}
    assert client.get(path, headers=tag).status_code == 304


def test_the_texts_are_the_same_in_every_language() -> None:
    def list_keys(table: dict[str, Any], before: str = "") -> Iterator[str]:
        for name, value in table.items():
            if isinstance(value, dict):
                yield from list_keys(value, f"{before}{name}.")
            else:
                assert value
                yield before + name

    found = {frozenset(list_keys(text["municipality"])) for text in read_texts().values()}
    assert len(found) == 1


def test_every_link_of_the_page_leads_somewhere(client: httpx2.Client) -> None:
    home = client.get("/?lang=nl").text
    assert "/municipalities?lang=nl" in home
    assert "/municipalities/21004?lang=nl" in client.get("/municipalities?lang=nl").text
    page = client.get(f"{PAGE}?lang=nl").text
    base = str(client.base_url).rstrip("/")
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page)}
    statuses = {link: client.get(link.removeprefix(base)).status_code for link in links}
    removed = {f"{base}/v1/addresses/bru-7": 410}
    assert {link: status for link, status in statuses.items() if status != 200} == removed


def test_files_hold_everything_and_no_cell_that_runs(client: httpx2.Client) -> None:
    findings = read_rows(client, "findings")
    assert [row["object"] for row in findings] == ["bru-1", *(f"bru-{n}" for n in range(6, 0, -1))]
    assert findings[1]["detail"] == "'=cmd|6"
    assert findings[1]["where"].startswith("'=1+1 66, ")
    assert findings[1]["title"] == find_rule(DUPLICATE).texts["nl"].title  # type: ignore[union-attr]
    assert "count" not in findings[0]
    declined, opened = read_rows(client, "reports")
    assert (declined["kind"], declined["reason"]) == ("missing", "'@niet <hier>")
    assert (opened["object"], opened["state"], opened["release"]) == ("bru-1", "open", "")
    changes = read_rows(client, "changes", "since=2020-01-01&lang=fr")
    assert {(row["object"], row["change"]) for row in changes} == {
        ("bru-7", "removed"),
        ("bru-6", "altered"),
        ("bru-10", "altered"),
    }
    assert all(row["updated"].endswith("Z") for row in changes)


def test_the_feed_is_atom_with_ids_that_stay(client: httpx2.Client, kept: Settings) -> None:
    answer = client.get(f"{PAGE}/feed?lang=nl")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314 - ours
    (own,) = (one for one in feed.findall(f"{ATOM}link") if one.get("rel") == "self")
    address = f"{client.base_url}{PAGE}/feed?lang=nl".replace("//muni", "/muni")
    assert own.get("href") == feed.findtext(f"{ATOM}id") == address
    entries = read_entries(feed)
    check_atom(feed)
    assert len(entries) == 7 + 2 + 3
    tag = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"{PAGE}/feed?lang=nl", headers=tag).status_code == 304
    with connect(kept, Role.OWNER) as connection:
        connection.execute(
            "update deliveries.report set state = 'accepted', state_at = now() where id = %s",
            ["a" * 26],
        )
    again = client.get(f"{PAGE}/feed?lang=fr", headers=tag)
    after = read_entries(ET.fromstring(again.content))  # noqa: S314 - ours
    assert after.keys() == entries.keys()
    (changed,) = [key for key in after if key.endswith("/reports/" + "a" * 26)]
    assert after[changed] > entries[changed]
    assert next(iter(after)) == changed
    other = ET.fromstring(client.get("/municipalities/11002/feed").content)  # noqa: S314
    check_atom(other)
