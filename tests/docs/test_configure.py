"""docs/howto/configure.md lists every variable the code reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "howto" / "configure.md").read_text(encoding="utf-8")
IN_PYTHON = re.compile(r"""["'](BEST_[A-Z_]*[A-Z]|XDG_DATA_HOME|PROJ_DATA|PROJ_LIB)["']""")
IN_SHELL = re.compile(r"\$\{?(BEST_[A-Z_]+|CI)\b")


def list_variables() -> Iterator[str]:
    for folder in ("api", "deploy", "geo", "importers", "links", "registry"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            yield from IN_PYTHON.findall(path.read_text(encoding="utf-8"))
    yield from IN_SHELL.findall((CHECKOUT / "best").read_text(encoding="utf-8"))


def test_variables_of_the_code_and_of_the_page_are_the_same() -> None:
    read = set(list_variables())
    table = PAGE.partition("## Variables")[2].partition("\n## ")[0]
    first_cells = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    described = {name for cell in first_cells for name in re.findall(r"`([A-Z_]+)`", cell)}
    assert {"BEST_HOME", "BEST_DATABASE_URL", "CI"} <= read
    assert described == read


def test_options_of_up_are_described() -> None:
    source = (CHECKOUT / "deploy" / "commands" / "up.py").read_text(encoding="utf-8")
    options = set(re.findall(r'add_argument\("(--[a-z-]+)"', source))
    assert "--port" in options
    section = PAGE.partition("## Serving")[2].partition("\n## ")[0]
    assert options - set(re.findall(r"`(--[a-z-]+)", section)) == set()
