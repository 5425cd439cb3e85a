"""Names in any case, with or without accents: whole, how they begin, any part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registry.normalization.text import fold
from tests.api.test_listings import walk

if TYPE_CHECKING:
    import httpx2

PATTERNS = {
    "wetstraat": lambda name: name == "wetstraat",
    "RUE  de-la Löi": lambda name: name == "rue de la loi",
    "rue*": lambda name: name.startswith("rue"),
    "r*": lambda name: name.startswith("r"),
    "*straat*": lambda name: "straat" in name,
    "*STRÀAT": lambda name: "straat" in name,
    "*a*": lambda name: "a" in name,
    "*q*": lambda name: "q" in name,
    "*1*": lambda name: "1" in name,
    "*ij*": lambda name: "ij" in name,
    "*zq*": lambda _: False,
    "*e d*": lambda name: "e d" in name,
    # What would be a wildcard to the database is punctuation, as anywhere in a name.
    "*e%d*": lambda name: "e d" in name,
    "*r_e*": lambda name: "r e" in name,
    "*\\*e": lambda name: "e" in name,
    "*" + "a" * 190 + "*": lambda _: False,
}


@pytest.fixture(scope="module")
def streets(client: httpx2.Client) -> list[dict[str, Any]]:
    return list(walk(client, "/v1/streetNames?pageSize=500"))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_name_finds_all_that_have_it_in_the_usual_order(
    client: httpx2.Client, streets: list[dict[str, Any]], pattern: str
) -> None:
    wanted = PATTERNS[pattern]
    expected = [s["id"] for s in streets if any(wanted(fold(n)) for n in s["name"].values())]
    for size in (500, 7):
        page = client.get("/v1/streetNames", params={"name": pattern, "pageSize": size})
        assert page.status_code == 200, page.text
        assert [s["id"] for s in walk(client, page.json()["self"])] == expected


@pytest.mark.parametrize("parameter", ["region", "status", "postCode", "municipalityCode"])
def test_a_part_of_a_name_goes_with_other_conditions(client: httpx2.Client, parameter: str) -> None:
    value = {"region": "BE-BRU", "status": "current", "postCode": "1000"}.get(parameter, "21004")
    every = client.get("/v1/streetNames", params={parameter: value, "pageSize": 500}).json()
    names = [(s["id"], [fold(n) for n in s["name"].values()]) for s in every["items"]]
    for text in ("a", "rue"):
        page = client.get("/v1/streetNames", params={parameter: value, "name": f"*{text}*"}).json()
        expected = [id_ for id_, folded in names if any(text in name for name in folded)]
        assert [s["id"] for s in page["items"]] == expected[:100]


@pytest.mark.parametrize("collection", ["municipalities", "partsOfMunicipalities", "postalInfos"])
def test_every_kind_is_found_by_a_part_of_its_name(client: httpx2.Client, collection: str) -> None:
    every = list(walk(client, f"/v1/{collection}?pageSize=500"))
    page = client.get(f"/v1/{collection}", params={"name": "*lle*", "pageSize": 500}).json()
    expected = [o["id"] for o in every if any("lle" in fold(n) for n in o.get("name", {}).values())]
    assert [found["id"] for found in page["items"]] == expected != []


def test_addresses_by_a_part_of_their_street(client: httpx2.Client) -> None:
    given = {"streetName": "*etstra*", "houseNumber": "16"}
    page = client.get("/v1/addresses", params=given).json()
    assert [address["id"] for address in page["items"]] == ["bru-210225"]


@pytest.mark.parametrize(
    ("stars", "said"),
    [
        *((stars, "no letter or digit") for stars in ("*", "**", " * ", "*%*", "*_*")),
        *((stars, "in the middle") for stars in ("rue*loi", "*rue*loi*", "r * i*", "*wet*straat")),
    ],
)
@pytest.mark.parametrize(
    ("collection", "parameter"), [("streetNames", "name"), ("addresses", "streetName")]
)
def test_stars_alone_or_in_the_middle_are_refused(
    client: httpx2.Client, collection: str, parameter: str, stars: str, said: str
) -> None:
    answer = client.get(f"/v1/{collection}", params={parameter: stars})
    assert answer.status_code == 400
    (issue,) = answer.json()["issues"]
    assert (issue["name"], issue["value"]) == (parameter, stars)
    assert said in issue["detail"]
