"""Files that are matched: the task, its result, its end, and what is refused."""

from __future__ import annotations

import io
import logging
import time
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from api.v1 import match_batches
from api.v1.match_batch_process import BatchProcess
from registry.clock import utc_now
from registry.search.bulk.batches import Batch, Batches, BatchState
from registry.search.bulk.columns import Told

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from registry.settings import Settings

CSV = b"straat;nr;gemeente\r\nRue de la Loi;16;Bruxelles\r\nnergens;1;\r\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def _no_batch_is_left(sample: Settings) -> Iterator[None]:
    yield
    for batch in Batches.of(sample.home).list_waiting():
        batch.remove()


def send(client: httpx2.Client, content: Any, media: str = "text/csv", **query: Any) -> Any:
    return client.post(
        "/v1/matchBatches", content=content, headers={"Content-Type": media}, params=query
    )


def get_path(task: Any) -> str:
    return "/v1/" + str(task.headers["location"]).partition("/v1/")[2]


def wait(client: httpx2.Client, path: str) -> Any:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = client.get(path, follow_redirects=False)
        if answer.status_code != 200 or answer.json()["status"]["state"] != "processing":
            return answer
        assert answer.headers["retry-after"] == "2"
        assert set(answer.json()["status"]) == {"state", "pollAfter"}
        time.sleep(0.05)
    pytest.fail("the task did not end within a minute")


def test_a_file_is_matched_and_fetched_and_ended(client: httpx2.Client, sample: Settings) -> None:
    sent = send(client, CSV)
    assert sent.status_code == 202
    assert sent.headers["cache-control"] == "no-store"
    assert sent.json()["self"] == sent.headers["location"]
    assert sent.json()["rows"] == 2
    done = wait(client, get_path(sent))
    assert done.status_code == 303
    assert done.json()["status"]["state"] == "done"
    assert done.json()["rowsDone"] == 2
    assert "retry-after" not in done.headers
    result = client.get(get_path(done))
    assert result.headers["content-type"].startswith("text/csv")
    assert result.headers["cache-control"] == "no-store"
    assert "matched.csv" in result.headers["content-disposition"]
    lines = result.content.split(b"\r\n")
    assert lines[0].startswith(b"straat;nr;gemeente;best_id;best_verdict;")
    assert lines[1].startswith(b"Rue de la Loi;16;Bruxelles;bru-")
    assert lines[2].startswith(b"nergens;1;;;")
    batch = Batches.of(sample.home).find(get_path(sent).rpartition("/")[2])
    assert batch is not None
    assert not batch.sent.exists()
    assert batch.folder.parent.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in batch.folder.iterdir()} == {0o600}
    assert client.delete(get_path(sent)).status_code == 204
    assert client.get(get_path(sent)).status_code == 404
    assert client.get(get_path(done)).status_code == 404
    assert client.delete(get_path(sent)).status_code == 204
    assert not batch.folder.exists()


def test_a_row_is_answered_as_alone(client: httpx2.Client) -> None:
    question = {"streetName": "Rue de la Loi", "houseNumber": "16", "municipality": "Bruxelles"}
    single = client.post("/v1/addresses/match", json=question).json()
    done = wait(client, get_path(send(client, CSV)))
    header, row, *_ = client.get(get_path(done)).text.split("\r\n")
    added = dict(zip(header.split(";")[3:], row.split(";")[3:], strict=True))
    assert added["best_verdict"] == single["verdict"]
    assert added["best_category"] == single["category"]
    assert added["best_match_level"] == single["matchLevel"]
    assert float(added["best_score"]) == single["score"]
    assert added["best_id"] == single["address"]["id"]
    assert added["best_address"] in single["address"]["labels"].values()
    assert float(added["best_lat"]) == single["position"]["wgs84"]["lat"]
    assert float(added["best_lon"]) == single["position"]["wgs84"]["lon"]


def test_other_kinds_come_back_as_they_are(client: httpx2.Client) -> None:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["adres"])
    book.active.append(["Rue de la Loi 16, 1000 Bruxelles"])
    book.save(file)
    sent = [
        send(client, file.getvalue(), XLSX),
        send(client, b'{"q":"Rue de la Loi 16, 1000 Bruxelles"}\n', "application/x-ndjson"),
    ]
    results = [client.get(get_path(wait(client, get_path(task)))) for task in sent]
    sheet = openpyxl.load_workbook(io.BytesIO(results[0].content)).active
    assert sheet["B2"].value.startswith("bru-")
    assert results[0].headers["content-type"] == XLSX
    assert results[1].json()["best_id"] == sheet["B2"].value


def test_what_is_told_counts(client: httpx2.Client) -> None:
    content = "Rue de la Loi|16|Brüssel".encode("cp850")
    told = {"encoding": "cp850", "separator": "|", "header": "false", "minimum": "1"}
    sent = send(client, content, columns="street=1,number=2,municipality=3", **told)
    assert sent.status_code == 202
    row = client.get(get_path(wait(client, get_path(sent)))).content
    assert row.startswith(content + b"||notFound|C|")
    assert row.endswith(b"|belowMinimum")


