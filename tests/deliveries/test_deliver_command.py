"""`./best deliver`: the path of a file through a door that breaks off wherever it can."""

from __future__ import annotations

import argparse
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from deploy import door_client
from deploy.commands import deliver
from deploy.door_client import Door, check_door_url, read_private_key
from importers.transfer import Patience
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.quality.rules import LANGUAGES
from registry.settings import Settings
from tests.deliveries.broken_door import BrokenDoor, broken_door
from tests.deliveries.reports_made_up import make_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., int]

PART = 1000
SIZE = 7 * PART + 300


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256")


@pytest.fixture
def door(key: ECKey) -> Iterator[BrokenDoor]:
    with broken_door(key) as door:
        yield door


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "edition.zip"
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def run(door: BrokenDoor, key: ECKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(door_client, "PART_BYTES", PART)
    monkeypatch.setattr(door_client, "_OPENER", None)  # it may lead through a proxy
    monkeypatch.setattr(
        deliver, "Door", lambda **given: Door(**given, patience=Patience(sleep=lambda _: None))
    )
    (tmp_path / "key.jwk").write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")

    def run(*words: object) -> int:
        parser = argparse.ArgumentParser(exit_on_error=False)
        deliver.make_parser(parser)
        who = ["--key", tmp_path / "key.jwk", "--client", door.client, "--url", door.url]
        given = [str(word) for word in (*who, "--lang", "en", *words)]
        return deliver.run(parser.parse_args(given), Settings(home=tmp_path))

    return run


TOLD = ("--region", "BE-BRU", "--extracted-at", "2026-11-20T04:00:00Z")


def test_a_file_goes_all_the_way(
    run: Run, door: BrokenDoor, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(source, *TOLD, "--publish") == 0
    assert door.files == {"d1": source.read_bytes()}
    delivery = door.deliveries["d1"]
    assert delivery["extractedAt"] == "2026-11-20T04:00:00+00:00"
    assert (delivery["region"], delivery["complete"]) == ("BE-BRU", True)
    told = capsys.readouterr().out
    assert "1,200, 1,199 new: Unreadable row (rejectedRow)" in told
    assert f"{door.url}/page?s=1" in told
    assert told.rstrip().endswith("d1: published, release 7")
    assert sum(asked.startswith("PUT") for asked in door.asked) == 8


@pytest.mark.parametrize("kept", [0, 1, 150, PART - 1, PART])
def test_an_upload_goes_on_where_each_part_broke(
    run: Run, door: BrokenDoor, source: Path, kept: int
) -> None:
    door.breaks = [kept] * 3
    assert run(source, *TOLD) == 0
    assert door.files["d1"] == source.read_bytes()
    assert len(door.deliveries) == 1


def test_a_last_answer_that_is_lost_is_no_second_file(
    run: Run, door: BrokenDoor, source: Path
) -> None:
    door.swallows_last_answer = True
    assert run(source, *TOLD) == 0
    assert door.files["d1"] == source.read_bytes()


def test_a_door_that_stays_silent_is_given_up_and_the_next_run_goes_on(
    run: Run, door: BrokenDoor, source: Path
) -> None:
    door.breaks = [PART, PART, *[0] * 6]
    with pytest.raises(EnvironmentProblem, match="does not answer"):
        run(source, *TOLD)
    assert len(door.files["d1"]) == 2 * PART
    asked = len(door.asked)
    assert run(source, *TOLD) == 0
    assert door.files == {"d1": source.read_bytes()}
    sent = [line for line in door.asked[asked:] if line.startswith("PUT")]
    assert len(sent) == 6  # what came before is not sent again


def test_what_somebody_else_sent_meanwhile_is_not_sent_twice(
    run: Run, door: BrokenDoor, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Door.upload

    def begin_elsewhere(self: Door, delivery: dict[str, Any], path: Path) -> None:
        door.files["d1"] = path.read_bytes()[: 3 * PART]
        door.deliveries["d1"]["file"]["received"] = 3 * PART
        upload(self, delivery, path)

    monkeypatch.setattr(Door, "upload", begin_elsewhere)
    assert run(source, *TOLD) == 0
    assert door.files["d1"] == source.read_bytes()


def test_a_token_that_is_no_longer_taken_is_renewed(
    run: Run, door: BrokenDoor, source: Path
) -> None:
    door.forgets_tokens = 1
    assert run(source, *TOLD) == 0
    assert door.token == 2
    assert len(door.deliveries) == 1


def test_a_rejected_file_is_exit_code_1(
    run: Run, door: BrokenDoor, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {name: dict.fromkeys(LANGUAGES, "why") for name in ("explanation", "mending")}
    rejection = {"ruleId": "olderThanRegister", "title": dict.fromkeys(LANGUAGES, "Older")}
    door.report = make_report(
        verdict="rejected", rejections=[{**rejection, **texts, "detail": "so it is", "places": []}]
    )
    assert run(source, *TOLD, "--publish") == 1
    assert "Older (olderThanRegister)" in capsys.readouterr().out
    assert not any("/publish" in asked for asked in door.asked)


def test_a_second_person_publishes_what_the_first_asked_for(
    run: Run, door: BrokenDoor, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door.second_person = True
    assert run(source, *TOLD, "--publish") == 0
    told = capsys.readouterr()
    assert "waits for a second person" in told.out
    assert "./best deliver publish d1" in told.err
    door.second_person = False
    assert run("publish", "d1") == 0
    assert door.deliveries["d1"]["state"] == "published"


def test_a_delivery_is_rolled_back_withdrawn_and_shown(
    run: Run, door: BrokenDoor, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(source, *TOLD) == 0
    door.undone_by = 8
    assert run("publish", "d1") == 0
    assert run("rollback", "d1") == 0
    assert (
        capsys.readouterr().out.rstrip().endswith("published, release 7, rolled back by release 8")
    )
    door.undone_by = None
    with pytest.raises(InputRefused, match="It was not rolled back"):
        run("rollback", "d1")
    assert run("check", "d1") == 0
    assert "Unreadable row (rejectedRow)" in capsys.readouterr().out
    assert run("withdraw", "d1") == 0
    assert door.deliveries["d1"]["state"] == "withdrawn"
    assert run("show", "d1") == 0


def test_region_and_time_are_read_in_the_file(run: Run, door: BrokenDoor, tmp_path: Path) -> None:
    from importers.sample.write import write_sample

    path = tmp_path / "sample.zip"
    write_sample(path)
    with pytest.raises(InputRefused, match="BE-BRU, BE-VLG, BE-WAL: say which one"):
        run(path)
    assert run(path, "--region", "BE-WAL") == 0
    assert door.deliveries["d1"]["region"] == "BE-WAL"
    assert datetime.fromisoformat(door.deliveries["d1"]["extractedAt"]).tzinfo is not None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nowhere.zip",), "there is no such file"),
        (("publish", "unknown"), "There is no delivery here"),
        (("pubish", "d1"), "an ID goes with one of publish"),
    ],
)
def test_what_cannot_be_is_refused_in_words(run: Run, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(InputRefused, match=why):
        run(*words)


def test_an_empty_file_is_refused_before_it_is_announced(
    run: Run, door: BrokenDoor, tmp_path: Path
) -> None:
    (tmp_path / "empty.zip").touch()
    with pytest.raises(InputRefused, match="the file is empty"):
        run(tmp_path / "empty.zip", *TOLD)
    assert door.asked == []


def test_a_door_that_calls_itself_otherwise_gives_no_token(
    run: Run, door: BrokenDoor, source: Path
) -> None:
    real = door.url
    door.url = "https://deliveries.example.be"
    with pytest.raises(InputRefused, match="exactly this --url"):
        run(source, *TOLD, "--url", real)


@pytest.mark.parametrize(
    "url",
    [
        "http://deliveries.example.be",
        "ftp://127.0.0.1",
        "https://",
        "https://me@example.be",
        "https://example.be?x=1",
        "127.0.0.1:8010",
    ],
)
def test_no_token_goes_where_others_listen(url: str) -> None:
    with pytest.raises(InputRefused, match="no address of a door"):
        check_door_url(url)


def test_the_address_of_a_door_is_its_name() -> None:
    assert check_door_url("https://deliveries.example.be/") == "https://deliveries.example.be"
    assert check_door_url(deliver.DOOR_URL) == deliver.DOOR_URL


def test_keys_of_both_kinds_sign_and_others_are_refused(tmp_path: Path, key: ECKey) -> None:
    path = tmp_path / "key"

    def write(content: object) -> Path:
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    edwards = OKPKey.generate_key("Ed25519")
    given = read_private_key(write(edwards.as_dict(private=True)))
    door = Door(url=deliver.DOOR_URL, client_id="a", key=given, progress=print)
    assert door.make_assertion().count(".") == 2
    other_curve = ECKey.generate_key("P-384").as_dict(private=True)
    for content in (key.as_dict(private=False), other_curve, {"kty": "EC"}, [], "text"):
        with pytest.raises(InputRefused, match=str(path)):
            read_private_key(write(content))


def test_a_moment_says_its_time_zone() -> None:
    assert deliver.read_moment("2026-11-20T04:00:00Z") == datetime(2026, 11, 20, 4, tzinfo=UTC)
    for text in ("2026-11-20T04:00:00", "yesterday"):
        with pytest.raises(argparse.ArgumentTypeError):
            deliver.read_moment(text)


@pytest.mark.parametrize(
    ("environment", "given", "language"),
    [
        ({"LANG": "fr_BE.UTF-8"}, None, "fr"),
        ({"LANG": "fr_BE.UTF-8", "LC_ALL": "nl_BE"}, None, "nl"),
        ({"LANG": "C"}, None, "en"),
        ({"LANG": "fr_BE"}, "de", "de"),
    ],
)
def test_the_language_is_that_of_the_environment(
    environment: dict[str, str],
    given: str | None,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert deliver.choose_language(given) == language
