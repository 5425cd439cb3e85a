"""Deliberations: four eyes, standstill, what is never altered, what one officer may do at once."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from links.audit.heads import Keys
from links.audit.note import KeyType, make_key
from links.audit.verify import verify_log
from links.domain.decision import decide
from links.domain.deliberation import (
    Content,
    Deliberation,
    State,
    find_hindrance,
    make_document,
    read_signed,
)
from links.domain.kinds import KINDS
from links.domain.reasons import Reason
from links.domain.signatures import make_approval, make_proposal, sign, signatures_ok
from links.domain.working_days import find_easter, find_standstill_end, is_working_day
from links.govern.acts import advise, approve, find_current, narrow, propose, stop
from links.govern.commands import client, deliberation, officer, organisation
from links.govern.officers import Officer, make_key_file, read_officer
from links.govern.proposals import make_proposal_content, read_proposal
from links.keys.client import KeysRefused
from links.store.connections import LinksRole, connect, connect_as_superuser
from links.synthetic.numbers import make_ssin
from registry.domain.errors import InputRefused
from tests.links.rights import (
    ADVICE,
    AUTHORITY,
    CONTENT,
    FACTS,
    NOON,
    OTHER_AUTHORITY,
    PARTNER,
    QUESTION,
    Office,
    make_columns,
    open_office,
    set_clock,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from links.settings import LinksSettings

OTHER = OTHER_AUTHORITY
AFTER = find_standstill_end(NOON) + timedelta(hours=9)


@pytest.fixture
def office(wall: LinksSettings) -> Office:
    set_clock(wall, NOON)
    return open_office(wall)


def read_reason(office: Office, moment: datetime) -> str | None:
    """What the database says of the standing of the deliberation at a moment."""
    set_clock(office.settings, moment)
    with connect_as_superuser(office.settings) as connection:
        row = connection.execute(
            "select reason from links.find_standing(%s, %s, %s, %s)",
            (QUESTION.client, AUTHORITY, CONTENT.id, moment),
        ).fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0])


def test_20_an_edited_deliberation_is_denied(office: Office) -> None:
    office.approve(replace(CONTENT, territory=None))
    for column, value in EDITS.items():
        with connect_as_superuser(office.settings) as connection, connection.transaction() as edit:
            connection.execute("alter table links.deliberation disable trigger guard")
            connection.execute(f"update links.deliberation set {column} = {value}")
            row = connection.execute(
                "select links.describe_deliberation(d) from links.deliberation d"
            ).fetchone()
            assert row is not None
            assert not signatures_ok(read_signed(row[0])), column
            raise psycopg.Rollback(edit)
    with connect(office.settings, LinksRole.GOVERN) as connection:
        current = find_current(connection, CONTENT.id)
        columns = connection.execute("select * from links.find_deliberation(%s)", (CONTENT.id,))
        row = columns.fetchone()
    assert current is not None
    assert signatures_ok(current)
    question = replace(QUESTION, date=AFTER.date())
    for valid, reason in ((True, None), (False, Reason.SIGNATURE_INVALID)):
        facts = replace(FACTS, moment=AFTER, signatures_ok=valid)
        assert decide(question, current.deliberation, facts) == reason
    assert row is not None
    assert {*row[0]} - NOT_SIGNED - {"valid_from", "valid_to"} == {*EDITS} - {"valid"}

    # What no signature covers, the acts in the chains contradict, and `verify` says so.
    assert list_wrong(office) == []
    for forge, words in FORGERIES.items():
        with kept_tables(office) as owner:
            forge(office, owner)
            assert words in " ".join(list_wrong(office)), forge.__name__
    # The last two put acts on record, which stay.
    assert [text.rpartition(" ")[2] for text in list_wrong(office)] == ["gone", "gone"]


def list_wrong(office: Office) -> list[str]:
    """What `./best links verify` says of an office, from the chains and tables alone."""
    keys = Keys(log=make_key("links.example", KeyType.LOG).verifier, witness=None)
    with connect(office.settings, LinksRole.AUDIT, autocommit=True) as auditor:
        found = verify_log(auditor, keys=keys, directories=(), now=AFTER)
    return [finding.text for finding in found.findings]


@contextmanager
def kept_tables(office: Office) -> Iterator[psycopg.Connection]:
    """The owner of the database, past every trigger; afterwards the tables are as they were."""
    tables = ("client", "officer", "deliberation", "organisation")
    with connect_as_superuser(office.settings) as owner:
        owner.execute("set session_replication_role = replica")
        for table in tables:
            owner.execute(f"create table public.kept_{table} as table links.{table}")
        yield owner
        for table in tables:
            owner.execute(f"delete from links.{table}")
            owner.execute(f"insert into links.{table} table public.kept_{table}")
            owner.execute(f"drop table public.kept_{table}")


def insert_signed(owner: psycopg.Connection, content: Content, by: tuple[Officer, Officer]) -> None:
    """Insert what is signed as it must be, by whoever it is."""
    proposer, approver = by
    one = Deliberation(
        **{name: getattr(content, name) for name in Content.__dataclass_fields__},
        proposed_by=proposer.id,
        signature_proposer=sign(make_proposal(content, proposer.id), proposer.key),
        approved_by=approver.id,
        signature_approver=sign(make_approval(content, approver.id, NOON, ADVICE), approver.key),
        dpo_advice_sha256=ADVICE,
        approved_at=NOON,
        active_from=find_standstill_end(NOON),
        state=State.APPROVED,
    )
    owner.execute(
        "insert into links.deliberation"
        " select (jsonb_populate_record(null::links.deliberation, %s)).*",
        (json.dumps(make_columns(one)),),
    )


def make_forger(account: str) -> Officer:
    return Officer(id=account, key=Ed25519PrivateKey.generate())


def swap_keys(_: Office, owner: psycopg.Connection) -> None:
    """The owner's keys in the place of those of ann and bob, and a wider right signed with them."""
    forgers = make_forger("ann"), make_forger("bob")
    for forger in forgers:
        owner.execute(
            "update links.officer set public_key = %s where id = %s",
            (forger.public_key, forger.id),
        )
    owner.execute("delete from links.deliberation")
    insert_signed(owner, replace(CONTENT, territory=None, quota_day=100_000), forgers)


