"""What an agency decides, and what of others' it cannot even see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.deliveries.door import ROOT
from registry.clock import utc_now
from registry.deliveries.states import WORKER, State
from registry.deliveries.store import Check, Delivery, change_state, write_check
from registry.domain.region import Region
from registry.store.connections import Role, connect
from tests.deliveries.announcing import NOW
from tests.deliveries.announcing import announce as bring
from tests.deliveries.door.serving import EXTRACTED, Place, announce, serving
from tests.deliveries.reports_made_up import make_preview, make_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2


@pytest.fixture(autouse=True)
def empty_table(place: Place) -> Iterator[None]:
    """Deliveries of each test's own."""
    yield
    with connect(place.settings, Role.OWNER) as connection:
        connection.execute("truncate deliveries.delivery, deliveries.delivery_event")
        connection.execute("truncate deliveries.delivery_check, jobs.procrastinate_jobs cascade")


def _bring(place: Place, state: State, verdict: str = "publishable", **told: Any) -> str:
    """A delivery in a state, checked once; return its path."""
    with connect(place.settings, Role.OWNER) as connection:
        delivery = bring(connection, state, **{"agency": "bru"} | told)
        found = Check(
            delivery_id=delivery.id,
            number=1,
            made_at=utc_now(),
            report=make_report(verdict=verdict),
            preview=make_preview(),
            shape=None,
        )
        write_check(connection, found)
        connection.execute(
            "update deliveries.delivery set checks = 1,"
            " publisher = case state when 'awaitingSecondPerson' then 'anna' end where id = %s",
            [delivery.id],
        )
    return f"{ROOT}/deliveries/{delivery.id}"


def _act(place: Place, who: str, path: str, act: str) -> httpx2.Response:
    """Do something to what one has just looked at."""
    with place.as_client(who) as client:
        headers = {"If-Match": client.get(path).headers["etag"]}
        return client.post(f"{path}/{act}", headers=headers)


def _list_jobs(place: Place) -> list[tuple[str, str]]:
    with connect(place.settings, Role.IMPORTER) as connection:
        return connection.execute(
            "select task_name, lock from jobs.procrastinate_jobs order by id"
        ).fetchall()


def test_one_that_publishes_alone_publishes_at_once(place: Place) -> None:
    path = _bring(place, State.CHECKED)
    answer = _act(place, "anna", path, "publish")
    assert (answer.status_code, answer.json()["state"]) == (202, "publishing")
    assert answer.headers["location"] == f"{place.url}{path}/task"
    assert answer.json()["publisher"] == "anna"
    assert _list_jobs(place) == [("publish", "bru")]


@pytest.mark.parametrize(
    ("who", "verdict"), [("ben", "publishable"), ("anna", "secondPersonNeeded")]
)
def test_others_and_a_guard_that_rang_need_a_second_person(
    place: Place, who: str, verdict: str
) -> None:
    path = _bring(place, State.CHECKED, verdict)
    first = _act(place, who, path, "publish")
    assert (first.status_code, first.json()["state"]) == (200, "awaitingSecondPerson")
    assert _list_jobs(place) == []
    again = _act(place, who, path, "publish")
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (
        403,
        "missingPermission",
    )
    second = _act(place, "bot", path, "publish")
    assert (second.status_code, second.json()["state"]) == (202, "publishing")
    assert (second.json()["publisher"], second.json()["secondPublisher"]) == (who, "bot")
    assert _list_jobs(place) == [("publish", "bru")]


