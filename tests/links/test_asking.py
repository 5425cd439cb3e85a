"""No answer without a committed declaration; no declaration that the database did not check."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

from links.store import asking
from links.store.connections import connect_as_superuser
from tests.links.desk import (
    CITY,
    CPAS,
    INSURER,
    MOMENT,
    TAX,
    TODAY,
    Desk,
    answer,
    ask,
    conclude,
    declare,
    make_intent,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from links.settings import LinksSettings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def desk(wall: LinksSettings) -> Iterator[Desk]:
    """Anna and Ben live at a1, Cas at a2; the CPAS may ask about residences."""
    made = Desk(wall)
    made.grant()
    for subject, address in (("anna", "a1"), ("ben", "a1"), ("cas", "a2")):
        made.link(subject, address)
    yield made
    made.close()


def refused(code: str) -> Any:
    return pytest.raises(psycopg.Error, match=f"^{code}\n|^{code}$")


def test_10_declare_and_answer_in_one_transaction_is_refused(desk: Desk) -> None:
    with desk.api(autocommit=False) as connection:
        n, decision, _ = declare(connection, make_intent())
        assert decision == "allowed"
        with refused("not_committed"):
            answer(connection, n)
        connection.rollback()
        with refused("ticket_unknown"):
            answer(connection, n)
    assert desk.records() == []
    with desk.api() as connection:
        assert [row[0] for row in ask(connection)] == [ref("RN", "anna")]


def test_11_nor_do_savepoints_help(desk: Desk) -> None:
    with desk.api(autocommit=False) as connection:
        connection.execute("savepoint one")
        n, _, _ = declare(connection, make_intent())
        connection.execute("release savepoint one")
        connection.execute("savepoint two")
        with refused("not_committed"):
            answer(connection, n)
        connection.execute("rollback to savepoint two")
        with pytest.raises(psycopg.Error):
            conclude(connection, n, "true", [(ref("RN", "anna"), "residence")])
        connection.rollback()
        connection.execute("savepoint three")
        n, _, _ = declare(connection, make_intent())
        connection.execute("rollback to savepoint three")
        with refused("ticket_unknown"):
            answer(connection, n)
    assert desk.records() == []

    with desk.api() as connection:
        n, _, _ = declare(connection, make_intent())
        # The rows of an answer whose savepoint is taken back cannot be concluded away.
        with connection.transaction():
            connection.execute("savepoint one")
            assert len(answer(connection, n)) == 1
            connection.execute("rollback to savepoint one")
            with refused("not_answered"), connection.transaction():
                conclude(connection, n, "false")
    assert [record["type"] for record in desk.records()] == ["intent"]


def test_12_an_answer_rolled_back_leaves_its_intent_and_an_alarm(desk: Desk) -> None:
    with desk.api() as connection:
        n, _, _ = declare(connection, make_intent())
        with connection.transaction(force_rollback=True):
            assert len(answer(connection, n)) == 1
        ask(connection, subject="ben")
    assert [record["type"] for record in desk.records()] == ["intent", "intent", "outcome"]
    assert desk.rows("select links.raise_unanswered()") == [(0,)]
    desk.move_clock(MOMENT + timedelta(minutes=3))
    assert desk.rows("select links.raise_unanswered()") == [(1,)]
    assert desk.rows("select rule, organisation, facts ->> 'n' from links.alarm") == [
        ("unanswered", CPAS, str(n))
    ]
    assert desk.rows("select links.raise_unanswered()") == [(0,)]


def test_13_tickets_are_of_one_client_for_one_answer_within_30_seconds(desk: Desk) -> None:
    desk.insert("client", id="second", organisation=CPAS, status="active", keys=Jsonb([]))
    query = "select * from links.answer(%s, %s, %s)"
    with desk.api() as connection:
        n, _, _ = declare(connection, make_intent())
        for organisation, client in (
            (TAX, f"client-{TAX}"), (CPAS, f"client-{TAX}"), (TAX, f"client-{CPAS}"),
            (CPAS, "second"), (CPAS, "nobody"),
        ):  # fmt: skip
            with refused("ticket_unknown"):
                connection.execute(query, [organisation, n, client])
        with connection.transaction():
            rows = answer(connection, n)
            with refused("ticket_used"), connection.transaction():
                answer(connection, n)
            with refused("not_answered"), connection.transaction():
                conclude(connection, n, "true", rows, TAX)
            conclude(connection, n, "true", rows)
        with refused("ticket_unknown"):
            answer(connection, n)
        with refused("not_answered"):
            conclude(connection, n, "true", rows)

        # Answered in one transaction, concluded in another: the first stays without outcome.
        n, _, _ = declare(connection, make_intent())
        rows = answer(connection, n)
        with refused("not_answered"):
            conclude(connection, n, "true", rows)
        with refused("ticket_used"):
            answer(connection, n)

        n, _, _ = declare(connection, make_intent())
        desk.move_clock(MOMENT + timedelta(seconds=31))
        with refused("ticket_expired"):
            answer(connection, n)
    assert Counter(r["type"] for r in desk.records()) == {"intent": 3, "outcome": 1}


def test_14_no_record_no_data(desk: Desk) -> None:
    desk.admin.execute("""
        create function links.refuse_row() returns trigger language plpgsql as $$ begin
            raise exception using errcode = '53100', message = 'could not extend file';
        end $$""")
    sent: list[object] = []

    async def ask_once(**wishes: Any) -> None:
        async with asking.make_pool(desk.settings) as pool:
            declared = await asking.declare(pool, as_intent(make_intent(**wishes)))
            sent.append(
                await asking.answer_and_conclude(
                    pool, organisation=CPAS, client=f"client-{CPAS}", n=declared.n,
                    make_outcome=make_true,
                )
            )  # fmt: skip

    full = "create trigger no_room before insert on links.{} for each row {} execute function {}"
    for table, when in (
        ("record", "when (new.body like '%%\"intent\"%%')"),
        ("record", "when (new.body like '%%\"outcome\"%%')"),
        ("ticket", ""), ("sealed_request", ""), ("asked", ""), ("delivered", ""),
    ):  # fmt: skip
        desk.admin.execute("set session_replication_role = origin")
        desk.admin.execute(
            sql.SQL(full).format(
                sql.Identifier(table), sql.SQL(when), sql.SQL("links.refuse_row()")
            )
        )
        address = "a7" if table == "asked" else "a1"
        with pytest.raises(asking.StoreUnavailable) as failure:
            asyncio.run(ask_once(address=address))
        assert failure.value.sqlstate == "53100"
        desk.admin.execute(
            sql.SQL("drop trigger no_room on links.{}").format(sql.Identifier(table))
        )
    desk.admin.execute(
        sql.SQL("alter database {} set default_transaction_read_only = on").format(
            sql.Identifier(desk.settings.database_name)
        )
    )
    with pytest.raises(asking.StoreUnavailable) as failure:
        asyncio.run(ask_once())
    assert failure.value.sqlstate == "25006"
    assert sent == []
    assert "outcome" not in {record["type"] for record in desk.records()}
    desk.admin.execute(
        sql.SQL("alter database {} reset all").format(sql.Identifier(desk.settings.database_name))
    )
    asyncio.run(ask_once())
    assert sent == ["yes"]


def test_15_a_commit_that_does_not_wait_is_waited_for(desk: Desk) -> None:
    with desk.api() as connection:
        connection.execute("set synchronous_commit = off")
        with connection.transaction():
            n, _, _ = declare(connection, make_intent())
            (setting,) = connection.execute("show synchronous_commit").fetchone() or ()
            assert setting == "on"
        assert desk.rows("select pg_current_wal_flush_lsn() = pg_current_wal_insert_lsn()") == [
            (True,)
        ]
        with connection.transaction():
            rows = answer(connection, n)
            conclude(connection, n, "true", rows)
            assert connection.execute("show synchronous_commit").fetchone() == ("on",)

        # Turned off between declare and commit, with nobody who flushes in its stead.
        desk.admin.execute("alter system set wal_writer_delay = '10s'")
        desk.admin.execute("select pg_reload_conf()")
        time.sleep(0.4)
        try:
            for _ in range(2):  # the writer wakes once by its old delay
                with connection.transaction():
                    n, _, _ = declare(connection, make_intent(subject="ben"))
                    connection.execute("set local synchronous_commit = off")
                ((flushed, written),) = desk.rows(
                    "select pg_current_wal_flush_lsn(), pg_current_wal_insert_lsn()"
                )
                try:
                    answer(connection, n)
                except psycopg.Error as error:
                    assert error.diag.message_primary == "not_on_disk"  # noqa: PT017
                    break
                ((now_flushed,),) = desk.rows("select pg_current_wal_flush_lsn()")
                assert flushed < written <= now_flushed
            else:
                pytest.fail("somebody flushed twice: the test saw nothing")
        finally:
            desk.admin.execute("alter system reset wal_writer_delay")
            desk.admin.execute("select pg_reload_conf()")


ASKING = """
import asyncio, sys
from pathlib import Path
from links.settings import LinksSettings
from links.store import asking
from tests.links.test_asking import as_intent, make_true
from tests.links.desk import make_intent, CPAS