def invent_officers(_: Office, owner: psycopg.Connection) -> None:
    forgers = make_forger("eve"), make_forger("mal")
    for forger, number in zip(forgers, (AUTHORITY, OTHER), strict=True):
        owner.execute(
            "insert into links.officer values (%s, %s, %s, %s, 'active')",
            (forger.id, number, forger.id.encode().ljust(16), forger.public_key),
        )
    insert_signed(owner, replace(CONTENT, id="CSI/2026/666"), forgers)


def collude(office: Office, owner: psycopg.Connection) -> None:
    """True officers sign what never went through the office."""
    by = office.officers["ann"], office.officers["bob"]
    insert_signed(owner, replace(CONTENT, id="CSI/2026/667"), by)


def make_partner_an_authority(_: Office, owner: psycopg.Connection) -> None:
    owner.execute(
        "update links.organisation set category = 'public_authority' where number = %s", (PARTNER,)
    )


def swap_client_keys(_: Office, owner: psycopg.Connection) -> None:
    owner.execute("update links.client set keys = %s", (json.dumps([{"kid": "k1", "x": "mine"}]),))


def take_back_a_revocation(office: Office, owner: psycopg.Connection) -> None:
    with connect(office.settings, LinksRole.GOVERN) as connection:
        connection.execute("select links.register_client('other', %s, '[]')", (AUTHORITY,))
        connection.execute("select links.set_status('client', 'other', 'revoked')")
    owner.execute("update links.client set status = 'active'")


def take_back_a_suspension(office: Office, owner: psycopg.Connection) -> None:
    with connect(office.settings, LinksRole.GOVERN) as connection:
        connection.execute("select links.set_status('officer', 'bob', 'suspended')")
    owner.execute("update links.officer set status = 'active'")


def move_an_officer(office: Office, owner: psycopg.Connection) -> None:
    with connect(office.settings, LinksRole.GOVERN) as connection:
        connection.execute("select links.set_status('officer', 'bob', 'active')")
    owner.execute("update links.officer set organisation = %s where id = 'carl'", (OTHER,))
    office.approve(replace(CONTENT, id="CSI/2026/668"), by="carl")
    owner.execute("update links.officer set organisation = %s where id = 'carl'", (AUTHORITY,))


def take_back_a_withdrawal(office: Office, owner: psycopg.Connection) -> None:
    office.approve(replace(CONTENT, id="CSI/2026/669"))
    set_clock(office.settings, NOON + timedelta(hours=1))
    with connect(office.settings, LinksRole.GOVERN) as connection:
        stop(connection, "CSI/2026/669", State.WITHDRAWN, office.officers["carl"])
    owner.execute("update links.deliberation set state = 'approved'")


FORGERIES = {
    swap_keys: "with a key that no act registered for ann",
    invent_officers: "CSI/2026/666 version 1 has no act of eve to propose it",
    collude: "CSI/2026/667 version 1 has no act of ann to propose it",
    make_partner_an_authority: "is public_authority, and was registered as private_partner",
    swap_client_keys: "client social-program has keys that no act registered",
    take_back_a_revocation: "client other is active, and an act stopped it",
    take_back_a_suspension: "was signed by bob, whom an act suspended",
    move_an_officer: "CSI/2026/668 version 1 was granted by officers of one organisation",
    take_back_a_withdrawal: "CSI/2026/669 version 1 was withdrawn by an act, and is approved",
}

