"""What no hash shows, and what the clerk does each minute and each day."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from psycopg.sql import SQL, Identifier

from links.audit import retain_command, verify_command
from links.audit.findings import Rule
from links.audit.heads import Keys
from links.audit.note import KeyType, make_key
from links.audit.places import find_witness
from links.audit.retention import drop_ended_links, drop_passed
from links.audit.verify import check_own_counts, verify_log
from links.clerk import Clerk
from links.clock import utc_now
from links.govern.commands import alarms
from links.operations.doctor import Verdict, check_alarms
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused
from tests.links.chains import (
    ARCHIVE,
    CITY,
    CPAS,
    START,
    TAX,
    insert_acts,
    insert_records,
    make_intent,
    make_records,
)
from tests.links.desk import MOMENT, Desk, ask
from tests.links.logged import list_broken

if TYPE_CHECKING:
    from pathlib import Path

    from links.settings import LinksSettings
    from tests.links.logged import Logged
    from tests.links.world import World


def test_meanings_are_verified_too(logged: Logged, tmp_path: Path) -> None:
    """What no hash shows: chains that are whole and tell what cannot have been."""
    answer = {"type": "outcome", "intent": 999, "result": "list", "delivered": [], "count": 0}
    stray = {**make_intent(CITY), "type": "refusal", "reason": "expired"}
    with logged.damaged():
        logged.add(CPAS, [answer, make_intent(CPAS)])
        logged.add(TAX, [stray])
        logged.add(CITY, [make_intent(CITY, version=2)])
        found = logged.verify().findings
        assert {(f.rule, f.organisation, f.n) for f in found} == {
            (Rule.UNDECLARED, CPAS, 22),
            (Rule.UNANSWERED, CPAS, 23),
            (Rule.MISPLACED, TAX, 19),
            (Rule.UNANSWERED, CITY, 19),
            (Rule.DELIBERATION, CITY, 19),
        }
    with logged.damaged():
        logged.owner.execute("create table public.kept as table links.deliberation")
        logged.owner.execute("set session_replication_role = replica")
        logged.owner.execute(
            "update links.deliberation set quota_day = quota_day + 1 where id = 'TEST/cpas_verify'"
        )
        logged.owner.execute("update links.officer set status = 'suspended'")
        # Who signed well may have left since: only what was edited is broken.
        assert list_broken(logged.verify()) == [(Rule.DELIBERATION, CPAS, 2)]
        logged.owner.execute("truncate links.deliberation")
        logged.owner.execute("insert into links.deliberation table public.kept")
        assert list_broken(logged.verify()) == []

    with logged.damaged():
        # Stopped an hour before it was used last, whatever its state says meanwhile.
        last = logged.owner.execute(
            "select n, hash from links.chain where organisation = %s", (ARCHIVE,)
        ).fetchone()
        assert last is not None
        stop = {"type": "act", "act": "withdrawn", "deliberation": "TEST/city_subjects"}
        start = START - timedelta(hours=1)
        insert_records(logged.owner, make_records(ARCHIVE, [stop], after=last, start=start))
        late = (Rule.DELIBERATION, CITY, 17)
        assert list_broken(logged.verify()) == [(Rule.DELIBERATION, CITY, 2), late]
        logged.owner.execute(
            "update links.deliberation set state = 'withdrawn' where id = 'TEST/city_subjects'"
        )
        assert list_broken(logged.verify()) == [late]
    logged.owner.execute("update links.deliberation set state = 'approved'")
    assert list_broken(logged.verify()) == []

    own = tmp_path / "own.csv"
    head = "organisation,month,deliberation,requests\n"
    own.write_text(head + f"{CITY},2026-11,TEST/city_subjects,12\n")
    with connect(logged.settings, LinksRole.AUDIT, autocommit=True) as auditor:
        assert check_own_counts(auditor, own) == []
        own.write_text(head + f"{CITY},2026-11,TEST/city_subjects,13\n{CITY},2026-11,X,1\n")
        assert [f.rule for f in check_own_counts(auditor, own)] == [Rule.COUNTS] * 2
        own.write_text(head + f"{CITY},2026-13,TEST/city_subjects,13\n")
        with pytest.raises(InputRefused, match="line 2"):
            check_own_counts(auditor, own)


def test_what_the_database_itself_records_is_in_order(wall: LinksSettings) -> None:
    """Not our own chains: those of declare, answer, conclude and refuse."""
    desk = Desk(wall)
    for subject in ("anna", "ben"):
        desk.link(subject)
    desk.link("eva", address="a2")
    desk.grant(max_per_answer=2)
    desk.grant("D/2", citizen_visibility="deferred", defer_days=90, combines=["D/1"])
    desk.grant("D/3", citizen_visibility="exempt", combines=["D/1", "D/2"])
    with desk.api() as api, connect(wall, LinksRole.AUDIT, autocommit=True) as auditor:
        for deliberation in ("D/1", "D/2", "D/3", "D/none"):
            for operation in ("verify", "subjects"):
                ask(api, deliberation=deliberation, operation=operation)
                ask(api, deliberation=deliberation, operation=operation, address="a2")
        auditor.execute("select links.take_leaves(3)")
        ask(api)
        key = make_key("links.example", KeyType.LOG).verifier

        def find_broken() -> set[tuple[Rule, int | None]]:
            found = verify_log(
                auditor, keys=Keys(log=key, witness=None), directories=(), now=MOMENT
            )
            assert found.records > 20
            return {(f.rule, f.n) for f in found.findings}

        # Nobody signed what Desk grants; nothing else is wrong.
        unsigned = find_broken()
        assert {rule for rule, _ in unsigned} == {Rule.DELIBERATION}
        told = desk.rows("select n, deliberation from links.delivered order by deliberation, n")
        assert {deliberation for _, deliberation in told} == {"D/1", "D/2", "D/3"}
        for column, value in (
            ("visible_from", None),
            ("at", MOMENT - timedelta(days=30)),
            ("kind", "cadastral_right"),
            ("deliberation", "D/3"),
            ("audit_ref", bytes(16)),
        ):
            n = told[0][0]
            kept = desk.rows("select * from links.delivered where n = %s", n)
            desk.admin.execute(
                SQL("update links.delivered set {} = %s where n = %s").format(Identifier(column)),
                (value, n),
            )
            assert find_broken() == unsigned | {(Rule.DELIVERED, n)}, column
            desk.admin.execute("delete from links.delivered where n = %s", (n,))
            for row in kept:
                desk.admin.execute(
                    SQL("insert into links.delivered values ({})").format(
                        SQL(", ").join(SQL("%s") for _ in row)
                    ),
                    row,
                )
        assert find_broken() == unsigned
    desk.close()


def test_the_clerk_works_alone(
    world: World, tmp_path: Path, key_service: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(world.settings, transparency=tmp_path / "public")
    published = tmp_path / "public"
    now = utc_now()
    witness = find_witness(settings) / "latest"
    witness.unlink(missing_ok=True)  # of another test's log: the home is shared
    recorded = insert_acts(world)
    clerk = Clerk(settings, least=2)
    assert set(clerk.work(now)) <= {"follow"}
    assert set(clerk.work(now + timedelta(minutes=1))) <= {"follow"}
    # The acts of the world, then a minute of nothing.
    kept = {path.name for path in (published / "checkpoints").iterdir()}
    assert kept == {"64", "66", "latest"}
    deliberations = json.loads((published / "deliberations.json").read_text())["items"]
    assert {one["id"] for one in deliberations} == {d.id for d in world.deliberations.values()}
    asked = Namespace(checkpoints=None, keys=None, own=None)
    assert verify_command.run(asked, settings) == 0
    assert f"{recorded} records of 1 organisations, 66 leaves" in capsys.readouterr().out
    assert retain_command.run(Namespace(), settings) == 0
    assert "Records dropped of: no month." in capsys.readouterr().out
    # A clerk that starts anew goes on, and one whose leaves were changed does not.
    assert set(Clerk(settings, least=1).work(now)) <= {"follow"}
    assert (published / "checkpoints" / "latest").read_text() == (
        published / "checkpoints" / "67"
    ).read_text()
    with world.connect() as owner:
        owner.execute("update links.tree_leaf set hash = sha256('x') where index = 0")
        forked = Clerk(settings, least=1)
        assert "sign_checkpoint" in forked.work(now)
        assert check_alarms(owner).verdict is Verdict.WARN
        said = capsys.readouterr()
        assert "alarm 1: log_forked; ./best links alarms list" in said.out + said.err
        assert "sign_checkpoint" in forked.work(now)
        said = capsys.readouterr()
        assert "alarm 1" not in said.out + said.err  # it was said
        assert alarms.run(Namespace(step="list"), settings) == 0
        assert "log_forked" in capsys.readouterr().out
        assert alarms.run(Namespace(step="see", id=1), settings) == 0
        with pytest.raises(InputRefused, match="No alarm 1"):
            alarms.run(Namespace(step="see", id=1), settings)
        assert check_alarms(owner).verdict is Verdict.OK
    capsys.readouterr()
    assert verify_command.run(asked, settings) == 1
    assert "FORKED organisation archive record 1:" in capsys.readouterr().out
    witness.unlink()


def test_what_is_kept_for_a_while_goes(world: World) -> None:
    with world.connect() as owner, connect(world.settings, LinksRole.AUDIT, autocommit=True) as it:
        for days in (0, 29, 31, 400):
            ago = utc_now() - timedelta(days=days)
            owner.execute("insert into links.seen_token values (%s, %s)", (b"%d" % days, ago))
            owner.execute(
                "insert into links.asked"
                " (organisation, asked_ref, deliberation, day, sector, domain, shared_ref,"
                " street_ref)"
                " values ('', '', '', %s, '', '', 's', 's')",
                (ago,),
            )
            owner.execute(
                "insert into links.usage values (%s, '', %s, 0, %s, 0, 0, 0)", (str(days), ago, ago)
            )
            owner.execute(
                "insert into links.notice (organisation, handle, at) values ('', '', %s)", (ago,)
            )
        links = owner.execute("select count(*) from links.link").fetchone()
        assert drop_passed(it) == 4 + 2 + 2 + 1
        # What is compared on its own day alone is gone with it.
        kept = "select links.today() - day, shared_ref, street_ref from links.asked order by day"
        told = owner.execute(kept).fetchall()
        assert [row for row in told if row[0] in (0, 29)] == [(29, None, None), (0, b"s", b"s")]
        assert drop_ended_links(it) == 0
        owner.execute(
            "update links.link set valid = daterange(links.today() - 4000, links.today() - 3650)"
            " where kind = 'cadastral_right'"
        )
        ended = drop_ended_links(it)
        assert ended > 0
        left = owner.execute("select count(*) from links.link").fetchone()
        assert left[0] == links[0] - ended
