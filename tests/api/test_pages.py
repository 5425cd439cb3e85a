"""Pages for people: in four languages, without cookie or anything from elsewhere."""

from __future__ import annotations

import html
import json
import re
import shlex
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from api.problems import PROBLEM_TYPES
from api.web.rendering import read_texts
from registry.search.suggestion_answers import Kind

if TYPE_CHECKING:
    import httpx2

PAGES = ("/", "/?q=wetstraat+1000", "/doc", "/refData/problemTypes/badRequest")


class Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES)
def test_page_loads_nothing_from_elsewhere(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    tags = Tags(answer.text).found
    assert not [tag for tag, _ in tags if tag in {"iframe", "img", "style"}]
    scripts = [a.get("src") for tag, a in tags if tag == "script"]
    assert scripts == (["/static/search.js"] if path.partition("?")[0] == "/" else [])
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert not [attributes for _, attributes in tags if "style" in attributes]
    loaded = [a["href"] for tag, a in tags if tag == "link"]
    assert loaded == ["/static/page.css"]
    assert client.get("/static/page.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound(client: httpx2.Client, path: str) -> None:
    tags = Tags(client.get(path).text).found
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert next(a for tag, a in tags if tag == "html")["lang"]
    assert sum(tag == "h1" for tag, _ in tags) == 1
    inside = {str(a["href"])[1:] for tag, a in tags if tag == "a" and str(a["href"])[0] == "#"}
    assert inside <= set(ids)
    labelled = {a["aria-labelledby"] for _, a in tags if "aria-labelledby" in a}
    assert labelled <= set(ids)


def test_texts_are_there_in_every_language() -> None:
    texts = read_texts()
    keys = {frozenset(text) for text in texts.values()}
    assert len(keys) == 1
    assert list(texts) == ["en", "nl", "fr", "de"]
    assert all(value for text in texts.values() for value in text.values())


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_home_says_what_it_is(client: httpx2.Client, language: str) -> None:
    text = read_texts()[language]
    by_parameter = client.get(f"/?lang={language}", headers={"Accept-Language": "it"})
    by_header = client.get("/", headers={"Accept-Language": f"{language}-BE, x;q=0.1"})
    assert by_parameter.text == by_header.text
    assert by_parameter.headers["content-language"] == language
    assert f'<html lang="{language}">' in by_parameter.text
    plain = by_parameter.text.replace("&#39;", "'")
    for key in (
        "title",
        "sample_title",
        "sample",
        "never",
        "never_text",
        "licence_text",
        "privacy",
    ):
        assert text[key] in plain
    assert "creativecommons.org/licenses/by/4.0" in plain
    assert plain.count("2026-11-02") == 3
    for region in text["regions"].values():
        assert region in plain


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=wetstraat 16 bruxelles", "Rue de la Loi 16, 1000 Bruxelles"),
        ("q=16, rue de la loi 1000", "Rue de la Loi 16, 1000 Bruxelles"),
        ("q=rue de la l", "Rue de la Loi, 1000 Bruxelles"),
        ("q=wetstraat 16&lang=nl", "Wetstraat 16, 1000 Brussel"),
        ("q=bru-210225", "Rue de la Loi 16, 1000 Bruxelles"),
        ("q=Nowhereatall&lang=en", "Nothing like that"),
        ("q=%3Cscript%3E&lang=en", "&lt;script&gt;"),
        ("q=%00&lang=en", "Nothing like that"),
    ],
)
def test_search_without_script(client: httpx2.Client, query: str, expected: str) -> None:
    answer = client.get(
        f"/?{query}", headers={"Accept-Language": "fr"} if "lang" not in query else {}
    )
    assert answer.status_code == 200
    assert expected in answer.text
    assert "<script>" not in answer.text


def test_results_link_to_documents_and_say_where(client: httpx2.Client) -> None:
    page = client.get("/?q=wetstraat+16+1000&lang=nl").text
    links = [str(a["href"]) for tag, a in Tags(page).found if tag == "a"]
    assert "https://addresses.example.be/v1/addresses/bru-210225" in links
    assert re.search(r"adres, 50\.8\d+, 4\.3\d+</span>", page)
    assert len([link for link in links if "/v1/" in link]) <= 25


def test_search_goes_along_to_another_language(client: httpx2.Client) -> None:
    tags = Tags(client.get("/?q=wetstraat+16&lang=fr").text).found
    links = [str(a["href"]) for tag, a in tags if a.get("hreflang") == "de"]
    assert links == ["/?lang=de&q=wetstraat+16"]


def test_script_asks_only_us_and_has_the_words_of_the_page(client: httpx2.Client) -> None:
    script = client.get("/static/search.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "://" not in script.text
    (form,) = [a for tag, a in Tags(client.get("/?lang=nl").text).found if tag == "form"]
    texts = read_texts()["nl"]["box"]
    assert json.loads(str(form["data-texts"])) == texts
    assert set(re.findall(r"texts\.(\w+)", script.text)) == set(texts)
    assert set(texts["kinds"]) == set(Kind)


@pytest.mark.parametrize("name", sorted(PROBLEM_TYPES))
def test_each_problem_is_explained(client: httpx2.Client, name: str) -> None:
    answer = client.get(f"/refData/problemTypes/{name}")
    assert answer.status_code == 200
    assert PROBLEM_TYPES[name].urn in answer.text
    assert client.get("/refData/problemTypes/other").status_code == 404


def test_every_curl_of_the_documentation_works(client: httpx2.Client) -> None:
    page = client.get("/doc").text
    lines = re.findall(r"<code>(curl .*?)</code>", page)
    commands = [shlex.split(html.unescape(line)) for line in lines]
    assert len(commands) == 39
    for _, address, *options in commands:
        url = address.removeprefix("https://addresses.example.be")
        if "matchBatches" in url or "/reports/" in url:
            continue  # of a file, or of a task or report that there is not
        answer = (
            client.get(url)
            if not options
            else client.post(
                url, content=options[-1].encode(), headers={"Content-Type": "application/json"}
            )
        )
        assert answer.status_code == (201 if "reports" in url else 200), url
        # The sample has no past, so nothing in it took the place of anything.
        if answer.headers["content-type"] == "application/json" and "successions" not in url:
            assert answer.json().get("items") != [], url