NOT_SIGNED = {
    # Of the world outside the decision: an edit of these contradicts the records (FORGERIES).
    *("proposed_at", "state", "proposer_status", "approver_status", "granted"),
    *("proposer_key", "approver_key"),
}
EDITS = {
    "id": "'CSI/2026/015'",
    "version": "2",
    "organisation": f"'{PARTNER}'",
    "basis_kind": "'law'",
    "basis_reference": "'another'",
    "document_sha256": f"'{'0' * 64}'",
    "domain": "'tax'",
    "purpose": "'curiosity'",
    "purpose_text": """'{"nl": "x", "fr": "x", "de": "x"}'""",
    "direction": "'subject_to_address'",
    "disclosure": "'pairwise'",
    "sector": "'PAT'",
    "kinds": "'{residence,household}'",
    "fields": "'{capacity,valid}'",
    "territory": "'{21004}'",
    "history_days": "history_days + 1",
    "valid": "daterange(lower(valid), null)",
    "requires_dossier": "not requires_dossier",
    "max_per_answer": "max_per_answer + 1",
    "quota_hour": "quota_hour + 1",
    "quota_day": "quota_day + 1",
    "quota_addresses_day": "quota_addresses_day + 1",
    "protected_ok": "not protected_ok",
    "citizen_visibility": "'exempt'",
    "defer_days": "1",
    "combines": "'{CSI/2026/001}'",
    "proposed_by": "'carl'",
    "approved_by": "null",
    "signature_proposer": "signature_approver",
    "signature_approver": "null",
    "dpo_advice_sha256": "null",
    "approved_at": "approved_at - interval '1 month'",
    "active_from": "active_from - interval '1 microsecond'",
}
"""Every column that a signature covers, or that is recomputed from one."""


def test_38_nobody_approves_his_own_proposal(office: Office) -> None:
    officers = office.officers
    refusals = {
        "ann": "cannot approve",
        "ann-too": "from whatever account",
        "carl": "of another organisation",
    }
    for by, words in refusals.items():
        with pytest.raises(InputRefused, match=words):
            office.approve(by=by)
    # The database itself, past our own code: the account alone is not what it looks at.
    for by, code in {
        "ann": "four_eyes",
        "ann-too": "four_eyes",
        "carl": "approver_of_same",
    }.items():
        with connect(office.settings, LinksRole.GOVERN) as connection:
            version = propose(connection, CONTENT, officers["ann"])
            advise(connection, CONTENT.id, version, officers["ann"], ADVICE)
            with pytest.raises(psycopg.Error, match=code):
                connection.execute(
                    "select links.approve_deliberation(%s, %s, %s, %s, %s)",
                    (CONTENT.id, version, by, NOON, bytes(64)),
                )
            connection.rollback()
    with pytest.raises(InputRefused, match="not the key of"):
        approve_with_the_key_of_another(office)
    assert office.approve(by="bob") == 1


def approve_with_the_key_of_another(office: Office) -> None:
    forged = replace(office.officers["ann"], id="bob")
    with connect(office.settings, LinksRole.GOVERN) as connection:
        version = propose(connection, CONTENT, office.officers["ann"])
        approve(connection, CONTENT.id, version, forged)


def test_39_standstill_first_and_last_day_in_brussels(office: Office) -> None:
    """Ten working days; then from midnight to midnight in Brussels, in winter and summer time."""
    # The standstill of Monday 23 November ends with Monday 7 December. Valid from 29 March 2027,
    # the day on which Brussels has no hour from two to three, until after 31 October, of 25 hours.
    first, after_last = date(2027, 3, 28), date(2027, 11, 1)
    office.approve(replace(CONTENT, valid_from=first, valid_to=after_last))
    instants = {
        datetime(2026, 12, 7, 22, 59, 59, 999999, tzinfo=UTC): Reason.STANDSTILL,
        datetime(2026, 12, 7, 23, 0, tzinfo=UTC): Reason.NOT_YET_VALID,
        datetime(2027, 3, 27, 22, 59, 59, 999999, tzinfo=UTC): Reason.NOT_YET_VALID,
        datetime(2027, 3, 27, 23, 0, tzinfo=UTC): None,
        datetime(2027, 3, 28, 1, 0, tzinfo=UTC): None,
        datetime(2027, 3, 28, 21, 59, tzinfo=UTC): None,
        datetime(2027, 10, 31, 22, 59, 59, 999999, tzinfo=UTC): None,
        datetime(2027, 10, 31, 23, 0, tzinfo=UTC): Reason.EXPIRED,
        datetime(2027, 11, 2, 12, 0, tzinfo=UTC): Reason.EXPIRED,
    }
    for moment, reason in instants.items():
        assert read_reason(office, moment) == reason, moment
        with connect(office.settings, LinksRole.GOVERN) as connection:
            current = find_current(connection, CONTENT.id)
        assert current is not None
        assert find_hindrance(current.deliberation, moment) == reason, moment


