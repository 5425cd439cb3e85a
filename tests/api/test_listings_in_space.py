"""Listings by place: near a point, in a box, in every coordinate system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.test_listings import list_ids, walk

if TYPE_CHECKING:
    import httpx2

LOI = {"lat": 50.84616, "lon": 4.36653}


def test_nearest_first(client: httpx2.Client) -> None:
    page = client.get("/v1/addresses", params={**LOI, "radius": 1000, "pageSize": 20}).json()
    met = [*page["items"], *walk(client, page["next"])]
    assert met[0]["id"] == "bru-210225"
    assert met[0]["distance"] < 1
    distances = [item["distance"] for item in met]
    assert distances == sorted(distances)
    assert max(distances) <= 1000
    assert len({item["id"] for item in met}) == len(met) > 40


def test_radius_is_a_hundred_metres_when_absent(client: httpx2.Client) -> None:
    near = client.get("/v1/addresses", params={**LOI, "pageSize": 500}).json()["items"]
    wider = client.get("/v1/addresses", params={**LOI, "radius": 1000, "pageSize": 500}).json()[
        "items"
    ]
    assert [i["id"] for i in near] == [i["id"] for i in wider if i["distance"] <= 100]
    assert len(wider) > len(near) > 0


@pytest.mark.parametrize(
    ("crs", "x", "y"),
    [
        (31370, 149843.5, 170639.5),
        (3812, 649843.112, 670639.888),
        (4326, 4.3665301, 50.8461601),
        (4258, 4.3665301, 50.8461601),
        (3857, 486079.91, 6594126.20),
    ],
)
def test_point_in_each_system(client: httpx2.Client, crs: int, x: float, y: float) -> None:
    page = client.get("/v1/addresses", params={"x": x, "y": y, "crs": crs, "radius": 5}).json()
    assert [item["id"] for item in page["items"]] == ["bru-210225"]
    assert page["items"][0]["distance"] < 0.05


def test_point_with_other_conditions(client: httpx2.Client) -> None:
    near = {**LOI, "radius": 1000, "pageSize": 500}
    all_near = client.get("/v1/addresses", params=near).json()["items"]
    for name, value, pick in (
        ("status", "retired", lambda item: item["status"] == "retired"),
        ("streetName", "wetstraat", lambda item: item["streetName"]["id"] == "bru-1679"),
        ("region", "BE-BRU", lambda item: item["region"] == "BE-BRU"),
        ("postCode", "1040", lambda item: item["postalInfo"]["postCode"] == "1040"),
    ):
        met = client.get("/v1/addresses", params={**near, name: value}).json()["items"]
        assert [i["id"] for i in met] == [i["id"] for i in all_near if pick(i)]


@pytest.mark.parametrize(
    ("crs", "bbox"),
    [
        (None, "4.3664,50.8460,4.3667,50.8463"),
        (4258, "4.3664,50.8460,4.3667,50.8463"),
        (31370, "149834,170629,149853,170650"),
        (3812, "649834,670630,649853,670650"),
        (3857, "486070,6594116,486090,6594136"),
    ],
)
def test_box_in_each_system(client: httpx2.Client, crs: int | None, bbox: str) -> None:
    parameters = {"bbox": bbox} | ({} if crs is None else {"crs": crs})
    assert "bru-210225" in list_ids(client, "/v1/addresses", **parameters)


def test_box_holds_what_lies_in_it(client: httpx2.Client) -> None:
    box = "4.35,50.84,4.37,50.85"
    met = list(walk(client, f"/v1/addresses?bbox={box}&pageSize=100"))
    brussels = walk(client, "/v1/addresses?region=BE-BRU&pageSize=500")
    inside = [
        item["id"]
        for item in brussels
        if "position" in item
        and 4.35 <= item["position"]["wgs84"]["lon"] <= 4.37
        and 50.84 <= item["position"]["wgs84"]["lat"] <= 50.85
    ]
    assert [item["id"] for item in met] == inside
    assert len(inside) > 50


# ---------------------------------------------------------------- the other collections
