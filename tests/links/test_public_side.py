"""The public register with links behind it answers as without, to the byte."""

from __future__ import annotations

import csv
import hashlib
import re
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import pytest
from prometheus_client import generate_latest
from starlette.testclient import TestClient

from links.api.__main__ import make_config
from links.api.app import make_app
from links.citizen.app import main as citizen_main
from links.citizen.app import make_app as make_citizen_app
from links.ingest.owner_files import load_owner_file
from links.ingest.work_lists import export_work_list
from links.replica.follow import follow_once
from links.store.connections import connect_as_superuser
from links.synthetic.numbers import make_ssin
from registry.store.connections import PRIVATE_PORT, get_socket_directory
from tests.api.serving import serving
from tests.database.editions import Address
from tests.database.successive import publish, street, week
from tests.links.deliveries import deliver, write
from tests.links.serving import serving_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from links.settings import LinksSettings
    from registry.settings import Settings

pytestmark = pytest.mark.usefixtures("key_service")

HOMES = [f"bru-{number}" for number in range(1, 41)]
REFUGE, NEIGHBOUR = "bru-7", "bru-8"
QUESTIONS = (
    "/v1/addresses?pageSize=100",
    "/v1/addresses?pageSize=7",
    "/v1/addresses/bru-3",
    "/v1/addresses/bru-3/versions",
    "/v1/addresses/bru-999",
    "/v1/addresses/reverse?lat=50.85&lon=4.35",
    "/v1/streetNames",
    "/v1/municipalities",
    "/v1/releases",
    "/v1/changes?after=0&limit=500",
    "/v1/changes?after=42",
    "/v1/successions",
    "/v1/snapshots/latest",
    "/v1/snapshots/latest/BE-BRU/21004",
    "/v1/search?q=wetstraat",
    "/v1/search?q=wetstraat+3+brussel",
    "/v1/addresses/suggest?q=wets",
    "/doc/openapi.json",
)
MATCHED = {"text": "Wetstraat 7, 1000 Brussel"}
OF_THE_MOMENT = {"date", "belgov-trace-id", "ratelimit-remaining", "ratelimit-reset"}
WORDS = ("links", "deliberation", "pseudonym", "dossier", "protect", "8020", "8021")


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """A public register, a client of it, and the wall behind it."""

    register: Settings
    wall: LinksSettings
    client: httpx2.Client


def edition(*, without: tuple[str, ...] = ()) -> Any:
    """Forty houses of a street that differ in nothing but their number; boxes in the last."""
    homes = [
        Address(id=home.removeprefix("bru-"), number=home.removeprefix("bru-"))
        for home in HOMES
        if home not in without
    ]
    boxes = [Address(id=f"9{n}", number="50", box=str(n)) for n in (1, 2)]
    return week([*homes, *boxes], [street("10")])


