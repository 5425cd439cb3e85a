"""The pages of the wall point at tests that are there, and at commands that are accepted."""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

from links.__main__ import COMMANDS
from links.govern.proposals import make_proposal_content

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted((CHECKOUT / "docs" / "links").glob("*.md"))
NUMBERS = {f"{number:02}" for number in range(1, 83)}
RANGE = re.compile(r"`test_(\d\d)` to `test_(\d\d)`")
POINTER = re.compile(r"\btest_(\d\d)(?!\d)")
LINE = re.compile(r"^ {4,}\./best links ([a-z][^#\n]*)", re.MULTILINE)
COMMAND_LINES = [
    pytest.param(command, id=f"{page.stem}: {command.strip()}")
    for page in sorted((CHECKOUT / "docs").rglob("*.md"))
    for command in LINE.findall(page.read_text(encoding="utf-8"))
]


def list_tests() -> Counter[str]:
    """How many test functions there are of each number, under tests/links."""
    return Counter(
        found[1]
        for path in (CHECKOUT / "tests" / "links").glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (found := re.match(r"test_(\d\d)_", node.name))
    )


def list_pointers(page: Path) -> set[str]:
    """Numbers of the tests that a page names, those within a range too."""
    text = page.read_text(encoding="utf-8")
    ranges = {
        f"{number:02}"
        for first, last in RANGE.findall(text)
        for number in range(int(first), int(last) + 1)
    }
    return ranges | set(POINTER.findall(text))


def test_each_of_the_82_is_one_function() -> None:
    assert {number: count for number, count in list_tests().items() if count != 1} == {}
    assert list_tests().keys() == NUMBERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_tests_that_are_there(page: Path) -> None:
    assert list_pointers(page) - list_tests().keys() == set()


def test_each_of_the_82_is_pointed_at() -> None:
    pointed = set[str]().union(*map(list_pointers, PAGES))
    assert pointed == NUMBERS


def test_the_threat_model_says_of_each_by_itself_what_it_holds_up() -> None:
    text = (CHECKOUT / "docs" / "links" / "threat-model.md").read_text(encoding="utf-8")
    section = text.partition("\n## Stop by stop\n")[2].partition("\n## ")[0]
    assert set(POINTER.findall(section)) == NUMBERS
    assert RANGE.findall(section) == []


@pytest.mark.parametrize("command", COMMAND_LINES)
def test_a_command_in_a_page_is_accepted(command: str) -> None:
    name, *words = shlex.split(command)
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--yes", action="store_true")
    importlib.import_module(COMMANDS[name]).make_parser(parser)
    _, rest = parser.parse_known_args(words)
    assert not rest


def test_the_commands_and_the_pages_know_each_other() -> None:
    told = {str(case.values[0]).split()[0] for case in COMMAND_LINES}
    inline = {
        word
        for page in PAGES
        for word in re.findall(r"`\./best links ([a-z-]+)", page.read_text(encoding="utf-8"))
    }
    adr = (CHECKOUT / "docs" / "adr" / "0020-the-wall.md").read_text(encoding="utf-8")
    inline |= set(re.findall(r"`\./best links ([a-z-]+)", adr))
    assert told | inline == COMMANDS.keys()


def test_the_deliberation_of_the_page_may_be_proposed() -> None:
    page = (CHECKOUT / "docs" / "links" / "organisations.md").read_text(encoding="utf-8")
    (document,) = re.findall(r"^ *```json\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    content = make_proposal_content(json.loads(document), 1)
    assert content.id == "CSI/2026/014"
    assert all(f"`{member}`" in page for member in json.loads(document))


def test_the_worked_request_compiles() -> None:
    page = (CHECKOUT / "docs" / "links" / "organisations.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    compile(program, "organisations.md", "exec")
