"""A table matched without processes and without an index: rows show what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.search.bulk.columns import Told
from registry.search.bulk.matching_files import open_table
from registry.search.bulk.tables import Added, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from registry.search.bulk.tables import Asked, Matched

Answered = tuple[bytes, "list[Matched]"]


def echo(keys: Sequence[Asked]) -> list[Added]:
    """Answer with what was asked, a field per part, so that the rows show it."""
    return [make_answer(key) for key in keys]


def make_answer(key: Asked) -> Added:
    if isinstance(key, Unreadable):
        reason = f"unreadable: {key.why}"
    else:
        reason = "unresolved: " + " | ".join(text or "-" for text in key)
    return Added(None, "notFound", "C", None, 0.0, None, None, None, reason)


def answer_table(folder: Path, content: bytes, told: Told | None = None) -> Answered:
    source, target = folder / "in", folder / "out"
    source.write_bytes(content)
    table = open_table(source, told or Told())
    matcher = table.matcher.make(echo)
    parts = [matcher(piece) for piece in table.cut()]
    table.write(target, parts)
    return target.read_bytes(), parts
