"""`./best deliver`: the path of a file through a door that breaks off wherever it can."""

from __future__ import annotations

import argparse
import json
import os
import socket
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey

from deploy import door_client
from deploy.commands import deliver
from deploy.door_client import Door
from importers.transfer import Patience
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.quality.rules import LANGUAGES
from registry.settings import Settings
from tests.deliveries.broken_door import BrokenDoor, broken_door
from tests.deliveries.reports_made_up import make_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@contextmanager
def find_free_port() -> Iterator[int]:
    """A port that nobody else takes meanwhile, and nobody answers at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


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
    assert "1,200 (new: 1,199): Unreadable row (rejectedRow)" in told
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


@pytest.mark.parametrize("deaths", [1, 3, 7])
def test_an_upload_of_which_only_the_last_note_was_lost_is_completed(
    run: Run, door: BrokenDoor, source: Path, deaths: int
) -> None:
    door.dies_when_whole = deaths
    if deaths > 6:  # longer than one run waits: the next one goes on
        with pytest.raises(EnvironmentProblem, match="503"):
            run(source, *TOLD)
    assert run(source, *TOLD) == 0
    assert door.files == {"d1": source.read_bytes()}
    assert door.deliveries["d1"]["state"] == "checked"


def test_what_another_member_began_is_gone_on_with_and_said(
    run: Run, door: BrokenDoor, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door.breaks = [PART, *[0] * 6]
    with pytest.raises(EnvironmentProblem, match="does not answer"):
        run(source, *TOLD)
    assert run(source, *TOLD) == 0
    assert "Going on with delivery d1, which bob announced at" in capsys.readouterr().err


def test_an_authorisation_that_ends_soon_is_said_once(
    run: Run, door: BrokenDoor, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soon = {"region": "BE-BRU", "validTo": "2026-12-15T00:00:00Z", "renewal": "Ask."}
    door.ends_soon = [{**soon, "state": "expiring"}, {**soon, "state": "active", "region": "X"}]
    assert run(source, *TOLD) == 0
    told = capsys.readouterr().err
    assert told.count("The authorisation for") == 1
    assert "The authorisation for BE-BRU ends at 2026-12-15T00:00:00Z. Ask." in told


def test_a_door_that_is_not_there_is_not_waited_for(run: Run, source: Path) -> None:
    with find_free_port() as port, pytest.raises(EnvironmentProblem, match="--url"):
        run(source, *TOLD, "--url", f"http://127.0.0.1:{port}")


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
    again = f"./best deliver publish d1 --url {door.url} --key KEY --client ID"
    assert again in told.err
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
    for given in ((), ("--region", "BE-WAL")):
        with pytest.raises(InputRefused, match="BE-BRU, BE-VLG, BE-WAL: a delivery is of one"):
            run(path, *given)
    table = Path(__file__).parents[2] / "docs/howto/bad-file.csv"
    with pytest.raises(InputRefused, match="BE-BRU, and nothing of BE-WAL"):
        run(table, "--region", "BE-WAL")
    assert door.asked == []
    assert run(table) == 0
    assert door.deliveries["d1"]["region"] == "BE-BRU"
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
    with pytest.raises(InputRefused, match=r"calls itself https://deliveries\.example\.be"):
        run(source, *TOLD, "--url", real)
