"""Suggestions over HTTP, and the index that a worker holds: none, made, behind, made anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from api import search_index
from api.v1.search_schemas import Suggestions
from registry.domain.dataset import Dataset
from registry.settings import Settings
from registry.store.reading.register_state import RegisterState
from tests.api.country import EDITION, LATER, publish_country
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.successive import publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from registry.search.index import SearchIndex

PATH = "/v1/addresses/suggest"


@pytest.fixture(scope="module")
def client(migrated_template: Settings) -> Iterator[httpx2.Client]:
    with cloned(migrated_template) as settings:
        publish_country(settings)
        with serving(settings) as client:
            yield client


def ask(client: httpx2.Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get(PATH, params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    written = Suggestions.model_validate(body).model_dump(by_alias=True, exclude_unset=True)
    assert written.keys() == body.keys()
    return body


def list_ids(body: dict[str, Any]) -> list[str]:
    return [item["id"] for item in body["items"]]


def test_streets_then_numbers_then_boxes(client: httpx2.Client) -> None:
    (first, *_) = ask(client, q="wets")["items"]
    assert (first["kind"], first["id"], first["hasMore"]) == ("streetName", "bru-10", True)
    assert first["href"].endswith("/v1/streetNames/bru-10")
    assert first["status"] == "current"
    numbers = ask(client, q=first["completions"]["nl"])["items"]
    assert "bru-1" in [item["id"] for item in numbers]
    assert {item["kind"] for item in numbers} == {"address", "streetName"}
    building = next(i for i in ask(client, q="wetstraat 18")["items"] if i["hasMore"])
    boxes = ask(client, q=building["completions"]["nl"])
    assert {"bru-2", "bru-3"} <= set(list_ids(boxes))


def test_it_says_of_which_state_it_is_and_who_has_it_is_told_so(client: httpx2.Client) -> None:
    first = client.get(PATH, params={"q": "wet"})
    seq = first.json()["seq"]
    assert seq == client.get("/v1").json()["seq"]
    assert first.headers["etag"].startswith(f'W/"{seq}-')
    assert "max-age" in first.headers["cache-control"]
    again = client.get(PATH, params={"q": "wet"}, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ({"kind": "streetName"}, {"bru-10", "bru-11"}),
        ({"kind": "streetName", "municipalityCode": 21015}, {"bru-11"}),
        ({"kind": "streetName", "postCode": "1030"}, {"bru-11"}),
        ({"kind": "streetName", "region": "BE-VLG"}, set()),
        ({"kind": ["streetName", "municipality"], "limit": 1}, None),
    ],
)
def test_filters(client: httpx2.Client, condition: dict[str, Any], ids: set[str] | None) -> None:
    found = [*list_ids(ask(client, q="wetstraat", **condition))]
    found += list_ids(ask(client, q="hertogstraat", **condition))
    if ids is None:
        assert len(found) <= 2
    else:
        assert set(found) == ids


def test_municipalities_are_known_by_their_code(client: httpx2.Client) -> None:
    (item, *_) = ask(client, q="schaarb", kind="municipality")["items"]
    assert (item["id"], item["kind"]) == ("21015", "municipality")
    assert client.get(item["href"]).json()["municipalityCode"] == 21015


@pytest.mark.parametrize("text", ["", " ", "\x00", "%", "' or 1=1", "🏠", "\u202e", "a" * 500])
def test_any_text_is_answered(client: httpx2.Client, text: str) -> None:
    assert isinstance(ask(client, q=text)["items"], list)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("q=" + "a" * 501, "q"),
        ("q=a&limit=51", "limit"),
        ("q=a&kind=house", "kind"),
        ("q=a&q=b", "q"),
        ("q=a&lat=50.8", "lon"),
        ("q=a&x=1&y=2", "crs"),
        ("q=a&pageSize=2", "pageSize"),
    ],
)
def test_refused(client: httpx2.Client, query: str, name: str) -> None:
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert name in [issue["name"] for issue in answer.json()["issues"]]


def test_from_a_point_in_any_system(client: httpx2.Client) -> None:
    here = ask(client, q="straat", lat=50.84616, lon=4.36653)
    there = ask(client, q="straat", x=149843.5, y=170639.5, crs=31370)
    assert list_ids(here) == list_ids(there)


def test_a_server_that_nobody_searches_makes_no_index(migrated_template: Settings) -> None:
    with cloned(migrated_template) as settings:
        publish_country(settings)
        with serving(settings) as client:
            assert client.get("/v1").status_code == 200
            assert list_indexes(settings) == []
            assert list_ids(ask(client, q="wetstraat 16"))[:1] == ["bru-1"]
            assert len(list_indexes(settings)) == 1


def test_the_index_follows_the_register_and_is_found_again(migrated_template: Settings) -> None:
    with cloned(migrated_template) as settings:
        publish_country(settings)
        with serving(settings) as client:
            before = ask(client, q="kapelle")
            assert before["items"] == []
            publish(settings, EDITION, LATER)
            after = wait_for(client, "kapelle")
            assert after["seq"] > before["seq"]
            assert list_ids(after) == ["bru-12"]
        with serving(settings) as client:
            again = ask(client, q="kapelle")
            assert (again["seq"], list_ids(again)) == (after["seq"], ["bru-12"])


def test_an_empty_register_has_nothing_to_suggest(register: Settings) -> None:
    with serving(register) as client:
        assert ask(client, q="wetstraat") == {"self": f"{client.base_url}{PATH}?q=wetstraat"} | {
            "seq": 0,
            "items": [],
        }


def test_who_comes_before_the_index_is_told_when_to_come_again(
    register: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "PATIENCE_SECONDS", 0.001)
    publish_country(register)
    with serving(register) as client:
        answer = client.get(PATH, params={"q": "wetstraat"})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["type"].endswith(":serviceUnavailable")
        until = time.monotonic() + 60
        while answer.status_code == 503 and time.monotonic() < until:
            time.sleep(0.1)
            answer = client.get(PATH, params={"q": "wetstraat"})
        assert list_ids(answer.json())[0] == "bru-10"


def test_nothing_of_the_sample_is_told_as_of_the_country(tmp_path: Path) -> None:
    holder = search_index.SearchIndexHolder(settings=Settings(home=tmp_path))
    holder.follow(RegisterState(dataset=Dataset.SAMPLE))
    holder.index = cast("SearchIndex", object())
    holder.follow(RegisterState(dataset=Dataset.OPEN))
    assert holder.index is None


def wait_for(client: httpx2.Client, text: str) -> dict[str, Any]:
    """Ask until there is something; the one before is answered until the next is made."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        body = ask(client, q=text)
        if body["items"]:
            return body
        time.sleep(0.05)
    pytest.fail("the index was not made anew within a minute")


def list_indexes(settings: Settings) -> list[str]:
    from registry.search.store import find_folder

    folder = find_folder(settings)
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return [name for name in names if not name.startswith(".")]
