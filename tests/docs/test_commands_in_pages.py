"""Every ./best command that a page tells to run is one that the command line accepts."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from pathlib import Path

import pytest

from deploy.__main__ import COMMANDS
from links.__main__ import COMMANDS as LINKS_COMMANDS

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(CHECKOUT / "docs").rglob("*.md"), CHECKOUT / "README.md"])
LINE = re.compile(r"^ {4,}(?:.* && )?\./best (?!links )([a-z][^#\n]*)", re.MULTILINE)
CASES = [
    pytest.param(command, id=f"{page.stem}: {command.strip()}")
    for page in PAGES
    for command in LINE.findall(page.read_text(encoding="utf-8"))
]


def test_pages_tell_to_run_commands() -> None:
    assert len(CASES) > 20


@pytest.mark.parametrize("command", CASES)
def test_a_command_in_a_page_is_accepted(command: str) -> None:
    name, *words = shlex.split(command)
    if name in {"up", "install"}:
        pytest.skip("its arguments are read by another test or by the shell")
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--yes", action="store_true")
    modules = COMMANDS
    if name == "links":
        modules, (name, *words) = LINKS_COMMANDS, words
    importlib.import_module(modules[name]).make_parser(parser)
    _, rest = parser.parse_known_args(words)
    assert not rest or name in {"psql", "test"}
