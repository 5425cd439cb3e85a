"""Weeks of one region whose objects take the place of others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.database.editions import Address, Edition, Named, StreetName, import_editions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.settings import Settings

DAYS = ("2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23")


def street(object_id: str, name: str = "Wetstraat", **others: Any) -> StreetName:
    return StreetName(id=object_id, names={"nl": name}, **others)


STREETS = (street("10"),)


def week(
    addresses: Sequence[Address],
    streets: Sequence[StreetName] = STREETS,
    municipalities: Sequence[str] = ("21004",),
    **others: Any,
) -> Edition:
    return Edition(
        addresses=addresses,
        street_names=streets,
        municipalities=[Named(id=code, names={"nl": f"M{code}"}) for code in municipalities],
        **others,
    )


def publish(settings: Settings, *weeks: Edition) -> None:
    """Import weeks one after the other."""
    for day, edition in zip(DAYS, weeks, strict=False):
        summary = import_editions(settings, replace(edition, day=day), accept_totals=True)
        assert summary.failure is None
