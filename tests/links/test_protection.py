"""Protected persons are answered as if they were not there, and for as long as it was decided."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from tests.links.desk import CPAS, TODAY, Desk, ask, ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from links.settings import LinksSettings

NOTARY = "0200000009"
MIDNIGHTS = (
    (date(2026, 11, 24), datetime(2026, 11, 23, 23, tzinfo=UTC)),  # winter: an hour before UTC's
    (date(2026, 7, 15), datetime(2026, 7, 14, 22, tzinfo=UTC)),  # summer: two hours
    (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC)),  # the day that has 25 hours
    (date(2026, 10, 26), datetime(2026, 10, 25, 23, tzinfo=UTC)),
)
NAMES = ("eva", "finn", "gus", "tess")
MOMENT = timedelta(seconds=30)


@pytest.fixture
def desk(wall: LinksSettings) -> Iterator[Desk]:
    """The CPAS and a notary may ask who lives where, and where somebody lives."""
    made = Desk(wall)
    made.insert(
        "organisation", number=NOTARY, name="notary", category="private_legal_mission",
        status="active", contact="dpo@example.org",
    )  # fmt: skip
    made.insert("client", id=f"client-{NOTARY}", organisation=NOTARY, status="active", keys="[]")
    active = datetime(2026, 1, 1, tzinfo=UTC)
    for organisation in (CPAS, NOTARY):
        made.grant(f"to/{organisation}", organisation, active_from=active)
        made.grant(
            f"from/{organisation}", organisation, active_from=active,
            direction="subject_to_address", disclosure="address",
        )  # fmt: skip
    made.grant("sees/all", CPAS, active_from=active, protected_ok=True, combines=[f"to/{CPAS}"])
    yield made
    made.close()


def protect(desk: Desk, subject: str, level: int, valid: str) -> None:
    desk.insert(
        "protection", sector="RN", subj_ref=ref("RN", subject), kid=1, level=level,
        basis="decision 1", valid=valid,
    )  # fmt: skip


def list_residents(desk: Desk, address: str, organisation: str = CPAS, **wishes: Any) -> set[bytes]:
    """References of who is told to live at an address; asked in both ways that there are."""
    names = wishes.pop("names", NAMES)
    wishes = {"deliberation": f"to/{organisation}", "organisation": organisation} | wishes
    with desk.api() as connection:
        rows = ask(connection, operation="subjects", address=address, subject=None, **wishes)
        assert not isinstance(rows, str), rows
        found = {row[0] for row in rows}
        for name in names:
            told = ask(connection, operation="verify", address=address, subject=name, **wishes)
            assert {row[0] for row in told} == found & {ref("RN", name)}, name
    return found


def list_addresses(desk: Desk, subject: str, organisation: str = CPAS) -> set[bytes]:
    """References of where somebody is told to live."""
    with desk.api() as connection:
        rows = ask(
            connection, operation="addresses", address=None, subject=subject,
            organisation=organisation, deliberation=f"from/{organisation}",
        )  # fmt: skip
    assert not isinstance(rows, str), rows
    return {row[4] for row in rows}


def test_54_protection_begins_and_ends_at_midnight_in_brussels(desk: Desk) -> None:
    desk.link("eva", "a3")
    eva = {ref("RN", "eva")}
    for day, midnight in MIDNIGHTS:
        # Ends with the day before `day`, begins with `day`; level 1 is for those who are no
        # public authority, level 2 for all.
        for level, asker in ((1, NOTARY), (2, NOTARY), (2, CPAS)):
            for valid, before, after in (
                (f"[{day - timedelta(days=90)},{day})", set[bytes](), eva),
                (f"[{day},{day + timedelta(days=90)})", eva, set[bytes]()),
            ):
                desk.admin.execute("truncate links.protection, links.asked, links.usage")
                protect(desk, "eva", level, valid)
                desk.move_clock(midnight - MOMENT)
                eva_at = partial(list_residents, desk, "a3", asker, names=("eva",))
                assert eva_at(day=day - timedelta(days=1)) == before
                desk.move_clock(midnight)
                assert eva_at(day=day - timedelta(days=1)) == after
                assert eva_at(day=day) == after


def test_level_one_binds_those_who_are_no_authority(desk: Desk) -> None:
    desk.link("eva", "a3")
    protect(desk, "eva", 1, f"[{TODAY},{TODAY + timedelta(days=30)})")
    assert list_residents(desk, "a3", CPAS) == {ref("RN", "eva")}
    assert list_residents(desk, "a3", NOTARY) == set()
    # Half a year at a time: not for ever, and not since ever.
    for valid in (f"[{TODAY},)", f"(,{TODAY})", f"[{TODAY},{TODAY + timedelta(days=190)})"):
        with pytest.raises(psycopg.errors.CheckViolation):
            protect(desk, "gus", 1, valid)
        protect(desk, "gus", 2, valid)


def test_55_a_child_is_protected_with_its_parent(desk: Desk) -> None:
    # At a3 live Eva with her child Finn, and Gus in a household of his own. Finn lives half of
    # the time at a4 with Tess, his other parent.
    for subject, address, household in (
        ("eva", "a3", "H3"),
        ("finn", "a3", "H3"),
        ("gus", "a3", "H9"),
        ("finn", "a4", "H4"),
        ("tess", "a4", "H4"),
    ):
        desk.link(subject, address, household_ref=ref(household))
    eva, finn, gus, tess = (ref("RN", name) for name in ("eva", "finn", "gus", "tess"))
    assert list_residents(desk, "a3") == {eva, finn, gus}
    assert list_addresses(desk, "finn") == {ref("RN", "a3"), ref("RN", "a4")}

    protect(desk, "eva", 2, f"[{TODAY},)")
    records = desk.rows("select count(*) from links.delivered where audit_ref = %s", finn)
    assert list_residents(desk, "a3") == {gus}
    assert list_residents(desk, "a4") == {finn, tess}
    assert list_addresses(desk, "eva") == set()
    assert list_addresses(desk, "finn") == {ref("RN", "a4")}
    assert desk.rows("select count(*) from links.delivered where audit_ref = %s", finn) == records
    # Not hidden from whom a deliberation lets see protected persons.
    assert list_residents(desk, "a3", deliberation="sees/all") == {eva, finn, gus}
    # Who is hidden is not counted either: with one allowed, Gus alone is not too many.
    desk.admin.execute(
        "update links.deliberation set max_per_answer = 1 where id = %s", (f"to/{CPAS}",)
    )
    assert list_residents(desk, "a3") == {gus}

    # The household may be known by a link of that kind alone.
    desk.admin.execute("update links.link set household_ref = null")
    assert list_residents(desk, "a3", deliberation="sees/all") == {eva, finn, gus}
    for subject, address, household in (("eva", "a3", "H3"), ("finn", "a3", "H3"),
                                        ("finn", "a4", "H4")):  # fmt: skip
        desk.link(subject, address, kind="household", household_ref=ref(household))
    assert list_residents(desk, "a3") == {gus}
    assert list_addresses(desk, "finn") == {ref("RN", "a4")}

    # a3 was split: Eva has been put at a part of it, what is known of Finn is still at the whole;
    # or the household's rows were put there and the residences not.
    desk.admin.execute("update links.deliberation set max_per_answer = 10")
    a3, part = ref("RN", "a3"), ref("RN", "a13")
    for column, value in (("subj_ref", eva), ("kind", "household"), ("kind", "residence")):
        moved = sql.SQL("update links.link set addr_ref = %s where addr_ref = %s and {} = %s")
        there = sql.SQL(" and subj_ref = any (%s)")
        parameters = [part, a3, value, [eva, finn]]
        desk.admin.execute(moved.format(sql.Identifier(column)) + there, parameters)
        desk.admin.execute("truncate links.asked, links.usage")  # nobody is found: it is no scan
        assert list_residents(desk, "a3") == {gus}
        assert list_residents(desk, "a13") == set()
        assert list_addresses(desk, "finn") <= {ref("RN", "a4")}
        desk.admin.execute("update links.link set addr_ref = %s where addr_ref = %s", (a3, part))

    # Level 1 is the parent's alone; and what ends, ends for both.
    desk.admin.execute("truncate links.protection")
    protect(desk, "eva", 1, f"[{TODAY},{TODAY + timedelta(days=30)})")
    assert list_residents(desk, "a3", NOTARY) == {finn, gus}
    assert list_residents(desk, "a3") == {eva, finn, gus}
    desk.admin.execute("truncate links.protection")
    protect(desk, "eva", 2, f"[{TODAY - timedelta(days=30)},{TODAY})")
    assert list_residents(desk, "a3") == {eva, finn, gus}
