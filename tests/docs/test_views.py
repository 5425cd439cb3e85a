"""docs/howto/use-the-views.md: every view is there, and its examples run as the reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString, cast

import pytest

from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from registry.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "howto" / "use-the-views.md").read_text(encoding="utf-8")
RUNBOOK = (CHECKOUT / "docs" / "runbook" / "import.md").read_text(encoding="utf-8")
OBJECTS = CHECKOUT / "alembic" / "registry" / "objects"
EXAMPLES = re.findall(r"```sql\n(.*?)```", PAGE + RUNBOOK, re.DOTALL)


def test_every_view_is_described() -> None:
    files = OBJECTS.glob("*.sql")
    views = {
        v
        for f in files
        for v in re.findall(r"create (?:or replace )?view (best\.\w+)", f.read_text())
    }
    assert len(views) > 10
    assert views == set(re.findall(r"^\| `(best\.\w+)` \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs_as_the_reader(module_register: Settings, number: int) -> None:
    with connect(module_register, Role.READER) as connection:
        connection.execute(cast("LiteralString", EXAMPLES[number]))
