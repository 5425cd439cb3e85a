"""Answers and releases: one release per answer, one release per walk, news within a second."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.app import make_app
from deploy.migrations import migrate
from deploy.private_database import connect_as_superuser
from deploy.throwaway import clone_database, drop_database
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx2

    from registry.settings import Settings

PUBLIC_URL = "https://addresses.example.be"
LOI_16 = "/v1/addresses/bru-210225"


@pytest.fixture
def own_sample(sample_template: Settings) -> Iterator[Settings]:
    """A sample that a test may change."""
    settings = clone_database(sample_template, "api_releases")
    yield replace(settings, public_url=PUBLIC_URL)
    drop_database(settings)


def publish(settings: Settings, *statements: str, notify: bool = True) -> int:
    """Publish a release of Brussels that changes what the statements say, at number `{seq}`."""
    with connect(settings, Role.OWNER) as connection:
        row = connection.execute("select max(last_seq) + 1, max(number) + 1 from registry.release")
        seq, number = row.fetchone() or (0, 0)
        for statement in statements:
            connection.execute(statement.replace("{seq}", str(seq)))
        connection.execute(
            "insert into registry.release (number, region, dataset, first_seq, last_seq,"
            " published_at, counts, datum_shift, accuracy_metres) select %s, 'bru', 'sample', %s,"
            " %s, clock_timestamp(), '{}', datum_shift, accuracy_metres from registry.release"
            " where number = 1",
            [number, seq, seq],
        )
        if notify:
            connection.execute("notify best_release")
    return int(seq)


END_LOI_16 = (
    "update registry.address_version set seq_to = {seq}"
    " where region = 'bru' and object_id = '210225' and seq_to is null"
)
RENUMBER_LOI_16 = (
    "insert into registry.address_version select (a).* from (select jsonb_populate_record(v,"
    " jsonb_build_object('house_number', '18', 'sort_key', '0218', 'seq_from', {seq}, 'seq_to',"
    " null)) as a from registry.address_version v"
    " where region = 'bru' and object_id = '210225' and seq_to = {seq}) made"
)


def wait_until(condition: Callable[[], bool], seconds: float = 3.0) -> float:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds
        time.sleep(0.01)
    return time.monotonic() - begun


def get(client: httpx2.Client, url: str, **headers: str) -> httpx2.Response:
    return client.get(url.removeprefix(PUBLIC_URL), headers=headers)


def test_a_walk_sees_one_release_to_its_end(own_sample: Settings, serve: Any) -> None:
    url = "/v1/addresses?streetNameId=bru-1679&pageSize=7"
    with serve(own_sample) as client:
        before = get(client, url.replace("pageSize=7", "pageSize=500")).json()
        first = get(client, url).json()
        publish(own_sample, END_LOI_16, RENUMBER_LOI_16)
        wait_until(lambda: get(client, LOI_16).json()["houseNumber"] == "18")
        publish(own_sample, END_LOI_16)
        wait_until(lambda: get(client, LOI_16).status_code == 410)
        met, following = list(first["items"]), first.get("next")
        while following:
            page = get(client, following).json()
            met += page["items"]
            following = page.get("next")
        assert met == before["items"]
        now = get(client, url.replace("pageSize=7", "pageSize=500")).json()["items"]
        assert [item["id"] for item in now] == [
            item["id"] for item in before["items"] if item["id"] != "bru-210225"
        ]


def test_a_page_of_an_older_release_keeps_its_validator(own_sample: Settings, serve: Any) -> None:
    with serve(own_sample) as client:
        following = get(client, "/v1/addresses?region=BE-BRU&pageSize=5").json()["next"]
        second = get(client, following)
        etag = second.headers["etag"]
        publish(own_sample, END_LOI_16)
        wait_until(lambda: get(client, LOI_16).status_code == 410)
        assert get(client, following, **{"If-None-Match": etag}).status_code == 304
        again = get(client, following)
        assert again.json() == second.json()
        # The total was counted for that release; the test's release did not recount it.
        assert again.json()["total"] == 1001


def test_news_is_served_at_once_with_and_without_notification(
    own_sample: Settings, serve: Any
) -> None:
    with serve(own_sample) as client:
        etag = get(client, LOI_16).headers["etag"]
        assert get(client, LOI_16, **{"If-None-Match": etag}).status_code == 304
        publish(own_sample, END_LOI_16, RENUMBER_LOI_16)
        after = wait_until(
            lambda: get(client, LOI_16, **{"If-None-Match": etag}).status_code == 200
        )
        assert after < 0.4
        renumbered = get(client, LOI_16).json()
        assert renumbered["recorded"]["release"] == 4
        publish(own_sample, END_LOI_16, notify=False)
        assert wait_until(lambda: get(client, LOI_16).status_code == 410) < 2


def test_what_left_the_register_is_gone(own_sample: Settings, serve: Any) -> None:
    publish(own_sample, END_LOI_16)
    with serve(own_sample) as client:
        answer = get(client, LOI_16)
        assert answer.status_code == 410
        problem = answer.json()
        assert problem["type"] == "urn:problem-type:best:addressRegistry:resourceGone"
        by_identifier = "/v1/addresses/https%3A%2F%2Fdatabrussels.be%2Fid%2Faddress%2F210225"
        assert get(client, by_identifier).status_code == 410
        assert get(client, "/v1/addresses/bru-1").status_code == 404


def test_totals_of_a_later_number_are_not_shown(own_sample: Settings, serve: Any) -> None:
    with serve(own_sample) as client:
        following = get(client, "/v1/addresses?region=BE-BRU&pageSize=5").json()["next"]
        publish(
            own_sample,
            END_LOI_16,
            "update registry.total set seq = {seq}, count = count - 1 where region = 'bru'"
            " and resource = 'address' and dimension = 'region' and status = 'current'",
        )
        wait_until(lambda: get(client, LOI_16).status_code == 410)
        assert "total" not in get(client, following).json()
        assert get(client, "/v1/addresses?region=BE-BRU").json()["total"] == 1000


def test_withdrawing_the_sample_ends_its_walks(own_sample: Settings, serve: Any) -> None:
    with serve(own_sample) as client:
        following = get(client, "/v1/addresses?region=BE-VLG&pageSize=5").json()["next"]
        assert get(client, LOI_16).json()["dataset"] == "sample"
        with connect(own_sample, Role.OWNER) as connection:
            connection.execute(
                "update registry.release set withdrawn_at = clock_timestamp() where number < 3"
            )
            connection.execute("update registry.release set dataset = 'open' where number = 3")
            connection.execute("notify best_release")
        wait_until(lambda: "dataset" not in get(client, "/v1").json())
        assert "dataset" not in get(client, LOI_16).json()
        answer = get(client, following)
        assert answer.status_code == 400
        assert "Start again" in answer.json()["issues"][0]["detail"]


def test_cursor_of_a_release_that_is_not_here(own_sample: Settings, serve: Any) -> None:
    seq = publish(own_sample)
    with serve(own_sample) as client:
        following = get(client, "/v1/addresses?region=BE-BRU&pageSize=5").json()["next"]
        with connect(own_sample, Role.OWNER) as connection:
            connection.execute("delete from registry.release where last_seq = %s", [seq])
        wait_until(lambda: get(client, "/v1").json()["seq"] < seq)
        assert get(client, following).status_code == 400


def test_an_empty_register_says_so(migrated_template: Settings, serve: Any) -> None:
    settings = clone_database(migrated_template, "api_empty")
    try:
        with serve(settings) as client:
            page = client.get("/v1/addresses").json()
            assert page["items"] == []
            assert "dataset" not in page
            assert client.get("/v1").json()["regions"] == []
            assert client.get(LOI_16).status_code == 404
            assert "nothing has been imported" in client.get("/?lang=en").text
    finally:
        drop_database(settings)


def test_a_database_that_goes_and_comes_back(own_sample: Settings, serve: Any) -> None:
    name = own_sample.database_name
    with serve(own_sample) as client:
        assert get(client, LOI_16).status_code == 200
        with connect_as_superuser(own_sample.home, "postgres") as connection:
            connection.autocommit = True
            connection.execute(f"alter database {name} allow_connections false")
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
            )
        try:
            wait_until(lambda: get(client, "/health").status_code == 503)
            answer = get(client, LOI_16)
            assert answer.status_code == 503
            assert answer.json()["type"] == "urn:problem-type:belgif:serviceUnavailable"
            assert answer.headers["retry-after"]
            assert name not in answer.text
        finally:
            with connect_as_superuser(own_sample.home, "postgres") as connection:
                connection.autocommit = True
                connection.execute(f"alter database {name} allow_connections true")
        wait_until(lambda: get(client, "/health").status_code == 200, seconds=5)
        wait_until(lambda: get(client, LOI_16).status_code == 200, seconds=5)


def test_a_server_that_starts_before_its_tables(bare_database: Settings) -> None:
    with TestClient(make_app(bare_database, base_url=PUBLIC_URL)) as client:
        for path in ("/health", LOI_16, "/v1/streetNames?name=*loi*"):
            assert client.get(path).status_code == 503
        migrate(bare_database)
        wait_until(lambda: client.get("/health").status_code == 200)
        assert client.get(LOI_16).status_code == 404
        assert client.get("/v1/streetNames?name=*loi*").json()["items"] == []