def test_days_in_summer_begin_two_hours_before_utc(office: Office) -> None:
    """Expired yesterday and starting tomorrow, when UTC and Brussels disagree about the day."""
    office.approve(replace(CONTENT, valid_from=date(2027, 7, 2), valid_to=date(2027, 7, 3)))
    for moment, reason in {
        datetime(2027, 7, 1, 21, 59, 59, tzinfo=UTC): Reason.NOT_YET_VALID,
        datetime(2027, 7, 1, 22, 0, tzinfo=UTC): None,
        datetime(2027, 7, 2, 21, 59, 59, tzinfo=UTC): None,
        datetime(2027, 7, 2, 22, 0, tzinfo=UTC): Reason.EXPIRED,
    }.items():
        assert read_reason(office, moment) == reason, moment


def test_40_the_database_grants_nothing_to_a_private_partner(office: Office) -> None:
    for number in (PARTNER, "0000000592", "0000000691"):
        words = "never receives" if number == PARTNER else "is neither"
        for disclosure in ("verify", "reference", "pairwise"):
            content = replace(CONTENT, organisation=number, disclosure=disclosure)
            with (
                connect(office.settings, LinksRole.GOVERN) as connection,
                pytest.raises(InputRefused, match=words),
            ):
                propose(connection, content, office.officers["ann"])
    # Not even the owner, by hand; nor by making a partner of who has been granted something.
    office.approve()
    with (
        connect_as_superuser(office.settings) as connection,
        pytest.raises(psycopg.Error, match="private_partner"),
    ):
        connection.execute(
            "insert into links.deliberation select (jsonb_populate_record(d, %s)).*"
            " from links.deliberation d",
            (json.dumps({"id": "X", "organisation": PARTNER}),),
        )
    with connect_as_superuser(office.settings) as connection:
        connection.execute(
            "update links.organisation set category = 'private_partner' where number = %s",
            (AUTHORITY,),
        )
        set_clock(office.settings, AFTER)
        body = {
            "organisation": AUTHORITY,
            "deliberation": CONTENT.id,
            "purpose": CONTENT.purpose,
            **dict.fromkeys(("case", "endUser", "correlation"), "c-1"),
        }
        asked = {"operation": "references", "sector": "RN", "kinds": ["residence"]}
        asked |= {"addrRefs": ["00"], "subjRefs": [], "date": "2026-12-08", "fields": []}
        row = connection.execute(
            "select links.check_question(%s, %s, %s, '21004', %s)",
            (QUESTION.client, json.dumps(body), json.dumps(asked), AFTER),
        ).fetchone()
    assert row == ("category",)


def test_a_kind_is_granted_for_its_purposes_alone(office: Office) -> None:
    """Our own reader of proposals says so earlier; the database does not need it."""
    with connect_as_superuser(office.settings) as connection:
        rows = connection.execute("select code, purposes from links.kind").fetchall()
    assert {code: set(purposes) for code, purposes in rows} == {
        kind.code: kind.purposes for kind in KINDS.values()
    }
    for kinds in (("household",), ("household", "residence")):
        health = replace(CONTENT, kinds=kinds, domain="health")
        with (
            connect(office.settings, LinksRole.GOVERN) as connection,
            pytest.raises(InputRefused, match="in that domain"),
        ):
            propose(connection, health, office.officers["ann"])
    assert office.approve(replace(CONTENT, domain="health")) == 1


def test_what_was_approved_is_never_altered(office: Office) -> None:
    office.approve()
    attempts = (
        *(f"update links.deliberation set {c} = {v}" for c, v in EDITS.items()),
        "delete from links.deliberation",
        "update links.deliberation set state = 'proposed'",
        "update links.deliberation set state = 'approved'",
    )
    with connect_as_superuser(office.settings) as connection:
        for attempt in attempts:
            with pytest.raises(psycopg.Error, match=r"never_altered|four_eyes"):
                connection.execute(attempt)
    with connect(office.settings, LinksRole.GOVERN) as connection:
        assert stop(connection, CONTENT.id, State.SUSPENDED, office.officers["carl"]) == 1
    with connect_as_superuser(office.settings) as connection, pytest.raises(psycopg.Error):
        connection.execute("update links.deliberation set state = 'approved'")