async def main(home, database, stop_at):
    settings = LinksSettings(home=Path(home), database_name=database)
    async with asking.make_pool(settings) as pool:
        intent = make_intent(address=f"a{sys.argv[4]}")
        intent[6] = bytes(31) + intent[3].encode()[-1:]
        declared = await asking.declare(pool, as_intent(intent))
        async def make(found):
            if stop_at == "answered":
                print("here", flush=True)
                await asyncio.sleep(60)
            return await make_true(found)
        payload = await asking.answer_and_conclude(
            pool, organisation=CPAS, client=f"client-{CPAS}", n=declared.n, make_outcome=make)
        print("here", flush=True)
        await asyncio.sleep(60)
        print(payload, flush=True)

asyncio.run(main(*sys.argv[1:4]))
"""


def test_16_killed_between_commit_and_send_the_outcome_is_there(desk: Desk) -> None:
    desk.link("anna", "a9")
    for stop_at, number in (("committed", 1), ("answered", 9)):
        home, database = str(desk.settings.home), desk.settings.database_name
        with subprocess.Popen(
            [sys.executable, "-c", ASKING, home, database, stop_at, str(number)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n"
            process.send_signal(signal.SIGKILL)
            assert process.stdout.read() == ""
    wait_until_alone(desk)
    records = desk.records()
    assert [record["type"] for record in records] == ["intent", "outcome", "intent"]
    assert records[1]["intent"] == 1
    assert records[1]["delivered"] == [ref("audit", ref("RN", "anna")).hex()]
    assert desk.rows("select n, kind from links.delivered") == [(2, "residence")]
    desk.move_clock(MOMENT + timedelta(minutes=3))
    assert desk.rows("select links.raise_unanswered()") == [(1,)]  # and no silence about the other
    check_chain(desk, CPAS)


def test_48_suspended_between_declare_and_answer_means_no_data(desk: Desk) -> None:
    desk.grant("D/2")
    with desk.api() as connection:
        for change, restore, code in (
            ("update links.deliberation set state = 'suspended' where id = 'D/1'",
             "update links.deliberation set state = 'approved'", "deliberation_suspended"),
            ("update links.deliberation set state = 'withdrawn' where id = 'D/1'",
             "update links.deliberation set state = 'approved'", "deliberation_withdrawn"),
            ("update links.deliberation set valid = '[2026-01-01,2026-11-23)' where id = 'D/1'",
             "update links.deliberation set valid = '[2026-01-01,2027-01-01)'", "expired"),
            ("update links.client set status = 'revoked'",
             "update links.client set status = 'active'", "client_inactive"),
            ("update links.organisation set status = 'suspended'",
             "update links.organisation set status = 'active'", "organisation_inactive"),
            # Narrowed meanwhile: what was declared was declared under another version.
            ("""insert into links.deliberation
                select (jsonb_populate_record(d, '{"version": 2}')).*
                from links.deliberation d where id = 'D/1'""",
             "delete from links.deliberation where version = 2", "version"),
        ):  # fmt: skip
            n, decision, _ = declare(connection, make_intent())
            assert decision == "allowed"
            desk.admin.execute(change)
            with refused(code):
                answer(connection, n)
            if code != "version":
                assert ask(connection) == code
            desk.admin.execute(restore)
        # An old snapshot does not remember the right either.
        n, _, _ = declare(connection, make_intent())
        connection.execute("begin isolation level repeatable read")
        connection.execute("select links.find_client('x')")
        desk.admin.execute("update links.deliberation set state = 'suspended' where id = 'D/1'")
        with refused("wrong_isolation"):
            answer(connection, n)
        connection.execute("rollback")

        # Nor while an answer is being made: it waits for its ticket, which somebody holds, and the
        # right is suspended and committed before it goes on.
        desk.admin.execute("update links.deliberation set state = 'approved'")
        n, _, _ = declare(connection, make_intent())
        told: list[str | None] = []

        def wait_for_an_answer() -> None:
            with pytest.raises(psycopg.Error) as failure:
                answer(connection, n)
            told.append(failure.value.diag.message_primary)

        thread = threading.Thread(target=wait_for_an_answer)
        with connect_as_superuser(desk.settings) as holder, holder.transaction():
            holder.execute("select from links.ticket where n = %s for update", [n])
            thread.start()
            wait_for(
                desk, "select count(*) from pg_stat_activity where datname = current_database()"
                " and usename = 'links_api' and wait_event_type = 'Lock'", 1,
            )  # fmt: skip
            desk.admin.execute("update links.deliberation set state = 'suspended' where id = 'D/1'")
            assert told == []
        thread.join(10)
        assert told == ["deliberation_suspended"]
    assert "outcome" not in {record["type"] for record in desk.records()}


def test_50_one_address_in_two_sectors_is_refused_and_told(desk: Desk) -> None:
    desk.grant("VEH/1", sector="VEH", kinds=["vehicle_registration"])
    desk.grant("RN/tax", domain="tax")
    desk.grant("RN/again")
    desk.insert("client", id="second", organisation=CPAS, status="active", keys=Jsonb([]))
    vehicles = {"deliberation": "VEH/1", "sector": "VEH", "kinds": ["vehicle_registration"]}
    with desk.api() as connection:
        assert len(ask(connection)) == 1
        assert len(ask(connection, deliberation="RN/again")) == 1
        assert ask(connection, **vehicles) == "combination"
        assert ask(connection, deliberation="RN/tax") == "combination"
        other_client = make_intent(**vehicles, client="second")
        other_client[0] = "second"
        assert declare(connection, other_client)[2] == "combination"
        assert desk.alarms() == ["combination"] * 3
        assert [r["reason"] for r in desk.records() if r["type"] == "refusal"] == desk.alarms()
        # Another address, or another organisation's question about this one, is no combination.
        assert ask(connection, **vehicles, address="a2", subject="cas") == []
        desk.grant("VEH/tax", organisation=TAX, sector="VEH", kinds=["vehicle_registration"])
        assert ask(connection, **vehicles | {"deliberation": "VEH/tax"}, organisation=TAX) == []

        # Nor is it evaded by way of the subject of a yes or no, there and back again.
        desk.grant("PAT/1", sector="PAT", kinds=["cadastral_right"], direction="subject_to_address",
                   disclosure="address")  # fmt: skip
        rights = {"deliberation": "PAT/1", "sector": "PAT", "kinds": ["cadastral_right"]}
        addresses = rights | {"operation": "addresses", "address": None}
        assert ask(connection, **addresses) == "combination"
        assert ask(connection, **rights, address="a6") == "combination"
        assert ask(connection, **addresses | {"subject": "dora"}) == []
        assert ask(connection, address="a7", subject="dora") == "combination"
        # What was asked about in the way of a yes or no is another address on the day's quota.
        desk.grant("PAT/2", organisation=TAX, sector="PAT", kinds=["cadastral_right"],
                   direction="subject_to_address", disclosure="address",
                   quota_addresses_day=2)  # fmt: skip
        taxed = rights | {"deliberation": "PAT/2", "organisation": TAX, "address": "a8"}
        for reply, wishes in (
            ([], {"subject": "gina"}), ([], {"subject": "hugo"}),
            ([], {"subject": "gina", "address": None, "operation": "addresses"}),
            ("quota_addresses_day", {"subject": "hugo", "address": None, "operation": "addresses"}),
        ):  # fmt: skip
            assert ask(connection, **taxed | wishes) == reply

        # Named by either side; and forgotten after thirty days, not before: those of the first day
        # too, of which the clock had seen an hour and a half.
        desk.grant("RN/named", domain="tax", combines=["D/1", "RN/again"])
        assert len(ask(connection, deliberation="RN/named")) == 1
        last = datetime(2026, 12, 23, 22, 59, tzinfo=UTC)  # thirty days later, before midnight
        for moment, reason in ((last, "combination"), (last + timedelta(minutes=2), None)):
            desk.move_clock(moment)
            day = (moment + timedelta(hours=1)).date()  # Brussels in winter
            assert declare(connection, make_intent(**vehicles, day=day))[2] == reason


def test_56_a_guesser_of_numbers_is_stopped(desk: Desk) -> None:
    with desk.api() as connection:
        told = [ask(connection, subject=f"guess {n}") for n in range(1000)]
    assert told.index("scan") <= 21
    assert set(map(str, told[21:])) == {"scan"}
    assert desk.alarms() == ["scan"]

    # Who mixes his guesses with what he knows meets the quota.
    desk.grant("D/2", organisation=TAX, quota_hour=100)
    with desk.api() as connection:
        told = [
            ask(
                connection, organisation=TAX, deliberation="D/2", end_user=f"clerk {n % 4}",
                subject="anna" if n % 3 else f"guess {n}",
            )
            for n in range(300)
        ]  # fmt: skip
        assert [isinstance(one, list) for one in told] == [True] * 100 + [False] * 200
        assert set(told[100:]) == {"quota_hour"}
        assert desk.alarms() == ["scan", "quota_hour"]
        desk.move_clock(MOMENT + timedelta(hours=1))
        assert len(ask(connection, organisation=TAX, deliberation="D/2")) == 1
        # Nor do many guesses, or many addresses, go into one question: two are a rotation's.
        for name, most in (("subjRefs", 3), ("addrRefs", 3), ("askedRefs", 3), ("askedRefs", 1)):
            intent = make_intent(organisation=TAX, deliberation="D/2")
            refs = [ref("RN", f"guess {number}").hex() for number in range(most)]
            intent[2] = Jsonb(intent[2].obj | {name: refs})
            assert declare(connection, intent)[2] == "body_mismatch", name
        intent = make_intent(organisation=TAX, deliberation="D/2")
        both = [*intent[2].obj["subjRefs"], ref("RN", "anna", 2).hex()]
        intent[2] = Jsonb(intent[2].obj | {"subjRefs": both})
        assert declare(connection, intent)[1] == "allowed"


def test_57_a_street_is_not_swept_in_any_order(desk: Desk) -> None:
    desk.grant("D/2", organisation=TAX)
    for number in range(1, 31):
        desk.link(f"p{number}", f"a{number}")
    in_order = list(range(1, 31))
    at_random = sorted(in_order, key=lambda n: hashlib.sha256(bytes([n])).digest())
    for organisation, identifier, numbers in ((CPAS, "D/1", in_order), (TAX, "D/2", at_random)):
        with desk.api() as connection:
            wishes = {"organisation": organisation, "deliberation": identifier}
            told = [
                ask(connection, subject=f"p{n}", address=f"a{n}", end_user=f"c{n}", **wishes)
                for n in numbers
            ]
            assert [isinstance(one, list) for one in told] == [True] * 10 + [False] * 20
            assert set(told[10:]) == {"street_sweep"}
            # What was asked before is no sweep; neither is another street, or another day.
            seen = numbers[3]
            assert len(ask(connection, subject=f"p{seen}", address=f"a{seen}", **wishes)) == 1
            new = {"subject": f"p{numbers[20]}", "address": f"a{numbers[20]}"}
            assert len(ask(connection, **new, street="s2", **wishes)) == 1
    assert desk.alarms() == ["street_sweep"] * 2
    desk.move_clock(MOMENT + timedelta(days=1))
    with desk.api() as connection:
        assert len(ask(connection, subject="p30", address="a30")) == 1


def test_58_two_clients_of_one_organisation_have_one_quota(desk: Desk) -> None:
    desk.insert("client", id="second", organisation=CPAS, status="active", keys=Jsonb([]))
    desk.grant("D/9", quota_hour=30, quota_addresses_day=30)
    reasons: list[str | None] = []
    with desk.api() as connection:
        for number in range(40):
            client = ("second", f"client-{CPAS}")[number % 2]
            intent = make_intent(deliberation="D/9", client=client, end_user=f"{client} {number}")
            intent[0] = client
            reasons.append(declare(connection, intent)[2])
    assert reasons == [None] * 30 + ["quota_hour"] * 10
    # Nor have two of them two streets.
    with desk.api() as connection:
        reasons = []
        for number in range(2, 14):
            client = ("second", f"client-{CPAS}")[number % 2]
            intent = make_intent(client=client, address=f"a{number}")
            intent[0] = client
            reasons.append(declare(connection, intent)[2])
    assert reasons == [None] * 9 + ["street_sweep"] * 3  # a1 was asked above


def test_79_a_clock_that_jumps_opens_nothing(desk: Desk) -> None:
    desk.grant("D/2", quota_hour=2, quota_day=2)
    day = timedelta(days=1)
    with desk.api() as connection:
        for jump in (day, -day):
            desk.move_clock(MOMENT)
            n, _, _ = declare(connection, make_intent())
            desk.move_clock(MOMENT + jump)
            with refused("ticket_expired"):
                answer(connection, n)
            assert len(ask(connection, day=(MOMENT + jump).date())) == 1
            assert desk.rows("select links.raise_unanswered()") == [(1,)]
        # A day back, tomorrow's questions are of the future.
        assert ask(connection, day=TODAY) == "date_in_future"
        # Quotas of a day count that day.
        desk.move_clock(MOMENT)
        for expected in (True, True, False):
            assert isinstance(ask(connection, deliberation="D/2"), list) is expected
        # The last day of a deliberation ends at midnight in Brussels, not in UTC.
        desk.admin.execute("update links.deliberation set valid = '[2026-01-01,2026-11-24)'")
        desk.move_clock(datetime(2026, 11, 23, 22, 59, tzinfo=UTC))
        assert isinstance(ask(connection), list)
        desk.move_clock(datetime(2026, 11, 23, 23, 0, tzinfo=UTC))
        assert ask(connection) == "expired"
        # Into a month for which nobody has made a place, and back.
        desk.admin.execute("update links.deliberation set valid = '[2026-01-01,)'")
        desk.move_clock(MOMENT + timedelta(days=700))
        assert len(ask(connection, day=(MOMENT + timedelta(days=700)).date())) == 1
        desk.move_clock(MOMENT)
        assert len(ask(connection)) == 1
    check_chain(desk, CPAS)


def test_81_a_canary_suspends_its_client_within_one_request(desk: Desk) -> None:
    desk.insert("canary", sector="RN", ref=ref("RN", "canary"))
    desk.grant("D/2", organisation=TAX)
    desk.link("canary", "a3")
    with desk.api() as connection:
        ticket, _, _ = declare(connection, make_intent())
        assert ask(connection, subject="canary", address="a3") == "canary"
        assert desk.alarms() == ["canary"]
        # From here on nothing, not even what was declared before.
        with refused("client_inactive"):
            answer(connection, ticket)
        assert ask(connection) == "client_inactive"
        # By address too, whether or not the question was granted.
        desk.insert("canary", sector="RN", ref=ref("RN", "a4"))
        wishes = {"organisation": TAX, "deliberation": "D/2", "operation": "references"}
        assert ask(connection, subject=None, address="a4", purpose="x", **wishes) == "canary"
        assert ask(connection, subject=None, address="a1", **wishes) == "client_inactive"
    assert desk.rows("select id, status from links.client where status <> 'active' order by 1") == [
        (f"client-{CPAS}", "suspended"), (f"client-{TAX}", "suspended")
    ]  # fmt: skip
    assert [r["reason"] for r in desk.records() if r["type"] == "refusal"] == [
        "canary", "client_inactive"
    ]  # fmt: skip


# Laws


def check_chain(desk: Desk, organisation: str) -> int:
    """Recompute every hash by the formula, not by the function; returns how many."""
    rows = desk.rows(
        "select n, at, body, prev, hash from links.record where organisation = %s order by n",
        organisation,
    )
    before = bytes(32)
    for number, (n, at, body, prev, digest) in enumerate(rows, start=1):
        microseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        data = b"\0" + before + n.to_bytes(8, "big") + microseconds.to_bytes(8, "big")
        assert (n, prev) == (number, before)
        assert hashlib.sha256(data + body.encode()).digest() == digest
        before = digest
    assert desk.rows("select n, hash from links.chain where organisation = %s", organisation) == [
        (len(rows), before)
    ]
    return len(rows)


def test_eight_at_once_leave_no_gap_and_share_one_quota(desk: Desk) -> None:
    desk.grant("D/2", quota_hour=50)
    told: list[list[Any] | str] = []

    def work(worker: int) -> None:
        with desk.api() as connection:
            told.extend(
                ask(connection, deliberation="D/2", end_user=f"{worker} {number}")
                for number in range(10)
            )

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(isinstance(one, list) for one in told) == {True: 50, False: 30}
    assert check_chain(desk, CPAS) == 50 * 2 + 30
    bodies = desk.records()
    assert sorted(b["intent"] for b in bodies if b["type"] == "outcome") == [
        n for n, b in enumerate(bodies, start=1) if b["type"] == "intent"
    ]


def test_a_replayed_proof_and_a_body_that_contradicts_are_refused(desk: Desk) -> None:
    with desk.api() as connection:
        intent = make_intent()
        assert declare(connection, intent)[1] == "allowed"
        assert declare(connection, intent)[1:] == ("refused", "proof_replayed")
        for change in (
            {"operation": "references"}, {"sector": "VEH"}, {"kinds": ["residence", "household"]},
            {"date": "2026-11-22"}, {"organisation": TAX}, {"client": f"client-{TAX}"},
            {"request": "00" * 32}, {"type": "refusal"},
        ):  # fmt: skip
            intent = make_intent()
            intent[1] = (
                make_intent(**change)[1]
                if "kinds" not in change
                else intent[1].replace('["residence"]', '["residence","household"]')
            )
            if set(change) <= {"operation", "sector", "date"}:
                intent[1] = json.dumps(
                    json.loads(intent[1]) | change, sort_keys=True, separators=(",", ":")
                )
            assert declare(connection, intent)[1:] == ("refused", "body_mismatch"), change
        for number, value in ((3, None), (3, "a1"), (4, b"something else")):
            intent = (
                make_intent() if value != "a1" else make_intent(address=None, operation="addresses")
            )
            intent[number] = value
            assert declare(connection, intent)[1:] == ("refused", "body_mismatch")
        intent = make_intent()
        intent[1] = intent[1].replace('"type"', ' "type"')
        assert declare(connection, intent)[1:] == ("refused", "body_mismatch")
        assert ask(connection, version=2) == "version"
    assert check_chain(desk, CPAS) == len(desk.records())
    assert all(r["type"] in ("intent", "refusal") for r in desk.records())


def test_who_is_protected_is_not_there(desk: Desk) -> None:
    """Level 2 and its household for everybody, level 1 but for public authorities."""
    desk.grant("N/1", organisation=INSURER, sector="RN")
    desk.admin.execute(
        "update links.organisation set category = 'private_legal_mission' where number = %s",
        [INSURER],
    )
    desk.grant("P/1", protected_ok=True, domain="social")
    for subject, household in (("eva", "h1"), ("finn", "h1"), ("gus", "h2")):
        desk.link(subject, "a5")
        desk.link(subject, "a5", kind="household", capacity="child", household_ref=ref(household))
    desk.link("finn", "a6", household_ref=ref("h3"))  # of his other parent
    desk.link("finn", "a7")  # of nobody knows whom: it may be a part of a5
    for subject, level in (("eva", 2), ("ben", 1)):
        desk.insert(
            "protection",
            sector="RN",
            subj_ref=ref("RN", subject),
            kid=1,
            level=level,
            basis="x",
            valid=Range(TODAY - timedelta(days=10), TODAY + timedelta(days=1)),
        )

    def list_subjects(address: str, **wishes: Any) -> set[str]:
        rows = ask(connection, operation="subjects", subject=None, address=address, **wishes)
        names = {ref("RN", name): name for name in ("anna", "ben", "eva", "finn", "gus")}
        return {names[row[0]] for row in rows}

    with desk.api() as connection:
        private = {"organisation": INSURER, "deliberation": "N/1"}
        assert list_subjects("a1") == {"anna", "ben"}
        assert list_subjects("a1", **private) == {"anna"}
        assert list_subjects("a5") == {"gus"}
        assert list_subjects("a5", kinds=["household"]) == {"gus"}
        assert list_subjects("a5", deliberation="P/1") == {"eva", "finn", "gus"}
        assert list_subjects("a6") == {"finn"}
        assert list_subjects("a7") == set()
        assert ask(connection, address="a5", subject="finn") == []
        desk.move_clock(MOMENT + timedelta(days=1))  # the protection ended at midnight
        assert list_subjects("a5") == {"eva", "finn", "gus"}


def test_answers_hold_what_was_granted_and_no_more(desk: Desk) -> None:
    desk.grant("F/1", fields=[], max_per_answer=1)
    desk.grant("A/1", direction="subject_to_address", disclosure="address", requires_dossier=True)
    listing = {"operation": "references", "subject": None}
    with desk.api() as connection:
        rows = ask(connection, **listing)
        assert [row[2:] for row in rows] == [("resident", None, None, None, "0308356862")] * 2
        assert ask(connection, deliberation="F/1", **listing) == "fields"
        n, _, _ = declare(connection, without_fields(make_intent(deliberation="F/1", **listing)))
        with connection.transaction():
            assert answer(connection, n) == [(None,) * 7]  # two is too many, and nothing else
            with refused("result_mismatch"), connection.transaction():
                conclude(connection, n, "list")
            conclude(connection, n, "tooMany")
        assert desk.records()[-1]["result"] == "tooMany"

        addresses = {"operation": "addresses", "address": None, "deliberation": "A/1"}
        assert ask(connection, **addresses) == []
        assert desk.records()[-1]["reason"] == "no_dossier"
        dossier = {
            "organisation": CPAS, "sector": "RN", "subj_ref": ref("RN", "anna"), "kid": 1,
            "capacity": "open_file", "subscribed": False, "handle": "x",
        }  # fmt: skip
        desk.insert("dossier", **dossier, valid=Range(TODAY - timedelta(days=9), TODAY))
        assert ask(connection, **addresses) == []  # it ended yesterday
        desk.insert(
            "dossier", **dossier | {"capacity": "aid"}, valid=Range(TODAY - timedelta(days=9), None)
        )
        ((_, _, _, _, addr_ref, sealed, _),) = ask(connection, **addresses)
        assert (addr_ref, sealed) == (ref("RN", "a1"), b"sealed a1")


def test_what_lacks_a_dossier_lacks_it_to_the_end(desk: Desk) -> None:
    """Nor does it help to say so oneself: what is found is on record."""
    desk.grant("A/1", direction="subject_to_address", disclosure="address", requires_dossier=True)
    addresses = {"operation": "addresses", "address": None, "deliberation": "A/1"}
    with desk.api() as connection:
        n, _, _ = declare(connection, make_intent(**addresses))
        desk.insert(
            "dossier", organisation=CPAS, sector="RN", subj_ref=ref("RN", "anna"), kid=1,
            capacity="open_file", subscribed=False, handle="x", valid="[2020-01-01,)",
        )  # fmt: skip
        with connection.transaction():
            assert answer(connection, n) == []
            conclude(connection, n, "list", [])
        assert desk.records()[-1]["reason"] == "no_dossier"

        intent = make_intent(**addresses)
        intent[2] = Jsonb(intent[2].obj | {"wanting": "nobody"})
        n, _, _ = declare(connection, intent)
        with connection.transaction():
            rows = answer(connection, n)
            assert len(rows) == 1
            with refused("delivered_incomplete"), connection.transaction():
                conclude(connection, n, "list", [])
            conclude(connection, n, "list", rows)
        assert "reason" not in desk.records()[-1]
        assert desk.records()[-1]["count"] == 1


def test_what_is_delivered_is_counted(desk: Desk) -> None:
    listing = {"operation": "subjects", "subject": None}
    with desk.api() as connection:
        n, _, _ = declare(connection, make_intent(**listing))
        with connection.transaction():
            rows = answer(connection, n)
            for result, given, code in (
                ("list", rows[:1], "delivered_incomplete"),
                ("list", [rows[0], rows[0]], "delivered_incomplete"),
                ("unavailable", [], "delivered_incomplete"),
                ("tooMany", [], "result_mismatch"),
                ("list", [(rows[0][0], "secret"), rows[1]], "delivered_malformed"),
            ):
                with refused(code), connection.transaction():
                    conclude(connection, n, result, given)
            conclude(connection, n, "list", rows)
        query = "select count(*), min(visible_from) <= links.moment() from links.delivered"
        assert desk.rows(query) == [(2, True)]
        for visibility, expected in (("deferred", MOMENT + timedelta(days=60)), ("exempt", None)):
            desk.admin.execute("delete from links.delivered")
            desk.admin.execute(
                "update links.deliberation set citizen_visibility = %s, defer_days = 60",
                [visibility],
            )
            ask(connection, **listing)
            ((visible,),) = desk.rows("select distinct visible_from from links.delivered")
            if expected is None:
                assert visible is None
            else:
                assert abs(visible - expected) < timedelta(minutes=5)


def test_the_same_address_of_many_organisations_is_looked_at(desk: Desk) -> None:
    askers = (CPAS, TAX, CITY, INSURER)
    desk.admin.execute("update links.organisation set category = 'public_authority'")
    with desk.api() as connection:
        for number, organisation in enumerate(askers):
            if organisation != CPAS:
                desk.grant(f"M/{number}", organisation=organisation)
            wishes = {"deliberation": f"M/{number}"} if number else {}
            assert len(ask(connection, organisation=organisation, **wishes)) == 1
            assert desk.alarms() == (["review"] if number == 3 else [])


def test_no_error_repeats_what_was_asked(desk: Desk) -> None:
    ssin = "80930500199"
    with desk.api() as connection:
        for number, value in (
            (1, ssin), (1, f'{{"a": {ssin}x}}'), (2, Jsonb({"addrRefs": [ssin]})),
            (2, Jsonb(ssin)), (1, json.dumps([ssin])),
        ):  # fmt: skip
            intent = make_intent()
            intent[number] = value
            try:
                assert declare(connection, intent)[1:] == ("refused", "body_mismatch")
            except psycopg.Error as error:
                assert error.diag.message_primary == "body_malformed"  # noqa: PT017
                assert ssin not in str(error)  # noqa: PT017
        n, _, _ = declare(connection, make_intent())
        query = "select links.conclude(%s, %s, %s, %s)"
        for delivered in ([ssin], [{"auditRef": ssin, "kind": "residence"}], ssin):
            with connection.transaction(force_rollback=True):
                answer(connection, n)
                with pytest.raises(psycopg.Error) as failure:
                    connection.execute(query, [CPAS, n, Jsonb("true"), Jsonb(delivered)])
            assert ssin not in str(failure.value)
            assert failure.value.diag.message_primary == "delivered_malformed"


def as_intent(arguments: list[Any]) -> asking.Intent:
    client, body, question, address, sealed, month, proof, expires = arguments
    return asking.Intent(
        client=client, body=body, question=question.obj, address=address, sealed=sealed,
        month=month, proof=proof, proof_expires=expires,
    )  # fmt: skip


async def make_true(found: asking.Found) -> asking.Outcome[str]:
    delivered = [(ref("audit", row.subj_ref), row.kind) for row in found.rows]
    return asking.Outcome(
        result="true" if delivered else "false", delivered=delivered, payload="yes"
    )


def without_fields(intent: list[Any]) -> list[Any]:
    return [*intent[:2], Jsonb(intent[2].obj | {"fields": []}), *intent[3:]]


def wait_until_alone(desk: Desk) -> None:
    """Until the server has noticed that a killed client is gone."""
    wait_for(desk, "select count(*) from pg_stat_activity where usename = 'links_api'", 0)


def wait_for(desk: Desk, query: LiteralString, expected: int) -> None:
    deadline = time.monotonic() + 10
    while desk.rows(query) != [(expected,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
