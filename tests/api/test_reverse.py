"""What is near a point: addresses, the street, the municipality."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from api.v1.search_schemas import Nearby
from registry.store.connections import Role, connect
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.editions import Address
from tests.database.successive import publish, street, week

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings

HERE = {"lat": 50.84616, "lon": 4.36653}
EAST = "149853.5 170639.5"
FAR = "151343.5 170639.5"
OUTLINE = (
    "insert into registry.municipality_outline (municipality_id, origin, source, made_at, geometry)"
    " values (%s, %s, '', now(), st_multi(st_makeenvelope(%s, %s, %s, %s, 3812)))"
)


@pytest.fixture(scope="module")
def places(migrated_template: Settings) -> Iterator[Settings]:
    """Two buildings of several addresses ten metres apart, one farther away, one that retired."""
    with cloned(migrated_template) as settings:
        addresses = [
            Address(id="3", number="16", box="b010"),
            Address(id="2", number="16", box="b002"),
            Address(id="1", number="16", box="b001"),
            Address(id="4", number="18", position=EAST, street="11"),
            Address(id="5", number="20", position=EAST, street="11"),
            Address(id="6", number="17", status="retired"),
            Address(id="7", number="200", position=FAR, street="11", municipality="21015"),
            Address(id="8", number="9", position=None),
        ]
        streets = (street("10"), street("11", "Hertogstraat", municipality="21015"))
        publish(settings, week(addresses, streets, municipalities=("21004", "21015")))
        yield settings


@pytest.fixture(scope="module")
def client(places: Settings) -> Iterator[httpx2.Client]:
    with serving(places) as client:
        yield client


def ask(client: httpx2.Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/v1/addresses/reverse", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    Nearby.model_validate(body)
    return body


def list_ids(body: dict[str, Any]) -> list[str]:
    return [item["id"] for item in body["items"]]


def test_the_nearest_address_its_street_and_its_municipality(client: httpx2.Client) -> None:
    body = ask(client, **HERE)
    (nearest,) = body["items"]
    assert nearest["id"] == "bru-1"
    assert nearest["distance"] < 1
    assert body["streetName"] == nearest["streetName"]
    assert body["municipality"]["municipalityCode"] == 21004
    assert body["municipalityBy"] == "nearestAddress"
    assert body["self"].endswith("/v1/addresses/reverse?lat=50.84616&lon=4.36653")


def test_what_is_near_the_nearest_first(client: httpx2.Client) -> None:
    body = ask(client, **HERE, limit=100)
    assert list_ids(body) == ["bru-1", "bru-2", "bru-3", "bru-4", "bru-5"]
    distances = [item["distance"] for item in body["items"]]
    assert distances == sorted(distances)
    assert distances[3] == pytest.approx(10, abs=0.5)
    assert list_ids(ask(client, **HERE, limit=100, radius=2000))[-1] == "bru-7"
    assert list_ids(ask(client, **HERE, limit=100, radius=5)) == ["bru-1", "bru-2", "bru-3"]


def test_one_address_of_each_building(client: httpx2.Client) -> None:
    first = {"firstOfBuilding": "true", "radius": 2000}
    assert list_ids(ask(client, **HERE, **first, limit=10)) == ["bru-1", "bru-4", "bru-7"]
    assert list_ids(ask(client, **HERE, **first, limit=2)) == ["bru-1", "bru-4"]
    assert list_ids(ask(client, **HERE, **first)) == ["bru-1"]


def test_what_retired_only_when_it_is_asked_for(client: httpx2.Client) -> None:
    assert list_ids(ask(client, **HERE, status="retired")) == ["bru-6"]
    both = ask(client, **HERE, status=["retired", "current"], limit=9)
    assert "bru-6" in list_ids(both)
    assert len(both["items"]) == 6


@pytest.mark.parametrize(
    ("crs", "x", "y"),
    [
        (31370, 149853.5, 170639.5),
        (3812, 649853.11, 670639.81),
        (4326, 4.366672, 50.8461601),
        (4258, 4.366672, 50.8461601),
        (3857, 486095.7, 6594126.20),
    ],
)
def test_a_point_in_each_system(client: httpx2.Client, crs: int, x: float, y: float) -> None:
    body = ask(client, x=x, y=y, crs=crs, limit=2)
    assert list_ids(body) == ["bru-4", "bru-5"]
    assert body["streetName"]["name"] == {"nl": "Hertogstraat"}


def test_nothing_is_near(client: httpx2.Client) -> None:
    body = ask(client, lat=49.6, lon=5.5)
    assert body.keys() == {"self", "seq", "items"}
    assert body["items"] == []


def test_names_in_one_language(client: httpx2.Client) -> None:
    answer = client.get("/v1/addresses/reverse", params={**HERE, "lang": "fr"})
    assert answer.headers["content-language"] == "fr"


@pytest.mark.parametrize(
    ("query", "name", "kind"),
    [
        ("", "lat", "anyOfExpected"),
        ("lat=50.8", "lon", "requiredInput"),
        ("x=1&y=2", "crs", "requiredInput"),
        ("lat=10&lon=10", "crs", "outOfRange"),
        ("lat=50.8&lon=4.3&limit=0", "limit", "schemaViolation"),
        ("lat=50.8&lon=4.3&radius=10001", "radius", "schemaViolation"),
        ("lat=50.8&lon=4.3&firstOfBuilding=perhaps", "firstOfBuilding", "schemaViolation"),
        ("lat=50.8&lon=4.3&pageSize=3", "pageSize", "unknownInput"),
    ],
)
def test_refused(client: httpx2.Client, query: str, name: str, kind: str) -> None:
    answer = client.get(f"/v1/addresses/reverse?{query}")
    assert answer.status_code == 400
    issues = {issue["name"]: issue["type"].rpartition(":")[2] for issue in answer.json()["issues"]}
    assert issues[name] == kind


def test_unchanged_is_told_without_looking(client: httpx2.Client) -> None:
    first = client.get("/v1/addresses/reverse", params=HERE)
    again = client.get(
        "/v1/addresses/reverse", params=HERE, headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304


def test_an_outline_says_the_municipality_and_a_hull_does_not(
    places: Settings, client: httpx2.Client
) -> None:
    around = (649_000, 670_000, 650_000, 671_000)
    with connect(places, Role.IMPORTER) as connection:
        connection.execute(OUTLINE, ("21015", "hull", *around))
        connection.commit()
    assert ask(client, **HERE, limit=2)["municipalityBy"] == "nearestAddress"
    with connect(places, Role.IMPORTER) as connection:
        connection.execute("update registry.municipality_outline set replaced_at = now()")
        connection.execute(OUTLINE, ("21015", "imported", *around))
        connection.commit()
    until = time.monotonic() + 10
    while (body := ask(client, **HERE, limit=3))["municipalityBy"] != "outline":
        assert time.monotonic() < until, "nobody heard of the outline"
        time.sleep(0.05)
    assert body["municipality"]["municipalityCode"] == 21015
    assert body["items"][0]["municipality"]["municipalityCode"] == 21004
    alone = ask(client, lat=50.8485, lon=4.3605, radius=5)
    assert alone["items"] == []
    assert alone["municipality"]["name"] == {"nl": "M21015"}
