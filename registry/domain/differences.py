"""What changed between two canonical records of one object, and of what nature that is.

A change is of the world, a correction of what was said of it. Sources do not tell them apart, so
it is read off their own `validFrom`: moved on, something happened since; moved back, it had been
that way before. Left where it was, or never given, nobody knows: `undated`. So is what comes or
goes as a whole: it may be new, or have been missing before. What a source retires is a change;
what a roll-back does is a correction, always.
"""

from collections.abc import Mapping
from typing import Any, Literal

from registry.domain.change import Change

Record = Mapping[str, Any]
Nature = Literal["change", "correction", "undated"]


def list_changed(old: Record | None, new: Record | None) -> list[dict[str, Any]]:
    """Return the members that differ, in order, each with what it was (`old`) and is (`new`).

    A member that was not or is no more lacks that side. An object that came or went as a whole
    has none: its record says it all.
    """
    if old is None or new is None:
        return []
    return [
        {"member": name}
        | ({"old": old[name]} if name in old else {})
        | ({"new": new[name]} if name in new else {})
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def find_nature(
    change: str, old: Record | None, new: Record | None, is_rollback: bool = False
) -> Nature:
    """Return of what nature a change is; `is_rollback`: of a release that undoes another."""
    before, after = ((record or {}).get("validFrom") for record in (old, new))
    # Both are in UTC and one form, so their texts are in the order of time.
    if is_rollback or (before and after and after < before):
        return "correction"
    is_dated = old is not None and after is not None and before != after
    return "change" if is_dated or change == Change.RETIRED else "undated"
