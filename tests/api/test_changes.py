"""The feed: every change once, in order, in pages that stay what they are."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from registry.domain.region import Region
from registry.pruning import plan_pruning, prune
from registry.store.connections import Role, connect
from tests.api.history import follow, publish_week, read_feed
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.editions import Address, Edition, import_editions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def client(module_register: Settings) -> Iterator[httpx2.Client]:
    """A server on three weeks of three regions."""
    for week in range(3):
        publish_week(module_register, week)
    with serving(module_register) as client:
        yield client


@pytest.fixture(scope="module")
def events(client: httpx2.Client) -> list[dict[str, Any]]:
    return read_feed(client)


def test_every_change_is_there_once_and_in_order(
    client: httpx2.Client, events: list[dict[str, Any]]
) -> None:
    newest = client.get("/v1").json()["seq"]
    assert newest > 60
    assert [int(event["id"]) for event in events] == list(range(1, newest + 1))
    assert {event["data"]["change"] for event in events} >= {
        "added",
        "altered",
        "removed",
        "restored",
    }


def test_replayed_they_are_what_is_current(
    client: httpx2.Client, events: list[dict[str, Any]]
) -> None:
    replayed: dict[str, Any] = {}
    for change in (e["data"] for e in events if e["data"]["resource"] == "addresses"):
        replayed[change["id"]] = change.get("record")
    listed = client.get("/v1/addresses?pageSize=500").json()["items"]
    current = {key: record for key, record in replayed.items() if record}
    assert {item["id"]: item["houseNumber"] for item in listed} == {
        key: record["houseNumber"] for key, record in current.items()
    }


def test_an_event_is_a_cloud_event_with_old_and_new_values(events: list[dict[str, Any]]) -> None:
    (event,) = (e for e in events if e["subject"] == "bru-0" and e["data"]["release"] == 4)
    data = event["data"]
    assert event["specversion"] == "1.0"
    assert event["type"] == "be.best.addressRegistry.v1.addresses.notify.altered"
    assert event["source"].endswith("/v1/changes")
    assert event["sequence"] == f"{data['seq']:020}"
    assert (data["region"], data["municipalityCode"]) == ("BE-BRU", "21004")
    assert data["changed"] == [{"member": "boxNumber", "new": "b1"}]
    assert data["record"]["boxNumber"] == "b1"
    assert data["nature"] == "undated"
    (again,) = (e["data"] for e in events if e["subject"] == "bru-0" and e["data"]["release"] == 7)
    assert again["changed"] == [{"member": "boxNumber", "old": "b1", "new": "b2"}]


def test_a_removal_says_when_and_carries_no_record(events: list[dict[str, Any]]) -> None:
    (data,) = (
        e["data"] for e in events if e["subject"] == "vlg-3" and e["data"]["change"] == "removed"
    )
    assert data["removedAt"] == "2026-11-09T00:00:00Z"
    assert data["municipalityCode"] == "11001"
    assert not {"record", "validity"} & data.keys()
    (restored,) = (
        e["data"] for e in events if e["subject"] == "vlg-3" and e["data"]["change"] == "restored"
    )
    assert restored["record"]["houseNumber"] == "4"


def test_lines_are_the_same_events(client: httpx2.Client, events: list[dict[str, Any]]) -> None:
    answer = client.get("/v1/changes?limit=500", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [orjson.loads(line) for line in answer.text.splitlines()] == events[:500]
    assert f"after={len(events)}" in answer.headers["link"]


@pytest.mark.parametrize(
    ("conditions", "kept"),
    [
        ("&region=BE-WAL", lambda data: data["region"] == "BE-WAL"),
        ("&resource=streetNames", lambda data: data["resource"] == "streetNames"),
        ("&resource=partsOfMunicipalities&region=BE-BRU", lambda _: False),
        ("&municipalityCode=21004", lambda data: is_of("21004", data)),
        ("&municipalityCode=99001&region=BE-VLG", lambda data: is_of("99001", data, "BE-VLG")),
        ("&municipalityCode=99001&resource=postalInfos", lambda _: False),
    ],
)
@pytest.mark.parametrize("limit", [1, 4, 500])
def test_conditions_leave_out_and_nothing_else(
    client: httpx2.Client, events: list[dict[str, Any]], conditions: str, kept: Any, limit: int
) -> None:
    assert read_feed(client, conditions, limit) == [e for e in events if kept(e["data"])]


def is_of(code: str, data: dict[str, Any], region: str | None = None) -> bool:
    """Whether an object is in a municipality, or was before the change."""
    before = [c.get("old") for c in data["changed"] if c["member"] == "municipality"]
    return region in {None, data["region"]} and code in {data.get("municipalityCode"), *before}


def test_what_is_to_come_and_what_is_unknown(client: httpx2.Client) -> None:
    seq = client.get("/v1").json()["seq"]
    ahead = client.get(f"/v1/changes?after={seq + 1}")
    assert ahead.status_code == 400
    assert ahead.json()["issues"][0]["type"].endswith(":outOfRange")
    for wrong in (
        "limit=501",
        "limit=0",
        "after=-1",
        "region=BE",
        "resource=address",
        "x=1",
        "after=1_0",
        "limit=%2B5",
    ):
        assert client.get(f"/v1/changes?{wrong}").status_code == 400
    last = client.get(f"/v1/changes?after={seq}")
    assert last.json()["items"] == []
    assert last.json()["next"].endswith(f"after={seq}")


def test_a_complete_page_stays_what_it_is(register: Settings) -> None:
    publish_week(register, 0)
    with serving(register) as client:
        seq = client.get("/v1").json()["seq"]
        complete, last = (
            "/v1/changes?after=0&limit=10",
            f"/v1/changes?after={seq // 10 * 10}&limit=10",
        )
        before, open_page = client.get(complete), client.get(last)
        assert before.headers["cache-control"] == FOR_EVER
        assert open_page.headers["cache-control"] == "public, no-cache"
        assert_unchanged(client, complete, before)
        assert_unchanged(client, last, open_page)
        publish_week(register, 1)
        wait_for_news(client, seq)
        again = client.get(complete)
        assert (again.content, again.headers["etag"]) == (before.content, before.headers["etag"])
        assert_unchanged(client, complete, before)
        grown = client.get(last)
        assert grown.headers["etag"] != open_page.headers["etag"]
        shown = len(open_page.json()["items"])
        assert grown.json()["items"][:shown] == open_page.json()["items"]
        assert len(grown.json()["items"]) == 10
        # Made in this worker before, or by another that never saw the first state: the same bytes.
        with serving(register) as other:
            other_page = other.get(complete, headers={"Accept-Encoding": "identity"})
            assert strip_port(other_page.text) == strip_port(before.text)


def test_after_a_restore_the_same_numbers_are_other_pages(register: Settings) -> None:
    """The register was put back, and another edition was imported: the same, at other times."""
    publish_week(register, 0)
    path = "/v1/changes?after=0&limit=10"
    with serving(register) as client:
        before = client.get(path)
        assert before.headers["cache-control"] == FOR_EVER
        with connect(register, Role.OWNER) as connection:
            connection.execute(
                "update registry.release set published_at = published_at + interval '1 second'"
            )
        known, until = {"If-None-Match": before.headers["etag"]}, time.monotonic() + 10
        while (after := client.get(path, headers=known)).status_code == 304:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert after.headers["etag"] != before.headers["etag"]
        assert after.json()["items"][0]["time"] != before.json()["items"][0]["time"]


def strip_port(text: str) -> str:
    return text.replace(text.partition("127.0.0.1:")[2].partition("/")[0], "")


def assert_unchanged(client: httpx2.Client, path: str, seen: httpx2.Response) -> None:
    answer = client.get(path, headers={"If-None-Match": seen.headers["etag"]})
    assert answer.status_code == 304
    assert answer.headers["cache-control"] == seen.headers["cache-control"]


def wait_for_news(client: httpx2.Client, seq: int) -> None:
    until = time.monotonic() + 10
    while client.get("/v1").json()["seq"] <= seq:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_follower_misses_nothing_while_two_regions_are_published(register: Settings) -> None:
    """What is read once is never preceded by anything later, whoever commits first."""
    publishers = [
        threading.Thread(target=publish_all_weeks, args=(register, region))
        for region in (Region.BRUSSELS, Region.FLANDERS)
    ]
    with serving(register) as client:
        for thread in publishers:
            thread.start()
        met: list[int] = []
        path, newest = "/v1/changes?limit=3", None
        while newest is None or len(met) < newest:
            page = client.get(path).json()
            met += [item["data"]["seq"] for item in page["items"]]
            assert met == list(range(1, len(met) + 1))
            path = page["next"]
            if newest is None and not any(thread.is_alive() for thread in publishers):
                newest, begun = find_newest(register), time.monotonic()
            assert newest is None or time.monotonic() - begun < 10
        assert len(met) == newest > 40


def find_newest(settings: Settings) -> int:
    with connect(settings, Role.READER) as connection:
        row = connection.execute("select max(last_seq), count(*) from best.release").fetchone()
    assert row is not None
    assert row[1] == 6
    return int(row[0])


def publish_all_weeks(settings: Settings, region: Region) -> None:
    for week in range(3):
        publish_week(settings, week, [region])


def test_history_that_was_let_go_of(register: Settings) -> None:
    publish_week(register, 0)
    with serving(register) as client:
        seq = client.get("/v1").json()["seq"]
        with connect(register, Role.OWNER) as connection:
            connection.execute(
                "insert into registry.pruning values (%s, clock_timestamp(), 0, 0)", [20]
            )
            connection.execute("notify best_release")
        until = time.monotonic() + 10
        while (gone := client.get("/v1/changes?after=19")).status_code != 410:
            assert time.monotonic() < until
        problem = gone.json()
        assert problem["type"] == "urn:problem-type:best:addressRegistry:historyGone"
        assert problem["oldest"] == 20
        assert problem["snapshot"].endswith("/v1/snapshots/latest")
        kept = list(follow(client, "/v1/changes?after=20"))
        assert [item["data"]["seq"] for item in kept] == list(range(21, seq + 1))


@pytest.mark.parametrize(("horizon", "status"), [(5, 410), (0, 503)])
def test_a_page_with_holes_is_not_served(register: Settings, horizon: int, status: int) -> None:
    """A pruning that the worker has not heard of deletes while a page is read."""
    publish_week(register, 0)
    with serving(register) as client:
        with connect(register, Role.OWNER) as connection:
            connection.execute("delete from registry.address_version where seq_from < 5")
            connection.execute("delete from registry.municipality_version where seq_from < 5")
            if horizon:
                connection.execute(
                    "insert into registry.pruning values (%s, clock_timestamp(), 0, 0)", [horizon]
                )
        assert client.get("/v1/changes?after=0&limit=10").status_code == status
        filtered = client.get("/v1/changes?after=0&limit=10&region=BE-BRU")
        assert filtered.status_code == (410 if horizon else 200)


def test_what_comes_back_looks_the_same_when_what_was_before_is_pruned(register: Settings) -> None:
    """A page just above the horizon is complete too."""
    stay = [Address(id=str(n)) for n in range(20)]
    for day, there in enumerate(([Address(id="x")], [], [Address(id="x", number="99")], [])):
        edition = Edition(day=f"2026-11-{day + 10}", addresses=[*stay, *there])
        assert import_editions(register, edition).failure is None
    with connect(register, Role.READER) as connection:
        row = connection.execute("select last_seq from best.release where number = 2").fetchone()
    path = f"/v1/changes?limit=1&after={row[0] if row else 0}"
    with serving(register) as client:
        before = client.get(path).json()
        with connect(register, Role.OWNER, autocommit=True) as connection:
            plan = plan_pruning(connection, 3)
            prune(connection, plan, datetime(2026, 12, 1, tzinfo=UTC), lambda _: None)
        assert plan.versions == 1
        versions = client.get("/v1/addresses/bru-x/versions").json()["items"]
    (data,) = (event["data"] for event in before["items"])
    assert (data["change"], data["record"]["houseNumber"]) == ("restored", "99")
    assert (data["changed"], data["nature"]) == ([], "undated")
    assert ([v["changed"] for v in versions], versions[-1]["nature"]) == ([[]], "undated")
    with serving(register) as client:
        assert [event["data"] for event in client.get(path).json()["items"]] == [data]


def test_a_removal_of_what_never_was_has_no_moment(register: Settings) -> None:
    publish_week(register, 0)
    publish_week(register, 1)
    with connect(register, Role.OWNER) as connection:
        connection.execute(
            "update registry.address_version set removed_at = '0001-01-01 00:00:00+00'"
            " where removed_at is not null"
        )
    with serving(register) as client:
        removed = [e["data"] for e in read_feed(client) if e["data"]["change"] == "removed"]
        assert removed
        assert not any("removedAt" in data for data in removed)
        versions = client.get(f"/v1/addresses/{removed[0]['id']}/versions").json()["items"]
        assert "until" in versions[-1]["recorded"]
        assert "removedAt" not in versions[-1]
        gone = client.get(f"/v1/addresses/{removed[0]['id']}").json()
        assert "removedAt" not in gone["lastKnown"]


def test_a_page_is_only_compressed_for_who_can_read_it(client: httpx2.Client) -> None:
    for accepted, encoding in (("gzip;q=0, identity", None), ("br, gzip;q=0.5", "gzip")):
        for path in ("/v1/changes?limit=10", "/v1/releases"):
            answer = client.get(path, headers={"Accept-Encoding": accepted})
            assert answer.headers.get("content-encoding") == encoding


def test_a_sample_is_no_history(sample_template: Settings) -> None:
    with cloned(sample_template) as register, serving(register) as client:
        first = client.get("/v1/changes?after=0&limit=5")
        assert first.json()["dataset"] == "sample"
        assert first.headers["cache-control"] == "public, no-cache"
        seq = client.get("/v1").json()["seq"]
        edition = Edition(addresses=[Address(id="1")])
        assert import_editions(register, edition).failure is None
        wait_for_news(client, seq)
        gone = client.get(f"/v1/changes?after={seq}")
        assert gone.status_code == 410
        assert "were the sample's" in gone.json()["detail"]
        page = client.get("/v1/changes?after=0&limit=5").json()
        assert "dataset" not in page
        assert page["items"][0]["data"]["seq"] == seq + 1
