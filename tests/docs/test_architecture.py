"""docs/ARCHITECTURE.md and the README name what is there, and all of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ARCHITECTURE = (CHECKOUT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
PACKAGES = ("api", "deploy", "geo", "importers", "registry")
DOTTED = re.compile(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)*)`")


def exists(dotted: str) -> bool:
    """Whether a package, a module, or a name that a module defines is called so."""
    path = CHECKOUT.joinpath(*dotted.split("."))
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module = path.parent.with_suffix(".py")
    if not module.is_file():
        return False
    body = ast.parse(module.read_text(encoding="utf-8")).body
    return path.name in {getattr(statement, "name", None) for statement in body}


def test_packages_and_modules_that_are_named_exist() -> None:
    named = set(DOTTED.findall(ARCHITECTURE))
    assert len(named) > 10
    assert sorted(name for name in named if not exists(name)) == []


def test_every_package_is_named() -> None:
    packages = {
        ".".join(init.parent.relative_to(CHECKOUT).parts)
        for package in PACKAGES
        for init in (CHECKOUT / package).rglob("__init__.py")
    }
    assert packages, "no packages found: is this the checkout?"
    described = re.findall(r"^\| `([\w.]+)`(?:, `([\w.]+)`)? \|", ARCHITECTURE, re.MULTILINE)
    named = {name for pair in described for name in pair if name}
    # No line of its own is needed below a described package, nor above some.
    missing = {
        p
        for p in packages
        if not any(f"{p}.".startswith(f"{n}.") or n.startswith(f"{p}.") for n in named)
    }
    assert missing == set()


def test_the_map_of_folders_in_the_readme_is_the_top_level() -> None:
    section = README.partition("## Map of the folders")[2].partition("\n## ")[0]
    mapped = set(re.findall(r"^\| \[?`([\w.-]+)/`", section, re.MULTILINE))
    folders = {
        path.name
        for path in CHECKOUT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name != "__pycache__"
    }
    assert mapped == folders


def test_decisions_are_numbered_without_gaps_and_have_every_part() -> None:
    pages = sorted((CHECKOUT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        for part in ("Context", "Choice", "Consequences", "Reconsider when"):
            assert f"\n## {part}\n" in text, f"{page.name} has no {part}"
