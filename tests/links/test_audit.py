"""The log against those who may write to it: 17, 18, 19 and 82."""

from __future__ import annotations

import base64
import contextlib
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from links.audit.findings import Rule
from links.audit.log import Log, LogForked, list_checkpoints, list_leaves
from links.audit.tree import Frontier, is_included, make_inclusion, make_leaf
from links.audit.witness import WitnessRefused
from links.clerk import retain
from links.clock import utc_now
from links.keys.client import BatchKeys
from links.keys.derivation import KeysRefused
from links.store.connections import LOGIN_ROLES, connect
from tests.links.chains import (
    CPAS,
    START,
    TAX,
    Record,
    count_microseconds,
    find_month,
    insert_records,
    make_intent,
    make_looks,
    make_partition,
    make_records,
    set_clock,
)
from tests.links.logged import LATER, list_broken

if TYPE_CHECKING:
    from pathlib import Path

    from tests.links.logged import Logged


def edit(logged: Logged, number: int, /, **columns: Any) -> None:
    """Write over columns of a record of the CPAS."""
    for column, value in columns.items():
        logged.owner.execute(
            SQL("update links.record set {} = %s where organisation = %s and n = %s").format(
                Identifier(column)
            ),
            (value, CPAS, number),
        )


def delete(logged: Logged, first: int, last: int) -> None:
    logged.owner.execute(
        "delete from links.record where organisation = %s and n between %s and %s",
        (CPAS, first, last),
    )


def rewrite(logged: Logged, first: int, bodies: list[dict[str, Any]]) -> list[Record]:
    """Write the chain of the CPAS anew from record `first` on, every hash right, and the head."""
    before = logged.chains[CPAS][first - 2]
    delete(logged, first, 1 << 40)
    records = make_records(
        CPAS, bodies, after=(before.n, before.hash), start=before.at + timedelta(seconds=1)
    )
    insert_records(logged.owner, records)
    return records


def swap(logged: Logged, one: int, two: int) -> None:
    for old, new in ((one, -1), (two, one), (-1, two)):
        edit(logged, old, n=new)


def edit_with_its_hash(logged: Logged) -> None:
    record = logged.chains[CPAS][4]
    body = record.body.replace("case 1", "case 9")
    digest = sha256(
        b"\x00"
        + record.prev
        + record.n.to_bytes(8)
        + count_microseconds(record.at).to_bytes(8)
        + body.encode()
    ).digest()
    edit(logged, 5, body=body, hash=digest)


def insert_twin(logged: Logged) -> None:
    record = logged.chains[CPAS][4]
    logged.owner.execute(
        "insert into links.record (organisation, n, at, xid, body, prev, hash)"
        " values (%s, 5, %s, 0, %s, %s, %s)",
        (CPAS, record.at + timedelta(seconds=0.5), record.body, record.prev, record.hash),
    )


def insert_delivered(logged: Logged, n: int) -> None:
    logged.owner.execute(
        "insert into links.delivered (organisation, n, audit_ref, at, kind, deliberation, version)"
        " values (%s, %s, %s, %s, 'residence', 'D', 1)",
        (CPAS, n, bytes(16), START),
    )


DAMAGES: tuple[tuple[str, Any, Rule, int], ...] = (
    ("body", lambda it: edit(it, 4, body='{"type":"act"}'), Rule.EDITED, 4),
    ("moment", lambda it: edit(it, 5, at=LATER), Rule.EDITED, 5),
    ("body of one that no checkpoint has", lambda it: edit(it, 19, body="{}"), Rule.EDITED, 19),
    ("body and its hash", edit_with_its_hash, Rule.FORKED, 5),
    (
        "all of the chain",
        lambda it: rewrite(it, 5, make_looks(CPAS, 5, first=4)[1:]),
        Rule.FORKED,
        5,
    ),
    ("hash before", lambda it: edit(it, 7, prev=bytes(32)), Rule.EDITED, 7),
    ("one gone", lambda it: delete(it, 4, 4), Rule.DELETED, 4),
    ("some gone", lambda it: delete(it, 8, 12), Rule.DELETED, 8),
    ("the first gone", lambda it: delete(it, 1, 1), Rule.DELETED, 1),
    ("the last gone", lambda it: delete(it, 21, 21), Rule.DELETED, 21),
    ("all gone", lambda it: delete(it, 1, 21), Rule.DELETED, 18),
    ("two swapped", lambda it: swap(it, 4, 7), Rule.REORDERED, 4),
    ("twice", insert_twin, Rule.FORKED, 5),
    (
        "the signed request gone",
        lambda it: it.owner.execute(
            "delete from links.sealed_request where organisation = %s and n = 5", (CPAS,)
        ),
        Rule.REQUEST,
        5,
    ),
    (
        "another request in its place",
        lambda it: it.owner.execute(
            "update links.sealed_request set sealed = 'case 9' where organisation = %s and n = 8",
            (CPAS,),
        ),
        Rule.REQUEST,
        8,
    ),
    ("delivered though refused", lambda it: insert_delivered(it, 1), Rule.DELIVERED, 1),
    ("delivered though not named", lambda it: insert_delivered(it, 6), Rule.DELIVERED, 6),
    ("delivered by nothing", lambda it: insert_delivered(it, 400), Rule.DELIVERED, 400),
)