def test_the_database_counts_the_standstill(office: Office) -> None:
    """An approval dated back, or with less than ten working days, is refused."""
    with connect(office.settings, LinksRole.GOVERN) as connection:
        propose(connection, CONTENT, office.officers["ann"])
        with pytest.raises(InputRefused, match="advice"):
            approve(connection, CONTENT.id, 1, office.officers["bob"])
        connection.rollback()
        propose(connection, CONTENT, office.officers["ann"])
        advise(connection, CONTENT.id, 1, office.officers["ann"], ADVICE)
        connection.commit()
        for dated in (NOON - timedelta(days=30), NOON + timedelta(seconds=1)):
            with pytest.raises(psycopg.Error, match="approval_not_now"):
                connection.execute(
                    "select links.approve_deliberation(%s, 1, 'bob', %s, '')", (CONTENT.id, dated)
                )
            connection.rollback()
    early = find_standstill_end(NOON) - timedelta(microseconds=1)
    with (
        connect_as_superuser(office.settings) as connection,
        pytest.raises(psycopg.Error, match="standstill_too_short"),
    ):
        connection.execute(
            "update links.deliberation set state = 'approved', approved_by = 'bob',"
            " approved_at = %s, active_from = %s, signature_approver = ''",
            (NOON, early),
        )


def test_working_days_are_the_same_in_the_database(wall: LinksSettings) -> None:
    with connect_as_superuser(wall) as connection:
        easters = connection.execute(
            "select y, links.find_easter(y) from generate_series(1990, 2199) y"
        ).fetchall()
        days = connection.execute(
            "select d::date, links.is_working_day(d::date), links.find_standstill_end(d)"
            " from generate_series(timestamptz '2025-12-01 23:30Z', '2028-01-10', '1 day') d"
        ).fetchall()
    assert all(find_easter(year) == easter for year, easter in easters)
    assert find_easter(2026) == date(2026, 4, 5)
    assert find_easter(2038) == date(2038, 4, 25)  # the latest possible
    for day, working, ends in days:
        assert is_working_day(day) == working, day
        # generate_series gave 23:30 in UTC, which is the next day in Brussels.
        assert find_standstill_end(datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC)) == (
            ends
        ), day
    # Friday 18 December 2026: Christmas and New Year are no working days, so it is 5 January.
    assert find_standstill_end(datetime(2026, 12, 18, 12, tzinfo=UTC)) == datetime(
        2027, 1, 5, 23, tzinfo=UTC
    )


def test_a_widening_leaves_no_gap_and_a_narrowing_waits_for_nobody(office: Office) -> None:
    officers, settings = office.officers, office.settings
    office.approve()
    assert read_reason(office, AFTER) is None
    wide = replace(CONTENT, kinds=("household", "residence"))
    with connect(settings, LinksRole.GOVERN) as connection:
        with pytest.raises(InputRefused, match="new version"):
            narrow(connection, wide, officers["carl"])
        connection.rollback()
    assert office.approve(wide) == 2
    assert read_version(office) == (1, State.APPROVED)  # while the second stands still
    with connect(settings, LinksRole.GOVERN) as connection:
        narrower = replace(CONTENT, max_per_answer=4, territory=("21004",))
        assert narrow(connection, narrower, officers["carl"]) == 3
        with pytest.raises(InputRefused, match="new version"):
            narrow(connection, CONTENT, officers["carl"])  # back again is a widening
    assert read_version(office) == (3, State.APPROVED)
    set_clock(settings, find_standstill_end(AFTER) + timedelta(hours=1))
    assert read_version(office) == (3, State.APPROVED)  # the widening was decided before it
    with connect(settings, LinksRole.GOVERN) as connection:
        current = find_current(connection, CONTENT.id)
        assert current is not None
        assert signatures_ok(current)
        # One officer's signature is worth nothing beyond what two had granted.
        assert current.granted is not None
        assert current.granted.deliberation.version == 1  # the second never came into force
        beyond = replace(current.deliberation, quota_day=CONTENT.quota_day + 1)
        signature = sign(make_proposal(beyond, "carl"), officers["carl"].key)
        beyond = replace(beyond, signature_proposer=signature)
        assert not signatures_ok(replace(current, deliberation=beyond))
        assert not signatures_ok(replace(current, granted=None))


def read_version(office: Office) -> tuple[int, State]:
    with connect(office.settings, LinksRole.GOVERN) as connection:
        current = find_current(connection, CONTENT.id)
    assert current is not None
    return current.deliberation.version, current.deliberation.state


