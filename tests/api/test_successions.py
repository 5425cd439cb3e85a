"""What is gone, what took its place, and the versions of what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from api.v1 import history_schemas, service_schemas
from geo.pipelines import choose_datum_shift
from registry.domain.region import Region
from registry.publication.roll_back import roll_back
from registry.store.connections import Role, connect
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.editions import Address
from tests.database.successive import publish, street, week

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from api.v1.schema_parts import Model
    from registry.settings import Settings

BOTH = ("21004", "21005")


def moved(object_id: str, number: str = "1") -> Address:
    return Address(id=object_id, number=number, street="20", municipality="21005")


STREET = street("20", municipality="21005")
WEEKS = (
    week([Address(id="1"), Address(id="2", number="2")], [street("10")], BOTH),
    # The city goes, its street name and number 1 are issued anew; number 2 is re-pointed.
    week(
        [moved("3"), moved("2", "2")],
        [STREET],
        ("21005",),
    ),
    # Number 1 is issued anew once more.
    week(
        [moved("4"), moved("2", "2")],
        [STREET],
        ("21005",),
    ),
)


@pytest.fixture(scope="module")
def merged(migrated_template: Settings) -> Iterator[Settings]:
    """Three weeks of a Brussels that is merged in the second."""
    with cloned(migrated_template) as settings:
        publish(settings, *WEEKS)
        publish(settings, week([], [], ("11002",), region=Region.FLANDERS))
        yield settings


@pytest.fixture(scope="module")
def client(merged: Settings) -> Iterator[httpx2.Client]:
    with serving(merged) as client:
        yield client


def get_gone(client: httpx2.Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 410, answer.text
    body: dict[str, Any] = answer.json()
    check(service_schemas.Problem, body)
    return body


def check(model: type[Model], body: dict[str, Any]) -> None:
    """Check that a body is what the contract says, and has nothing else."""
    written = model.model_validate(body).model_dump(by_alias=True, exclude_unset=True)
    assert written.keys() == body.keys()


def ids(links: list[dict[str, Any]], name: str = "successors") -> list[Any]:
    """Return the ids of a chain, each with what follows it."""
    return [(link["id"], ids(link.get(name, []), name)) for link in links]


def test_an_address_that_was_issued_anew_twice(client: httpx2.Client) -> None:
    gone = get_gone(client, "/v1/addresses/bru-1")
    assert gone["reason"] == "removed"
    releases = client.get("/v1/releases").json()["items"]
    assert gone["goneSince"] == releases[1]["publishedAt"]
    assert gone["lastKnown"]["recorded"]["release"] == 1
    assert gone["lastKnown"]["removedAt"].startswith("2026-11-09")
    assert ids(gone["successors"]) == [("bru-3", [("bru-4", [])])]
    (successor,) = gone["successors"]
    assert successor["basis"] == "inferred"
    assert successor["rule"] == "sameNumberInSuccessor"
    assert successor["evidence"]["successorStreetName"] == "20"
    assert client.get(successor["href"].partition("/v1")[2].join(["/v1", ""])).status_code == 410
    between = get_gone(client, "/v1/addresses/bru-3")
    assert ids(between["predecessors"], "predecessors") == [("bru-1", [])]


def test_who_took_the_place_tells_whose(client: httpx2.Client) -> None:
    body = client.get("/v1/addresses/bru-4/versions").json()
    assert ids(body["predecessors"], "predecessors") == [("bru-3", [("bru-1", [])])]
    assert "successors" not in body


def test_a_municipality_and_a_street_name_that_went(client: httpx2.Client) -> None:
    city = get_gone(client, "/v1/municipalities/21004")
    assert city["reason"] == "mergedMunicipality"
    assert ids(city["successors"]) == [("21005", [])]
    assert city["successors"][0]["evidence"]["addresses"] == 1
    assert ids(get_gone(client, "/v1/streetNames/bru-10")["successors"]) == [("bru-20", [])]


@pytest.mark.parametrize(
    ("old", "new", "rule", "date"),
    [
        ("12030", "12041", "mergedMunicipality", "2018-12-31T23:00:00"),
        ("44034", "44087", "mergedMunicipality", "2024-12-31T23:00:00"),
        ("82005", "82039", "mergedMunicipality", "2024-12-01T23:00:00"),
        ("54007", "57096", "recodedMunicipality", "2018-12-31T23:00:00"),
    ],
)
def test_codes_that_the_law_did_away_with(
    client: httpx2.Client, old: str, new: str, rule: str, date: str
) -> None:
    gone = get_gone(client, f"/v1/municipalities/{old}")
    (successor,) = gone["successors"]
    assert (successor["id"], successor["basis"]) == (new, "declared")
    assert gone["reason"] == successor["rule"] == rule
    assert successor["happenedAt"].startswith(date)
    assert successor["evidence"]["source"]
    assert "goneSince" not in gone
    assert get_gone(client, f"/v1/municipalities/{old}/versions")["successors"] == [successor]


def test_a_municipality_tells_what_was_merged_into_it(client: httpx2.Client) -> None:
    body = client.get("/v1/municipalities/11002/versions").json()
    assert ids(body["predecessors"], "predecessors") == [("11007", [])]
    assert client.get("/v1/municipalities/99999").status_code == 404
    # The day before it went it was there, and this register never heard of it.
    assert client.get("/v1/municipalities/44048?validOn=2024-06-01").status_code == 404
    assert client.get("/v1/municipalities/44048?validOn=2025-06-01").status_code == 410


@pytest.mark.parametrize(
    ("path", "old", "new", "after"),
    [
        ("addresses", "BE.BRUSSELS.BRIC.ADM.ADDR/2", "bru-2", []),
        ("addresses", "be.brussels.bric.adm.addr/1/3", "bru-1", [("bru-3", [("bru-4", [])])]),
        ("streetNames", "BE.BRUSSELS.BRIC.ADM.STR/10", "bru-10", [("bru-20", [])]),
        ("municipalities", "BE.BRUSSELS.BRIC.ADM.MUNICIPALITY/21005", "21005", []),
        ("postalInfos", "BE.BRUSSELS.BRIC.ADM.PZ/1000", "1000", []),
    ],
)
def test_identifiers_of_brussels_before_2022(
    client: httpx2.Client, path: str, old: str, new: str, after: list[Any]
) -> None:
    gone = get_gone(client, f"/v1/{path}/{quote(old, safe='')}")
    assert gone["reason"] == "namespaceReplaced"
    assert ids(gone["successors"]) == [(new, after)]
    (successor,) = gone["successors"]
    assert successor["rule"] == "namespaceReplaced"
    assert successor["happenedAt"].startswith("2022-01-3")
    assert successor["evidence"]["successorNamespace"].startswith("https://databrussels.be/id/")


@pytest.mark.parametrize(
    "identifier",
    ["BE.BRUSSELS.BRIC.ADM.ADDR/77", "BE.BRUSSELS.BRIC.ADM.STR/2", "BE.BRUSSELS.BRIC.ADM.ADDR/"],
)
def test_identifiers_that_brussels_never_had(client: httpx2.Client, identifier: str) -> None:
    assert client.get(f"/v1/addresses/{quote(identifier, safe='')}").status_code == 404


def test_versions_and_what_changed_in_each(client: httpx2.Client) -> None:
    body = client.get("/v1/addresses/bru-2/versions").json()
    first, second = body["items"]
    assert (first["change"], first["nature"], first["changed"]) == ("added", "undated", [])
    assert (second["change"], second["nature"]) == ("altered", "undated")
    assert second["changed"] == [
        {"member": "municipality", "old": "21004", "new": "21005"},
        {"member": "streetName", "old": "10", "new": "20"},
    ]
    assert first["recorded"]["until"] == second["recorded"]["at"]
    assert "until" not in second["recorded"]
    assert second["record"]["houseNumber"] == "2"
    check(history_schemas.VersionCollection, body)
    for item in body["items"]:
        check(history_schemas.Version, item)
    assert body["historyFrom"] == "2026-11-02T00:00:00Z"
    assert body["self"].endswith("/v1/addresses/bru-2/versions")


def test_versions_of_what_is_gone_say_how_it_ended(client: httpx2.Client) -> None:
    (only,) = client.get("/v1/addresses/bru-1/versions").json()["items"]
    assert only["removedAt"].startswith("2026-11-09")
    assert only["recorded"]["until"]


def test_versions_in_other_forms(client: httpx2.Client) -> None:
    identifier = quote("https://databrussels.be/id/address/2/1", safe="")
    by_identifier = client.get(f"/v1/addresses/{identifier}/versions")
    plain = client.get("/v1/addresses/bru-2/versions")
    assert by_identifier.json()["items"] == plain.json()["items"]
    lines = client.get(
        "/v1/addresses/bru-2/versions", headers={"Accept": "application/x-ndjson"}
    ).text.splitlines()
    assert len(lines) == 2
    again = client.get(
        "/v1/addresses/bru-2/versions", headers={"If-None-Match": plain.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    "kind",
    ["addresses/bru-9", "streetNames/bru-9", "municipalities/10001", "postalInfos/9999"],
)
def test_versions_of_what_never_was(client: httpx2.Client, kind: str) -> None:
    assert client.get(f"/v1/{kind}/versions").status_code == 404


def test_what_was_recorded_later_is_not_told(client: httpx2.Client) -> None:
    body = client.get("/v1/addresses/bru-1/versions?release=2").json()
    assert ids(body["successors"]) == [("bru-3", [])]
    body = client.get("/v1/addresses/bru-1/versions?release=1").json()
    assert "successors" not in body
    assert "until" not in body["items"][0]["recorded"]
    assert "removedAt" not in body["items"][0]
    gone = get_gone(client, "/v1/addresses/bru-1?release=2")
    assert ids(gone["successors"]) == [("bru-3", [])]
    assert client.get("/v1/addresses/bru-1/versions?validOn=2026-01-01").status_code == 400


def test_the_list_of_successions(client: httpx2.Client) -> None:
    page = client.get("/v1/successions").json()
    check(history_schemas.SuccessionCollection, page)
    check(history_schemas.RecordedSuccession, page["items"][0])
    assert [(item["resource"], item["id"], item["successor"]["id"]) for item in page["items"]] == [
        ("municipalities", "21004", "21005"),
        ("streetNames", "bru-10", "bru-20"),
        ("addresses", "bru-1", "bru-3"),
        ("addresses", "bru-3", "bru-4"),
    ]
    walked, path = [], "/v1/successions?limit=1"
    while path:
        body = client.get(path).json()
        walked += body["items"]
        path = body["next"].partition("/v1")[2].join(["/v1", ""]) if "next" in body else ""
    assert walked == page["items"]
    later = client.get(f"/v1/successions?after={walked[2]['seq']}").json()["items"]
    assert later == walked[3:]
    assert client.get("/v1/successions?resource=streetNames&region=BE-BRU").json()["items"] == [
        walked[1]
    ]
    assert client.get("/v1/successions?region=BE-WAL").json()["items"] == []


def test_successions_that_are_to_come(client: httpx2.Client) -> None:
    answer = client.get("/v1/successions?after=99999999999")
    assert answer.status_code == 400
    (issue,) = answer.json()["issues"]
    assert (issue["name"], issue["type"].rpartition(":")[2]) == ("after", "outOfRange")


def test_other_reasons_to_be_gone(register: Settings) -> None:
    retired = Address(id="1", version="2", status="retired", valid_from="2026-11-05T00:00:00Z")
    new, wrong = Address(id="2"), Address(id="3", number="3")
    weeks = (week([Address(id="1")]), week([retired, new]), week([new]), week([new, wrong]))
    publish(register, *weeks)
    with connect(register, Role.IMPORTER) as connection:
        roll_back(connection, 4, shift=choose_datum_shift(None), progress=lambda _: None)
    with serving(register) as client:
        gone = get_gone(client, "/v1/addresses/bru-1")
        assert gone["reason"] == "retired"
        assert ids(gone["successors"]) == [("bru-2", [])]
        assert gone["successors"][0]["happenedAt"] == "2026-11-05T00:00:00Z"
        taken_back = get_gone(client, "/v1/addresses/bru-3")
        assert taken_back["reason"] == "rolledBack"
        assert "successors" not in taken_back


def test_long_chains_and_circles_come_to_an_end(register: Settings) -> None:
    publish(register, week([Address(id="1")]))
    links = [("address", f"c{n}", f"c{n + 1}") for n in range(15)]
    links += [("address", "x", "y"), ("address", "y", "x"), ("address", "y", "z")]
    links += [("municipality", "44034", "44087"), ("municipality", "44034", "44088")]
    with connect(register, Role.IMPORTER) as connection:
        connection.cursor().executemany(
            "insert into registry.succession (region, resource, object_id, successor_id, basis,"
            " rule, evidence, seq_from) select case %s when 'address' then 'bru' else 'vlg' end,"
            " %s, %s, %s, 'inferred', 'rePointed', '{}', 1",
            [(link[0], *link) for link in links],
        )
    with serving(register) as client:
        chain = get_gone(client, "/v1/addresses/bru-c0")["successors"]
        depth = 0
        while chain:
            (link,) = chain
            depth, chain = depth + 1, link.get("successors", [])
        assert depth == 10
        circle = get_gone(client, "/v1/addresses/bru-x")
        assert ids(circle["successors"]) == [("bru-y", [("bru-z", [])])]
        # What the law says goes before what was concluded, of the same two.
        merged = get_gone(client, "/v1/municipalities/44034")["successors"]
        assert [(link["id"], link["basis"]) for link in merged] == [
            ("44087", "declared"),
            ("44088", "inferred"),
        ]
