"""One object by its id: whole bodies, identifiers in every form, what is not or no longer there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    import httpx2

GOLDEN = Path(__file__).parent / "golden"
LOI_16 = "/v1/addresses/bru-210225"


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_whole_document(client: httpx2.Client, name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    document = client.get(golden["path"]).json()
    recorded = document.pop("recorded")
    for embedded in document.get("embedded", {}).values():
        assert embedded.pop("recorded")["release"] == recorded["release"]
    assert document == golden["body"]
    # When it was published is different every time, but it is always said.
    assert set(recorded) == {"seq", "release", "at"}


@pytest.mark.parametrize(
    "identifier",
    [
        "https://databrussels.be/id/address/210225/3",
        "https://databrussels.be/id/address/210225",
        "http://databrussels.be/id/address/210225/1",
        "databrussels.be/id/Address/210225",
    ],
)
def test_full_best_identifier_in_the_path(client: httpx2.Client, identifier: str) -> None:
    by_id = client.get(LOI_16)
    by_identifier = client.get(f"/v1/addresses/{quote(identifier, safe='')}")
    assert by_identifier.status_code == 200
    assert by_identifier.json() == by_id.json()


def test_version_with_plus_and_colon(client: httpx2.Client) -> None:
    document = client.get("/v1/addresses/vlg-900000027").json()
    assert "+" in document["bestId"]
    found = client.get(f"/v1/addresses/{quote(document['bestId'], safe='')}")
    assert found.json()["id"] == "vlg-900000027"


@pytest.mark.parametrize(
    ("path", "public_id"),
    [
        ("/v1/streetNames/https%3A%2F%2Fdatabrussels.be%2Fid%2Fstreetname%2F1679", "bru-1679"),
        ("/v1/municipalities/https%3A%2F%2Fdatabrussels.be%2Fid%2Fmunicipality%2F21004", "21004"),
        ("/v1/postalInfos/https%3A%2F%2Fdatabrussels.be%2Fid%2Fpostalinfo%2F1000", "1000"),
        (
            "/v1/partsOfMunicipalities/geodata.wallonie.be%2Fid%2FPartOfMunicipality%2F1012",
            "wal-1012",
        ),
    ],
)
def test_full_identifier_of_every_kind(client: httpx2.Client, path: str, public_id: str) -> None:
    assert client.get(path).json()["id"] == public_id


def test_best_id_parameter(client: httpx2.Client) -> None:
    body = client.get(
        "/v1/addresses", params={"bestId": "https://databrussels.be/id/address/210225/9"}
    ).json()
    assert [item["id"] for item in body["items"]] == ["bru-210225"]
    body = client.get(
        "/v1/municipalities", params={"bestId": "https://databrussels.be/id/municipality/21004"}
    ).json()
    assert [item["id"] for item in body["items"]] == ["21004"]
    other_region = {
        "bestId": "https://databrussels.be/id/municipality/21004",
        "region": "BE-VLG",
    }
    assert client.get("/v1/municipalities", params=other_region).json()["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/v1/addresses/bru-999999999",
        "/v1/addresses/vlg-210225",
        "/v1/addresses/bru-210225/",
        "/v1/addresses/",
        "/v1/addresses/210225",
        "/v1/addresses/bru-",
        "/v1/addresses/bru-1%00",
        "/v1/addresses/https%3A%2F%2Fdatabrussels.be%2Fid%2Fstreetname%2F1679",
        "/v1/addresses/https%3A%2F%2Fexample.org%2Fid%2Faddress%2F1",
        "/v1/municipalities/21999",
        "/v1/municipalities/bru-21004",
        "/v1/municipalities/2100",
        "/v1/postalInfos/9999",
        "/v1/streetNames/",
        "/v1/nothing",
        "/nothing",
    ],
)
def test_not_found(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem-type:belgif:resourceNotFound"


def test_reference_to_nothing_has_neither_link_nor_name(client: httpx2.Client) -> None:
    document = client.get("/v1/addresses/vlg-900000027").json()
    assert document["streetName"] == {"id": "vlg-99999999"}
    assert "formattedAddress" not in document
    assert "title" not in document


def test_unknown_position_is_absent(client: httpx2.Client) -> None:
    document = client.get("/v1/addresses/vlg-900000238").json()
    assert "position" not in document


def test_links_come_from_the_public_address_not_from_the_host_header(
    client: httpx2.Client,
) -> None:
    answer = client.get(LOI_16, headers={"Host": "evil.example", "X-Forwarded-Host": "evil"})
    assert "evil" not in answer.text
    assert answer.json()["self"] == "https://addresses.example.be/v1/addresses/bru-210225"


def test_every_language_of_every_reference_is_its_own(client: httpx2.Client) -> None:
    document = client.get(LOI_16).json()
    for language, written in document["formattedAddress"].items():
        street = document["streetName"]["name"][language]
        place = document["municipality"]["name"][language]
        assert written["lines"] == [f"{street} 16", f"1000 {place}"]
        assert written["line"] == f"{street} 16, 1000 {place}"
