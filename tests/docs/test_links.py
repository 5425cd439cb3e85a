"""Every link between our own pages leads to a file, and to a heading when it names one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def list_links(page: Path) -> list[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(text) if "://" not in link]


def list_anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_there_are_pages_to_check() -> None:
    assert len(PAGES) > 15
    assert any(list_links(page) for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(CHECKOUT)))
def test_links_of_a_page_resolve(page: Path) -> None:
    broken = []
    for link in list_links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        inside = target.exists() and target.is_relative_to(CHECKOUT)
        if not inside or (anchor and anchor not in list_anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_of_docs_is_linked_from_somewhere() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in list_links(page)
    }
    folders = {target for target in linked if target.is_dir()}
    lonely = [
        str(page.relative_to(CHECKOUT))
        for page in PAGES
        if page.is_relative_to(CHECKOUT / "docs")
        and page not in linked
        and page.parent not in folders
    ]
    assert lonely == []
