"""What goes wrong on the machine is told in a sentence; a defect of ours keeps its traceback."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from links.__main__ import ENVIRONMENT, REFUSED, USAGE, main, run_guarded
from links.audit import verify_command
from links.failures import explain_failure
from links.keys import backup_command, restore_command
from links.keys.client import BatchKeys, KeysRefused
from links.operations.up import check_places
from links.settings import VARIABLES, LinksSettings, find_register_home, list_unknown
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.settings import find_home


def test_a_path_that_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    for path, words in (
        (tmp_path / "nothing", "No such file or directory"),
        (file / "below", "Not a directory"),
    ):
        assert run_guarded(lambda _, path=path: len(path.read_bytes())) == ENVIRONMENT
        assert f"{path}: {words}." in capsys.readouterr().err


def test_a_defect_is_not_explained_away() -> None:
    assert explain_failure(KeyError("organisation")) is None
    assert explain_failure(OSError("no path in it")) is None
    with pytest.raises(ZeroDivisionError):
        run_guarded(lambda _: 1 // 0)


def test_what_keys_refuse_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(code: str, row: int | None) -> int:
        raise KeysRefused(code, row)

    for code, row, words in (
        ("subject_not_synthetic", None, "invented numbers alone.*synthetic-people.md"),
        ("subject_check_digits", 6, "^Row 7: The check digits"),
        ("kid_unknown", None, "refused the request .kid_unknown"),
    ):
        assert run_guarded(lambda _, code=code, row=row: refuse(code, row)) == REFUSED
        told = capsys.readouterr().err.strip()
        assert "\n" not in told
        assert re.search(words, told)
    assert run_guarded(lambda _: bool(BatchKeys(tmp_path / "gone.sock"))) == ENVIRONMENT
    assert "The pseudonymiser does not answer" in capsys.readouterr().err


def test_paths_of_backup_restore_and_verify_are_checked_first(tmp_path: Path) -> None:
    """Before a server is asked, which is not there."""
    settings, nothing, file = LinksSettings(home=tmp_path), tmp_path / "nothing", tmp_path / "file"
    settings.secrets.mkdir()
    file.write_bytes(b"x")
    backup_command.make_backup_key(settings, tmp_path / "private.key")
    private = str(tmp_path / "private.key")
    attempts: list[tuple[Any, list[str], str]] = [
        (backup_command, [str(file)], "cannot be used"),
        (backup_command, ["--make-key", str(nothing / "key")], "no directory"),
        (restore_command, [str(nothing), "--key", private], "no file"),
        (restore_command, [str(file), "--key", str(nothing)], "cannot be read"),
        (restore_command, [str(file), "--key", str(file)], "not a key"),
        (verify_command, ["--own", str(nothing)], "no file"),
    ]
    for module, words, told in attempts:
        parser = argparse.ArgumentParser()
        module.make_parser(parser)
        with pytest.raises(InputRefused, match=told):
            module.run(parser.parse_args(words), settings)
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".new"]


def test_variables_are_checked(tmp_path: Path) -> None:
    assert list_unknown(dict.fromkeys([*VARIABLES, "BEST_HOME", "PATH"], "x")) == []
    assert list_unknown({"BEST_LINKS_PROT": "1", "BEST_LINKS_QQQQQQQQQQ": ""}) == [
        "there is no variable BEST_LINKS_PROT; is BEST_LINKS_PORT meant?",
        "there is no variable BEST_LINKS_QQQQQQQQQQ",
    ]
    for name, value in (
        ("BEST_LINKS_REGISTER", "ftp://x"),
        ("BEST_LINKS_ISSUER", "foo"),
        ("BEST_LINKS_CITIZEN_URL", "https://"),
        ("BEST_LINKS_CITIZEN_ISSUER", "x"),
        ("BEST_LINKS_CITIZEN_PORT", "8020"),
    ):
        with pytest.raises(EnvironmentProblem, match=name):
            LinksSettings.from_environment({name: value})
    settings = LinksSettings(home=tmp_path)
    check_places(settings)
    with pytest.raises(EnvironmentProblem, match="BEST_LINKS_CITIZEN_JWKS"):
        check_places(replace(settings, citizen_jwks=tmp_path / "nope"))


def test_every_variable_that_is_read_is_known() -> None:
    sources = Path(__file__).resolve().parents[2].joinpath("links").rglob("*.py")
    read = {n for s in sources for n in re.findall(r"\bBEST_LINKS_[A-Z_]+\b", s.read_text())}
    assert read - {"BEST_LINKS_"} <= {*VARIABLES}


def test_both_sides_agree_where_the_register_is() -> None:
    for environ in ({}, {"BEST_HOME": "~/b"}, {"XDG_DATA_HOME": "/x"}):
        assert find_register_home(environ) == find_home(environ)


def test_no_wall_is_made_inside_the_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BEST_HOME", str(tmp_path))
    monkeypatch.setenv("BEST_LINKS_HOME", str(tmp_path / "wall"))
    monkeypatch.setenv("BEST_LINKS_PROT", "1")
    assert main(["up"]) == ENVIRONMENT
    told = capsys.readouterr().err
    assert "there is no variable BEST_LINKS_PROT; is BEST_LINKS_PORT meant?" in told
    assert "lie one in the other" in told
    assert not (tmp_path / "wall").exists()
    assert main(["deliberation", "list"]) == ENVIRONMENT
    assert "There is no wall in" in capsys.readouterr().err
    assert main(["ingets"]) == USAGE
    assert "There is no command ingets. Is ingest meant?" in capsys.readouterr().err