@pytest.mark.parametrize(
    ("content", "media", "query", "status", "words"),
    [
        (b"a;b\n1;2\n", "text/csv", {}, 400, "no column is known by its name"),
        (b"", "text/csv", {}, 400, "the file is empty"),
        (CSV, "text/plain", {}, 415, "application/x-ndjson"),
        (CSV, XLSX, {}, 400, "the content is csv"),
        (b"PK\x03\x04", XLSX, {}, 400, "cut off or damaged"),
        (CSV, "text/csv", {"delimiter": ";"}, 400, "There is no parameter delimiter"),
        (CSV, "text/csv", {"separator": "x"}, 400, "separator"),
        (CSV, "text/csv", {"columns": "street"}, 400, "is not FIELD=COLUMN"),
        (CSV, "text/csv", {"columns": "street=9"}, 400, "there is no column '9'"),
    ],
)
def test_what_is_refused_at_once(
    client: httpx2.Client,
    sample: Settings,
    content: bytes,
    media: str,
    query: dict[str, str],
    status: int,
    words: str,
) -> None:
    before = sorted(Batches.of(sample.home).folder.glob("*"))
    answer = send(client, content, media, **query)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert sorted(Batches.of(sample.home).folder.glob("*")) == before


def test_what_is_found_late_fails_the_task(client: httpx2.Client) -> None:
    sent = send(client, b"street\n" + b"x\n" * 1000 + b"x" * 1_100_000)
    failed = wait(client, get_path(sent))
    assert failed.status_code == 200
    status = failed.json()["status"]
    assert status["state"] == "failed"
    assert "line 1,002: it is longer than 1 MB" in status["problem"]
    assert client.get(f"{get_path(sent)}/result").status_code == 404


def test_larger_than_allowed(sample: Settings, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEST_BATCH_MB", "1")
    with serve(sample) as client:
        answer = send(client, b"street\n" + b"x\n" * 600_000)
        assert answer.status_code == 413
        assert answer.json()["limit"] == 1_000_000
        monkeypatch.setattr(match_batches, "MOST_ROWS", 10)
        answer = send(client, b"street\n" + b"x\n" * 12)
        assert (answer.status_code, answer.json()["limit"]) == (413, 10)


def test_a_full_queue_says_when_to_come_back(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_batches, "MOST_WAITING", 0)
    answer = send(client, CSV)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"


@pytest.mark.parametrize("batch_id", ["x", "../cluster", "0" * 32])
def test_there_is_no_such_batch(client: httpx2.Client, batch_id: str) -> None:
    assert client.get(f"/v1/matchBatches/{batch_id}").status_code == 404
    assert client.get(f"/v1/matchBatches/{batch_id}/result").status_code == 404


def test_nothing_of_a_file_is_logged(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("best")
    log.addHandler(caplog.handler)
    try:
        sent = send(client, b"adres\nsecretstreet 1\n", columns="text=adres")
        wait(client, get_path(sent))
        client.delete(get_path(sent))
        time.sleep(0.2)
    finally:
        log.removeHandler(caplog.handler)
    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert '"route":"/v1/matchBatches"' in lines
    assert '"route":"/v1/matchBatches/{matchBatchId}","method":"DELETE"' in lines
    assert "adres" not in lines
    assert "secret" not in lines
    assert get_path(sent).rpartition("/")[2] not in lines


def test_who_sends_nothing_is_not_waited_for(
    client: httpx2.Client, sample: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_batches, "_PATIENCE_SECONDS", 0.2)

    def dribble() -> Iterator[bytes]:
        yield CSV
        time.sleep(1)
        yield CSV

    answer = send(client, dribble())
    assert answer.status_code == 400
    assert "Nothing came for" in answer.json()["detail"]
    assert Batches.of(sample.home).count_uploads() == 0


def test_what_a_killed_process_left_is_begun_anew(sample: Settings) -> None:
    process = BatchProcess(settings=sample)
    with process.batches.receiving() as received:
        rows = b"".join(b"Rue de la Loi;%d;Bruxelles\n" % n for n in range(20_000))
        received.sent.write_bytes(b"straat;nr;gemeente\n" + rows)
        state = BatchState(media="text/csv", told=Told(), created=utc_now(), rows=20_000)
        batch = process.batches.add(received, state)
    process.start_if_due()
    await_tries(batch, 1)
    assert process._process is not None
    process._process.kill()
    process._process.wait()
    process.start_if_due()
    await_tries(batch, 2)
    process.stop()  # as when the server ends: what is under way is left
    left = batch.find_state()
    assert left is not None
    if left.completed is None:
        process.start_if_due()
        await_tries(batch, 3)
    batch.remove()  # ended while it is matched: the process goes on to the next, and ends
    if process._process is not None:
        assert process._process.wait(timeout=30) == 0
    process.stop()


def await_tries(batch: Batch, tries: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        state = batch.find_state()
        if state is not None and state.tries >= tries:
            return
        time.sleep(0.01)
    pytest.fail(f"the process did not begin {tries} times")
