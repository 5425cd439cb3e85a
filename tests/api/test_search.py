"""Search over everything, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.v1.search_schemas import SearchResults
from tests.api.country import publish_country
from tests.api.serving import serving
from tests.conftest import cloned

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings


@pytest.fixture(scope="module")
def client(migrated_template: Settings) -> Iterator[httpx2.Client]:
    with cloned(migrated_template) as settings:
        publish_country(settings)
        with serving(settings) as client:
            yield client


def ask(client: httpx2.Client, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/search", params=parameters)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    written = SearchResults.model_validate(body).model_dump(by_alias=True, exclude_unset=True)
    assert written.keys() == body.keys()
    items: list[dict[str, Any]] = body["items"]
    return items


def test_an_address_is_the_first_with_how_sure_that_is(client: httpx2.Client) -> None:
    first, *_ = ask(client, q="Wetsraat 16, 1000 Brussel")
    assert (first["kind"], first["id"], first["isFormer"]) == ("address", "bru-1", False)
    assert 0 < first["score"] <= 1
    assert first["labels"]["nl"] == "Wetstraat 16, 1000 Brussel"
    assert client.get(first["href"]).json()["id"] == "bru-1"


@pytest.mark.parametrize(
    ("query", "detail"), [("", "q is required."), ("?q=", "q: String"), ("?q=%20", "q: String")]
)
def test_nothing_is_no_question(client: httpx2.Client, query: str, detail: str) -> None:
    answer = client.get(f"/v1/search{query}")
    assert answer.status_code == 400
    (issue,) = answer.json()["issues"]
    assert (issue["in"], issue["name"]) == ("query", "q")
    assert issue["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("text", "kind", "public_id"),
    [
        ("21015", "municipality", "21015"),
        ("Schaerbeek", "municipality", "21015"),
        ("hertogstraat", "streetName", "bru-11"),
        ("bru-4", "address", "bru-4"),
        ("https://databrussels.be/id/address/4/1", "address", "bru-4"),
    ],
)
def test_of_every_kind(client: httpx2.Client, text: str, kind: str, public_id: str) -> None:
    found = [(item["kind"], item["id"]) for item in ask(client, q=text)]
    assert (kind, public_id) in found
    assert ask(client, q=text, kind=kind)[0]["id"] == public_id


def test_what_retired_is_marked(client: httpx2.Client) -> None:
    (first, *_) = ask(client, q="wetstraat 22 1000")
    assert (first["id"], first["status"], first["isFormer"]) == ("bru-5", "retired", True)


def test_the_best_hangs_on_no_limit_and_no_filter(client: httpx2.Client) -> None:
    whole = ask(client, q="wetstraat 18")
    assert ask(client, q="wetstraat 18", limit=1) == whole[:1]
    assert ask(client, q="wetstraat 18", region="BE-BRU") == whole
    assert ask(client, q="wetstraat 18", region="BE-WAL") == []


def test_nothing_is_found(client: httpx2.Client) -> None:
    assert ask(client, q="qqqqqqqq") == []


def test_it_costs_more_than_a_suggestion(client: httpx2.Client) -> None:
    left = [
        int(client.get(path).headers["ratelimit-remaining"])
        for path in ("/v1/addresses/suggest?q=a", "/v1/search?q=a", "/v1/addresses/suggest?q=a")
    ]
    assert [left[0] - left[1], left[1] - left[2]] == [3, 1]
