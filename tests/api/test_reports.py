"""Reports of the public: taken for whose data it is, so many of each, and followed."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from api.app import make_app
from api.options import ServingOptions
from api.problems import Problem
from api.v1 import report_schemas, reports
from api.v1.report_limits import REPORTS_OF_A_NETWORK, make_report_limiter
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings

KNOWN = {"kind": "wrongPosition", "addressId": "bru-210225"}
THERE = {"lat": 50.84616, "lon": 4.36653}
"""Where that address is."""
DELETED = "delete from deliveries.report where id like '%zzzzz'"
SEVERAL = (
    "insert into deliveries.report (id, region, municipality_id, address_id, kind, state,"
    " created_at, state_at) select %s || translate(lpad(n::text, 3, '0'), '0189', 'abij')"
    " || repeat('z', 20), 'bru', %s, '1', 'other', 'open', at, at"
    " from generate_series(1, 100) as n cross join (select now() - %s::interval as at) then_"
)
_CLIENTS = count(1)


@pytest.fixture(scope="module")
def served(sample: Settings) -> Iterator[httpx2.Client]:
    """A client that says itself from where it asks: reports are counted by network."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BEST_TRUSTED_PROXY", "127.0.0.1")
        with serving(sample) as client:
            yield client


@pytest.fixture
def client(served: httpx2.Client) -> httpx2.Client:
    """A client from a network that has asked nothing yet."""
    served.headers["X-Forwarded-For"] = f"192.0.2.{next(_CLIENTS)}"
    return served


@pytest.fixture
def owner(sample: Settings) -> Iterator[psycopg.Connection]:
    with connect(sample, Role.OWNER, autocommit=True) as connection:
        yield connection


def report(client: httpx2.Client, body: object) -> httpx2.Response:
    return client.post("/v1/reports", json=body)


def follow(client: httpx2.Client, answer: httpx2.Response) -> dict[str, Any]:
    """Return the report that was taken, as everybody sees it."""
    assert answer.status_code == 201, answer.text
    path = answer.headers["location"].removeprefix("https://addresses.example.be")
    assert answer.json() == {"id": path.rpartition("/")[2], "href": answer.headers["location"]}
    found = client.get(path)
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json()
    model = report_schemas.Report.model_validate(body)
    assert model.model_dump(by_alias=True, exclude_unset=True).keys() == body.keys()
    return body


def test_a_report_about_an_address_reaches_its_owner(
    client: httpx2.Client, owner: psycopg.Connection
) -> None:
    before = int(client.get("/v1").headers["ratelimit-remaining"])
    answer = report(client, KNOWN | {"text": "De deur is om de hoek."})
    assert before - int(answer.headers["ratelimit-remaining"]) == 20
    assert answer.headers["cache-control"] == "no-store"
    found = follow(client, answer)
    assert re.fullmatch(report_schemas.REPORT_ID, found["id"])
    assert (found["kind"], found["state"]) == ("wrongPosition", "open")
    assert (found["region"], found["municipalityCode"]) == ("BE-BRU", 21004)
    assert found["address"]["id"] == "bru-210225"
    assert found["address"]["href"].endswith("/v1/addresses/bru-210225")
    assert not {"position", "text", "reason", "answeredAt"} & found.keys()
    kept = owner.execute(
        "select text, region, address_id from deliveries.report where id = %s", [found["id"]]
    ).fetchone()
    assert kept == ("De deur is om de hoek.", "bru", "210225")
    assert client.get("/v1").json()["reports"].endswith("/v1/reports")


@pytest.mark.parametrize("point", [THERE, {"x": 149843.5, "y": 170639.2, "crs": 31370}])
def test_a_place_belongs_to_who_has_the_nearest_address(
    client: httpx2.Client, point: dict[str, float]
) -> None:
    found = follow(client, report(client, {"kind": "missing", "position": point}))
    assert (found["region"], found["municipalityCode"]) == ("BE-BRU", 21004)
    assert found["position"]["wgs84"] == pytest.approx(THERE, abs=1e-5)
    assert "address" not in found


