"""LICENSE is the whole EUPL-1.2, and says so everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
TEXT = (CHECKOUT / "LICENSE").read_text(encoding="utf-8")


def test_the_text_has_fifteen_articles_and_its_appendix() -> None:
    assert TEXT.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert [int(n) for n in re.findall(r"^(\d+)\.\S", TEXT, re.MULTILINE)] == list(range(1, 16))
    assert re.search(r"^\s+Appendix$", TEXT, re.MULTILINE)
    assert TEXT.rstrip().endswith("require the production of a new EUPL version.")


def test_the_project_declares_it() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "EUPL-1.2"
    assert "EUPL-1.2" in (CHECKOUT / "README.md").read_text(encoding="utf-8")
