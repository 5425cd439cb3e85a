"""What is refused, in belgif words, and that nothing of the inside shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from api.app import make_app
from tests.api.serving import PUBLIC_URL

if TYPE_CHECKING:
    import httpx2

    from registry.settings import Settings

INPUT = "urn:problem-type:belgif:input-validation:"


@pytest.mark.parametrize(
    ("query", "name", "kind"),
    [
        ("street=x", "street", "unknownInput"),
        ("page_size=5", "page_size", "unknownInput"),
        ("pageSize=0", "pageSize", "schemaViolation"),
        ("pageSize=501", "pageSize", "schemaViolation"),
        ("pageSize=many", "pageSize", "schemaViolation"),
        ("pageSize=5&pageSize=6", "pageSize", "invalidInput"),
        ("region=BE-XXX", "region", "schemaViolation"),
        ("municipalityCode=1", "municipalityCode", "schemaViolation"),
        ("postCode=10000", "postCode", "schemaViolation"),
        ("postCode=%D9%A1%D9%A2%D9%A3%D9%A4", "postCode", "schemaViolation"),
        ("streetNameId=1679", "streetNameId", "schemaViolation"),
        ("streetName=%00", "streetName", "schemaViolation"),
        ("streetName=", "streetName", "schemaViolation"),
        ("status=%27%3B--", "status", "schemaViolation"),
        ("embed=everything", "embed", "schemaViolation"),
        ("lang=it", "lang", "schemaViolation"),
        ("crs=2154", "crs", "schemaViolation"),
        ("crs=15880728823360296425881600", "crs", "schemaViolation"),
        ("pageSize=99999999999999999999999", "pageSize", "schemaViolation"),
        ("x=1e308&y=1e308&crs=31370", "crs", "outOfRange"),
        ("cursor=AAAAAAAAbnVsbA", "cursor", "invalidInput"),
        ("houseNumber=16", "houseNumber", "requiredInput"),
        ("boxNumber=1&region=BE-BRU", "boxNumber", "requiredInput"),
        ("bbox=1,2,3", "bbox", "invalidInput"),
        ("bbox=4.4,50.8,4.3,50.9", "bbox", "invalidInput"),
        ("bbox=nan,nan,nan,nan", "bbox", "invalidInput"),
        ("bbox=4.0,50.0,5.0,51.0", "bbox", "outOfRange"),
        ("bbox=inf,inf,inf,inf", "bbox", "invalidInput"),
        ("bbox=2.0,10.0,2.001,10.001", "crs", "outOfRange"),
        ("bbox=149834,170629,149853,170650", "crs", "outOfRange"),
        ("lat=50.8", "lon", "requiredInput"),
        ("lon=4.3", "lat", "requiredInput"),
        ("x=1&crs=3812", "y", "requiredInput"),
        ("x=149843&y=170639", "crs", "requiredInput"),
        ("lat=50.8&lon=4.3&x=1&y=1&crs=3812", "x", "zeroOrExactlyOneOfExpected"),
        ("lat=nan&lon=4", "lat", "schemaViolation"),
        ("lat=50.8&lon=4.3&radius=1001", "radius", "schemaViolation"),
        ("lat=50.8&lon=4.3&radius=0", "radius", "schemaViolation"),
        ("radius=50", "radius", "requiredInput"),
        ("lat=10&lon=10", "crs", "outOfRange"),
        ("bestId=bru-210225", "bestId", "invalidInput"),
        ("bestId=https://databrussels.be/id/streetname/1679", "bestId", "invalidInput"),
        ("cursor=broken", "cursor", "invalidInput"),
        ("release=%2B1", "release", "schemaViolation"),
        ("release=%201", "release", "schemaViolation"),
        ("pageSize=1_0", "pageSize", "schemaViolation"),
        ("cursor=%C3%A9", "cursor", "invalidInput"),
    ],
)
def test_bad_request(client: httpx2.Client, query: str, name: str, kind: str) -> None:
    answer = client.get(f"/v1/addresses?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:problem-type:belgif:badRequest"
    assert problem["status"] == 400
    assert problem["title"] == "Bad Request"
    assert problem["instance"].startswith("urn:uuid:")
    assert problem["href"].endswith("/refData/problemTypes/badRequest")
    issue = next(issue for issue in problem["issues"] if issue["name"] == name)
    assert issue["type"] == INPUT + kind
    assert issue["in"] == "query"
    assert issue["detail"]


def test_every_issue_is_named_at_once(client: httpx2.Client) -> None:
    problem = client.get("/v1/addresses?a=1&b=2&pageSize=0").json()
    assert [issue["name"] for issue in problem["issues"]] == ["pageSize", "a", "b"]
    both = client.get("/v1/addresses?houseNumber=1&boxNumber=2&radius=3").json()
    assert [issue["name"] for issue in both["issues"]] == ["radius", "houseNumber", "boxNumber"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/addresses/bru-210225?pageSize=5",
        "/v1/municipalities/21004?embed=streetName",
        "/v1/municipalities?houseNumber=5",
        "/v1/postalInfos/1000?crs=3812",
        "/v1/releases/1?x=1",
        "/v1/releases/1/proof?x=1",
        "/v1/snapshots/latest?x=1",
        "/v1/snapshots/latest/BE-BRU/21004?x=1",
        "/?q=a&unknown=b",
        # Names of places in a request are no places.
        "/v1/addresses?path=1",
        "/v1/municipalities/21004?header=1",
    ],
)
def test_unknown_parameters_are_refused_everywhere(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    (issue,) = answer.json()["issues"]
    name = path.rpartition("=")[0].rpartition("&")[2].rpartition("?")[2]
    assert (issue["type"], issue["in"], issue["name"]) == (f"{INPUT}unknownInput", "query", name)


def test_cursor_of_another_listing_is_refused(client: httpx2.Client) -> None:
    page = client.get("/v1/addresses?region=BE-BRU&pageSize=5").json()
    cursor = page["next"].rpartition("cursor=")[2]
    assert client.get(f"/v1/addresses?region=BE-BRU&pageSize=5&cursor={cursor}").status_code == 200
    # How much, in which language and with what is no other listing.
    assert client.get(f"/v1/addresses?region=BE-BRU&lang=fr&cursor={cursor}").status_code == 200
    for other in (
        f"/v1/addresses?region=BE-VLG&cursor={cursor}",
        f"/v1/streetNames?region=BE-BRU&cursor={cursor}",
        f"/v1/addresses?region=BE-BRU&cursor={cursor[:-2]}",
        f"/v1/addresses?region=BE-BRU&cursor={cursor}!!",
        f"/v1/addresses?region=BE-BRU&lat=50.84616&lon=4.36653&cursor={cursor}",
    ):
        answer = client.get(other)
        assert answer.status_code == 400
        assert answer.json()["issues"][0]["name"] == "cursor"


def test_geojson_is_in_wgs_84_only(client: httpx2.Client) -> None:
    accept = {"Accept": "application/geo+json"}
    for path in ("/v1/addresses/bru-210225?crs=31370", "/v1/addresses?crs=3857"):
        answer = client.get(path, headers=accept)
        assert answer.status_code == 400
        assert answer.json()["issues"][0]["name"] == "crs"
    assert client.get("/v1/addresses/bru-210225?crs=4326", headers=accept).status_code == 200
    box = "/v1/addresses?bbox=149834,170629,149853,170650&crs=31370"
    assert client.get(box, headers=accept).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_is_possible(client: httpx2.Client, method: str) -> None:
    answer = client.request(method, "/v1/addresses/bru-210225")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.json()["type"] == "urn:problem-type:best:addressRegistry:methodNotAllowed"


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/v1/addresses", "text/csv"),
        ("/v1/addresses/bru-210225", "application/xml"),
        ("/v1/municipalities", "application/geo+json"),
        ("/v1/addresses", "application/json;q=0"),
    ],
)
def test_not_acceptable(client: httpx2.Client, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.json()["type"].endswith(":notAcceptable")


def test_long_addresses_and_bodies_are_refused(client: httpx2.Client) -> None:
    assert client.get("/v1/addresses?streetName=" + "a" * 5000).status_code == 414
    answer = client.request("GET", "/v1/addresses", content=b"x" * 70_000)
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:problem-type:belgif:payloadTooLarge"


@pytest.mark.parametrize(
    "query",
    ["streetName='; drop table registry.address; --", "streetName=%25", "name=x' or '1'='1"],
)
def test_problems_show_nothing_of_the_inside(client: httpx2.Client, query: str) -> None:
    for collection in ("addresses", "streetNames"):
        answer = client.get(f"/v1/{collection}?{query}&lat=1")
        assert answer.status_code == 400
        for word in ("psycopg", "select ", "Traceback", "registry.", "best_reader", "/api/"):
            assert word not in answer.json()["detail"]


def test_before_the_register_is_known_the_answer_is_to_come_again(sample: Settings) -> None:
    application = make_app(sample, base_url=PUBLIC_URL)

    # Without `with` the application is built and not started: nothing was read yet.
    answer = TestClient(application).get("/v1/addresses/bru-210225")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["type"] == "urn:problem-type:belgif:serviceUnavailable"
