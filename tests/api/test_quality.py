"""Findings, their rules, and scores, as the API tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.v1 import quality_schemas
from registry.domain.region import Region
from registry.quality.rules import list_rules
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

DUPLICATE, MISSING, DANGLING = "duplicateAddress", "positionMissing", "danglingMunicipality"
SEVERITIES = {rule.id: rule.severity for rule in list_rules()}
FINDING = (
    "insert into registry.finding (rule, region, resource, object_id, detail, source_id,"
    " source_offset, seq_from, seq_to, municipality_id) overriding system value"
    " values (%s, %s, %s, %s, %s, 1, 77, %s, %s, %s) returning id"
)
MARK = (
    "insert into registry.finding_mark (rule, region, resource, object_id, mark, reason,"
    " marked_by, marked_at, withdrawn_at)"
    " values (%s, %s, %s, %s, %s, 'so it is', 'Somebody', '2026-11-20Z', %s)"
)
SCORE = "insert into registry.quality_score values (%s, %s, %s, 10, 2, 1, 1, 3, 4, %s)"


@pytest.fixture(scope="module")
def judged(migrated_template: Settings) -> Iterator[Settings]:
    """Two weeks of Brussels and one of Flanders, judged by hand."""
    with cloned(migrated_template) as settings:
        publish(
            settings,
            week([Address(id="1"), Address(id="2", number="2")]),
            week([Address(id="1"), Address(id="2", number="4")]),
        )
        publish(settings, week([], [street("7")], ("11002",), region=Region.FLANDERS))
        with connect(settings, Role.OWNER) as connection:
            connection.execute("truncate registry.finding, registry.quality_score restart identity")
        with connect(settings, Role.IMPORTER) as connection:
            rows = (
                (DUPLICATE, "bru", "address", "1", "1 = 2", 1, None, "21004"),
                (DUPLICATE, "bru", "address", "2", "1 = 2", 1, 6, "21004"),
                (MISSING, "bru", "address", "2", "", 6, None, "21004"),
                (MISSING, "bru", "address", "9", "", 6, None, "21004"),
                (DANGLING, "vlg", "street_name", "7", "44999", 9, None, "44999"),
                (DANGLING, "vlg", "address", "", "no id", 9, None, None),
                (DANGLING, "vlg", "municipality", "11002", "itself", 9, None, "11002"),
            )
            connection.cursor().executemany(FINDING, rows)
            connection.execute(MARK, (DUPLICATE, "bru", "address", "1", "exception", None))
            connection.execute(MARK, (MISSING, "bru", "address", "2", "confirmed", "2026-11-21Z"))
            scores = [("bru", "", n, 50.0 + n) for n in range(1, 7)]
            scores += [("bru", "21004", 1, 60.0), ("bru", "21004", 6, 62.126)]
            scores += [("vlg", "11002", 9, 99.5), ("vlg", "11007", 9, 12.0)]
            connection.cursor().executemany(SCORE, scores)
            connection.execute(
                "insert into registry.quality_score values ('wal', '', 9, 0, 0, 0, 0, 0, 0, 100)"
            )
        yield settings


@pytest.fixture(scope="module")
def client(judged: Settings) -> Iterator[httpx2.Client]:
    with serving(judged) as client:
        yield client


def check(model: type[Model], body: dict[str, Any]) -> None:
    """Check that a body is what the contract says, and has nothing else."""
    written = model.model_validate(body).model_dump(by_alias=True, exclude_unset=True)
    assert written.keys() == body.keys()


def find_ids(client: httpx2.Client, query: str) -> list[int]:
    answer = client.get(f"/v1/quality/findings?{query}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_a_finding_tells_what_where_and_since_when(client: httpx2.Client) -> None:
    page = client.get("/v1/quality/findings?status=all").json()
    check(quality_schemas.FindingCollection, page)
    for item in page["items"]:
        check(quality_schemas.Finding, item)
    marked, repaired, *_, unreadable, _ = page["items"]
    releases = client.get("/v1/releases").json()["items"]
    assert marked["object"]["id"] == "bru-1"
    assert marked["municipalityCode"] == 21004  # as addresses have it
    assert marked["severity"] == SEVERITIES[DUPLICATE]
    assert (marked["foundInRelease"], marked["foundAt"]) == (1, releases[0]["publishedAt"])
    assert marked["mark"] == {
        "value": "exception",
        "reason": "so it is",
        "markedAt": "2026-11-20T00:00:00Z",
    }
    assert marked["source"]["offset"] == 77
    assert len(marked["source"]["sha256"]) == 64
    assert "repairedAt" not in marked
    assert repaired["repairedInRelease"] == 2
    assert repaired["repairedAt"] == releases[1]["publishedAt"]
    assert "object" not in unreadable
    assert "municipalityCode" not in unreadable
    assert "Somebody" not in client.get("/v1/quality/findings").text


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [1, 3, 4, 5, 6, 7]),
        ("status=closed", [2]),
        ("status=all", [1, 2, 3, 4, 5, 6, 7]),
        (f"ruleId={MISSING}", [3, 4]),
        ("region=BE-VLG", [5, 6, 7]),
        ("municipalityCode=21004", [1, 3, 4]),
        ("municipalityCode=21004&region=BE-VLG", []),
        (f"municipalityCode=21004&ruleId={DUPLICATE}&status=all", [1, 2]),
        ("municipalityCode=44999&resource=addresses", []),
        ("resource=streetNames", [5]),
        ("objectId=bru-2", [3]),
        ("objectId=bru-2&status=all", [2, 3]),
        ("objectId=bru-2&region=BE-WAL", []),
        ("objectId=bru-2&resource=streetNames", []),
        ("objectId=11002", [7]),
        ("objectId=1000", []),
        ("mark=exception", [1]),
        ("mark=confirmed", []),  # what was withdrawn is no mark
        ("mark=exception&objectId=bru-1", [1]),
        ("mark=exception&objectId=bru-2", []),
        ("mark=exception&municipalityCode=44999", []),
        ("after=4", [5, 6, 7]),
        ("after=999999", []),
        (f"severity={SEVERITIES[DANGLING]}&ruleId={DANGLING}", [5, 6, 7]),
    ],
)
def test_findings_by_their_conditions(client: httpx2.Client, query: str, ids: list[int]) -> None:
    assert find_ids(client, query) == ids


def test_findings_by_severity(client: httpx2.Client) -> None:
    by_severity = {each: find_ids(client, f"severity={each}") for each in set(SEVERITIES.values())}
    assert sorted(number for ids in by_severity.values() for number in ids) == [1, 3, 4, 5, 6, 7]
    assert 1 in by_severity[SEVERITIES[DUPLICATE]]


def test_walking_from_page_to_page(client: httpx2.Client) -> None:
    walked, path = [], "/v1/quality/findings?pageSize=2&region=BE-VLG"
    while path:
        answer = client.get(path)
        body = answer.json()
        assert ("next" in body) == ("link" in answer.headers)
        walked += [item["id"] for item in body["items"]]
        path = body["next"].partition("/v1")[2].join(["/v1", ""]) if "next" in body else ""
    assert walked == [5, 6, 7]


def test_findings_on_a_map(client: httpx2.Client) -> None:
    as_geojson = {"Accept": "application/geo+json"}
    body = client.get("/v1/quality/findings", headers=as_geojson).json()
    check(quality_schemas.FindingFeatureCollection, body)
    points = {feature["id"]: feature["geometry"] for feature in body["features"]}
    assert points[1]["coordinates"] == pytest.approx([4.3668, 50.8461], abs=0.01)
    assert [number for number, point in points.items() if point] == [1, 3]
    one = client.get("/v1/quality/findings/1", headers=as_geojson).json()
    check(quality_schemas.FindingFeature, one)
    assert one == body["features"][0]


def test_findings_as_lines(client: httpx2.Client) -> None:
    answer = client.get("/v1/quality/findings", headers={"Accept": "application/x-ndjson"})
    assert len(answer.text.splitlines()) == 6


def test_one_finding_open_or_repaired(client: httpx2.Client) -> None:
    for number in (1, 2):
        found = client.get(f"/v1/quality/findings/{number}").json()
        check(quality_schemas.Finding, found)
        assert (found["id"], found["self"]) == (number, found["href"])


@pytest.mark.parametrize("number", ["8", "0", "-1", "x", "9" * 18, "9" * 30, "1/2"])
def test_no_such_finding(client: httpx2.Client, number: str) -> None:
    assert client.get(f"/v1/quality/findings/{number}").status_code == 404


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("ruleId=noSuchRule", "ruleId"),
        ("ruleId=%27", "ruleId"),
        ("objectId=nonsense", "objectId"),
        ("severity=grave", "severity"),
        ("mark=none", "mark"),
        ("status=open&status=closed", "status"),
        ("after=-1", "after"),
        ("rule=x", "rule"),
    ],
)
def test_questions_that_are_refused(client: httpx2.Client, query: str, name: str) -> None:
    answer = client.get(f"/v1/quality/findings?{query}")
    assert answer.status_code == 400
    assert [issue["name"] for issue in answer.json()["issues"]] == [name]


def test_rules_in_four_languages_with_what_they_find(client: httpx2.Client) -> None:
    body = client.get("/v1/quality/rules").json()
    check(quality_schemas.QualityRuleCollection, body)
    assert [item["id"] for item in body["items"]] == [rule.id for rule in list_rules()]
    for item in body["items"]:
        check(quality_schemas.QualityRule, item)
        for member in ("title", "explanation", "mending"):
            assert item[member].keys() == {"nl", "fr", "de", "en"}
    counts = {item["id"]: item["openFindings"] for item in body["items"]}
    assert {name: count for name, count in counts.items() if count} == {
        DUPLICATE: 1,
        MISSING: 2,
        DANGLING: 3,
    }
    (rule,) = (item for item in body["items"] if item["id"] == MISSING)
    assert find_ids(client, rule["findings"].partition("?")[2]) == [3, 4]
    one = client.get(f"/v1/quality/rules/{MISSING}").json()
    assert one == {"self": rule["href"], **rule}


def test_no_such_rule(client: httpx2.Client) -> None:
    answer = client.get("/v1/quality/rules/noSuchRule")
    assert answer.status_code == 404
    assert "noSuchRule" in answer.json()["detail"]


def test_scores_regions_first_with_their_trend(client: httpx2.Client) -> None:
    body = client.get("/v1/quality/scores").json()
    check(quality_schemas.QualityScoreCollection, body)
    for item in body["items"]:
        check(quality_schemas.QualityScore, item)
    brussels, antwerp, city = body["items"]  # 11007 is no municipality of the register
    assert "municipalityCode" not in brussels
    assert (antwerp["municipalityCode"], city["municipalityCode"]) == (11002, 21004)
    assert city["name"] == {"nl": "M21004"}
    assert (city["score"], city["objects"], city["affected"]) == (62.13, 10, 2)
    assert [was["score"] for was in city["trend"]] == [60.0, 62.13]
    assert [was["release"] for was in city["trend"]] == [1, 2]
    assert city["asOfRelease"] == 2
    assert len(brussels["trend"]) == 6


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("region=BE-VLG", [11002]),
        ("municipalityCode=21004", [21004]),
        ("municipalityCode=21004&region=BE-VLG", []),
        ("municipalityCode=99999", []),
        ("region=BE-WAL", []),  # of nothing there is no score
    ],
)
def test_scores_by_their_conditions(client: httpx2.Client, query: str, codes: list[int]) -> None:
    items = client.get(f"/v1/quality/scores?{query}").json()["items"]
    assert [item.get("municipalityCode") for item in items] == codes


def test_scores_page_by_page(client: httpx2.Client) -> None:
    walked, path = [], "/v1/quality/scores?pageSize=1"
    while path:
        body = client.get(path).json()
        walked += body["items"]
        path = body["next"].partition("/v1")[2].join(["/v1", ""]) if "next" in body else ""
    assert walked == client.get("/v1/quality/scores").json()["items"]


@pytest.mark.parametrize("path", ["findings", "findings/3", "scores", "rules", f"rules/{MISSING}"])
def test_who_has_it_already_is_told_so(client: httpx2.Client, path: str) -> None:
    first = client.get(f"/v1/quality/{path}")
    known = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"/v1/quality/{path}", headers=known).status_code == 304


def test_a_mark_is_seen_without_a_release(judged: Settings, client: httpx2.Client) -> None:
    before = client.get("/v1/quality/findings/4")
    with connect(judged, Role.IMPORTER) as connection:
        connection.execute(MARK, (MISSING, "bru", "address", "9", "confirmed", None))
    after = client.get("/v1/quality/findings/4", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["mark"]["value"] == "confirmed"


def test_the_landing_page_leads_there(client: httpx2.Client) -> None:
    links = client.get("/v1").json()["quality"]
    assert links.keys() == {"rules", "findings", "scores"}
    for link in links.values():
        assert client.get(link.partition("/v1")[2].join(["/v1", ""])).status_code == 200