def test_an_outline_goes_before_the_nearest_address(
    client: httpx2.Client, owner: psycopg.Connection
) -> None:
    """The middle of that square is nearest to an address of 21004."""
    code = owner.execute(
        "select object_id from registry.municipality_version where region = 'vlg' limit 1"
    ).fetchone()
    assert code is not None
    owner.execute(
        "insert into registry.municipality_outline"
        " (municipality_id, origin, source, made_at, geometry)"
        " values (%s, 'imported', '', now(), st_multi(st_buffer(st_setsrid(st_makepoint("
        "649843.112, 670639.512), 3812), 50)))",
        code,
    )
    try:
        found = follow(client, report(client, {"kind": "missing", "position": THERE}))
    finally:
        owner.execute("delete from registry.municipality_outline")
    assert (found["region"], str(found["municipalityCode"])) == ("BE-VLG", *code)


def test_an_address_that_left_the_register_can_be_missed(
    client: httpx2.Client, owner: psycopg.Connection
) -> None:
    (object_id,) = owner.execute(
        "update registry.address_version set seq_to = seq_from + 1, removed_at = now()"
        " where object_id = (select min(object_id) from registry.address_version"
        " where region = 'wal') returning object_id"
    ).fetchone() or ("",)
    assert client.get(f"/v1/addresses/wal-{object_id}").status_code == 410
    found = follow(client, report(client, {"kind": "missing", "addressId": f"wal-{object_id}"}))
    assert found["region"] == "BE-WAL"


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        ({"kind": "missing"}, "addressId", "exactlyOneOfExpected"),
        (KNOWN | {"position": THERE}, "addressId", "exactlyOneOfExpected"),
        (KNOWN | {"kind": "ugly"}, "kind", "schemaViolation"),
        ({"addressId": "bru-210225"}, "kind", "requiredInput"),
        (KNOWN | {"email": "x"}, "email", "unknownInput"),
        (KNOWN | {"text": "x" * 501}, "text", "schemaViolation"),
        (KNOWN | {"text": "a\nb"}, "text", "invalidInput"),
        (KNOWN | {"text": "a\u202eb"}, "text", "invalidInput"),
        (KNOWN | {"text": "a\u2028b"}, "text", "invalidInput"),
        (KNOWN | {"text": "\x85"}, "text", "invalidInput"),
        (KNOWN | {"text": "  "}, "text", "invalidInput"),
        (KNOWN | {"kind": "other"}, "text", "requiredInput"),
        (KNOWN | {"addressId": "210225"}, "addressId", "schemaViolation"),
        (KNOWN | {"addressId": "bru-0"}, "addressId", "referencedResourceNotFound"),
        ({"kind": "missing", "position": {}}, "position", "anyOfExpected"),
        ({"kind": "missing", "position": {"crs": 31370}}, "position", "anyOfExpected"),
        ({"kind": "missing", "position": {"lat": 50.8}}, "lon", "requiredInput"),
        ({"kind": "missing", "position": {"x": 1, "y": 2}}, "crs", "requiredInput"),
        ({"kind": "missing", "position": {"lat": 48.85, "lon": 2.35}}, "position", "outOfRange"),
        (  # near Bouillon, and in France
            {"kind": "missing", "position": {"lat": 49.7, "lon": 5.03}},
            "position",
            "referencedResourceNotFound",
        ),
        ([], "body", "schemaViolation"),
    ],
)
def test_what_is_refused_is_said(
    client: httpx2.Client, owner: psycopg.Connection, body: object, name: str, kind: str
) -> None:
    before = owner.execute("select count(*) from deliveries.report").fetchone()
    answer = report(client, body)
    assert answer.status_code == 400, answer.text
    (issue,) = answer.json()["issues"]
    assert (issue["in"], issue["name"]) == ("body", name)
    assert issue["type"].endswith(f":{kind}")
    assert owner.execute("select count(*) from deliveries.report").fetchone() == before


