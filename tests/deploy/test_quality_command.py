"""`./best quality` tells what is wrong where, looks anew, and keeps what owners say."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from deploy.commands import quality
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.store.connections import Role, connect
from tests.database.editions import Address
from tests.database.querying import fetch
from tests.database.successive import publish, street, week

if TYPE_CHECKING:
    from registry.settings import Settings

FINDING = (
    "insert into registry.finding (rule, region, resource, object_id, detail, source_id,"
    " source_offset, seq_from, municipality_id)"
    " select 'duplicateAddress', %s, 'address', n::text, '', 1, 0, 1, '21004'"
    " from generate_series(1, %s) n"
)
SCORE = "insert into registry.quality_score values (%s, %s, %s, 100, 2, 1, 1, 3, 4, %s)"
TOWNS = [str(code) for code in range(11001, 11013)]


@pytest.fixture
def judged(register: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Brussels with one municipality, Flanders with twelve, judged by hand."""
    monkeypatch.setattr(quality, "open_session", lambda _: nullcontext())
    publish(register, week([Address(id="1")]))
    publish(register, week([], [street("7")], TOWNS, region=Region.FLANDERS))
    with connect(register, Role.OWNER) as connection:
        connection.execute("truncate registry.finding, registry.quality_score")
        connection.execute(FINDING, ("bru", 1200))
        connection.execute(FINDING, ("vlg", 3))
        connection.cursor().executemany(
            SCORE,
            [("bru", "", 1, 97.5), ("bru", "", 2, 98.0), ("bru", "21004", 1, 50.0)]
            + [("vlg", code, 3, 60.0 + place) for place, code in enumerate(TOWNS)],
        )
    return register


def run(register: Settings, *words: str) -> int:
    parser = argparse.ArgumentParser()
    quality.make_parser(parser)
    return quality.run(parser.parse_args(words), register)


def find_id(register: Settings) -> str:
    ((number,),) = fetch(
        register, "select min(id) from best.finding where region = 'bru' and seq_to is null"
    )
    return str(number)


def test_it_tells_findings_by_region_and_rule(
    judged: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(judged) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Brussels"
    assert lines[1].startswith("   98.00 (+0.50): 2 of 100 addresses and street names affected")
    assert lines[2].split()[:3:2] == ["1,200", "duplicateAddress"]
    worst = lines.index("The worst municipalities")
    best = lines.index("The best municipalities")
    assert [line.split()[:2] for line in lines[worst + 1 : worst + 3]] == [
        ["50.00", "21004"],
        ["60.00", "11001"],
    ]
    assert lines[best + 1].split() == ["71.00", "11012", "M11012"]


def test_a_region_and_a_rule_as_json(judged: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(judged, "--region", "BE-VLG", "--rule", "duplicateAddress", "--json") == 0

    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [(row["region"], row["openFindings"]) for row in found["findings"]] == [("BE-VLG", 3)]
    assert found["regions"] == []
    assert [row["municipalityCode"] for row in found["municipalities"]] == [*map(int, TOWNS)]
    assert found["municipalities"][0]["trend"] == [60.0]


def test_a_region_without_objects_has_no_score(
    judged: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with connect(judged, Role.OWNER) as connection:
        connection.execute(
            "insert into registry.quality_score values ('wal', '', 3, 0, 0, 0, 0, 0, 0, 100)"
        )
    assert run(judged) == 0

    assert "Wallonia" not in capsys.readouterr().out


def test_an_empty_register_says_how_to_go_on(
    register: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quality, "open_session", lambda _: nullcontext())
    assert run(register) == 0
    assert "./best quality inspect" in capsys.readouterr().out


def test_a_rule_that_there_is_not_is_refused(judged: Settings) -> None:
    with pytest.raises(InputRefused, match="no rule noSuchRule"):
        run(judged, "--rule", "noSuchRule")


@pytest.mark.parametrize(
    "words",
    [
        ["--region", "bru"],
        ["mark", "1", "wrong", "--reason", "r", "--by", "b"],
        ["mark", "1", "exception", "--by", "b"],
        ["mark", "1", "exception", "--reason", "r"],
        ["mark", "one", "exception", "--reason", "r", "--by", "b"],
        ["unmark"],
    ],
)
def test_what_is_not_said_right_is_no_command(register: Settings, words: list[str]) -> None:
    with pytest.raises(SystemExit):
        run(register, *words)


def test_a_mark_and_its_end(judged: Settings) -> None:
    number = find_id(judged)
    told = ("exception", "--reason", "never built", "--by", "Town")
    assert run(judged, "mark", number, *told) == 0

    marks = "select mark, reason, withdrawn_at is null from best.finding_mark order by id"
    assert fetch(judged, marks) == [("exception", "never built", True)]

    assert run(judged, "unmark", number) == 0
    assert fetch(judged, marks) == [("exception", "never built", False)]


def test_a_mark_on_what_is_not_there_is_refused(judged: Settings) -> None:
    with pytest.raises(InputRefused):
        run(judged, "mark", "999999999", "confirmed", "--reason", "r", "--by", "b")
    with pytest.raises(InputRefused):
        run(judged, "unmark", find_id(judged))


def test_inspecting_one_region_anew(judged: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(judged, "inspect", "--region", "BE-BRU") == 0

    told = capsys.readouterr().err
    assert "Brussels: " in told
    assert "Flanders" not in told
    assert run(judged, "inspect") == 0
    assert "Flanders: " in capsys.readouterr().err