@pytest.mark.parametrize("act", ["publish", "withdraw", "rollback", "check"])
def test_nothing_is_done_to_what_was_not_seen(place: Place, act: str) -> None:
    path = _bring(place, State.CHECKED)
    with place.as_client("anna") as client:
        etag = client.get(path).headers["etag"]
        bare = client.post(f"{path}/{act}")
        assert (bare.status_code, bare.json()["type"].rpartition(":")[2]) == (
            428,
            "preconditionRequired",
        )
        star = client.post(f"{path}/{act}", headers={"If-Match": "*"})
        if act in {"publish", "rollback"}:
            assert star.status_code == 428
        else:
            assert star.status_code in {200, 202}
            etag = star.headers["etag"]
        for other in ('"0"', "W/" + etag, etag.strip('"'), "a, b"):
            answer = client.post(f"{path}/{act}", headers={"If-Match": other})
            assert answer.status_code == 412
            is_bare = other == etag.strip('"')
            assert ("quotation marks" in answer.json()["detail"]) is is_bare
        assert client.get(path).headers["etag"] == etag


POSSIBLE = {
    "publish": {State.CHECKED, State.AWAITING},
    "withdraw": {
        State.CREATED,
        State.RECEIVING,
        State.RECEIVED,
        State.CHECKING,
        State.CHECKED,
        State.AWAITING,
        State.FAILED,
    },
    "check": {State.CHECKED, State.AWAITING, State.FAILED},
    "rollback": set(),  # there is no release here
}


@pytest.mark.parametrize("act", POSSIBLE)
def test_each_act_is_done_from_its_own_states(place: Place, act: str) -> None:
    for state in set(State) - {State.SUPERSEDED}:
        path = _bring(place, state)
        answer = _act(place, "ben", path, act)
        if state in POSSIBLE[act]:
            assert answer.status_code in {200, 202}, (state, answer.text)
        else:
            assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (
                409,
                "conflict",
            ), state


def test_a_withdrawn_or_rechecked_delivery_says_so(place: Place) -> None:
    path = _bring(place, State.FAILED)
    answer = _act(place, "ben", path, "check")
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert _list_jobs(place) == [("check", "bru")]
    answer = _act(place, "ben", path, "withdraw")
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert answer.json()["history"][-1]["actor"] == "ben"


def test_the_newest_release_is_rolled_back_once(place: Place) -> None:
    path = _bring(place, State.PUBLISHED)
    with connect(place.settings, Role.OWNER) as connection:
        connection.execute("update deliveries.delivery set release_number = 7, publisher = 'ben'")
    assert _act(place, "ben", path, "rollback").status_code == 409
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry.deliveries.undoing.find_newest_release", lambda *_: 7)
        first = _act(place, "ben", path, "rollback")
        assert (first.status_code, "first release" in first.json()["detail"]) == (409, True)
        patch.setattr("registry.deliveries.undoing._is_first", lambda *_: False)
        other = _act(place, "bot", path, "rollback")
        assert (other.status_code, other.json()["type"]) == (
            403,
            "urn:problem-type:belgif:missingPermission",
        )
        answer = _act(place, "ben", path, "rollback")
        assert (answer.status_code, answer.json()["undoing"]) == (202, True)
        assert _list_jobs(place) == [("undo", "bru")]
        with place.as_client("ben") as client:
            assert client.get(f"{path}/task").json()["status"]["state"] == "processing"
        assert _act(place, "ben", path, "rollback").status_code == 409


def test_mutations_are_published_in_their_order(place: Place) -> None:
    earlier = _bring(place, State.CHECKED, complete=False, extracted_at=NOW - timedelta(days=1))
    later = _bring(place, State.CHECKED, complete=False)
    refused = _act(place, "anna", later, "publish")
    assert refused.status_code == 409
    assert earlier.rpartition("/")[2] in refused.json()["detail"]
    assert _list_jobs(place) == []
    assert _act(place, "anna", earlier, "withdraw").status_code == 200
    assert _act(place, "anna", later, "publish").status_code == 202


def test_a_task_leads_to_its_result(place: Place) -> None:
    expected = {
        State.CHECKED: "/report",
        State.AWAITING: "/report",
        State.REJECTED: "/report",
        State.PUBLISHED: "",
        State.WITHDRAWN: "",
    }
    with place.as_client("anna") as client:
        for state, ending in expected.items():
            path = _bring(place, state)
            answer = client.get(f"{path}/task", follow_redirects=False)
            assert answer.status_code == 303
            assert answer.headers["location"] == f"{place.url}{path}{ending}"
            assert answer.json()["status"]["state"] == "done"
        assert client.get(f"{_bring(place, State.CREATED)}/task").status_code == 409


