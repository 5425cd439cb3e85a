"""Reports of the public: taken for whose data it is, and followed."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from api.v1 import report_schemas, reports
from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    import httpx2

    from registry.settings import Settings

KNOWN = {"kind": "wrongPosition", "addressId": "bru-210225"}
THERE = {"lat": 50.84616, "lon": 4.36653}
"""Where that address is."""
_CLIENTS = count(1)


@pytest.fixture
def client(proxied: httpx2.Client) -> httpx2.Client:
    """A client from a network that has asked nothing yet."""
    proxied.headers["X-Forwarded-For"] = f"192.0.2.{next(_CLIENTS)}"
    return proxied


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
