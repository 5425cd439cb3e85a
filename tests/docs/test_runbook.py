"""The runbook knows every rule that makes a finding, and quotes messages that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry.domain.canonical import MEMBERS
from registry.domain.resource import Resource
from registry.quality.rules import list_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
RUNBOOK = CHECKOUT / "docs" / "runbook"
PAGE = (RUNBOOK / "import.md").read_text(encoding="utf-8")
RULE = re.compile(
    r"'((?:dangling|position|duplicate|repeated|unknown|older)[A-Z]\w+)'|rule=\"(\w+)\"",
)

FIELDS = set(MEMBERS[Resource.ADDRESS])
"""Names that a statement holds too, and some look like rules on positions."""


def read_sources() -> str:
    folders = ("importers", "registry")
    paths = [p for f in folders for s in ("*.py", "*.sql") for p in (CHECKOUT / f).rglob(s)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_rule_is_explained() -> None:
    rules = {name for pair in RULE.findall(read_sources()) for name in pair if name}
    assert {"rejectedRow", "positionZero", "danglingStreetName"} <= rules
    rules -= FIELDS
    catalogue = {rule.id for rule in list_rules()}
    assert rules <= catalogue
    section = PAGE.partition("| Rule | Means |")[2].partition("\n\n")[0]
    assert catalogue == set(re.findall(r"`(\w+)`", section))


def list_quoted() -> list[str]:
    """The constant pieces of the messages in the first column, long enough to be found."""
    pages = [path.read_text(encoding="utf-8") for path in sorted(RUNBOOK.glob("*.md"))]
    tables = [page.partition("| Message | Means |")[2].partition("\n\n")[0] for page in pages]
    lines = [line for table in tables for line in table.splitlines()]
    cells = [line.split(" | ")[0] for line in lines if line.startswith("| `")]
    messages = [quoted for cell in cells for quoted in re.findall(r"`([^`]+)`", cell)]
    pieces = [piece.strip(" ,") for message in messages for piece in re.split("…|20%", message)]
    return [piece for piece in pieces if len(piece) > 3]


@pytest.mark.parametrize("piece", list_quoted())
def test_a_quoted_message_is_in_the_code(piece: str) -> None:
    # Literals that are broken over lines are joined before looking.
    source = re.sub(r'"\s*\n\s*f?"', "", read_sources())
    assert piece in source


def list_refusals() -> Iterator[tuple[str, str]]:
    """Where input is refused, and the constant text of the message."""
    for folder in ("importers", "registry"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args:
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    text = read_constant_text(node.args[0])
                    says_something = any(
                        len(piece.strip(" ,:").split()) > 1 for piece in text.split("\0")
                    )
                    if name in {"InputRefused", "HeaderRefused", "_refuse"} and says_something:
                        yield f"{path.name}:{node.lineno}", text


def read_constant_text(node: ast.expr) -> str:
    """The text of a literal, without what is filled in."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    values = [part.value for part in parts if isinstance(part, ast.Constant)]
    return "\0".join(value for value in values if isinstance(value, str))


def test_every_refusal_is_explained() -> None:
    refusals = list(list_refusals())
    assert len(refusals) > 15
    quoted = list_quoted()
    missing = {
        place: text.replace("\0", "…")
        for place, text in refusals
        if not any(piece in text for piece in quoted)
    }
    assert missing == {}