def test_a_task_that_failed_goes_on_until_it_failed_too_often(place: Place) -> None:
    path = _bring(place, State.CHECKING)
    with connect(place.settings, Role.IMPORTER) as connection, place.as_client("anna") as client:
        from registry.deliveries.store import find_delivery

        found = find_delivery(connection, path.rpartition("/")[2])
        assert found is not None
        _fail(connection, found, attempts=7)
        connection.commit()
        assert client.get(f"{path}/task").json()["status"]["state"] == "processing"
        found = find_delivery(connection, found.id)
        assert found is not None
        _fail(connection, found, attempts=8)
        connection.commit()
        status = client.get(f"{path}/task").json()["status"]
    assert (status["state"], status["problem"]["detail"]) == ("failed", "no room 8")


def _fail(connection: Any, delivery: Delivery, *, attempts: int) -> None:
    change_state(
        connection, delivery, State.FAILED, WORKER, utc_now(), f"no room {attempts}",
        failed_doing=State.CHECKING, attempts=attempts,
    )  # fmt: skip


CALLS = (
    ("GET", ""),
    ("GET", "/file"),
    ("GET", "/task"),
    ("GET", "/report"),
    ("GET", "/preview"),
    ("GET", "/preview/features"),
    ("PUT", "/file"),
    ("POST", "/publish"),
    ("POST", "/withdraw"),
    ("POST", "/rollback"),
    ("POST", "/check"),
    ("POST", "/pages"),
)


@pytest.mark.parametrize(("method", "ending"), CALLS)
def test_what_is_anothers_is_what_is_not_there(place: Place, method: str, ending: str) -> None:
    anothers = _bring(place, State.CHECKED, agency="vlg", region=Region.FLANDERS)
    nobodys = [
        "a" * 26,
        "A" * 26,
        "1",
        "a" * 3000,
        "%00" * 26,
        "' or 1=1--",
        "\N{CYRILLIC SMALL LETTER A}" * 26,
    ]
    seen = set()
    with place.as_client("anna") as client:
        for path in [anothers, *(f"{ROOT}/deliveries/{one}" for one in nobodys)]:
            headers = {"If-Match": "*"} if method == "POST" else {}
            content = b"a" * 100 if method == "PUT" else None
            answer = client.request(method, path + ending, headers=headers, content=content)
            body = {**answer.json(), "instance": ""}
            headers_seen = {
                name: value
                for name, value in answer.headers.items()
                if name not in {"belgov-trace-id", "date"}
            }
            seen.add((answer.status_code, str(body), str(headers_seen)))
        elsewhere = client.request(method, f"{ROOT}/deliveries/%2e%2e%2fsecrets{ending}")
    assert [status for status, *_ in seen] == [404], seen
    assert elsewhere.status_code == 404


def test_listings_are_of_the_own_agency_and_go_page_by_page(place: Place) -> None:
    _bring(place, State.CHECKED, agency="vlg", region=Region.FLANDERS)
    paths = [_bring(place, State.CHECKED) for _ in range(3)] + [_bring(place, State.CREATED)]
    with place.as_client("anna") as client:
        url, seen = f"{ROOT}/deliveries?pageSize=2", []
        while url:
            page = client.get(url).json()
            seen.append([one["href"].removeprefix(place.url) for one in page["items"]])
            url = page.get("next", "")
        assert seen == [paths[:2], paths[2:]]
        created = client.get(f"{ROOT}/deliveries", params={"state": "created"}).json()
        assert [one["state"] for one in created["items"]] == ["created"]
        none = client.get(f"{ROOT}/deliveries", params={"region": "BE-WAL"}).json()
        assert none["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        "state=open",
        "after=-1",
        "after=99999999999999999999",
        "pageSize=0",
        "pageSize=501",
        "pagesize=1",
        "region=bru",
        "pageSize=1&pageSize=2",
        "cursor=1",
    ],
)
def test_parameters_that_are_not_there_are_refused(place: Place, query: str) -> None:
    with place.as_client("anna") as client:
        answer = client.get(f"{ROOT}/deliveries?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (
            400,
            "application/problem+json",
        )
        assert client.get(f"{ROOT}/authorisations?x=1").status_code == 400


