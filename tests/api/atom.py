"""Feeds in Atom (RFC 4287), read as a reader does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

ATOM = "{http://www.w3.org/2005/Atom}"


def read_entries(feed: ET.Element) -> dict[str, str]:
    """Return when each entry was updated, by id."""
    entries = feed.findall(f"{ATOM}entry")
    found = {str(e.findtext(f"{ATOM}id")): str(e.findtext(f"{ATOM}updated")) for e in entries}
    assert len(found) == len(entries)
    return found


def check_atom(feed: ET.Element) -> None:
    """Check what RFC 4287 asks of a feed and its entries."""
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    rels = {link.get("rel") for link in feed.findall(f"{ATOM}link")}
    assert rels == {"self", "alternate"}
    times = []
    for one in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1
        assert str(one.findtext(f"{ATOM}id")).startswith("http")
        times.append(datetime.fromisoformat(str(one.findtext(f"{ATOM}updated"))))
    assert times == sorted(times, reverse=True)
    assert max(times) < datetime.now(UTC) + timedelta(minutes=1)