@pytest.fixture(autouse=True, scope="module")
def no_limit() -> Iterator[None]:
    """Let one client ask as much as these tests do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEST_RATE_LIMIT", "0")
        yield


@contextmanager
def in_front(register: Settings, wall: LinksSettings) -> Iterator[Public]:
    publish(register, edition())
    with serving(register) as client:
        settings = replace(wall, register_url=str(client.base_url).rstrip("/"))
        assert follow_once(settings)
        yield Public(register=register, wall=settings, client=client)


@pytest.fixture(scope="module")
def public(
    module_register: Settings, module_wall: LinksSettings, no_limit: None
) -> Iterator[Public]:
    """A register with one release, followed by a wall without links."""
    with in_front(module_register, module_wall) as public:
        yield public


@pytest.fixture
def own_public(register: Settings, wall: LinksSettings) -> Iterator[Public]:
    with in_front(register, wall) as public:
        yield public


def look(client: httpx2.Client) -> dict[str, Any]:
    """Ask everything; return what came but for what tells the moment or the request."""
    seen: dict[str, Any] = {}
    for question in QUESTIONS:
        seen[question] = see(client, question)
        tag = dict(seen[question][1]).get("etag")
        if tag:
            seen[f"{question} again"] = see(client, question, {"If-None-Match": tag})
    whole = client.get("/v1/snapshots/latest", headers={"Accept": "application/zstd"})
    seen["file"] = hashlib.sha256(whole.content).hexdigest()
    matched = client.post("/v1/addresses/match", json=MATCHED)
    seen["match"] = (matched.status_code, hide_traces(matched))
    seen["position"] = orjson.loads(client.get("/v1/releases").content)["items"][-1]["lastSeq"]
    return seen


def see(
    client: httpx2.Client, question: str, headers: dict[str, str] | None = None
) -> tuple[int, list[tuple[str, str]], bytes]:
    answer = client.get(question, headers=headers)
    kept = [(n, v) for n, v in answer.headers.items() if n.lower() not in OF_THE_MOMENT]
    return answer.status_code, kept, hide_traces(answer)


def hide_traces(answer: httpx2.Response) -> bytes:
    """Return a body without the number of the request that problems tell."""
    if not answer.content or "problem+json" not in answer.headers.get("content-type", ""):
        return answer.content
    document = orjson.loads(answer.content)
    document.pop("traceId", None)
    document.pop("instance", None)
    return orjson.dumps(document)


def look_until_quiet(client: httpx2.Client) -> dict[str, Any]:
    """Return what is seen once the server has made the indexes of its release."""
    before, deadline = look(client), time.monotonic() + 20
    while (now := look(client)) != before:
        assert time.monotonic() < deadline, "the public side does not come to rest"
        before = now
    return now


def measure(client: httpx2.Client, asked: int, percent: int) -> float:
    """Return the time within which so many of 100 answers come, in seconds."""
    times = []
    for number in range(asked):
        began = time.perf_counter()
        client.get(f"/v1/addresses/bru-{number % 40 + 1}").raise_for_status()
        times.append(time.perf_counter() - began)
    return statistics.quantiles(times, n=100)[percent - 1]


def make_match_command(register: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Return the real `match` on a register, as an operator runs it."""
    place = str(get_socket_directory(register.home)).replace("/", "%2F")
    url = f"postgresql://best@{place}:{PRIVATE_PORT}/{register.database_name}"
    monkeypatch.setenv("BEST_HOME", str(register.home))
    monkeypatch.setenv("BEST_DATABASE_URL", url)
    return (sys.executable, "-m", "deploy", "match")


