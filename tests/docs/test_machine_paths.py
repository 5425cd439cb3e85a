"""No file of the project names a place of somebody's machine, or a host of a package registry."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".venv", "__pycache__", "node_modules"}

# Written in two parts, so that this file does not find itself.
FORBIDDEN = [
    first + second
    for first, second in (
        ("/wo", "rk/"),
        ("/tm", "p/brief"),
        ("/tm", "p/bash_jobs"),
        ("/home/us", "er"),
        ("pythonhosted", ".org"),
        ("pypi", ".org"),
        ("registry.npmjs", ".org"),
    )
]


def list_files() -> Iterator[Path]:
    for folder, folders, names in os.walk(CHECKOUT):
        folders[:] = [f for f in folders if f not in SKIPPED and not f.endswith("_cache")]
        folders[:] = [f for f in folders if f != ".hypothesis"]
        yield from (Path(folder) / name for name in names)


def test_no_file_names_a_place_of_a_machine() -> None:
    found = []
    for path in list_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(CHECKOUT)}: {piece}" for piece in FORBIDDEN if piece in text]
    assert found == []


def test_the_files_are_found() -> None:
    names = {str(path.relative_to(CHECKOUT)) for path in list_files()}
    assert {"best", "pyproject.toml", "LICENSE"} <= names