def test_the_database_refuses_to_narrow_into_something_wider(office: Office) -> None:
    office.approve()
    # Nor what stands still: one officer alone would end its standstill.
    for moment, more, words in ((AFTER, 1, "not_narrower"), (NOON, 0, "nothing_to_narrow")):
        set_clock(office.settings, moment)
        row = make_document(replace(CONTENT, version=2, quota_hour=CONTENT.quota_hour + more))
        columns = {"valid": "[2026-01-01,2027-01-01)"} | {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in member): value
            for member, value in row.items()
        }
        with (
            connect(office.settings, LinksRole.GOVERN) as connection,
            pytest.raises(psycopg.Error, match=words),
        ):
            connection.execute(
                "select links.narrow_deliberation(%s, 'carl', '')", (json.dumps(columns),)
            )


def test_stopping_opens_no_older_version(office: Office) -> None:
    lasting = replace(CONTENT, valid_to=None)
    office.approve(lasting)
    set_clock(office.settings, AFTER)
    office.approve(replace(lasting, history_days=60))
    with connect(office.settings, LinksRole.GOVERN) as connection:
        assert stop(connection, CONTENT.id, State.SUSPENDED, office.officers["ann"]) == 2
    later = find_standstill_end(AFTER) + timedelta(days=1)
    assert read_reason(office, AFTER) == Reason.DELIBERATION_SUSPENDED
    assert read_reason(office, later) == Reason.DELIBERATION_SUSPENDED
    office.approve(lasting)
    assert read_reason(office, later) == Reason.DELIBERATION_SUSPENDED
    assert read_reason(office, find_standstill_end(later)) is None


def test_every_act_is_on_record(office: Office) -> None:
    office.approve()
    with connect(office.settings, LinksRole.GOVERN) as connection:
        stop(connection, CONTENT.id, State.WITHDRAWN, office.officers["ann"])
    with connect_as_superuser(office.settings) as connection:
        rows = connection.execute(
            "select body::jsonb ->> 'act', body::jsonb ->> 'officer' from links.record"
            " where body::jsonb ? 'deliberation' order by at, organisation, n"
        ).fetchall()
    assert sorted(rows) == sorted(
        [("propose", "ann"), ("advise", "ann"), ("approve", "bob"), ("withdrawn", "ann")]
    )


def test_a_suspended_officer_signs_nothing_and_has_signed_nothing(office: Office) -> None:
    office.approve()
    with connect(office.settings, LinksRole.GOVERN) as connection:
        for status, counts in (("suspended", False), ("active", True), ("retired", True)):
            connection.execute("select links.set_status('officer', 'bob', %s)", (status,))
            current = find_current(connection, CONTENT.id)
            assert current is not None
            assert signatures_ok(current) is counts, status
        connection.commit()
    with pytest.raises(InputRefused, match="not the key of an active officer"):
        office.approve()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"protectedOK": True}, "unknown: protectedOK"),
        ({"version": 7}, "unknown: version"),
        ({"quotaDay": 0}, "quotaDay: must be a whole number"),
        ({"quotaDay": True}, "quotaDay: must be a whole number"),
        ({"protectedOk": "false"}, "protectedOk: must be true or false"),
        ({"kinds": ["residence", "cadastral_right"]}, "not a kind of sector RN"),
        ({"kinds": ["residence", "residence"]}, "kinds: must be a list of different"),
        ({"domain": "advertising"}, "may be asked for"),
        ({"disclosure": "everything"}, "disclosure: must be one of"),
        ({"validFrom": "tomorrow"}, "validFrom: "),
        ({"purposeText": {"nl": "x"}}, "must hold nl, fr and de"),
        ({"purpose": "a\nb"}, "purpose: must be letters"),
        ({"basisReference": "a\nb"}, "basisReference: must be a text on one line"),
    ],
)
def test_a_proposal_is_read_strictly(changes: dict[str, Any], words: str) -> None:
    document = {name: value for name, value in make_document(CONTENT).items() if name != "version"}
    assert make_proposal_content(document, 1) == CONTENT
    with pytest.raises(InputRefused, match=words):
        make_proposal_content(document | changes, 1)


def call(office: Office, module: Any, *argv: str) -> int:
    parser = argparse.ArgumentParser()
    module.make_parser(parser)
    return int(module.run(parser.parse_args(argv), office.settings))


