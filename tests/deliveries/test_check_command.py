"""`./best check`: the report and the preview of the door, here and without one."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deploy.commands import check
from importers.region_import import ImportOptions
from importers.run import run_import
from importers.sample.write import write_sample
from registry.domain.errors import InputRefused
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.settings import Settings

    Run = Callable[..., tuple[int, str]]

BAD_FILE = Path(__file__).parents[2] / "docs" / "howto" / "bad-file.csv"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.zip"
    write_sample(path)
    return path


@pytest.fixture
def run(
    module_register: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setattr(check, "open_session", lambda _: nullcontext())

    def run(*words: object) -> tuple[int, str]:
        parser = argparse.ArgumentParser(exit_on_error=False)
        check.make_parser(parser)
        code = check.run(parser.parse_args([str(word) for word in words]), module_register)
        return code, capsys.readouterr().out

    return run


def count_everything(settings: Settings) -> list[Any]:
    with connect(settings, Role.IMPORTER) as connection:
        return [
            connection.execute(f"select count(*) from registry.{table}").fetchone()
            for table in ("release", "source", "finding", "address_version", "street_name_version")
        ]


def test_what_is_wrong_with_a_file_is_said_in_words_and_nothing_is_changed(
    run: Run, module_register: Settings
) -> None:
    before = count_everything(module_register)
    code, told = run(BAD_FILE, "--lang", "en")
    assert code == 0
    assert told.startswith("BE-BRU\nbad-file.csv, BeSt CSV")
    assert told.index("Errors") < told.index("Warnings") < told.index("What would change")
    assert "bad-file.csv, line 3, byte 321, id 2, new: the house number is missing" in told
    for rule in ("rejectedRow", "duplicateAddress", "positionZero", "unknownStatus"):
        assert f"({rule})" in told
    assert "addresses: in the file 6, added 5, unreadable 1" in told
    assert count_everything(module_register) == before


def test_the_page_and_the_features_are_written(run: Run, tmp_path: Path) -> None:
    page, features = tmp_path / "out.html", tmp_path / "out.geojson"
    run(BAD_FILE, "--lang", "fr", "--page", page, "--features", features)
    text = page.read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    assert "Position 0 0" in text
    changed = json.loads(features.read_text(encoding="utf-8"))["features"]
    assert len(changed) == 5
    assert {feature["properties"]["change"] for feature in changed} == {"added"}


def test_a_file_for_another_region_would_be_rejected(run: Run) -> None:
    code, told = run(BAD_FILE, "--region", "BE-WAL", "--json")
    assert code == 1
    (found,) = json.loads(told)
    assert found["region"] == "BE-WAL"
    assert found["report"]["verdict"] == "rejected"
    assert [each["ruleId"] for each in found["report"]["rejections"]] == ["otherRegion"]
    assert found["preview"] is None


def test_each_region_of_a_file_is_checked(run: Run, sample: Path, tmp_path: Path) -> None:
    code, told = run(sample, "--json")
    assert code == 0
    found = json.loads(told)
    assert [each["region"] for each in found] == ["BE-BRU", "BE-VLG", "BE-WAL"]
    assert all(each["preview"]["counts"]["addresses"]["added"] > 100 for each in found)
    with pytest.raises(InputRefused, match="BE-BRU, BE-VLG, BE-WAL: say which one"):
        run(sample, "--page", tmp_path / "out.html")


def test_the_preview_is_what_an_import_then_does(
    run: Run, sample: Path, module_register: Settings
) -> None:
    _, told = run(sample, "--region", "BE-BRU", "--json")
    previewed = json.loads(told)[0]["preview"]["counts"]
    summary = run_import(module_register, [str(sample)], ImportOptions(), lambda _: None)
    assert summary.to_json()["regions"]["Brussels"] == previewed  # type: ignore[index]
    _, told = run(sample, "--region", "BE-BRU", "--lang", "en")
    assert f"unchanged {previewed['addresses']['added']:,}" in told


def test_a_file_that_is_not_there_is_refused(run: Run) -> None:
    with pytest.raises(InputRefused, match="there is no such file"):
        run("nowhere.csv")
