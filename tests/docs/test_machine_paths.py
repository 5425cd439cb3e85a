"""No file of the project names a place of somebody's machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".venv", ".venv-links", "__pycache__", "node_modules", ".hypothesis"}
SOMEBODYS_HOME = re.compile(r"/(?:home|Users|root)/[A-Za-z.]\w*/")


def list_files() -> Iterator[Path]:
    for folder, folders, names in os.walk(CHECKOUT):
        folders[:] = [f for f in folders if f not in SKIPPED and not f.endswith("_cache")]
        yield from (Path(folder) / name for name in names)


def test_no_file_names_a_place_of_a_machine() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}: {match}"
        for path in list_files()
        for match in SOMEBODYS_HOME.findall(path.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert found == []


def test_the_files_are_found() -> None:
    names = {str(path.relative_to(CHECKOUT)) for path in list_files()}
    assert {"best", "pyproject.toml", "LICENSE"} <= names
