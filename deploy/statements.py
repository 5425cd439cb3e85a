"""The statements of the operator's commands: one per file in `sql/`."""

from __future__ import annotations

from pathlib import Path
from typing import LiteralString


def read_statement(name: str) -> LiteralString:
    """Return the one statement of deploy/sql/`name`.sql."""
    path = Path(__file__).parent / "sql" / f"{name}.sql"
    statement: LiteralString = path.read_text(encoding="utf-8")  # mypy: LiteralString is str
    return statement