@pytest.mark.parametrize(
    "text",
    [
        "Le n° 12 n'existe plus : c'est le 14 bte 3, 1000 Bruxelles.",
        "De bussen 0032 2 0001 tot 0032 2 0012 ontbreken",
        "Straße 5, 4700 Eupen @ Ecke 👍",
    ],
)
def test_nobody_guesses_what_a_text_is_about(client: httpx2.Client, text: str) -> None:
    assert report(client, KNOWN | {"text": text}).status_code == 201


def test_a_place_that_is_not_in_belgium_is_said_as_it_was_sent(client: httpx2.Client) -> None:
    position = {"lat": 48.85, "lon": 2.35}
    (issue,) = report(client, {"kind": "missing", "position": position}).json()["issues"]
    assert (issue["value"], "4326" in issue["detail"]) == ("lat 48.85, lon 2.35", False)


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


def test_a_day_is_over_after_a_day_and_workers_share(sample: Settings) -> None:
    now = [0.0]
    limiter = make_report_limiter(1)
    limiter.clock = lambda: now[0]
    limiter.charge("2001:db8::1", 1)
    with pytest.raises(Problem, match="24 hours"):
        limiter.charge("2001:db8::2", 1)
    now[0] = 86_400.0
    limiter.charge("2001:db8::1", 1)
    for rate, units in ((0, 0), (1, 3)):
        options = ServingOptions(rate_limit=rate)
        app = make_app(sample, base_url="https://x.example", options=options, workers=4)
        assert app.state.services.reporters.units == units


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


def test_an_answer_is_seen_at_the_reports_address(
    client: httpx2.Client, owner: psycopg.Connection
) -> None:
    found = follow(client, report(client, KNOWN))
    path = f"/v1/reports/{found['id']}"
    tag = {"If-None-Match": client.get(path).headers["etag"]}
    assert client.get(path, headers=tag).status_code == 304
    owner.execute(
        "update deliveries.report set state = 'declined', reason = 'Het staat goed.', text = null,"
        " state_at = now(), answered_by = 'secret-client' where id = %s",
        [found["id"]],
    )
    answer = client.get(path, headers=tag)
    assert (answer.status_code, answer.json()["state"]) == (200, "declined")
    assert answer.json()["reason"] == "Het staat goed."
    assert answer.json()["answeredAt"] > answer.json()["createdAt"]
    assert "secret-client" not in answer.text


def test_what_is_no_report(client: httpx2.Client) -> None:
    for unknown in ("a" * 26, "%00", "A" * 26, "x" * 300):
        assert client.get(f"/v1/reports/{unknown}").status_code == 404
    listing = client.get("/v1/reports")
    assert (listing.status_code, listing.headers["allow"]) == (405, "POST")
    assert client.post("/v1/reports?x=1", json=KNOWN).status_code == 400
    assert client.post("/v1/reports", content=b"kind=other").status_code == 415


@pytest.mark.parametrize(
    "error",
    [EnvironmentProblem("The database does not answer"), psycopg.OperationalError("broken off")],
)
def test_without_the_primary_everything_else_works(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tries = []

    def fail(*_: object, **__: object) -> bool:
        tries.append(1)
        raise error

    monkeypatch.setattr(reports, "submit_report", fail)
    answer = report(client, KNOWN)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "Reports cannot be taken" in answer.json()["detail"]
    assert tries == [1]  # what writes is not asked again
    assert client.get("/v1/addresses/bru-210225").status_code == 200


def test_who_submits_sees_nothing_and_who_reads_sees_no_text(sample: Settings) -> None:
    for role, statement in (
        (Role.REPORTER, "select * from deliveries.report"),
        (Role.REPORTER, "insert into deliveries.report (id) values ('x')"),
        (Role.REPORTER, "select * from best.report"),
        (Role.READER, "select * from deliveries.report"),
        (Role.READER, "select deliveries.submit_report('1', 'bru', '1', '1', 0, 0, '', '', 1)"),
    ):
        with (
            connect(sample, role) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement.encode())
    with connect(sample, Role.READER) as connection:
        columns = connection.execute("select * from best.report limit 0").description or ()
    assert not {"text", "answered_by"} & {column.name for column in columns}
