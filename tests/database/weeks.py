"""Editions of Brussels, one a week, among neighbours that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.resource import Resource
from tests.database.editions import (
    Address,
    Edition,
    import_editions,
)
from tests.database.querying import (
    assert_sound,
)

if TYPE_CHECKING:
    from registry.settings import Settings

KEPT = [Address(id=str(n), number=str(n)) for n in range(900, 910)]
"""Unchanging neighbours, so that small editions stay within a fifth of each other's totals."""

FIRST_DAY, SECOND_DAY, THIRD_DAY = "2026-11-02", "2026-11-09", "2026-11-16"


def edition(*addresses: Address, day: str = FIRST_DAY) -> Edition:
    return Edition(day=day, addresses=[*addresses, *KEPT])


def import_days(register: Settings, *days: list[Address]) -> list[dict[str, int]]:
    """Import an edition a week; return what each did to addresses, without the zeros."""
    told = []
    for number, addresses in enumerate(days):
        summary = import_editions(
            register, edition(*addresses, day=f"2026-11-{2 + 7 * number:02d}"), accept_totals=True
        )
        assert not summary.failed, summary.failure
        counts = summary.outcomes[0].counts[Resource.ADDRESS].to_json()
        told.append({word: count for word, count in counts.items() if count})
    assert_sound(register)
    return told
