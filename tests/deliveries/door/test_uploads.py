"""Files on their way in: whole, in parts, broken, slow, false, of who may no more."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import random
import select
import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from api.deliveries.door import ROOT
from deploy.door_client import Door as Sender
from registry.clock import utc_now
from registry.deliveries.agencies import resume_agency, suspend_agency
from registry.deliveries.files import NoRoom
from registry.store.connections import Role, connect
from tests.deliveries.door.serving import Place, add_agencies, announce, grant, serving, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from registry.settings import Settings

KIB = 1024
CONTENT = random.Random(8).randbytes(3_000_001)  # noqa: S311 - any bytes
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def place(module_register: Settings) -> Iterator[Place]:
    """A door that looks more often than in service who still may."""
    with serving(module_register, recheck_seconds=0.3, max_bytes=5_000_000, unfinished=60) as found:
        add_agencies(found)
        yield found


@pytest.fixture
def client(place: Place) -> Iterator[httpx2.Client]:
    with place.as_client("anna") as client:
        yield client


def _part(start: int, end: int, total: int = len(CONTENT)) -> dict[str, str]:
    return {"Content-Range": f"bytes {start}-{end - 1}/{total}"}


def _look(client: httpx2.Client, path: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(path).json()
    return found


def _count_jobs(place: Place, path: str) -> int:
    with connect(place.settings, Role.IMPORTER) as connection:
        row = connection.execute(
            "select count(*) from jobs.procrastinate_jobs"
            " where task_name = 'check' and args ->> 'delivery_id' = %s",
            [path.rpartition("/")[2]],
        ).fetchone()
    assert row is not None
    return int(row[0])


def _is_there(client: httpx2.Client, path: str) -> bool:
    return client.get(f"{path}/file").content == CONTENT


def test_a_whole_file_is_received_with_its_digest_and_one_job(
    place: Place, client: httpx2.Client
) -> None:
    path = announce(client, size=len(CONTENT), sha256=SHA256, counts={"addresses": 5})
    created = _look(client, path)
    assert (created["state"], created["file"]["received"]) == ("created", 0)
    answer = client.put(f"{path}/file", content=CONTENT)
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["location"] == f"{place.url}{path}/task"
    found = _look(client, path)
    assert [event["state"] for event in found["history"]] == ["created", "receiving", "received"]
    assert {event["actor"] for event in found["history"]} == {"anna"}
    assert found["file"]["sha256"] == SHA256
    assert found["file"]["size"] == found["file"]["received"] == len(CONTENT)
    assert _count_jobs(place, path) == 1
    assert _is_there(client, path)
    task = client.get(f"{path}/task").json()
    assert task["status"]["state"] == "processing"
    assert task["status"]["pollAfter"] > found["stateAt"]
    again = client.put(f"{path}/file", content=CONTENT)
    assert (again.status_code, again.json()["state"]) == (409, "received")


def test_what_the_digest_should_have_been_is_for_the_check_to_say(
    place: Place, client: httpx2.Client
) -> None:
    path = announce(client, sha256="0" * 64)
    assert client.put(f"{path}/file", content=CONTENT).status_code == 202
    assert _look(client, path)["file"]["sha256"] == SHA256
    assert _count_jobs(place, path) == 1


def test_parts_begin_where_the_last_ended(place: Place, client: httpx2.Client) -> None:
    path = announce(client)
    third = 1_000_000
    for start in (0, third, 2 * third):
        wrong = client.put(f"{path}/file", content=CONTENT[:third], headers=_part(7, third + 7))
        assert (wrong.status_code, wrong.json()["received"]) == (409, start)
        end = min(start + third, len(CONTENT))
        answer = client.put(f"{path}/file", content=CONTENT[start:end], headers=_part(start, end))
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(end))
    ask = client.put(f"{path}/file", headers={"Content-Range": f"bytes */{len(CONTENT)}"})
    assert (ask.status_code, ask.headers["upload-offset"]) == (204, "3000000")
    assert _count_jobs(place, path) == 0
    rest = client.put(
        f"{path}/file", content=CONTENT[3_000_000:], headers=_part(3_000_000, len(CONTENT))
    )
    assert rest.status_code == 202
    assert _look(client, path)["file"]["sha256"] == SHA256
    assert _is_there(client, path)


def _open(
    place: Place, client: httpx2.Client, path: str, **headers: str
) -> http.client.HTTPConnection:
    parts = urlsplit(place.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 0, timeout=10)
    connection.putrequest("PUT", f"{path}/file")
    connection.putheader("Authorization", client.headers["Authorization"])
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    return connection


def _wait_for_bytes(client: httpx2.Client, path: str) -> int:
    """Return how much is there once it is something."""
    wait_until(lambda: _look(client, path)["file"]["received"])
    return int(_look(client, path)["file"]["received"])


def _go_on(client: httpx2.Client, path: str) -> int:
    """Send the rest as a client does: once more while a request that broke is not over yet.

    Return from where on.
    """
    begun: list[int] = []

    def is_taken() -> bool:
        begun.append(int(_look(client, path)["file"]["received"]))
        headers = _part(begun[-1], len(CONTENT))
        answer = client.put(f"{path}/file", content=CONTENT[begun[-1] :], headers=headers)
        assert answer.status_code in {202, 409}, answer.text
        return answer.status_code == 202

    wait_until(is_taken)
    assert _look(client, path)["file"]["sha256"] == SHA256
    assert _is_there(client, path)
    return begun[-1]


def _send_until_answered(
    connection: http.client.HTTPConnection, begin: int, step: int
) -> http.client.HTTPResponse:
    """Send piece after piece, ten a second, until the door has something to say to it."""
    for start in range(begin, len(CONTENT) - 1, step):
        if select.select([connection.sock], [], [], 0.1)[0]:
            break
        with contextlib.suppress(OSError):
            connection.send(CONTENT[start : min(start + step, len(CONTENT) - 1)])
    response = connection.getresponse()
    response.close()  # else the door lets what still comes run out
    connection.close()
    return response


@pytest.mark.parametrize("tenth", range(1, 10))
def test_an_upload_that_breaks_at_a_tenth_goes_on_from_there(
    place: Place, client: httpx2.Client, tenth: int
) -> None:
    path = announce(client, sha256=SHA256)
    cut = len(CONTENT) * tenth // 10
    connection = _open(place, client, path, Content_Length=str(len(CONTENT)))
    connection.send(CONTENT[:cut])
    if tenth % 2:
        assert connection.sock is not None
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)  # a reset
        connection.close()
        assert 0 <= _go_on(client, path) <= cut  # a reset takes what the system had not handed on
        return
    connection.close()
    _wait_for_bytes(client, path)
    assert cut - 2 * 262_144 <= _go_on(client, path) <= cut


def test_what_a_door_that_was_killed_had_not_noted_is_sent_again(
    place: Place, client: httpx2.Client
) -> None:
    path = announce(client)
    half = 1_500_000
    client.put(f"{path}/file", content=CONTENT[:half], headers=_part(0, half))
    part = place.settings.home / "deliveries" / path.rpartition("/")[2] / "part"
    with part.open("ab") as file:
        file.write(b"what nobody was told of")
    assert _go_on(client, path) == half


WHOLE = len(CONTENT)


@pytest.mark.parametrize(
    "given", [f"bytes */{WHOLE}", f"bytes {WHOLE}-{WHOLE - 1}/{WHOLE}", None, "shipped"]
)
def test_a_door_that_was_killed_before_the_last_row_ends_it_later(
    place: Place, client: httpx2.Client, tmp_path: Path, given: str | None
) -> None:
    path = announce(client)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.deliveries.uploads.defer_check", _die)
        broken = client.put(f"{path}/file", content=CONTENT)
    assert broken.status_code == 500
    assert _look(client, path)["state"] == "receiving"
    if given == "shipped":
        (tmp_path / "f.zip").write_bytes(CONTENT)
        key = place.keys["anna"]
        sender = Sender(url=place.url, client_id="anna", key=key, progress=lambda _: None)
        sender.upload(_look(client, path), tmp_path / "f.zip")
    else:
        headers = {"Content-Range": given} if given else {}
        assert client.put(f"{path}/file", content=b"", headers=headers).status_code == 202
    assert _look(client, path)["file"]["sha256"] == SHA256
    assert (_count_jobs(place, path), _is_there(client, path)) == (1, True)


def _die(*_: object) -> None:
    raise RuntimeError("the power went")


def test_a_delivery_that_ends_before_its_last_row_leaves_no_file(
    place: Place, client: httpx2.Client
) -> None:
    path = announce(client)

    def withdraw(_: object) -> str:
        with place.as_client("ben") as other:
            done = other.post(f"{path}/withdraw", headers={"If-Match": "*"})
        assert done.status_code == 200
        return SHA256

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.deliveries.receiving.PartFile.find_sha256", withdraw)
        answer = client.put(f"{path}/file", content=CONTENT)
    assert (answer.status_code, answer.json()["state"]) == (409, "withdrawn")
    assert _list_files(place, path) == []


def _list_files(place: Place, path: str) -> list[Path]:
    folder = place.settings.home / "deliveries" / path.rpartition("/")[2]
    return [found for found in folder.rglob("*") if found.is_file()]


def test_who_sends_slowly_is_closed_and_what_came_is_kept(place: Place) -> None:
    with serving(place.settings, idle_seconds=1.0, unfinished=60) as hasty:
        hasty.keys.update(place.keys)
        with hasty.as_client("anna") as client:
            path = announce(client)
            connection = _open(hasty, client, path, Content_Length=str(len(CONTENT)))
            connection.send(CONTENT[:100_000])
            answer = _send_until_answered(connection, 100_000, 1)
            assert (answer.status, answer.headers["connection"]) == (408, "close")
            assert 100_000 <= _go_on(client, path) < 110_000


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


def test_lies_about_the_size_are_found(place: Place, client: httpx2.Client) -> None:
    path = announce(client, size=len(CONTENT))
    other = client.put(f"{path}/file", content=CONTENT[:-1])
    assert (other.status_code, other.json()["issues"][0]["in"]) == (400, "header")
    assert _look(client, path)["state"] == "created"
    part = client.put(f"{path}/file", content=CONTENT[:-1]).json()["issues"][0]
    assert (part["name"], "without it a body is the whole file" in part["detail"]) == (
        "Content-Length",
        True,
    )
    empty = client.put(f"{path}/file", headers={"Content-Range": "bytes */0"})
    assert empty.status_code == 400
    longer = client.put(f"{path}/file", content=_chunks(CONTENT + b"more" * 50_000))
    assert (longer.status_code, longer.json()["received"]) == (400, 0)
    shorter = client.put(f"{path}/file", content=_chunks(CONTENT[:2_000_000]))
    assert (shorter.status_code, shorter.json()["received"]) == (400, 2_000_000)
    total = client.put(f"{path}/file", content=b"a", headers=_part(2_000_000, 2_000_001, 2_000_001))
    assert total.status_code == 400
    wrong = {"Content-Range": f"bytes 2000000-{len(CONTENT) - 1}/{len(CONTENT)}"}
    assert client.put(f"{path}/file", content=CONTENT, headers=wrong).status_code == 400
    rest = client.put(f"{path}/file", content=_chunks(CONTENT[2_000_000:]), headers=wrong)
    assert rest.status_code == 202
    assert _is_there(client, path)


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (400, "bytes 0-99/3000001"),  # smaller than a part may be
        (400, "bytes 5-4/3000001"),
        (400, "bytes 0-4000000/3000001"),
        (400, "bytes=0-99999"),
        (400, "bytes 0-99999/*"),
        (400, "bytes 0-99999999999999999999/99999999999999999999"),
        (413, "bytes 0-99999/5000001"),
    ],
)
def test_parts_that_cannot_be_are_refused(
    place: Place, client: httpx2.Client, status: int, given: str
) -> None:
    path = announce(client)
    answer = client.put(f"{path}/file", content=b"a" * 100, headers={"Content-Range": given})
    assert answer.status_code == status
    assert _look(client, path)["state"] == "created"
    assert client.post(f"{path}/withdraw", headers={"If-Match": "*"}).status_code == 200
    assert client.put(f"{path}/file", content=CONTENT).status_code == 409


def test_a_length_must_be_told_and_a_file_has_bytes(client: httpx2.Client) -> None:
    path = announce(client)
    assert client.put(f"{path}/file", content=_chunks(CONTENT)).status_code == 411
    assert client.put(f"{path}/file").status_code == 400
    assert client.put(f"{path}/file", content=b"a" * 5_000_001).status_code == 413
    assert client.post(f"{ROOT}/deliveries", json=_body(size=5_000_001)).status_code == 413


def _body(**changed: Any) -> dict[str, Any]:
    body = {"region": "BE-BRU", "complete": True, "fileName": "f.zip"}
    return body | {"extractedAt": "2026-11-20T00:00:00Z"} | changed


def test_ten_thousand_tiny_parts_are_not_taken(client: httpx2.Client) -> None:
    path = announce(client)
    for number in range(3):
        headers = _part(number * KIB, (number + 1) * KIB)
        answer = client.put(f"{path}/file", content=b"a" * KIB, headers=headers)
        assert answer.status_code in {400, 409}
    assert _look(client, path)["file"]["received"] == 0


def test_an_agency_that_is_suspended_in_the_middle_is_stopped(place: Place) -> None:
    with place.as_client("veerle") as client:
        path = announce(client, region="BE-VLG")
        connection = _open(place, client, path, Content_Length=str(len(CONTENT)))
        connection.send(CONTENT[:1_000_000])
        seen = _wait_for_bytes(client, path)
        with connect(place.settings, Role.OWNER) as database:
            suspend_agency(database, "vlg", utc_now())
        assert _send_until_answered(connection, 1_000_000, 1000).status == 401
        assert client.get(path).status_code == 401
        with connect(place.settings, Role.OWNER) as database:
            resume_agency(database, "vlg")
        assert _go_on(client, path) >= seen


def test_an_authorisation_that_ends_in_the_middle_keeps_what_came(place: Place) -> None:
    with place.as_client("wout") as client:
        path = announce(client, region="BE-WAL")
        client.put(f"{path}/file", content=CONTENT[:100_000], headers=_part(0, 100_000))
        with connect(place.settings, Role.OWNER) as database:
            from registry.domain.region import Region

            grant(database, Region.WALLONIA, days=-1)
        rest = client.put(
            f"{path}/file", content=CONTENT[100_000:], headers=_part(100_000, len(CONTENT))
        )
        assert (rest.status_code, rest.json()["type"]) == (
            403,
            "urn:problem-type:belgif:missingPermission",
        )
        assert client.post(f"{ROOT}/deliveries", json=_body(region="BE-WAL")).status_code == 403
        assert _look(client, path)["file"]["received"] == 100_000
        states = [found["state"] for found in client.get(f"{ROOT}/authorisations").json()["items"]]
        assert states == ["expired"]


def test_a_delivery_that_is_withdrawn_in_the_middle_takes_no_more(
    place: Place, client: httpx2.Client
) -> None:
    path = announce(client)
    connection = _open(place, client, path, Content_Length=str(len(CONTENT)))
    connection.send(CONTENT[:1_000_000])
    wait_until(lambda: _look(client, path)["state"] == "receiving")
    assert client.post(f"{path}/withdraw", headers={"If-Match": "*"}).status_code == 200
    with contextlib.suppress(OSError):
        connection.send(CONTENT[1_000_000:])
    assert connection.getresponse().status == 409
    assert _look(client, path)["state"] == "withdrawn"
    assert _count_jobs(place, path) == 0
    assert _list_files(place, path) == []


def test_one_request_at_a_time_writes_and_four_of_an_agency(
    place: Place, client: httpx2.Client
) -> None:
    paths = [announce(client) for _ in range(5)]
    held = []
    for path in paths[:4]:
        connection = _open(place, client, path, Content_Length=str(len(CONTENT)))
        connection.send(CONTENT[:70_000])
        held.append(connection)
        if len(held) == 1:
            wait_until(lambda: _look(client, paths[0])["state"] == "receiving")
            second = client.put(f"{path}/file", content=CONTENT)
            assert (second.status_code, second.headers["retry-after"]) == (409, "5")
    wait_until(lambda: place.door.uploads["bru"] == 4)
    fifth = client.put(f"{paths[4]}/file", content=CONTENT)
    assert (fifth.status_code, fifth.headers["retry-after"]) == (429, "30")
    for connection in held:
        connection.close()
    wait_until(lambda: place.door.uploads["bru"] == 0)
    assert client.put(f"{paths[4]}/file", content=CONTENT).status_code == 202


def test_a_full_disk_is_said_before_and_in_the_middle(place: Place, client: httpx2.Client) -> None:
    path = announce(client)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.door.files, "check_room", _refuse_room)
        before = client.put(f"{path}/file", content=CONTENT)
        assert before.status_code == 507
        assert "bytes are free" not in before.text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.deliveries.receiving.os.write", _make_full_disk())
        full = client.put(f"{path}/file", content=CONTENT)
    assert full.status_code == 507
    kept = _look(client, path)["file"]["received"]
    assert kept == full.json()["received"] == 1_500_000
    rest = client.put(f"{path}/file", content=CONTENT[kept:], headers=_part(kept, len(CONTENT)))
    assert rest.status_code == 202
    assert _is_there(client, path)


def _refuse_room(_: int) -> None:
    raise NoRoom("12 bytes are free")


def _make_full_disk() -> Any:
    import errno

    real, left = os.write, [1_500_000]

    def write(descriptor: int, data: Any) -> int:
        if len(data) < 1000:  # of somebody else
            return real(descriptor, data)
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = real(descriptor, data[: left[0]])
        left[0] -= count
        return count

    return write


def test_names_that_lead_elsewhere_stay_here(place: Place, client: httpx2.Client) -> None:
    for name in ("../../etc/passwd", "a/b.zip", "a\\b.zip", "a\x00.zip", "a\n.zip", "..", " ", ""):
        refused = client.post(f"{ROOT}/deliveries", json=_body(fileName=name))
        assert refused.status_code == 400, name
        assert "x00" not in refused.json()["issues"][0]["detail"]
    for name in ("-rf.zip", ".hidden.zip", "naïve été 🌍.zip", 'a"b; rm.zip', "=cmd.csv"):
        path = announce(client, fileName=name)
        assert client.put(f"{path}/file", content=CONTENT).status_code == 202
        assert _is_there(client, path)
        folder = place.settings.home / "deliveries" / path.rpartition("/")[2]
        (kept,) = (folder / "file").iterdir()
        assert kept.name.isascii()
        assert kept.name[0].isalnum() or kept.name[0] == "_"
        assert client.post(f"{path}/withdraw", headers={"If-Match": "*"}).status_code == 200


def test_a_broken_connection_frees_its_place_while_others_go_on(
    place: Place, client: httpx2.Client
) -> None:
    failures: list[str] = []

    def send() -> None:
        with place.as_client("veerle") as sender:
            path = announce(sender, region="BE-VLG", sha256=SHA256)
            answer = sender.put(f"{path}/file", content=CONTENT)
            if answer.status_code != 202 or not _is_there(sender, path):
                failures.append(answer.text)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(place.door.uploads.values()) == 0
