"""validOn, knownOn and release: alone and together, on every resource, and where history ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from registry.domain.region import Region
from registry.store.connections import Role, connect
from tests.api.serving import PUBLIC_URL, serving
from tests.conftest import cloned
from tests.database.editions import Address, Edition, Named, StreetName, import_editions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings

OLD = StreetName(id="10")
NEW = StreetName(id="10", names={"nl": "Nieuwe Wetstraat"}, valid_from=None)
UNDATED: dict[str, Any] = {"valid_from": None, "begin": None}
FIRST = Edition(
    day="2024-09-01",
    street_names=[OLD],
    addresses=[
        Address(id="1", number="1"),
        Address(id="2", number="2", **UNDATED),
        Address(id="3", number="3", valid_to="2024-09-10T00:00:00Z"),
        Address(id="4", number="4"),
    ],
)
SECOND = Edition(
    day="2024-10-01",
    street_names=[NEW],
    addresses=[
        Address(id="1", number="1A", valid_from="2024-09-15T00:00:00Z"),
        Address(id="2", number="2A", **UNDATED),
        Address(id="3", number="3", valid_to="2024-09-10T00:00:00Z"),
    ],
)
THIRD = replace(
    SECOND, day="2024-11-01", addresses=[*(SECOND.addresses or ()), Address(id="4", number="4B")]
)
FLANDERS = Edition(
    region=Region.FLANDERS,
    day="2024-10-15",
    street_names=[],
    municipalities=[Named(id="11001", names={"nl": "Aartselaar"})],
    postal_infos=[Named(id="2630", names={"nl": "AARTSELAAR"})],
)
BRUSSELS_BEGINS, FLANDERS_BEGINS = "2024-09-01T00:00:00Z", "2024-10-15T00:00:00Z"
BEFORE_NAMES = "2014-06-01"  # the life of street and addresses has begun, no source says valid


@pytest.fixture(scope="module")
def three_releases(migrated_template: Settings) -> Iterator[Settings]:
    """Releases 1, 2 and 4 are of Brussels, 3 is of Flanders."""
    with cloned(migrated_template) as settings:
        for edition in (FIRST, SECOND, FLANDERS, THIRD):
            summary = import_editions(settings, edition, accept_totals=True)
            assert not summary.failed, summary.failure
        yield replace(settings, public_url=PUBLIC_URL)


@pytest.fixture(scope="module")
def client(three_releases: Settings) -> Iterator[httpx2.Client]:
    with serving(three_releases) as client:
        yield client


def get(client: httpx2.Client, path: str, **parameters: str | int) -> httpx2.Response:
    return client.get(path.removeprefix(PUBLIC_URL), params=parameters or None)


def numbers(client: httpx2.Client, **parameters: str | int) -> list[str]:
    page = get(client, "/v1/addresses", **parameters).json()
    return [document["houseNumber"] for document in page["items"]]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ({}, ["1A", "2A", "3", "4B"]),
        ({"release": 1}, ["1", "2", "3", "4"]),
        ({"release": 2}, ["1A", "2A", "3"]),
        # As is believed now: 1A since mid September, 2A since it was seen, 4B all along.
        ({"validOn": "2024-09-05"}, ["1", "2", "3", "4B"]),
        ({"validOn": "2024-09-20"}, ["1A", "2", "4B"]),
        ({"validOn": "2024-10-05"}, ["1A", "2A", "4B"]),
        # As was believed then: 1 is still 1, and 4 goes with the second edition.
        ({"validOn": "2024-09-20", "release": 1}, ["1", "2", "4"]),
        ({"validOn": "2024-09-20", "release": 2}, ["1A", "2", "4"]),
        ({"validOn": "2024-10-05", "release": 2}, ["1A", "2A"]),
        ({"validOn": "2024-09-15T02:00:00+02:00"}, ["1A", "2", "4B"]),
        ({"validOn": "2024-09-15T01:59:59+02:00"}, ["1", "2", "4B"]),
        ({"validOn": "2000-01-01"}, ["2"]),
    ],
)
def test_the_two_axes_alone_and_together(
    client: httpx2.Client, moment: dict[str, Any], expected: list[str]
) -> None:
    assert numbers(client, **moment) == expected
    for way in (
        {"municipalityCode": 21004},
        {"streetNameId": "bru-10", "pageSize": 10},
        {"x": 149843.5, "y": 170639.5, "crs": 31370},
        {"bbox": "149800,170600,149900,170700", "crs": 31370},
    ):
        assert sorted(numbers(client, **way, **moment)) == expected
    alone = {
        answer.json()["houseNumber"]
        for i in range(1, 5)
        if (answer := get(client, f"/v1/addresses/bru-{i}", **moment)).status_code == 200
    }
    assert alone == set(expected)


def test_known_on_is_the_release_that_was_out_by_then(
    client: httpx2.Client, three_releases: Settings
) -> None:
    with connect(three_releases, Role.READER) as connection:
        rows = connection.execute("select number, published_at from best.release order by 1")
        published: dict[int, Any] = dict(rows.fetchall())
    for number in (1, 2, 3, 4):
        moment = published[number].isoformat()
        asked = get(client, "/v1/addresses", knownOn=moment).json()
        assert asked["items"] == get(client, "/v1/addresses", release=number).json()["items"]
    at_newest = get(client, "/v1/addresses", knownOn=published[4].isoformat()).json()
    plain = get(client, "/v1/addresses").json()
    assert at_newest["total"] == plain["total"] == 4
    assert "total" not in get(client, "/v1/addresses", release=1).json()
    assert "total" not in get(client, "/v1/addresses", validOn="2024-11-02").json()


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ({}, "Nieuwe Wetstraat"),
        ({"release": 1}, "Wetstraat"),
        ({"validOn": "2024-09-20"}, "Wetstraat"),
        ({"validOn": "2024-10-02"}, "Nieuwe Wetstraat"),
        ({"validOn": "2024-10-02", "release": 1}, "Wetstraat"),
    ],
)
def test_names_are_those_of_the_moment_wherever_they_stand(
    client: httpx2.Client, moment: dict[str, Any], name: str
) -> None:
    asked = {"embed": "streetName", **moment}
    address = get(client, "/v1/addresses/bru-1", **asked).json()
    street = get(client, "/v1/streetNames/bru-10", **asked).json()
    embedded = address["embedded"][f"{PUBLIC_URL}/v1/streetNames/bru-10"]
    found = [
        address["streetName"]["name"],
        embedded["name"],
        street["name"],
        get(client, "/v1/addresses", **asked).json()["items"][0]["streetName"]["name"],
        get(client, "/v1/streetNames", **moment).json()["items"][0]["name"],
    ]
    assert found == [{"nl": name}] * 5
    assert address["formattedAddress"]["nl"]["lines"][0].startswith(f"{name} ")
    for pattern in (name, f"{name[:3]}*", f"*{name[1:]}*"):
        assert get(client, "/v1/streetNames", name=pattern, **moment).json()["items"]
        assert numbers(client, streetName=pattern, **moment)
    other = {"Wetstraat": "Nieuwe Wetstraat", "Nieuwe Wetstraat": "Wetstraat"}[name]
    assert numbers(client, streetName=other, **moment) == []


def test_before_the_files_only_dated_names_are_given(client: httpx2.Client) -> None:
    then = {"validOn": "2016-01-01"}
    address = get(client, "/v1/addresses/bru-1", **then).json()
    assert address["historyFrom"] == BRUSSELS_BEGINS
    assert address["streetName"]["name"] == {"nl": "Wetstraat"}  # its source says since 2015
    assert address["municipality"] == {
        "id": "21004",
        "href": f"{PUBLIC_URL}/v1/municipalities/21004",
        "municipalityCode": 21004,
    }
    municipality = get(client, "/v1/municipalities/21004", **then).json()
    assert municipality["self"] == f"{PUBLIC_URL}/v1/municipalities/21004?validOn=2016-01-01"
    assert municipality["historyFrom"] == BRUSSELS_BEGINS
    assert not {"name", "title"} & municipality.keys()
    after = get(client, "/v1/municipalities/21004", validOn="2024-09-02").json()
    assert after["name"] == {"nl": "Brussel"}
    assert "historyFrom" not in after


def test_a_name_that_is_not_given_is_not_found_by(client: httpx2.Client) -> None:
    then = {"validOn": BEFORE_NAMES}
    assert numbers(client, municipalityCode=21004, **then) == ["1", "2", "3", "4"]
    street = get(client, "/v1/addresses/bru-1", **then).json()["streetName"]
    assert street == {"id": "bru-10", "href": f"{PUBLIC_URL}/v1/streetNames/bru-10"}
    for name in ("wetstraat", "wet*", "*straat*", "*et*"):
        assert numbers(client, streetName=name, **then) == []
        assert get(client, "/v1/streetNames", name=name, **then).json()["items"] == []
    assert len(get(client, "/v1/streetNames", **then).json()["items"]) == 1


def test_before_the_first_release_of_a_region_nothing_is_known(client: httpx2.Client) -> None:
    for kind in ("addresses", "streetNames", "municipalities", "postalInfos"):
        page = get(client, f"/v1/{kind}", knownOn="2024-09-20").json()
        assert page["items"] == []
        both = {"BE-BRU": BRUSSELS_BEGINS, "BE-VLG": FLANDERS_BEGINS}
        assert page["historyFrom"] == both
    answer = get(client, "/v1/addresses/bru-1", knownOn="2024-09-20")
    assert (answer.status_code, answer.json()["historyFrom"]) == (404, BRUSSELS_BEGINS)

    page = get(client, "/v1/municipalities", release=2).json()
    assert [document["id"] for document in page["items"]] == ["21004"]
    assert page["historyFrom"] == {"BE-VLG": FLANDERS_BEGINS}
    page = get(client, "/v1/municipalities", release=2, region="BE-BRU").json()
    assert "historyFrom" not in page
    answer = get(client, "/v1/municipalities/11001", release=2)
    assert (answer.status_code, answer.json()["historyFrom"]) == (404, FLANDERS_BEGINS)


def test_what_has_ended_by_the_moment_is_gone_and_what_has_not_begun_is_not_there(
    client: httpx2.Client,
) -> None:
    for path, moment, status in (
        ("addresses/bru-4", {"release": 2}, 410),
        ("addresses/bru-4", {"release": 2, "validOn": "2024-10-01T00:00:00Z"}, 410),
        ("addresses/bru-4", {"release": 2, "validOn": "2024-09-30T23:59:59Z"}, 200),
        ("addresses/bru-3", {"validOn": "2024-09-09"}, 200),
        ("addresses/bru-3", {"validOn": "2024-09-11"}, 410),
        ("addresses/bru-1", {"validOn": "2014-01-01"}, 404),
        ("streetNames/bru-10", {"validOn": "2014-01-01"}, 404),
        ("postalInfos/1000", {"validOn": "1850-01-01"}, 200),
        ("postalInfos/9999", {"validOn": "2024-10-01"}, 404),
    ):
        assert get(client, f"/v1/{path}", **moment).status_code == status, (path, moment)


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [
        ({"validOn": "2999-01-01"}, ["outOfRange"]),
        ({"knownOn": "2999-01-01T00:00:00Z"}, ["outOfRange"]),
        ({"validOn": "2024-02-30"}, ["invalidInput"]),
        ({"validOn": "1717200000"}, ["invalidInput"]),
        ({"knownOn": "2024-05-31T12:00:00"}, ["invalidInput"]),
        ({"knownOn": "2024-05-31T12:00:00 02:00"}, ["invalidInput"]),
        ({"validOn": "0001-01-01T00:00:00+14:00"}, ["invalidInput"]),
        ({"release": 5}, ["outOfRange"]),
        ({"release": 1, "knownOn": "2024-05-31"}, ["zeroOrExactlyOneOfExpected"]),
        ({"validOn": "soon", "knownOn": "2999-01-01"}, ["invalidInput", "outOfRange"]),
        ({"release": 0}, ["schemaViolation"]),
    ],
)
def test_moments_that_cannot_be_asked_for(
    client: httpx2.Client, parameters: dict[str, Any], kinds: list[str]
) -> None:
    for path in ("/v1/addresses", "/v1/addresses/bru-1", "/v1/postalInfos", "/v1/postalInfos/1000"):
        answer = get(client, path, **parameters)
        assert answer.status_code == 400
        issues = answer.json()["issues"]
        assert [issue["type"].rpartition(":")[2] for issue in issues] == kinds
        assert {issue["name"] for issue in issues} <= parameters.keys()


def test_a_walk_keeps_its_moment_and_its_validators(migrated_template: Settings) -> None:
    with cloned(migrated_template) as settings:
        import_editions(settings, FIRST, accept_totals=True)
        with serving(settings) as client:
            first = get(client, "/v1/addresses", validOn="2024-09-20", pageSize=1)
            import_editions(settings, SECOND, accept_totals=True)
            newest = get(client, "/v1/addresses", release=2).json()  # heard of when it is asked
            assert len(newest["items"]) == 3
            met, page = [first.json()["items"][0]["houseNumber"]], first
            while following := page.json().get("next"):
                page = client.get(following)
                met += [document["houseNumber"] for document in page.json()["items"]]
                tag = {"If-None-Match": page.headers["etag"]}
                assert client.get(following, headers=tag).status_code == 304
            assert met == ["1", "2", "4"]
            other = first.json()["next"].replace("2024-09-20", "2024-09-21")
            assert client.get(other).status_code == 400


def test_what_was_known_stays_valid_and_what_is_believed_does_not(
    migrated_template: Settings,
) -> None:
    with cloned(migrated_template) as settings:
        import_editions(settings, FIRST, accept_totals=True)
        with serving(settings) as client:
            asked: tuple[dict[str, Any], ...] = ({"release": 1}, {"validOn": "2024-09-20"})
            tags = [get(client, "/v1/addresses/bru-1", **m).headers["etag"] for m in asked]
            import_editions(settings, SECOND, accept_totals=True)
            assert get(client, "/v1/addresses", release=2).status_code == 200
            again = [
                client.get("/v1/addresses/bru-1", params=moment, headers={"If-None-Match": tag})
                for moment, tag in zip(asked, tags, strict=True)
            ]
            assert [answer.status_code for answer in again] == [304, 200]
            assert again[1].json()["houseNumber"] == "1A"


def test_history_that_was_let_go_of_is_said_to_be_gone(
    migrated_template: Settings,
) -> None:
    with cloned(migrated_template) as settings:
        for edition in (FIRST, SECOND):
            import_editions(settings, edition, accept_totals=True)
        with connect(settings, Role.OWNER) as connection:
            row = connection.execute(
                "insert into registry.pruning (history_from, pruned_at, versions, findings)"
                " select last_seq, clock_timestamp(), 0, 0 from registry.release where number = 2"
                " returning history_from"
            ).fetchone()
        assert row
        with serving(replace(settings, public_url=PUBLIC_URL)) as client:
            problem: dict[str, Any] = {}
            for moment in ({"release": 1}, {"knownOn": "2024-10-02"}, {"validOn": "2024-10-02"}):
                for path in ("/v1/addresses", "/v1/addresses/bru-1", "/v1/municipalities/21004"):
                    answer = get(client, path, **moment)
                    problem = answer.json()
                    assert answer.status_code == 410
                    assert problem["type"] == "urn:problem-type:best:addressRegistry:historyGone"
                    assert problem["oldest"] == row[0]
                    assert problem["snapshot"] == f"{PUBLIC_URL}/v1/snapshots/latest"
            oldest = problem["oldestMoment"]
            for moment in ({"release": 2}, {"knownOn": oldest}, {"validOn": oldest}):
                assert get(client, "/v1/addresses", **moment).status_code == 200
