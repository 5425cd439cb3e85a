"""The forms of an answer: media types, languages, validators, compression, HEAD, CORS."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx2

LOI_16 = "/v1/addresses/bru-210225"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("application/geo+json", "application/geo+json"),
        ("application/x-ndjson;q=0.9, application/json;q=0.5", "application/x-ndjson"),
        ("text/html, application/geo+json;q=0.3, */*;q=0.1", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
    ],
)
def test_negotiation(client: httpx2.Client, accept: str, expected: str) -> None:
    answer = client.get("/v1/addresses?pageSize=2", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == expected
    vary = {name.strip() for name in answer.headers["vary"].split(",")}
    assert vary == {"Accept", "Accept-Language", "Accept-Encoding"}


def test_geojson_collection(client: httpx2.Client) -> None:
    url = "/v1/addresses?region=BE-VLG&pageSize=500"
    plain = client.get(url).json()
    answer = client.get(url, headers={"Accept": "application/geo+json"})
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    assert collection["dataset"] == "sample"
    assert [f["properties"] for f in collection["features"]] == plain["items"]
    assert {name: collection[name] for name in ("self", "next", "total", "pageSize")} == {
        name: plain[name] for name in ("self", "next", "total", "pageSize")
    }
    for feature, item in zip(collection["features"], plain["items"], strict=True):
        assert feature["type"] == "Feature"
        assert feature["id"] == item["id"]
        if "position" not in item:
            assert feature["geometry"] is None
            continue
        wgs84 = item["position"]["wgs84"]
        assert feature["geometry"] == {
            "type": "Point",
            "coordinates": [wgs84["lon"], wgs84["lat"]],
        }
        assert all(round(number, 7) == number for number in feature["geometry"]["coordinates"])
    assert any(feature["geometry"] is None for feature in collection["features"])


def test_geojson_feature(client: httpx2.Client) -> None:
    feature = client.get(LOI_16, headers={"Accept": "application/geo+json"}).json()
    assert feature["geometry"]["coordinates"] == [4.3665301, 50.8461601]
    assert (feature["type"], feature["dataset"]) == ("Feature", "sample")


def test_lines(client: httpx2.Client) -> None:
    url = "/v1/addresses?region=BE-WAL&pageSize=7"
    plain = client.get(url).json()
    answer = client.get(url, headers={"Accept": "application/x-ndjson"})
    assert answer.text.endswith("\n")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == [{**item, "dataset": "sample"} for item in plain["items"]]
    assert answer.headers["link"] == f'<{plain["next"]}>; rel="next"'
    streets = client.get(
        "/v1/streetNames?name=wetstraat", headers={"Accept": "application/x-ndjson"}
    )
    assert json.loads(streets.text)["id"] == "bru-1679"
    assert "link" not in streets.headers


@pytest.mark.parametrize(
    ("accept_language", "content_language", "title"),
    [
        ("", "nl, fr, de", "Rue de la Loi 16, 1000 Bruxelles"),
        ("nl-BE", "nl", "Wetstraat 16, 1000 Brussel"),
        ("fr-BE, nl;q=0.5", "fr", "Rue de la Loi 16, 1000 Bruxelles"),
        ("fr;q=0.2, nl;q=0.9", "nl", "Wetstraat 16, 1000 Brussel"),
        ("de, nl;q=0.5", "de", "Wetstraat 16, 1000 Brussel"),
        ("it, *;q=0.1", "nl, fr, de", "Rue de la Loi 16, 1000 Bruxelles"),
        ("nl;q=0, fr", "fr", "Rue de la Loi 16, 1000 Bruxelles"),
        ("nl;q=x", "nl, fr, de", "Rue de la Loi 16, 1000 Bruxelles"),
    ],
)
def test_language_of_the_reader(
    client: httpx2.Client, accept_language: str, content_language: str, title: str
) -> None:
    answer = client.get(LOI_16, headers={"Accept-Language": accept_language})
    assert answer.headers["content-language"] == content_language
    document = answer.json()
    assert document["title"] == title
    assert set(document["streetName"]["name"]) == {"nl", "fr"}


def test_lang_shows_one_language(client: httpx2.Client) -> None:
    answer = client.get(LOI_16, params={"lang": "fr"}, headers={"Accept-Language": "nl"})
    document = answer.json()
    assert answer.headers["content-language"] == "fr"
    assert document["streetName"]["name"] == {"fr": "Rue de la Loi"}
    assert document["municipality"]["name"] == {"fr": "Bruxelles"}
    assert list(document["formattedAddress"]) == ["fr"]
    german = client.get(LOI_16, params={"lang": "de"}).json()
    assert german["municipality"]["name"] == {"de": "Brüssel"}
    # No German name: all there are, each under its own language.
    assert german["streetName"]["name"] == {"nl": "Wetstraat", "fr": "Rue de la Loi"}
    english = client.get("/v1/municipalities/21004", params={"lang": "en"}).json()
    assert english["name"] == {"en": "Brussels"}


@pytest.mark.parametrize(
    ("crs", "member"), [(4258, "etrs89"), (3857, "webMercator"), (31370, None), (3812, None)]
)
def test_crs_adds_a_system(client: httpx2.Client, crs: int, member: str | None) -> None:
    usual = client.get(LOI_16).json()["position"]
    asked = client.get(LOI_16, params={"crs": crs}).json()["position"]
    assert set(asked) - set(usual) == ({member} if member else set())
    if member == "webMercator":
        assert asked[member]["x"] == pytest.approx(486079.91, abs=0.05)
        assert asked[member]["y"] == pytest.approx(6594126.20, abs=0.05)
    if member == "etrs89":
        assert asked[member] == asked["wgs84"]


# ---------------------------------------------------------------- validators


def test_unchanged_answers_are_not_sent_again(client: httpx2.Client) -> None:
    first = client.get("/v1/addresses?pageSize=3")
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    assert first.headers["cache-control"] == "public, max-age=60"
    again = client.get("/v1/addresses?pageSize=3", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    for tags in (f'"x", {etag}', "*", etag.removeprefix("W/")):
        given = {"If-None-Match": tags}
        assert client.get("/v1/addresses?pageSize=3", headers=given).status_code == 304


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/v1/addresses/bru-210225?lang=fr", {}),
        ("/v1/addresses/bru-210225?crs=3857", {}),
        ("/v1/addresses/bru-210225?embed=streetName", {}),
        ("/v1/addresses/bru-210225", {"Accept": "application/geo+json"}),
        ("/v1/addresses/bru-210225", {"Accept-Language": "nl"}),
        ("/v1/streetNames/bru-1679", {}),
    ],
)
def test_each_form_has_its_own_validator(
    client: httpx2.Client, url: str, headers: dict[str, str]
) -> None:
    etag = client.get(LOI_16).headers["etag"]
    answer = client.get(url, headers={**headers, "If-None-Match": etag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != etag


def test_a_bad_question_is_not_unchanged(client: httpx2.Client) -> None:
    assert client.get("/v1/addresses?x=y", headers={"If-None-Match": "*"}).status_code == 400
    assert client.get("/v1/addresses/none", headers={"If-None-Match": "*"}).status_code == 404
    assert client.get("/v1/addresses/bru-1", headers={"If-None-Match": "*"}).status_code == 404


# ---------------------------------------------------------------- transport


def test_head_is_get_without_body(client: httpx2.Client) -> None:
    for path in (LOI_16, "/v1/addresses?pageSize=5", "/", "/health", "/doc/openapi.json", "/v1/x"):
        got = client.get(path, headers={"Accept-Encoding": "identity"})
        head = client.head(path, headers={"Accept-Encoding": "identity"})
        assert head.status_code == got.status_code
        assert head.content == b""
        for name in ("content-type", "content-length", "etag", "content-language"):
            if name != "content-length" or got.status_code == 200:
                assert head.headers.get(name) == got.headers.get(name)


def test_compression_of_what_is_long_enough(client: httpx2.Client) -> None:
    asked = {"Accept-Encoding": "gzip"}
    with client.stream("GET", "/v1/addresses?pageSize=50", headers=asked) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    plain = client.get("/v1/addresses?pageSize=50", headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 5
    assert "content-encoding" not in client.get("/health", headers=asked).headers


def test_any_origin_may_read(client: httpx2.Client) -> None:
    answer = client.get(LOI_16, headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    preflight = client.options("/v1/addresses", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, POST, DELETE"
    refused = client.get("/v1/addresses?x=y", headers={"Origin": "https://example.org"})
    assert refused.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/doc", "/doc/openapi.json", "/static/page.css", "/v1/nothing"])
def test_headers_are_added_once_to_what_is_kept(client: httpx2.Client, path: str) -> None:
    for answer in (client.get(path), client.get(path)):
        names = [name for name, _ in answer.headers.multi_items() if name != "vary"]
        assert len(names) == len(set(names))


def test_trace_ids(client: httpx2.Client) -> None:
    first, second = client.get(LOI_16), client.get(LOI_16)
    assert 0 < len(first.headers["belgov-trace-id"]) <= 36
    assert first.headers["belgov-trace-id"] != second.headers["belgov-trace-id"]
    assert "belgov-related-trace-id" not in first.headers
    echoed = client.get(LOI_16, headers={"BelGov-Trace-Id": "abc-123"})
    assert echoed.headers["belgov-related-trace-id"] == "abc-123"
    for odd in ("x" * 37, "a b", "a;b"):
        answer = client.get(LOI_16, headers={"BelGov-Trace-Id": odd})
        assert "belgov-related-trace-id" not in answer.headers
