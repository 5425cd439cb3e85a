from __future__ import annotations

from typing import Any

import pytest

from registry.domain.differences import find_nature, list_changed

EARLY, LATE = "2024-04-04T16:44:37+00:00", "2024-04-04T16:44:37.5+00:00"


def test_each_member_with_what_it_was_and_is() -> None:
    old = {"houseNumber": "1", "boxNumber": "A", "status": "current", "officiallyAssigned": True}
    new = {"houseNumber": "2", "status": "current", "officiallyAssigned": False, "postalInfo": "1"}
    assert list_changed(old, new) == [
        {"member": "boxNumber", "old": "A"},
        {"member": "houseNumber", "old": "1", "new": "2"},
        {"member": "officiallyAssigned", "old": True, "new": False},
        {"member": "postalInfo", "new": "1"},
    ]
    assert list_changed(old, dict(reversed(old.items()))) == []


def test_what_came_or_went_as_a_whole_has_no_members_that_changed() -> None:
    assert list_changed(None, {"status": "current"}) == []
    assert list_changed({"status": "current"}, None) == []


@pytest.mark.parametrize(
    ("change", "before", "after", "nature"),
    [
        ("altered", EARLY, LATE, "change"),
        ("altered", LATE, EARLY, "correction"),
        ("altered", EARLY, EARLY, "undated"),
        ("altered", None, None, "undated"),
        ("altered", None, EARLY, "change"),
        ("altered", EARLY, None, "undated"),
        ("reversioned", EARLY, EARLY, "undated"),
        ("retired", EARLY, EARLY, "change"),
        ("retired", LATE, EARLY, "correction"),
        ("restored", None, None, "undated"),
    ],
)
def test_nature_follows_the_dates_of_the_source(
    change: str, before: str | None, after: str | None, nature: str
) -> None:
    old: dict[str, Any] = {"validFrom": before} if before else {}
    new: dict[str, Any] = {"validFrom": after} if after else {}
    assert find_nature(change, old, new) == nature
    assert find_nature(change, old, new, is_rollback=True) == "correction"


@pytest.mark.parametrize("change", ["added", "removed", "restored"])
def test_whether_what_came_or_went_is_new_in_the_world_nobody_says(change: str) -> None:
    assert find_nature(change, None, {"validFrom": EARLY}) == "undated"
    assert find_nature(change, {"validFrom": EARLY}, None) == "undated"
