"""`./best match` writes the rows with their answers, or says what one text is."""

from __future__ import annotations

import argparse
import io
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from deploy.commands import match
from registry.domain.errors import InputRefused
from registry.search.build import make_content
from registry.search.store import write_index
from registry.settings import Settings
from tests.search.registers import SMALL, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., int]

CSV = "straat;nr;gemeente\nWetstraat;16;Brussel\n=1;2;Gent\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, on the register of tests.search.registers, in a folder of its own."""
    index = tmp_path / "index"
    write_index(make_content(rows_of(SMALL)), index)
    monkeypatch.setattr(match, "make_folder", lambda _: index)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    parser = argparse.ArgumentParser()
    match.make_parser(parser)
    return lambda *words: match.run(parser.parse_args(words), Settings(home=tmp_path))


def test_a_file_is_matched(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "work" / "in.csv", tmp_path / "work" / "out.csv"
    source.write_text(CSV, encoding="utf-8")
    assert run("in.csv", "-o", "out.csv") == 0
    said = capsys.readouterr().err
    assert "Read as street: straat, number: nr, municipality: gemeente\n" in said
    assert "2 rows in " in said
    assert "\n  exact                1  50.00%" in said
    assert "1 cells that a spreadsheet would run as formulas got an apostrophe" in said
    lines = target.read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("Wetstraat;16;Brussel;bru-1002;exact;A;building;")
    assert lines[2].startswith("'=1;2;Gent;")
    with pytest.raises(InputRefused, match="it exists"):
        run("in.csv", "-o", "out.csv")
    assert run("in.csv", "-o", "out.csv", "--force", "--minimum", "1") == 0
    assert "belowMinimum" in target.read_text(encoding="utf-8")
    assert sorted(path.name for path in target.parent.iterdir()) == ["in.csv", "out.csv"]


def test_standard_input_and_output(
    run: Run, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CSV.replace(";", "\t").partition("\n")[2].encode("utf-16")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    columns = "street=1,number=2,municipality=3"
    told = ("--separator", "tab", "--encoding", "utf-16", "--columns", columns, "--no-header")
    assert run("-", "-o", "-", *told) == 0
    written = capfdbinary.readouterr().out.decode("utf-16")
    assert written.startswith("Wetstraat\t16\tBrussel\tbru-1002\t")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gone.csv", "-o", "out.csv"), "there is no such file"),
        (("gone.csv",), "gone.csv: there is no such file"),
        ((".", "-o", "out.csv"), "that is a directory"),
        (("x" * 600, "-o", "out.csv"), "there is no such file"),
        (("in.csv", "-o", "/proc/out.csv"), "^/proc/out.csv: it cannot be written: "),
        (("in.csv", "-o", "in.csv", "--force"), "that is the file to match"),
        (("in.csv", "-o", "nowhere/out.csv"), "name a file in a directory that there is"),
        (("in.csv",), "is a file: say where the rows go"),
    ],
)
def test_what_would_be_lost_is_refused(
    run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "work" / "in.csv").write_text(CSV, encoding="utf-8")
    with pytest.raises(InputRefused, match=said):
        run(*words)
    assert (tmp_path / "work" / "in.csv").read_text(encoding="utf-8") == CSV


def test_a_text_is_answered_in_words(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("wetstraat 16, 1000 brussel") == 0
    said = capsys.readouterr().out
    assert said.startswith("exact (A), score ")
    assert "Wetstraat 16, 1000 Brussel" in said
    assert "Rue de la Loi 16, 1000 Bruxelles" in said
    assert "bru-1002" in said
    assert run("Kerkstraat 3, Antwerpen") == 0
    said = capsys.readouterr().out
    assert said.startswith("ambiguous")
    assert run("a" * 600) == 0
    assert "vlg-2003" in said
    assert "vlg-2102" in said


@pytest.mark.parametrize(
    "words", [("x", "--minimum", "2"), ("x", "--separator", "ab"), ("x", "--minimum", "a")]
)
def test_options_are_checked(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        run(*words)