def test_two_accounts_of_one_human_are_one(
    office: Office, key_service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The national number is keyed on its way in; it is neither an argument nor stored."""
    for account, number, human in (("a", AUTHORITY, 7), ("b", OTHER, 7), ("c", OTHER, 8)):
        monkeypatch.setattr(sys, "stdin", StringIO(make_ssin(human) + "\n"))
        options = ("--organisation", number, "--key", str(tmp_path / account))
        assert call(office, officer, "register", account, *options) == 0
    with connect_as_superuser(office.settings) as connection:
        rows = connection.execute(
            "select person_ref from links.officer where id in ('a', 'b', 'c') order by id"
        ).fetchall()
    assert rows[0] == rows[1] != rows[2]
    monkeypatch.setattr(sys, "stdin", StringIO("80010100101\n"))
    with pytest.raises(InputRefused, match="is one mistyped"):
        call(office, officer, "register", "d", "--organisation", OTHER, "--key", "unused")
    monkeypatch.setattr(sys, "stdin", StringIO(make_ssin(9) + "\n"))
    again = ("--organisation", OTHER, "--key", str(tmp_path / "d"))
    with pytest.raises(InputRefused, match="is registered already"):
        call(office, officer, "register", "c", *again)
    monkeypatch.setattr(sys, "stdin", StringIO("85073003328\n"))  # these keys know invented people
    with pytest.raises(KeysRefused, match="subject_not_synthetic"):
        call(office, officer, "register", "d", *again)
    assert not (tmp_path / "d").exists()


def test_commands_govern_from_files(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public = make_key_file(tmp_path / "dirk.pem")
    assert read_officer("dirk", tmp_path / "dirk.pem").public_key == public
    assert (tmp_path / "dirk.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputRefused, match="cannot be written"):
        make_key_file(tmp_path / "dirk.pem")
    with connect(office.settings, LinksRole.GOVERN) as connection:
        for account, number in (("dirk", AUTHORITY), ("els", "0000000295")):
            key = public if account == "dirk" else make_key_file(tmp_path / "els.pem")
            connection.execute(
                "select links.register_officer(%s, %s, %s, %s)",
                (account, number, account.encode().ljust(16), key),
            )
    document = {k: v for k, v in make_document(CONTENT).items() if k != "version"}
    (tmp_path / "right.json").write_text(json.dumps(document))
    (tmp_path / "advice.pdf").write_bytes(b"advice")
    dirk = ("--officer", "dirk", "--key", str(tmp_path / "dirk.pem"))
    els = ("--officer", "els", "--key", str(tmp_path / "els.pem"))
    assert call(office, deliberation, "propose", str(tmp_path / "right.json"), *dirk) == 0
    advice = str(tmp_path / "advice.pdf")
    assert call(office, deliberation, "advise", CONTENT.id, "1", advice, *dirk) == 0
    assert call(office, deliberation, "show", CONTENT.id, "1") == 0
    assert call(office, deliberation, "list") == 0
    told = capsys.readouterr().out
    assert '"maxPerAnswer": 5' in told  # whoever approves sees what
    valid = "valid from 2026-01-01 and before 2027-01-01: signatures valid"
    assert told.count(f"proposed by dirk, advice attached; {valid}") == 2
    assert call(office, deliberation, "approve", CONTENT.id, "1", *els) == 0
    check_what_was_signed(office, capsys.readouterr().out)
    assert call(office, deliberation, "show", CONTENT.id) == 0
    assert call(office, deliberation, "list") == 0
    assert call(office, deliberation, "suspend", CONTENT.id, *dirk) == 0
    assert call(office, deliberation, "list") == 0
    told = capsys.readouterr().out
    assert f"{AUTHORITY} suspended; active from 2026-12-08 00:00 CET, {valid}" in told
    (tmp_path / "els.pem").chmod(0o644)
    with pytest.raises(InputRefused, match="Others may read"):
        read_officer("els", tmp_path / "els.pem")
    assert call(office, organisation, "suspend", AUTHORITY) == 0


def check_what_was_signed(office: Office, printed: str) -> None:
    signed, _, told = printed.partition("\n}\n")
    with connect(office.settings, LinksRole.GOVERN) as connection:
        current = find_current(connection, CONTENT.id)
    assert current is not None
    one = current.deliberation
    assert one.approved_at is not None
    approval = make_approval(one, "els", one.approved_at, one.dpo_advice_sha256)
    assert json.loads(signed + "}") == json.loads(approval)
    assert told == "Approved as above; it stands still until 2026-12-08 00:00 CET.\n"


def test_the_list_tells_what_holds_and_when(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.approve(replace(CONTENT, valid_from=date(2026, 12, 10), valid_to=date(2026, 12, 12)))
    office.approve(replace(CONTENT, id="CSI/2026/015", valid_to=None))
    with connect(office.settings, LinksRole.GOVERN) as connection:
        wider = replace(CONTENT, id="CSI/2026/015", territory=None)
        propose(connection, wider, office.officers["carl"])
    start, valid = "active from 2026-12-08 00:00 CET, valid from 2026-", "signatures valid"
    before = " and before 2026-12-12"
    waiting = (
        f"CSI/2026/015 version 2 {AUTHORITY} proposed by carl, advice missing;"
        f" valid from 2026-01-01 and before 2027-01-01: {valid}"
    )
    for day, one, other in (
        (7, "in standstill", "in standstill"),
        (9, "not yet valid", "in force"),
        (11, "in force", "in force"),
        (13, "expired", "in force"),
    ):
        moment = datetime(2026, 12, day, 11, tzinfo=UTC)
        monkeypatch.setattr(deliberation, "utc_now", lambda moment=moment: moment)
        assert call(office, deliberation, "list") == 0
        assert capsys.readouterr().out.splitlines() == [
            f"CSI/2026/014 version 1 {AUTHORITY} {one}; {start}12-10{before}: {valid}",
            f"CSI/2026/015 version 1 {AUTHORITY} {other}; {start}01-01: {valid}",
            waiting,
        ]
    assert call(office, deliberation, "list", "--proposed") == 0
    assert capsys.readouterr().out == waiting + "\n"


def test_what_is_not_in_force_is_not_narrowed(office: Office) -> None:
    wider = replace(CONTENT, quota_day=CONTENT.quota_day + 1)
    with connect(office.settings, LinksRole.GOVERN) as connection:
        with pytest.raises(InputRefused, match="nothing to narrow"):
            narrow(connection, CONTENT, office.officers["carl"])
        office.approve()
        for state, content in (("standstill", CONTENT), ("standstill", wider)):
            with pytest.raises(InputRefused, match=f"not in force .{state}"):
                narrow(connection, content, office.officers["carl"])
        set_clock(office.settings, AFTER)
        stop(connection, CONTENT.id, State.SUSPENDED, office.officers["ann"])
        with pytest.raises(InputRefused, match=r"not in force .deliberation.suspended"):
            narrow(connection, wider, office.officers["carl"])


def test_who_is_registered_is_checked_and_listed(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "A" * 43, "jku": "https://x"}
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [jwk]}))
    options = ("--keys", str(keys), "--organisation")
    assert client.read_keys(keys) == [{k: jwk[k] for k in jwk if k != "jku"}]
    assert call(office, client, "register", "tax-app", *options, AUTHORITY) == 0
    assert capsys.readouterr().out == "tax-app: registered with keys k1.\n"
    assert call(office, client, "register", "tax-app", *options, AUTHORITY) == 0
    assert "those it had until now (k1) do not count any more" in capsys.readouterr().out
    # The same 32 bytes, written otherwise.
    keys.write_text(json.dumps({"keys": [jwk | {"x": "A" * 42 + "B"}]}))
    for name, number, words in (
        ("tax app", AUTHORITY, "letters, digits"),
        ("other-app", OTHER, "makes its own"),
    ):
        with pytest.raises(InputRefused, match=words):
            call(office, client, "register", name, *options, number)
    register = ("--name", "A", "--category", "auditor", "--contact", "nonsense")
    with pytest.raises(InputRefused, match="e-mail"):
        call(office, organisation, "register", "0000000790", *register)
    for contact in ("https://privacy.example.be/nl", "new@example.be"):
        assert call(office, organisation, "change", AUTHORITY, "--contact", contact) == 0
    with pytest.raises(InputRefused, match="--name, --contact"):
        call(office, organisation, "change", AUTHORITY)
    capsys.readouterr()
    told = f"Body {AUTHORITY}, public_authority, new@example.be"
    for module, words in (
        (organisation, f"{AUTHORITY}  {AUTHORITY}  active  {told}"),
        (client, f"tax-app  {AUTHORITY}  active  keys k1"),
        (officer, f"bob  {OTHER}  active  key {office.officers['bob'].public_key.hex()}"),
    ):
        assert call(office, module, "list") == 0
        assert words in capsys.readouterr().out
    for wrong, words in (
        ([jwk | {"d": "secret"}], "private key"),
        ([jwk, jwk], "a kid twice"),
        ([jwk | {"x": "AAAA"}], "not 32 bytes"),
        ([], "no key"),
        (5, "no key"),
    ):
        keys.write_text(json.dumps({"keys": wrong}))
        with pytest.raises(InputRefused, match=words):
            call(office, client, "register", "third-app", *options, AUTHORITY)
    assert call(office, client, "revoke", "tax-app") == 0
    with pytest.raises(InputRefused, match="nothing of that name"):
        call(office, client, "restore", "tax-app")


def test_a_toml_proposal_reads_as_the_json_one(tmp_path: Path) -> None:
    document = {k: v for k, v in make_document(CONTENT).items() if k != "version"}
    lines = [f"{k} = {json.dumps(v)}" for k, v in document.items() if not isinstance(v, dict)]
    lines += ["[purposeText]"]
    lines += [f"{k} = {json.dumps(v)}" for k, v in document["purposeText"].items()]
    # TOML has days of its own.
    text = "\n".join(lines).replace('validFrom = "2026-01-01"', "validFrom = 2026-01-01")
    (tmp_path / "right.toml").write_text(text, encoding="utf-8")
    assert read_proposal(tmp_path / "right.toml") == CONTENT
