"""Matching over HTTP: verdicts, components, what is withheld, and what is refused."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from api.v1.search_schemas import MatchAnswer
from registry.search.answers import Reason
from registry.search.reasons import read_reasons
from tests.api.country import publish_country
from tests.api.serving import serving
from tests.conftest import cloned

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings

PATH = "/v1/addresses/match"
JSON = {"Content-Type": "application/json"}
INPUT = "urn:problem-type:belgif:input-validation:"
NUMBER_16 = {"text": "Wetstraat 16, 1000 Brussel"}


@pytest.fixture(scope="module")
def client(migrated_template: Settings) -> Iterator[httpx2.Client]:
    with cloned(migrated_template) as settings:
        publish_country(settings)
        with serving(settings) as client:
            yield client


def ask(client: httpx2.Client, query: str = "", **question: Any) -> dict[str, Any]:
    answer = client.post(PATH + query, json=question)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    written = MatchAnswer.model_validate(body).model_dump(by_alias=True, exclude_unset=True)
    assert written.keys() == body.keys()
    return body


def list_components(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {component["kind"]: component for component in body["components"]}


def test_as_written(client: httpx2.Client) -> None:
    body = ask(client, **NUMBER_16)
    assert (body["verdict"], body["category"], body["matchLevel"]) == ("exact", "A", "building")
    assert 0.9 < body["score"] <= 1
    assert body["unresolved"] == []
    address = body["address"]
    assert address["id"] == "bru-1"
    assert address["bestIdentifier"] == {
        "namespace": "https://databrussels.be/id/address",
        "objectIdentifier": "1",
    }
    document = client.get(address["href"]).json()
    for name in ("houseNumber", "status", "streetName", "municipality", "postalInfo"):
        assert address[name] == document[name]
    written = {language: one["line"] for language, one in document["formattedAddress"].items()}
    assert address["labels"] == written
    assert {c["status"] for c in body["components"]} == {"confirmed"}
    assert body["seq"] == client.get("/v1").json()["seq"]
    assert body["position"]["wgs84"] == pytest.approx(document["position"]["wgs84"], abs=1e-6)
    assert body["positionLevel"] == "address"


def test_fields_are_the_same_as_text(client: httpx2.Client) -> None:
    fields = {"streetName": "Wetstraat", "houseNumber": "16", "postCode": "1000"}
    body = ask(client, **fields, municipality="Brussel")
    assert body == ask(client, **NUMBER_16)
    assert ask(client, text="Wetstraat 16", postCode="1000")["address"] == body["address"]


def test_a_box_and_a_box_that_is_not_there(client: httpx2.Client) -> None:
    body = ask(client, text="Wetstraat 18 bus 2, 1000 Brussel")
    assert (body["matchLevel"], body["address"]["id"]) == ("box", "bru-3")
    assert body["address"]["boxNumber"] == "b002"
    body = ask(client, text="Wetstraat 18 bus 77, 1000 Brussel")
    assert (body["verdict"], body["matchLevel"]) == ("corrected", "building")
    box = list_components(body)["boxNumber"]
    assert (box["status"], box["reason"], box["input"]) == ("unconfirmed", "noSuchBox", "77")
    assert body["address"]["boxNumber"] == "b001"  # of the address that stands for the building
    assert box["explanation"] == read_reasons()[Reason.NO_SUCH_BOX]


def test_a_number_that_is_not_there_is_no_address(client: httpx2.Client) -> None:
    body = ask(client, text="Wetstraat 17, 1000 Brussel")
    assert (body["verdict"], body["matchLevel"]) == ("incomplete", "street")
    assert "id" not in body["address"]
    assert body["address"]["streetName"]["id"] == "bru-10"
    assert list_components(body)["houseNumber"]["reason"] == "noSuchNumber"


def test_all_that_are_equally_good(client: httpx2.Client) -> None:
    body = ask(client, text="Hertogstraat 7, 1030")
    assert (body["verdict"], body["category"]) == ("ambiguous", "C")
    assert [one["id"] for one in body["candidates"]] == ["bru-6", "bru-7"]
    assert body["candidatesTotal"] == 2
    assert "address" not in body


def test_what_went_is_marked(client: httpx2.Client) -> None:
    address = ask(client, text="Wetstraat 22, 1000 Brussel")["address"]
    assert (address["id"], address["status"], address["isFormer"]) == ("bru-5", "retired", True)


def test_abroad_and_nothing(client: httpx2.Client) -> None:
    assert ask(client, text="Rue de Rivoli 1, 75001 Paris, France")["verdict"] == "foreign"
    nothing = ask(client)
    assert nothing["verdict"] == "notFound"
    assert [one["reason"] for one in nothing["reasons"]] == ["nothingAsked"]


def test_below_the_minimum_nothing_is_told(client: httpx2.Client) -> None:
    sure = ask(client, **NUMBER_16)
    assert ask(client, **NUMBER_16, minimumScore=sure["score"] - 0.01) == sure
    unsure = ask(client, text="Wetstraat 17, 1000 Brussel")
    withheld = ask(client, text="Wetstraat 17, 1000 Brussel", minimumScore=1)
    assert withheld.keys() == {
        *("seq", "verdict", "category", "score", "reasons", "components", "unresolved")
    }
    assert (withheld["verdict"], withheld["score"]) == ("notFound", unsure["score"])
    assert [one["reason"] for one in withheld["reasons"]] == ["belowMinimum"]
    assert withheld["components"] == []


def test_in_one_language_and_another_system(client: httpx2.Client) -> None:
    body = ask(client, "?lang=fr&crs=3857", text="Wetsraat 16, 1000 Brussel")
    (spelling,) = [c for c in body["components"] if c.get("reason") == "spelling"]
    assert spelling["explanation"].keys() == {"fr"}
    assert body["position"]["webMercator"]["x"] == pytest.approx(486_079, abs=20)


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (b"", "body", "schemaViolation"),
        (b"{", "body", "schemaViolation"),
        (b'{"text": "\xff"}', "body", "schemaViolation"),
        (b'{"text": "\\ud800"}', "body", "schemaViolation"),
        (b"[" * 50_000, "body", "schemaViolation"),
        (b'"Wetstraat 16"', "body", "schemaViolation"),
        (b'{"street": "x"}', "street", "unknownInput"),
        (b'{"post_code": "x"}', "post_code", "unknownInput"),
        (b'{"text": 16}', "text", "schemaViolation"),
        (b'{"text": null}', "text", "schemaViolation"),
        (b'{"text": "%s"}' % (b"a" * 501), "text", "schemaViolation"),
        (b'{"minimumScore": 1.1}', "minimumScore", "schemaViolation"),
        (b'{"minimumScore": NaN}', "body", "schemaViolation"),
    ],
)
def test_refused(client: httpx2.Client, body: bytes, name: str, kind: str) -> None:
    answer = client.post(PATH, content=body, headers=JSON)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (issue,) = answer.json()["issues"]
    assert (issue["in"], issue["name"], issue["type"]) == ("body", name, INPUT + kind)


def test_unknown_parameters_are_refused(client: httpx2.Client) -> None:
    answer = client.post(f"{PATH}?text=a", json=NUMBER_16)
    assert answer.status_code == 400
    (issue,) = answer.json()["issues"]
    assert (issue["in"], issue["name"]) == ("query", "text")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_what_is_no_json_is_refused(client: httpx2.Client, kind: str) -> None:
    answer = client.post(PATH, content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert answer.json()["type"].endswith(":unsupportedMediaType")


def test_a_body_without_end_is_refused(client: httpx2.Client) -> None:
    assert client.post(PATH, content=b" " * 70_000, headers=JSON).status_code == 413
    pieces = (b" " * 10_000 for _ in range(10))
    assert client.post(PATH, content=pieces, headers=JSON).status_code == 413


def test_other_methods_are_told_what_there_is(client: httpx2.Client) -> None:
    asked = [client.put(PATH, json=NUMBER_16), client.get(PATH), client.get("/v1/matchBatches")]
    for answer in asked:
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "words"),
    [([], "body must be a JSON object."), ({"foo": "x"}, "There is no member foo here.")],
)
def test_what_is_wrong_with_a_body_is_said(client: httpx2.Client, body: Any, words: str) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 400
    assert words in answer.json()["issues"][0]["detail"]


def test_a_browser_may_ask_from_anywhere(client: httpx2.Client) -> None:
    asking = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options(PATH, headers=asking)
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    answer = client.post(PATH, json=NUMBER_16, headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_no_cache_keeps_it_and_no_log_has_it(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("best").propagate = True
    with caplog.at_level(logging.INFO):
        answer = client.post(PATH, json={"text": "Geheimstraat 99"})
        client.post(PATH, json={"text": 1, "Geheimstraat": 99})
    logging.getLogger("best").propagate = False
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert client.post(PATH, json={}, headers={"If-None-Match": "*"}).status_code == 200
    assert "Geheim" not in caplog.text


def test_every_reason_has_a_sentence_in_each_language() -> None:
    assert read_reasons().keys() == set(Reason)
    for sentences in read_reasons().values():
        assert sentences.keys() == {"nl", "fr", "de", "en"}
        assert all(text.endswith(".") for text in sentences.values())
