"""Every public class of the domain, and every word for a change, is in the glossary."""

from __future__ import annotations

import ast
from pathlib import Path

from registry.domain.change import Change
from registry.domain.edition import Counts

CHECKOUT = Path(__file__).resolve().parents[2]
GLOSSARY = (CHECKOUT / "docs" / "glossary.md").read_text(encoding="utf-8")


def list_classes() -> set[str]:
    return {
        statement.name
        for path in (CHECKOUT / "registry" / "domain").glob("*.py")
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_")
    }


def test_every_public_class_of_the_domain_has_an_entry() -> None:
    classes = list_classes()
    assert {"Region", "Change", "Edition"} <= classes
    assert sorted(name for name in classes if f"`{name}`" not in GLOSSARY) == []


def test_the_words_of_a_summary_are_explained() -> None:
    words = set(Counts().to_json()) - {"seen"}
    assert set(Change) <= words
    assert sorted(word for word in words if f"\n| {word} | " not in GLOSSARY) == []
