"""Listings: order, paging, filters, totals, and what a listing refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registry.normalization.house_number import make_sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

COLLECTIONS = ("addresses", "streetNames", "municipalities", "partsOfMunicipalities", "postalInfos")
PUBLIC_URL = "https://addresses.example.be"


def walk(client: httpx2.Client, url: str) -> Iterator[dict[str, Any]]:
    while url:
        page = client.get(url.removeprefix(PUBLIC_URL)).json()
        yield from page["items"]
        url = page.get("next", "")


def list_ids(client: httpx2.Client, path: str, **parameters: Any) -> list[str]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_walk_meets_everything_once(client: httpx2.Client, collection: str) -> None:
    first = client.get(f"/v1/{collection}", params={"pageSize": 37}).json()
    met = [item["id"] for item in walk(client, f"/v1/{collection}?pageSize=37")]
    assert len(met) == len(set(met)) == first["total"] > 30
    assert first["pageSize"] == 37
    assert len(first["items"]) == min(37, first["total"])


def test_addresses_are_in_the_order_of_streets_and_numbers(client: httpx2.Client) -> None:
    met = list(walk(client, "/v1/addresses?pageSize=500"))
    keys = [
        (
            item["region"],
            item["streetName"]["id"],
            make_sort_key(item["houseNumber"], item.get("boxNumber")),
            item["id"],
        )
        for item in met
    ]
    assert keys == sorted(keys)
    numbers = [
        (item["houseNumber"], item.get("boxNumber"))
        for item in met
        if item["streetName"]["id"] == "vlg-900000007"
    ]
    assert numbers[:4] == [("9", None), ("9+", None), ("9_", None), ("12", None)]
    assert numbers.index(("16", None)) + 1 == numbers.index(("16", "1"))


@pytest.mark.parametrize(
    ("parameters", "total"),
    [
        ({"region": "BE-BRU"}, 1001),
        ({"region": "BE-VLG"}, 1225),
        ({"region": "BE-WAL"}, 1034),
        ({"status": "retired"}, 140),
        ({"status": ["retired", "proposed"]}, 155),
    ],
)
def test_total_is_what_a_walk_meets(
    client: httpx2.Client, parameters: dict[str, Any], total: int
) -> None:
    answer = client.get("/v1/addresses", params={"pageSize": 500, **parameters})
    page = answer.json()
    assert page["total"] == total
    assert len(list(walk(client, page["self"]))) == total


@pytest.mark.parametrize("parameter", ["municipalityCode", "postCode"])
def test_total_of_a_place(client: httpx2.Client, parameter: str) -> None:
    code = {"municipalityCode": "21004", "postCode": "1000"}[parameter]
    for status in ((), ("current",), ("proposed", "current")):
        parameters = {parameter: code, "status": list(status), "pageSize": 500}
        page = client.get("/v1/addresses", params=parameters).json()
        assert page["total"] == len(list(walk(client, page["self"]))) > 0


def test_no_total_where_none_is_kept(client: httpx2.Client) -> None:
    for parameters in (
        {"streetNameId": "bru-1679"},
        {"municipalityCode": 21004, "postCode": "1000"},
    ):
        assert "total" not in client.get("/v1/addresses", params=parameters).json()
    nowhere = client.get("/v1/addresses", params={"postCode": "9999"}).json()
    assert (nowhere["items"], nowhere["total"]) == ([], 0)


def test_last_page_has_no_next(client: httpx2.Client) -> None:
    total = client.get("/v1/municipalities?pageSize=1").json()["total"]
    exact = client.get("/v1/municipalities", params={"pageSize": total}).json()
    assert len(exact["items"]) == total
    assert "next" not in exact
    assert "next" in client.get("/v1/municipalities", params={"pageSize": total - 1}).json()


def test_items_are_whole_documents(client: httpx2.Client) -> None:
    page = client.get("/v1/addresses", params={"streetNameId": "bru-1679", "houseNumber": "16"})
    (item,) = page.json()["items"]
    document = client.get("/v1/addresses/bru-210225").json()
    del document["self"], document["dataset"]
    assert item == document
    assert page.json()["dataset"] == "sample"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"streetName": "rue de la loi", "houseNumber": "16"}, ["bru-210225"]),
        ({"streetName": "WETSTRAAT", "houseNumber": "016"}, ["bru-210225"]),
        (
            {"streetName": "Rue  de la LOI", "postCode": "1000", "houseNumber": " 16 "},
            ["bru-210225"],
        ),
        ({"streetName": "wetstr*", "houseNumber": "16"}, ["bru-210225"]),
        ({"streetName": "wetstr", "houseNumber": "16"}, []),
        (
            {"streetName": "Wetstraat", "streetNameId": "bru-1679", "houseNumber": "16"},
            ["bru-210225"],
        ),
        ({"streetName": "Wetstraat", "streetNameId": "bru-1403"}, []),
        ({"streetName": "Wetstraat", "region": "BE-VLG"}, []),
        ({"streetNameId": "bru-1679", "region": "BE-WAL"}, []),
        ({"postCode": "1000", "houseNumber": "16", "streetNameId": "bru-1679"}, ["bru-210225"]),
        ({"streetNameId": "bru-1679", "municipalityCode": 21001}, []),
        (
            {"streetNameId": "bru-1679", "houseNumber": "17"},
            ["bru-900000165", "bru-900000166", "bru-900000167", "bru-900000168", "bru-900000169"],
        ),
        ({"streetNameId": "bru-1679", "houseNumber": "17", "boxNumber": "3"}, ["bru-900000168"]),
        ({"streetNameId": "bru-1679", "houseNumber": "41", "boxNumber": "B1"}, ["bru-900000208"]),
        (
            {"streetNameId": "bru-1679", "boxNumber": "b001"},
            ["bru-900000208", "bru-900000216"],
        ),
        ({"streetNameId": "bru-1679", "houseNumber": "1"}, []),
        ({"streetName": "nowhere at all"}, []),
    ],
)
def test_addresses_by_street_and_number(
    client: httpx2.Client, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert list_ids(client, "/v1/addresses", **parameters) == expected


def test_addresses_in_streets_of_one_name_are_paged_in_order(client: httpx2.Client) -> None:
    url = "/v1/addresses?streetName=grote markt&region=BE-VLG&pageSize=4"
    met = list(walk(client, url))
    streets = [item["streetName"]["id"] for item in met]
    assert len(set(streets)) > 3
    assert streets == sorted(streets)
    assert len({item["id"] for item in met}) == len(met)
    whole = client.get("/v1/addresses?streetName=Grote Markt&region=BE-VLG&pageSize=500").json()
    assert [item["id"] for item in whole["items"]] == [item["id"] for item in met]


def test_prefix_of_a_street_name_finds_what_each_name_finds(client: httpx2.Client) -> None:
    streets = {item["id"] for item in walk(client, "/v1/streetNames?name=rue de*")}
    assert len(streets) > 2
    met = {item["streetName"]["id"] for item in walk(client, "/v1/addresses?streetName=rue de*")}
    assert met <= streets
    assert "bru-1679" in met


def test_status_is_repeatable(client: httpx2.Client) -> None:
    met = list(walk(client, "/v1/addresses?status=reserved&status=proposed"))
    assert {item["status"] for item in met} == {"reserved", "proposed"}


# ---------------------------------------------------------------- points and boxes


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("/v1/municipalities", {"name": "luik"}, ["62063"]),
        ("/v1/municipalities", {"name": "LIEGE"}, ["62063"]),
        ("/v1/municipalities", {"name": "antwerp"}, ["11002"]),
        ("/v1/municipalities", {"name": "antw*"}, ["11002"]),
        ("/v1/municipalities", {"municipalityCode": 21004}, ["21004"]),
        ("/v1/municipalities", {"postCode": "1000"}, ["21004"]),
        ("/v1/streetNames", {"name": "turnhoutsebaan"}, ["vlg-900000008", "vlg-900000009"]),
        ("/v1/streetNames", {"name": "turnhoutsebaan", "postCode": "2100"}, ["vlg-900000009"]),
        ("/v1/streetNames", {"status": "retired"}, ["vlg-26049"]),
        ("/v1/streetNames", {"name": "wetstraat", "municipalityCode": 21004}, ["bru-1679"]),
        ("/v1/streetNames", {"name": "wetstraat", "municipalityCode": 21001}, []),
        ("/v1/postalInfos", {"postCode": "1000"}, ["1000"]),
        ("/v1/postalInfos", {"name": "halle"}, ["1500"]),
        ("/v1/partsOfMunicipalities", {"municipalityCode": 53053}, ["wal-1012"]),
        ("/v1/partsOfMunicipalities", {"region": "BE-VLG"}, []),
    ],
)
def test_filters_of_the_other_collections(
    client: httpx2.Client, path: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert list_ids(client, path, **parameters) == expected


def test_postal_infos_of_a_municipality(client: httpx2.Client) -> None:
    through_addresses = {
        item["postalInfo"]["postCode"]
        for item in walk(client, "/v1/addresses?municipalityCode=21004&pageSize=500")
        if "href" in item["postalInfo"]
    }
    codes = list_ids(client, "/v1/postalInfos", municipalityCode=21004)
    assert set(codes) == through_addresses
    assert len(codes) > 2


# ---------------------------------------------------------------- embedding


def test_embedded_objects_are_whole_and_keyed_by_link(client: httpx2.Client) -> None:
    kinds = ["streetName", "municipality", "partOfMunicipality", "postalInfo"]
    page = client.get(
        "/v1/addresses", params={"municipalityCode": 53053, "embed": kinds, "pageSize": 50}
    ).json()
    links = {
        item[kind]["href"]
        for item in page["items"]
        for kind in kinds
        if "href" in item.get(kind, {})
    }
    assert set(page["embedded"]) == links
    for link, embedded in page["embedded"].items():
        document = client.get(link.removeprefix(PUBLIC_URL)).json()
        del document["self"], document["dataset"]
        assert embedded == document


def test_embedding_in_a_document(client: httpx2.Client) -> None:
    document = client.get("/v1/addresses/bru-210225", params={"embed": "streetName"}).json()
    assert list(document["embedded"]) == [document["streetName"]["href"]]
    street = client.get("/v1/streetNames/bru-1679", params={"embed": "municipality"}).json()
    assert street["embedded"][street["municipality"]["href"]]["municipalityCode"] == 21004
    # A reference that leads nowhere has nothing to embed.
    dangling = client.get("/v1/addresses/vlg-900000027", params={"embed": "streetName"}).json()
    assert "embedded" not in dangling