BODY = {"region": "BE-BRU", "complete": True, "extractedAt": EXTRACTED, "fileName": "f.zip"}


@pytest.mark.parametrize(
    "changed",
    [
        {"complete": "yes"},
        {"complete": None},
        {"region": "bru"},
        {"region": "BE-ZZZ"},
        {"extractedAt": "2026-11-20T00:00:00"},
        {"extractedAt": "2126-11-20T00:00:00Z"},
        {"size": 0},
        {"size": "12"},
        {"size": 1.5},
        {"sha256": "ABCD"},
        {"counts": {"houses": 1}},
        {"counts": {"addresses": -1}},
        {"protectedOk": True},
        {"agency": "vlg"},
        {"state": "checked"},
    ],
)
def test_an_announcement_that_cannot_be_is_refused(place: Place, changed: dict[str, Any]) -> None:
    with place.as_client("anna") as client:
        answer = client.post(f"{ROOT}/deliveries", json=BODY | changed)
        assert (answer.status_code, answer.json()["issues"][0]["in"]) == (400, "body")
        assert client.get(f"{ROOT}/deliveries").json()["items"] == []


def test_bodies_that_are_no_objects_are_refused(place: Place) -> None:
    path = f"{ROOT}/deliveries"
    twice = b'{"region": "BE-BRU", "region": "BE-VLG"}'
    json = {"Content-Type": "application/json"}
    with place.as_client("anna") as client:
        for body in (b"", b"[]", b"nil", b"\xff{}", twice, b"[" * 20_000, b'{"a": NaN}'):
            assert client.post(path, content=body, headers=json).status_code == 400
        assert client.post(path, content=b" " * 70_000, headers=json).status_code == 413
        assert client.post(path, content=b"{}").status_code == 415
        refused = client.post(path, json=BODY | {"region": "BE-VLG"})
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (
            403,
            "missingPermission",
        )


def test_an_agency_has_twenty_that_have_not_ended(place: Place) -> None:
    with place.as_client("anna") as client:
        paths = [announce(client) for _ in range(20)]
        full = client.post(f"{ROOT}/deliveries", json=BODY)
        assert (full.status_code, full.json()["limit"]) == (409, 20)
        client.post(f"{paths[0]}/withdraw", headers={"If-Match": "*"})
        announce(client)


def test_a_client_and_a_network_have_their_requests(place: Place) -> None:
    with serving(place.settings, rate_limit=8) as narrow:
        narrow.keys.update(place.keys)
        with narrow.as_client("anna") as client:
            statuses = [client.get(f"{ROOT}/deliveries").status_code for _ in range(9)]
            assert statuses.count(200) == 7  # the token cost one
            refused = client.get(f"{ROOT}/deliveries")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) <= 60
    with serving(place.settings) as wide:
        from dataclasses import replace

        from api.rate_limits import RateLimiter

        wide.keys.update(place.keys)
        wide.app.state.door = replace(wide.door, limiter=RateLimiter(units=3))
        with wide.as_client("anna") as anna, wide.as_client("ben") as ben:
            assert [anna.get(f"{ROOT}/deliveries").status_code for _ in range(4)][3] == 429
            assert ben.get(f"{ROOT}/deliveries").status_code == 200


def test_nothing_is_kept_by_anybody_between(place: Place) -> None:
    path = _bring(place, State.CHECKED)
    with place.as_client("anna") as client:
        for ending in ("", "/task", "/report", "/preview", "/nothing"):
            answer = client.get(path + ending, follow_redirects=False)
            assert answer.headers["cache-control"] == "no-store", ending
