"""Pages for people: in four languages, without script, cookie or anything from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from api.problems import PROBLEM_TYPES
from api.web.rendering import read_texts

if TYPE_CHECKING:
    import httpx2

PAGES = ("/", "/?street=wetstraat&place=1000", "/doc", "/refData/problemTypes/badRequest")


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
    assert not [tag for tag, _ in tags if tag in {"script", "iframe", "img", "style"}]
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
        ("street=wetstraat&number=16&place=bruxelles", "Rue de la Loi 16, 1000 Bruxelles"),
        ("street=Rue de la Loi&number=16&place=1000", "Rue de la Loi 16, 1000 Bruxelles"),
        ("street=rue de la l&number=16&place=21004", "Rue de la Loi 16, 1000 Bruxelles"),
        ("street=wetstraat&number=16&place=&lang=nl", "Wetstraat 16, 1000 Brussel"),
        ("street=wetstraat&number=99999&place=1000&lang=en", "No address like that"),
        ("street=wetstraat&number=&place=Nowhere&lang=en", "No municipality or postal code"),
        ("street=%3Cscript%3E&number=&place=&lang=en", "&lt;script&gt;"),
        ("street=%00&number=&place=&lang=en", "No address like that"),
    ],
)
def test_search(client: httpx2.Client, query: str, expected: str) -> None:
    answer = client.get(
        f"/?{query}", headers={"Accept-Language": "fr"} if "lang" not in query else {}
    )
    assert answer.status_code == 200
    assert expected in answer.text
    assert "<script>" not in answer.text


def test_results_link_to_documents(client: httpx2.Client) -> None:
    tags = Tags(client.get("/?street=wetstraat&place=1000").text).found
    links = [str(a["href"]) for tag, a in tags if tag == "a" and "/v1/addresses/" in str(a["href"])]
    assert "https://addresses.example.be/v1/addresses/bru-210225" in links
    assert len(links) == 25
    more = [str(a["href"]) for tag, a in tags if tag == "a" and "/v1/addresses?" in str(a["href"])]
    found = client.get(more[0].removeprefix("https://addresses.example.be")).json()
    assert len(found["items"]) > 25


def test_search_goes_along_to_another_language(client: httpx2.Client) -> None:
    tags = Tags(client.get("/?street=wetstraat&number=16&lang=fr").text).found
    links = [str(a["href"]) for tag, a in tags if a.get("hreflang") == "de"]
    assert links == ["/?lang=de&street=wetstraat&number=16"]


@pytest.mark.parametrize("name", sorted(PROBLEM_TYPES))
def test_each_problem_is_explained(client: httpx2.Client, name: str) -> None:
    answer = client.get(f"/refData/problemTypes/{name}")
    assert answer.status_code == 200
    assert PROBLEM_TYPES[name].urn in answer.text
    assert client.get("/refData/problemTypes/other").status_code == 404


def test_every_curl_of_the_documentation_works(client: httpx2.Client) -> None:
    page = client.get("/doc").text
    urls = re.findall(r"curl &#39;https://addresses.example.be([^&]*(?:&amp;[^&]*)*)&#39;", page)
    assert len(urls) == 29
    for url in urls:
        answer = client.get(url.replace("&amp;", "&"))
        assert answer.status_code == 200, url
        # The sample has no past, so nothing in it took the place of anything.
        if answer.headers["content-type"] == "application/json" and "successions" not in url:
            assert answer.json().get("items") != [], url
