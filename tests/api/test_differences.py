"""What is different between two releases: folded, and as files of mutations."""

from __future__ import annotations

import io
import itertools
import zipfile
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from registry.domain.region import Region
from tests.api.history import fold, follow, get_key, publish_week, read_feed
from tests.api.serving import serving
from tests.database.editions import import_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from registry.settings import Settings


@pytest.fixture(scope="module")
def client(module_register: Settings) -> Iterator[httpx2.Client]:
    """A server on three weeks of three regions: releases 1 to 9."""
    for week in range(3):
        publish_week(module_register, week)
    with serving(module_register) as client:
        yield client


@pytest.fixture(scope="module")
def ends(client: httpx2.Client) -> dict[int, int]:
    """The last number of each release; of 0 it is 0."""
    releases = client.get("/v1/releases").json()["items"]
    return {0: 0} | {release["number"]: release["lastSeq"] for release in releases}


@pytest.mark.parametrize("limit", [2, 500])
def test_folded_is_what_folding_by_hand_gives(
    client: httpx2.Client, ends: dict[int, int], limit: int
) -> None:
    events = read_feed(client)
    for since, to in itertools.combinations_with_replacement(ends, 2):
        path = f"/v1/changes?from={since}&to={to}&limit={limit}"
        folded = list(follow(client, path))
        assert {get_key(c): c.get("record") for c in folded} == fold(events, ends[since], ends[to])
        assert len({get_key(c) for c in folded}) == len(folded)
        assert {c["change"] for c in folded} <= {"added", "altered", "removed"}


def test_an_object_that_came_back_is_no_difference(client: httpx2.Client) -> None:
    ids = {c["id"] for c in follow(client, "/v1/changes?from=3&to=9&resource=addresses")}
    assert "bru-3" not in ids
    assert ids >= {"bru-0", "bru-5", "bru-12", "bru-13"}
    altered = next(c for c in follow(client, "/v1/changes?from=3&to=9") if c["id"] == "bru-0")
    assert altered["changed"] == [{"member": "boxNumber", "new": "b2"}]
    gone = next(c for c in follow(client, "/v1/changes?from=3&to=6") if c["id"] == "wal-3")
    assert gone["change"] == "removed"
    assert gone["removedAt"] == "2026-11-09T00:00:00Z"


@pytest.mark.parametrize("conditions", ["&region=BE-VLG", "&municipalityCode=99001"])
def test_conditions(client: httpx2.Client, conditions: str) -> None:
    found = list(follow(client, f"/v1/changes?from=3&to=9{conditions}&limit=2"))
    everything = list(follow(client, "/v1/changes?from=3&to=9"))
    kept = [
        c
        for c in everything
        if c["region"] == "BE-VLG" or (c.get("municipalityCode") == "99001" and "99" in conditions)
    ]
    assert found == (kept if "region" in conditions else [c for c in kept if c["id"][4:] == "5"])


def test_moments_stand_for_releases(client: httpx2.Client) -> None:
    releases = client.get("/v1/releases").json()["items"]
    third, last = (releases[n]["publishedAt"] for n in (2, -1))
    by_number = client.get("/v1/changes?from=3&to=9").json()["items"]
    assert client.get(f"/v1/changes?from={third}&to={last}").json()["items"] == by_number
    assert client.get("/v1/changes?from=3").json()["items"] == by_number
    assert client.get("/v1/changes?from=2020-01-01&to=2020-05-01").json()["items"] == []


@pytest.mark.parametrize(
    ("query", "name", "kind"),
    [
        ("from=4&to=3", "from", "invalidPeriod"),
        ("to=3", "from", "requiredInput"),
        ("from=2025-01-01&to=2024-01-01", "from", "invalidPeriod"),
        ("from=10", "from", "outOfRange"),
        ("from=1&after=999999999", "after", "outOfRange"),
        ("from=1&to=2100-01-01", "to", "outOfRange"),
        ("from=2026-02-30", "from", "invalidInput"),
        ("from=yesterday", "from", "schemaViolation"),
    ],
)
def test_periods_that_are_none(client: httpx2.Client, query: str, name: str, kind: str) -> None:
    answer = client.get(f"/v1/changes?{query}")
    assert answer.status_code == 400
    (issue,) = answer.json()["issues"]
    assert (issue["name"], issue["type"].rpartition(":")[2]) == (name, kind)


def test_lines_and_how_long_they_may_be_kept(client: httpx2.Client) -> None:
    settled, growing = "/v1/changes?from=3&to=9", "/v1/changes?from=3"
    lines = client.get(settled, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [orjson.loads(line) for line in lines] == client.get(settled).json()["items"]
    assert "immutable" in client.get(settled).headers["cache-control"]
    assert "no-cache" in client.get(growing).headers["cache-control"]
    assert "link" not in client.get(settled).headers


def test_a_moment_is_settled_when_a_later_release_is_out(client: httpx2.Client) -> None:
    """One that was dated before it may still be committed, or come to a copy."""
    releases = client.get("/v1/releases").json()["items"]
    before, last = (release["publishedAt"] for release in releases[-2:])
    for period, kept in (
        (f"from=3&to={last}", "no-cache"),
        (f"from={last}&to=9", "no-cache"),
        (f"from=3&to={before}", "immutable"),
        (f"from={before}&to=9", "immutable"),
    ):
        assert kept in client.get(f"/v1/changes?{period}").headers["cache-control"]


def test_files_of_mutations_are_not_sent_twice(client: httpx2.Client) -> None:
    path, accepted = "/v1/changes?from=3&to=9", {"Accept": "application/zip"}
    known = {"If-None-Match": client.get(path, headers=accepted).headers["etag"]}
    assert client.get(path, headers=accepted | known).status_code == 304


def test_files_of_mutations_bring_another_register_to_the_same_root(
    client: httpx2.Client, register: Settings, tmp_path: Path
) -> None:
    publish_week(register, 0)
    zipped = fetch_zip(client, "/v1/changes?from=3&to=9")
    assert {info.filename for info in zipfile.ZipFile(io.BytesIO(zipped)).infolist()} == {
        f"{region.label}{kind}Mutations.xml"
        for region in Region
        for kind in ("StreetName", "Address")
    }
    path = tmp_path / "mutations.zip"
    path.write_bytes(zipped)
    summary = import_path(register, path)
    assert summary.failure is None
    with serving(register) as other:
        here, there = (c.get("/v1/snapshots/latest").json() for c in (other, client))
    assert here["root"] == there["root"]


def test_no_differences_are_an_empty_zip(client: httpx2.Client) -> None:
    zipped = fetch_zip(client, "/v1/changes?from=9&to=9")
    assert zipfile.ZipFile(io.BytesIO(zipped)).namelist() == []
    # The feed itself has no such files.
    answer = client.get("/v1/changes", headers={"Accept": "application/zip"})
    assert answer.status_code == 406


def fetch_zip(client: httpx2.Client, path: str) -> Any:
    answer = client.get(path, headers={"Accept": "application/zip"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    return answer.content