def test_17_a_changed_record_is_denied_to_every_role_and_named(logged: Logged) -> None:
    for role in LOGIN_ROLES:
        for statement in (
            "update links.record set body = body",
            "delete from links.record",
            "insert into links.record (organisation) values ('x')",
            "truncate links.record",
            "update links.tree_leaf set hash = hash",
            "delete from links.checkpoint",
            "update links.chain set n = 0",
        ):
            with (
                connect(logged.settings, role, autocommit=True) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(statement)

    assert list_broken(logged.verify()) == []
    for name, damage, rule, n in DAMAGES:
        with logged.damaged():
            damage(logged)
            broken = list_broken(logged.verify())
            assert (rule, CPAS, n) in broken, name
            # One thing was done: one thing is found, in the chain it was done to.
            chained = {found[0] for found in broken if found[1] is not None}
            assert len(chained) == 1, (name, broken)
            assert all(found[1] in {CPAS, None} for found in broken), (name, broken)
    assert list_broken(logged.verify()) == []


def test_18_records_deleted_with_the_head_rewritten_are_missed(logged: Logged) -> None:
    cut = logged.chains[CPAS][14]

    def cut_chain() -> None:
        delete(logged, 16, 21)
        logged.owner.execute(
            "update links.chain set n = 15, hash = %s where organisation = %s", (cut.hash, CPAS)
        )

    with logged.damaged():
        cut_chain()
        assert list_broken(logged.verify()) == [(Rule.DELETED, CPAS, 16)]
        # Leaves that are called padding instead still have to be what padding is.
        logged.owner.execute(
            "update links.tree_leaf set organisation = '', n = index"
            " where organisation = %s and n > 15",
            (CPAS,),
        )
        assert list_broken(logged.verify())
    with logged.damaged():
        cut_chain()
        logged.owner.execute(
            "delete from links.tree_leaf where organisation = %s and n > 15", (CPAS,)
        )
        assert list_broken(logged.verify(published=False, witnessed=False))
    with logged.damaged():
        # As if there had never been a third checkpoint: only what left the house tells.
        logged.owner.execute(
            "delete from links.record where n > 12 and organisation = any(%s)",
            (list(logged.chains),),
        )
        for organisation, records in logged.chains.items():
            logged.owner.execute(
                "update links.chain set n = 12, hash = %s where organisation = %s",
                (records[11].hash, organisation),
            )
        second = list_checkpoints(logged.clerk, 0)[1][0]
        logged.owner.execute("delete from links.tree_leaf where index >= %s", (second,))
        logged.owner.execute("delete from links.checkpoint where size > %s", (second,))
        assert list_broken(logged.verify(published=False, witnessed=False)) == []
        assert list_broken(logged.verify(witnessed=False)) == [(Rule.DELETED, None, None)]
        assert list_broken(logged.verify(published=False)) == [(Rule.DELETED, None, None)]
        # And the log itself goes no further.
        restarted = Log(key=logged.key, witness=logged.witness, published=logged.published)
        with pytest.raises(LogForked):
            restarted.load(logged.clerk)
    assert list_broken(logged.verify()) == []


def test_19_a_second_history_is_not_that_of_the_witness(logged: Logged, tmp_path: Path) -> None:
    """The operator, with the key of the log, writes history anew from record 8 of the CPAS on."""
    other = tmp_path / "other"
    alone = Log(key=logged.key, witness=None, published=other)
    with logged.damaged():
        first = list_checkpoints(logged.clerk, 0)[0][0]
        logged.owner.execute("delete from links.tree_leaf where index >= %s", (first,))
        logged.owner.execute("delete from links.checkpoint where size > %s", (first,))
        rewrite(logged, 8, make_looks(CPAS, 5, first=7)[1:])
        alone.load(logged.clerk)
        for least in (1, 4):
            alone.sign(logged.clerk, least=least, moment=START)

        # It holds together in itself: nothing in the house can tell.
        assert list_broken(logged.verify(published=False, witnessed=False)) == []
        # The witness can, and what it saw names the record. (The one of before the fork is 7.)
        fork = (Rule.FORKED, CPAS, 7)
        assert list_broken(logged.verify(published=False)) == [fork]
        assert fork in list_broken(logged.verify(witnessed=False))

        # Nor does it sign the other history, and it keeps what it was shown.
        forked = Log(key=logged.key, witness=logged.witness, published=other)
        with pytest.raises(LogForked):
            forked.load(logged.clerk)
        forked.tree, forked.seen = alone.tree, logged.log.seen
        forked.later = [
            make_leaf(row[3]) for row in list_leaves(logged.clerk, forked.seen.size - 1)
        ]
        logged.add(TAX, [make_intent(TAX)])
        with pytest.raises(WitnessRefused):
            forked.sign(logged.clerk, least=9, moment=START)
    assert len(list(logged.witness.directory.glob("refused-*"))) == 1
    # Put back, the house is in order but for the evidence: the log signed two histories.
    assert {found[0] for found in list_broken(logged.verify())} <= {Rule.FORKED, Rule.DELETED}
    assert list_broken(logged.verify())
    for evidence in logged.witness.directory.glob("refused-*"):
        evidence.unlink()
    logged.chains[TAX].pop()
    logged.sign()
    assert list_broken(logged.verify()) == []


def test_82_exactly_what_is_due_goes_and_the_rest_still_proves_itself(
    empty_log: Logged, key_service: object
) -> None:
    log, sealed = empty_log, {}
    months = {ago: find_month(ago) for ago in (122, 121, 120, 119, 0)}
    with BatchKeys(log.settings.batch_socket) as keys:
        for ago, moment in months.items():
            month = f"{moment:%Y-%m}"
            set_clock(log.owner, moment)
            if ago != 121:  # for that one nobody had made room: record_default has its records
                with contextlib.suppress(psycopg.errors.DuplicateTable):
                    make_partition(log.owner, month)
            after = len(log.chains.get(CPAS, ()))
            log.add(CPAS, make_looks(CPAS, 2, first=after + 1), start=moment)
            data = base64.b64encode(month.encode()).decode()
            sealed[month] = keys.ask("seal", month=month, data=data, bound="x")["sealed"]
            log.owner.execute(
                "insert into links.sealed_request values (%s, %s, %s, %s)",
                (CPAS, after + 2, month, base64.b64decode(sealed[month])),
            )
            log.log.sign(log.clerk, least=1, moment=moment + timedelta(minutes=1))
    now = utc_now()
    set_clock(log.owner, now)
    due = [f"{months[ago]:%Y-%m}" for ago in (122, 121)]
    leaves = list(list_leaves(log.clerk))
    assert list_broken(log.verify(now=now)) == []

    assert retain(log.clerk, log.settings)[0] == due
    assert retain(log.clerk, log.settings)[0] == []
    for table in ("record", "sealed_request"):
        left = log.owner.execute(
            f"select min(n), count(*) from links.{table} where organisation = %s", (CPAS,)
        ).fetchone()
        assert left == {"record": (13, 18), "sealed_request": (14, 3)}[table]
    # What is left, and what is not: the tree is the same, and still proves a record that is gone.
    assert list_broken(log.verify(now=now)) == []
    assert list(list_leaves(log.clerk)) == leaves
    size, root, _, _ = list_checkpoints(log.clerk, 0)[0]
    subtree = Frontier().make_subtree([make_leaf(leaf[3]) for leaf in leaves])
    gone = make_leaf(log.chains[CPAS][2].hash)
    assert is_included(gone, 2, size, make_inclusion(2, size, subtree), root=root)
    # A copy of what was sealed is of no use any more; that of a younger month is.
    with BatchKeys(log.settings.batch_socket) as keys:
        for month, text in sealed.items():
            if month in due:
                with pytest.raises(KeysRefused, match="destroyed"):
                    keys.ask("unseal", month=month, sealed=text, bound="x")
            else:
                assert keys.ask("unseal", month=month, sealed=text, bound="x")["data"]
    # Who lets go of more than is due is found out, whatever he calls it.
    with log.damaged():
        delete(log, 13, 24)
        log.owner.execute("update links.checkpoint set at = at - interval '11 years'")
        assert (Rule.DELETED, CPAS, 24) in list_broken(log.verify(now=now))
