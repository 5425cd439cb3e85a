"""Snapshots and proofs: every digest is what the lines add up to."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import zstandard

from api.problems import Problem
from api.v1.streams import Places, Stream, run_in_thread, wait_for_place
from registry.domain.proof import make_leaf, make_node
from registry.store.connections import Role, connect
from tests.api.history import dump, fold, publish_week, read_feed
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx2

    from registry.settings import Settings


@pytest.fixture(scope="module")
def client(module_register: Settings) -> Iterator[httpx2.Client]:
    """A server on three weeks of three regions: releases 1 to 9."""
    for week in range(3):
        publish_week(module_register, week)
    with serving(module_register) as client:
        yield client


def read_lines(client: httpx2.Client, href: str) -> list[dict[str, Any]]:
    path = href.removeprefix(str(client.base_url).rstrip("/"))
    answer = client.get(path, headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert answer.text.endswith("\n")
    return [orjson.loads(line) for line in answer.text.splitlines()]


def prove(records: list[dict[str, Any]]) -> str:
    """The digest of a part, from its records in their order."""
    children: list[bytes] = []
    leaves: list[bytes] = []
    street = None
    for record in [*records, None]:
        own = find_street(record)
        if leaves and own != street:
            children.append(make_node(leaves))
            leaves = []
        street = own
        if record is not None:
            (leaves if own else children).append(make_leaf(dump(record)))
    return make_node(children).hex()


def find_street(record: dict[str, Any] | None) -> str | None:
    if record is None or record["resource"] not in {"streetNames", "addresses"}:
        return None
    return str(record.get("streetName", record["objectIdentifier"]))


@pytest.mark.parametrize("release", [1, 5, 9])
def test_parts_prove_the_root_of_their_release(client: httpx2.Client, release: int) -> None:
    document = client.get(f"/v1/releases/{release}").json()
    snapshot = client.get(f"/v1/snapshots/{document['lastSeq']}").json()
    assert (snapshot["release"], snapshot["root"]) == (release, document["root"])
    records = []
    for region in snapshot["regions"]:
        for part in region["parts"]:
            lines = read_lines(client, part["href"])
            assert len(lines) == part["records"]
            assert prove([line["record"] for line in lines]) == part["digest"]
            records += [line["record"] for line in lines]
        digests = (bytes.fromhex(part["digest"]) for part in region["parts"])
        assert make_node(digests).hex() == region["root"]
    roots = (bytes.fromhex(region["root"]) for region in snapshot["regions"])
    assert make_node(roots).hex() == document["root"]
    held = fold(read_feed(client), 0, document["lastSeq"]).values()
    assert sorted(map(dump, records)) == sorted(map(dump, held))


def test_a_proof_says_the_same_as_the_snapshot(client: httpx2.Client) -> None:
    snapshot = client.get("/v1/snapshots/latest").json()
    proof = client.get(f"/v1/releases/{snapshot['release']}/proof").json()
    assert (proof["root"], proof["seq"]) == (snapshot["root"], snapshot["seq"])
    for region, other in zip(proof["regions"], snapshot["regions"], strict=True):
        assert region["root"] == other["root"]
        parts = [{k: v for k, v in part.items() if k != "href"} for part in other["parts"]]
        assert region["municipalities"] == parts


def test_a_line_has_what_a_copy_needs(client: httpx2.Client) -> None:
    lines = read_lines(client, "/v1/snapshots/latest/BE-BRU/21004")
    assert [line["record"]["resource"] for line in lines[:3]] == [
        "municipalities",
        "streetNames",
        "addresses",
    ]
    assert lines[1]["record"]["nameNl"] == "Wétstraat \"B\" \\ 'é'"
    altered = next(line for line in lines if line["record"]["objectIdentifier"] == "0")
    assert altered.keys() == {"record", "seq", "change", "validity"}
    assert altered["change"] == "altered"
    assert altered["validity"]["validFrom"].startswith("2026-11-16")
    assert altered["validity"]["assumed"] is True
    nowhere = read_lines(client, "/v1/snapshots/latest/BE-WAL/none")
    assert [line["record"]["resource"] for line in nowhere] == [
        "partsOfMunicipalities",
        "postalInfos",
    ]


def test_the_whole_is_its_parts_after_each_other(client: httpx2.Client) -> None:
    whole = client.get("/v1/snapshots/latest", headers={"Accept": "application/zstd"})
    assert whole.headers["content-type"] == "application/zstd"
    assert "content-encoding" not in whole.headers
    manifest = client.get("/v1/snapshots/latest").json()
    parts = [
        line
        for region in manifest["regions"]
        for part in region["parts"]
        for line in read_lines(client, part["href"])
    ]
    text = zstandard.ZstdDecompressor().decompressobj().decompress(whole.content)
    assert [orjson.loads(line) for line in text.splitlines()] == parts


def test_a_part_is_compressed_for_who_can_read_it(client: httpx2.Client) -> None:
    path = client.get("/v1/snapshots/latest").json()["href"] + "/BE-VLG/11001"
    path = path.removeprefix(str(client.base_url).rstrip("/"))
    with client.stream("GET", path, headers={"Accept-Encoding": "zstd"}) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "zstd"
    text = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    assert [orjson.loads(line) for line in text.splitlines()] == read_lines(client, path)
    known = {"If-None-Match": answer.headers["etag"]}
    assert client.get(path, headers=known).status_code == 304
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/snapshots/1",
        "/v1/snapshots/newest",
        "/v1/snapshots/latest/BE-BRU/11001",
        "/v1/snapshots/latest/BRU/21004",
        "/v1/snapshots/latest/BE-BRU/%00",
        "/v1/releases/10",
        "/v1/releases/10/proof",
        "/v1/releases/first",
    ],
)
def test_what_there_is_not(client: httpx2.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_part_of_another_history_is_another(register: Settings) -> None:
    publish_week(register, 0)
    with serving(register) as client:
        seq = client.get("/v1").json()["seq"]
        path = f"/v1/snapshots/{seq}/BE-BRU/21004"
        known = {"If-None-Match": client.get(path).headers["etag"]}
        assert client.get(path, headers=known).status_code == 304
        with connect(register, Role.OWNER) as connection:
            connection.execute(
                "update registry.release set root = sha256('other'),"
                " published_at = published_at + interval '1 second'"
            )
        # The worker hears of it within a second.
        until = time.monotonic() + 10
        while client.get(path, headers=known).status_code == 304:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert client.get(path, headers=known).status_code == 200


def test_releases_are_listed_in_order(client: httpx2.Client) -> None:
    first = client.get("/v1/releases?pageSize=5").json()
    second = client.get(f"/v1/releases?pageSize=5&after={first['items'][-1]['number']}").json()
    assert first["next"].endswith("after=5")
    assert "next" not in second
    releases = [*first["items"], *second["items"]]
    assert [release["number"] for release in releases] == list(range(1, 10))
    ends = [(release["firstSeq"], release["lastSeq"]) for release in releases]
    assert all(first == last + 1 for (_, last), (first, _) in pairwise(ends))
    assert releases[0] == client.get("/v1/releases/1").json()
    assert releases[3]["dataDate"] == "2026-11-09T00:00:00Z"
    assert releases[3]["counts"]["addresses"]["removed"] == 1


def test_a_snapshot_of_history_that_was_let_go_of(register: Settings) -> None:
    for week in range(2):
        publish_week(register, week)
    with connect(register, Role.OWNER) as connection:
        rows = connection.execute("select last_seq from registry.release order by 1").fetchall()
        horizon = rows[3][0]
        connection.execute(
            "insert into registry.pruning values (%s, clock_timestamp(), 0, 0)", [horizon]
        )
    with serving(register) as client:
        assert client.get(f"/v1/snapshots/{rows[2][0]}").status_code == 410
        assert client.get(f"/v1/snapshots/{horizon}").status_code == 200
        assert client.get("/v1/changes?from=3&to=6").status_code == 410
        assert client.get("/v1/changes?from=4&to=6").status_code == 200


def test_releases_without_digests_have_no_snapshot(register: Settings) -> None:
    with serving(register) as client:
        assert client.get("/v1/snapshots/latest").status_code == 404
    publish_week(register, 0)
    with connect(register, Role.OWNER) as connection:
        connection.execute("update registry.release set root = null where number = 3")
    with serving(register) as client:
        assert client.get("/v1/snapshots/latest").json()["release"] == 2
        assert "root" not in client.get("/v1/releases/3").json()


def test_more_streams_than_places_wait_and_are_then_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.v1.streams._WAIT_SECONDS", 0.05)

    async def ask_while_taken() -> Problem:
        places = Places(most=2)
        await wait_for_place(places, "a")
        async with places.hold("a"):
            with pytest.raises(Problem):
                await wait_for_place(places, "a")  # one each
            await wait_for_place(places, "b")
            async with places.hold("b"):
                with pytest.raises(Problem) as raised:
                    await wait_for_place(places, "c")
        await wait_for_place(places, "a")
        return raised.value

    problem = asyncio.run(ask_while_taken())
    assert problem.type.status == 503
    assert problem.headers["Retry-After"]


def test_who_waits_for_a_place_gets_the_next_that_is_free() -> None:
    async def ask() -> list[str]:
        places, order = Places(most=1), list[str]()

        async def take(client: str) -> None:
            async with places.hold(client):
                order.append(client)
                await asyncio.sleep(0)

        async with asyncio.timeout(5):
            await asyncio.gather(*map(take, "aabc"))
        return sorted(order)

    assert asyncio.run(ask()) == ["a", "a", "b", "c"]


def test_a_reader_that_stalls_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.v1.streams.PATIENCE_SECONDS", 0.05)
    assert_cut_off(take_two(asyncio.Event().wait))


def test_a_reader_that_takes_drop_by_drop_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.v1.streams.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("api.v1.streams._SLOWEST", 1e9)

    async def dawdle() -> None:
        await asyncio.sleep(0.05)

    assert_cut_off(take_two(dawdle))


def assert_cut_off(send: Any) -> None:
    """The stream to such a reader ends, and others have its place."""
    closed = []

    def make_pieces() -> Generator[bytes, None, None]:
        try:
            while True:
                yield bytes(1_000_000)
        finally:
            closed.append(True)

    async def never(*_: object) -> Any:
        await asyncio.Event().wait()

    async def stall() -> None:
        places = Places(most=1)
        pieces = run_in_thread(make_pieces())
        stream = Stream(pieces, places, media_type="text/plain", headers={})
        with pytest.raises(BaseException) as raised:  # noqa: PT011 - the group of the task
            await stream({"type": "http", "best.client": "a"}, never, send)
        assert "TimeoutError" in repr(raised.value)
        async with asyncio.timeout(1), places.hold("b"):
            assert closed

    asyncio.run(asyncio.wait_for(stall(), 5))


def take_two(afterwards: Any) -> Any:
    """A reader who takes the head and the first piece, and then nothing more."""
    taken: list[object] = []

    async def send(message: object) -> None:
        taken.append(message)
        if len(taken) > 2:
            await afterwards()

    return send