@pytest.mark.alone
def test_61_ten_thousand_links_leave_the_public_side_as_it_was(
    public: Public, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = make_match_command(public.register, monkeypatch)
    check_as_it_was(public, tmp_path, command, links=10_000, asked=100, percent=50)


@pytest.mark.soak
def test_a_million_links_leave_the_public_side_as_it_was(
    own_public: Public, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = make_match_command(own_public.register, monkeypatch)
    check_as_it_was(own_public, tmp_path, command, links=1_000_000, asked=1_000, percent=95)


def check_as_it_was(
    public: Public,
    tmp_path: Path,
    command: tuple[str, ...],
    *,
    links: int,
    asked: int,
    percent: int,
) -> None:
    """Bring links in behind the register and ask it everything once more."""
    before = look_until_quiet(public.client)
    quick = min(measure(public.client, asked, percent) for _ in range(3))
    rows = [
        f"{make_ssin(number)},resident,H{number % 40},2020-01-01,,{HOMES[number % 40]},,,,,"
        for number in range(links - 1)
    ]
    # One by the real matching, which reads the public register.
    rows.append(f"{make_ssin(links)},resident,,2020-01-01,,,Wetstraat,7,,1000,Brussel")
    header = "subject,capacity,household,from,to,addressId,street,number,box,postcode,municipality"
    counts = deliver(public.wall, write(tmp_path, *rows, header=header), command=command)
    assert (counts["loaded"], counts["matched"]) == (links, 1)
    assert not follow_once(public.wall)

    after = look(public.client)
    assert after.keys() == before.keys()
    for question, seen in before.items():
        assert after[question] == seen, question
    refused = {question for question in QUESTIONS if before[question][0] != 200}
    assert refused == {"/v1/addresses/bru-999"}, "what is refused proves nothing"
    assert b"Wetstraat" in before["/v1/search?q=wetstraat"][2]
    assert (before["match"][0], before["position"]) == (200, 45)
    slow = min(measure(public.client, asked, percent) for _ in range(3))
    assert slow < 2 * quick + 0.001, (quick, slow)


def test_the_real_match_makes_the_classes(
    public: Public, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        "Wetstraat,7,,1000,Brussel",
        "Qwertystraat,7,,9999,Nergenshuizen",
        "Zonnebloemlaan,7,,1000,Brussel",
        "Wetstraat,999,,1000,Brussel",
        "Wetstraat,50,99,1000,Brussel",
        "Wetstraat,50,2,1000,Brussel",
        "Wetstraat,50,,1000,Brussel",
        "Wetstraat,7B,,1000,Brussel",
    ]
    people = [f"{make_ssin(20_000 + n)},resident,2020-01-01,{row}" for n, row in enumerate(rows)]
    header = "subject,capacity,from,street,number,box,postcode,municipality"
    counts = deliver(
        public.wall,
        write(tmp_path, *people, header=header),
        partial=True,
        command=make_match_command(public.register, monkeypatch),
    )
    assert [counts[name] for name in ("matched", "A", "B", "C", "D")] == [2, 1, 1, 2, 2]
    export_work_list(public.wall, counts["delivery"], tmp_path / "work.csv")
    with (tmp_path / "work.csv").open(newline="") as file:
        classes = {
            row["street"] + row["number"] + row["box"]: row["class"] for row in csv.DictReader(file)
        }
    assert classes == {
        "Qwertystraat7": "A",
        "Zonnebloemlaan7": "B",
        "Wetstraat999": "C",
        "Wetstraat5099": "D",
        "Wetstraat50": "D",  # match names the first of its boxes
        "Wetstraat7B": "C",
    }


def like(answer: httpx2.Response, home: str) -> tuple[int, list[tuple[str, str]], str]:
    """Return an answer about a home as if it were no particular one."""
    own = re.compile(rf"{home}|(?<![0-9.]){home.removeprefix('bru-')}(?![0-9.])")

    def hide(text: str) -> str:
        return re.sub(r'"seq":[0-9]+', '"seq":N', own.sub("HOME", text))

    kept = [
        (name, hide(value))
        for name, value in answer.headers.items()
        if name.lower() not in OF_THE_MOMENT | {"etag", "content-length"}
    ]
    return answer.status_code, kept, hide(hide_traces(answer).decode())


def protect_refuge(public: Public, tmp_path: Path) -> None:
    """Let a strictly protected person, with a dossier, live in one of two equal houses."""
    person = make_ssin(31_337)
    deliver(
        public.wall,
        write(tmp_path, f"{person},resident,H1,2020-01-01,,{REFUGE}"),
        partial=True,
    )
    header = "subjectType,subject,level,basis,from"
    row = f"person,{person},2,order,2020-01-01"
    load_owner_file(public.wall, "protections", write(tmp_path, row, header=header))


PLACES = (
    "/v1/addresses/{}",
    "/v1/addresses/{}/",
    "/v1/addresses/{}/versions",
    "/v1/addresses/{}?release=1",
    "/v1/addresses/{}?validOn=2016-01-01",
    "/v1/addresses/{}?validOn=1816-01-01",
    "/v1/addresses/{}/residents",
    "/v1/addresses/{}x",
)


def test_65_a_refuge_exists_as_its_neighbours_do(public: Public, tmp_path: Path) -> None:
    protect_refuge(public, tmp_path)
    statuses = set()
    for place in PLACES:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            refuge, neighbour = (
                like(public.client.request(method, place.format(home)), home)
                for home in (REFUGE, NEIGHBOUR)
            )
            assert refuge == neighbour, (method, place)
            statuses.add(refuge[0])
    assert {200, 404} <= statuses


def test_62_an_address_with_links_is_deleted_as_one_without(
    own_public: Public, tmp_path: Path
) -> None:
    protect_refuge(own_public, tmp_path)
    publish(own_public.register, edition(), edition(without=(REFUGE, NEIGHBOUR)))
    deadline = time.monotonic() + 10
    while own_public.client.get(f"/v1/addresses/{REFUGE}").status_code != 410:
        assert time.monotonic() < deadline, "the deletion is not served"
        time.sleep(0.02)
    assert follow_once(own_public.wall)
    for place in PLACES:
        refuge, neighbour = (
            like(own_public.client.get(place.format(home)), home) for home in (REFUGE, NEIGHBOUR)
        )
        assert refuge == neighbour, place
    changes = orjson.loads(own_public.client.get("/v1/changes?after=42").content)["items"]
    removed = [each["data"] for each in changes if each["data"]["change"] == "removed"]
    assert {each["id"] for each in removed} == {REFUGE, NEIGHBOUR}
    assert len({tuple(sorted(each)) for each in removed}) == 1
    # The link stays where it was, for its source to say what became of it.
    with connect_as_superuser(own_public.wall) as connection:
        kept = connection.execute("select from links.link where upper_inf(recorded)").fetchall()
    assert len(kept) == 1


LINKS_PATHS = (
    "/oauth/token",
    "/jwks",
    "/.well-known/oauth-authorization-server",
    "/v1/verify",
    "/v1/references",
    "/v1/subjects",
    "/v1/handles/open",
    "/v1/deliberations/mine",
    "/v1/usage/mine",
    "/v1/me/usages",
    "/v1/me/complaints",
)
PUBLIC_PATHS = ("/metrics", "/v1", "/v1/changes", "/v1/snapshots/latest", "/v1/search", "/docs")


def get_from_citizen(wall: LinksSettings, path: str) -> httpx2.Response:
    with TestClient(make_citizen_app(wall), raise_server_exceptions=False) as client:
        return client.get(path)


def test_64_each_side_knows_nothing_of_the_other(public: Public) -> None:
    unknown = public.client.get("/nothing/of/this")
    for path in LINKS_PATHS:
        for method in ("GET", "POST"):
            answer = public.client.request(method, path)
            usual = public.client.request(method, "/v1/nothing" if "/v1" in path else "/nothing")
            assert (answer.status_code, answer.headers["content-type"]) == (
                usual.status_code,
                usual.headers["content-type"],
            ), path
            told = hide_traces(answer).decode().replace(path, "")
            assert not [word for word in WORDS if word in told.lower()], path
    assert unknown.status_code == 404
    for path in ("/health", "/doc/openapi.json", "/v1"):
        told = public.client.get(path).text.lower()
        assert not [word for word in WORDS if f"{word}_" in told or f'"{word}"' in told], path
    # Without the numbers that are counted: a port may be among bytes and seconds by chance.
    metrics = "\n".join(
        line if line.startswith("#") else line.rpartition(" ")[0]
        for line in generate_latest().decode().lower().split("\n")
    )
    assert "best_pool_waiting" in metrics, "the public side's metrics are elsewhere"
    assert not [word for word in WORDS if word in metrics]
    check_the_wall(public)


def check_the_wall(public: Public) -> None:
    """Nothing of the register is on the wall's side."""
    with (
        serving_links(public.wall) as served,
        httpx2.Client(base_url=served.urls[0]) as links,
        TestClient(make_citizen_app(public.wall)) as citizen,
    ):
        for path in PUBLIC_PATHS:
            for client in (links, citizen):
                answer = client.get(path)
                assert answer.status_code in {404, 405}, path  # /v1/changes is POST there
                for word in ("traceback", "prometheus", "python_", "/v1/addresses", "postgis"):
                    assert word not in answer.text.lower(), (path, word)
        assert links.get("/health").json().keys() == {"status"}
        assert "trace" not in str(links.get("/health").headers).lower()
    # Nothing of theirs counts in the public side's collectors, and they listen on the loopback.
    code = (
        "import sys, links.api.app, links.citizen.app, links.keys.service, links.clerk;"
        "print(sorted({'prometheus_client', 'api', 'opentelemetry'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
    assert make_config(public.wall, make_app(public.wall)).host == "127.0.0.1"


def test_the_citizen_api_listens_on_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda _, **options: told.update(options))
    citizen_main()
    assert told["host"] == "127.0.0.1"
    assert told["access_log"] is False
