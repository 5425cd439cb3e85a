"""How many reports: of a network, of a municipality, and none of who visits another page."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from api.app import make_app
from api.options import ServingOptions
from api.problems import Problem
from api.v1.report_limits import REPORTS_OF_A_NETWORK, make_report_limiter
from registry.store.report_submission import Place, Submission, submit_report
from tests.api.test_reports import KNOWN, follow, report

if TYPE_CHECKING:
    import httpx2
    import psycopg

    from registry.settings import Settings

DELETED = "delete from deliveries.report where id like '%zzzzz'"
SEVERAL = (
    "insert into deliveries.report (id, region, municipality_id, address_id, kind, state,"
    " created_at, state_at) select %s || translate(lpad(n::text, 4, '0'), '0189', 'abij')"
    " || repeat('z', 19), 'bru', %s, '1', 'other', 'open', at, at"
    " from generate_series(1, 100) as n cross join (select now() - %s::interval as at) then_"
)
_CLIENTS = count(1)


@pytest.fixture
def client(proxied: httpx2.Client) -> httpx2.Client:
    """A client from a network that has asked nothing yet."""
    proxied.headers["X-Forwarded-For"] = f"192.0.2.{next(_CLIENTS)}"
    return proxied


def test_a_network_makes_so_many_a_day(client: httpx2.Client, owner: psycopg.Connection) -> None:
    """One that floods is stopped before the municipality is full, and nothing of it is kept."""
    for _ in range(3):
        assert report(client, KNOWN | {"kind": "other"}).status_code == 400
    owner.execute(SEVERAL, ("new", "21004", "1 hour"))
    try:
        assert report(client, KNOWN).status_code == 429  # of the municipality: costs nothing
    finally:
        owner.execute(DELETED)
    flood = [report(client, KNOWN) for _ in range(REPORTS_OF_A_NETWORK + 1)]
    assert [answer.status_code for answer in flood] == [201] * REPORTS_OF_A_NETWORK + [429]
    refused = flood[-1]
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert refused.json()["type"] == "urn:problem-type:belgif:tooManyRequests"
    assert "Your network" in refused.json()["detail"]
    client.headers["X-Forwarded-For"] = "203.0.113.1"
    assert report(client, KNOWN).status_code == 201


def test_a_day_is_over_after_a_day_and_each_worker_has_its_own(sample: Settings) -> None:
    now = [0.0]
    limiter = make_report_limiter(1)
    limiter.clock = lambda: now[0]
    limiter.charge("2001:db8::1", 1)
    with pytest.raises(Problem) as refused:
        limiter.charge("2001:db8::2", 1)
    assert "in 24 h," in str(refused.value.detail)
    now[0] = 86_400.0
    limiter.charge("2001:db8::1", 1)
    for rate, units in ((0, 0), (1, 10)):
        options = ServingOptions(rate_limit=rate)
        app = make_app(sample, base_url="https://x.example", options=options, workers=4)
        assert app.state.services.reporters.units == units


def test_no_setting_is_above_what_the_database_takes(
    sample: Settings, owner: psycopg.Connection
) -> None:
    options = ServingOptions.from_environment({"BEST_REPORTS_PER_DAY": "5000"})
    most = options.reports_per_day
    owner.execute(SEVERAL.replace("1, 100)", f"1, {most})"), ("old", "21001", "1 hour"))
    place = Place(region="bru", municipality_id="21001", x=0.0, y=0.0)
    one = Submission(id="q" * 26, kind="missing", text=None, place=place)
    try:
        assert not submit_report(sample, one, most_a_day=2**31 - 1)
    finally:
        owner.execute(DELETED)
    assert submit_report(sample, one, most_a_day=most)


def test_no_page_of_another_origin_reports_for_its_visitors(client: httpx2.Client) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options("/v1/reports", headers=asked)
    assert preflight.status_code == 403
    assert not [name for name in preflight.headers if name.startswith("access-control")]
    for plain in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": plain}  # what a page sends without asking
        answer = client.post("/v1/reports", headers=headers, content=b'{"kind": "missing"}')
        assert answer.status_code == 415
    followed = client.get(f"/v1/reports/{'a' * 26}", headers={"Origin": "https://a.example"})
    assert followed.headers["access-control-allow-origin"] == "*"


def test_a_municipality_takes_so_many_a_day(
    client: httpx2.Client, owner: psycopg.Connection
) -> None:
    owner.execute(SEVERAL, ("old", "21004", "25 hours"))
    follow(client, report(client, KNOWN))
    owner.execute(SEVERAL, ("new", "21004", "23 hours"))
    try:
        answer = report(client, KNOWN)
        elsewhere = {"kind": "missing", "addressId": find_address(owner, "vlg")}
        assert report(client, elsewhere).status_code == 201
    finally:
        owner.execute(DELETED)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "urn:problem-type:belgif:tooManyRequests"


def find_address(owner: psycopg.Connection, region: str) -> str:
    row = owner.execute(
        "select max(object_id) from registry.address_version where region = %s", [region]
    ).fetchone()
    assert row is not None
    return f"{region}-{row[0]}"
