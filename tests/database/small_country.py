"""A country of three regions with ten addresses each, and files that break off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import (
    Address,
    Edition,
)

if TYPE_CHECKING:
    from pathlib import Path

    from importers.summary import ImportSummary

THREE = (Region.BRUSSELS, Region.FLANDERS, Region.WALLONIA)


def many(count: int, **fields: str) -> list[Address]:
    return [Address(id=str(n), number=str(n), **fields) for n in range(count)]


def country(day: str = "2026-11-02", count: int = 10) -> list[Edition]:
    return [Edition(region=region, day=day, addresses=many(count)) for region in THREE]


def break_off(folder: Path, region: Region) -> None:
    """Cut a region's addresses in the middle of a record."""
    (path,) = folder.glob(f"{region.label}Address*.xml")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"<com:houseNumber>")])


def counts_of(summary: ImportSummary) -> dict[str, int]:
    return summary.outcomes[0].counts[Resource.ADDRESS].to_json()
