"""A wall with the little that asking needs, filled by hand; references are made of words."""

from __future__ import annotations

import hashlib
import itertools
import json
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import rfc8785
from psycopg import sql
from psycopg.types.json import Jsonb

from links.store.connections import LinksRole, connect, connect_as_superuser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from links.settings import LinksSettings

TODAY = date(2026, 11, 23)
MOMENT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CPAS, TAX, CITY, INSURER = "0200000001", "0200000002", "0200000003", "0200000004"
_proofs = itertools.count(1)


@cache
def ref(*words: object) -> bytes:
    """A reference of 16 bytes, the same for the same words."""
    return hashlib.sha256(repr(words).encode()).digest()[:16]


class Desk:
    """Fills a wall as superuser and asks it as the role of the links API."""

    def __init__(self, settings: LinksSettings) -> None:
        self.settings = settings
        self.admin = connect_as_superuser(settings)
        self.admin.execute("set session_replication_role = replica")  # no guards: rows as given
        self.move_clock(MOMENT)
        for number, category in (
            (CPAS, "public_authority"),
            (TAX, "public_authority"),
            (CITY, "public_authority"),
            (INSURER, "private_partner"),
        ):
            self.insert(
                "organisation",
                number=number,
                name=number,
                category=category,
                status="active",
                contact="dpo@example.org",
            )
            self.insert(
                "client",
                id=f"client-{number}",
                organisation=number,
                status="active",
                keys=Jsonb([]),
            )
        self.insert_addresses()

    def insert_addresses(self) -> None:
        for number in range(1, 31):
            self.insert(
                "replica_address",
                id=f"a{number}",
                municipality="21004",
                street="s1",
                house_number=str(number),
                valid="[2000-01-01,)",
            )

    def close(self) -> None:
        self.admin.close()

    def move_clock(self, moment: datetime) -> None:
        """From now on it is `moment`, and time passes as ever."""
        text: LiteralString = """create or replace function links.moment() returns timestamptz
            language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
            as $$ begin return timestamptz {} + (clock_timestamp() - timestamptz {}); end $$"""
        now = self.admin.execute("select clock_timestamp()").fetchone()
        assert now is not None
        self.admin.execute(
            sql.SQL(text).format(sql.Literal(moment.isoformat()), sql.Literal(now[0].isoformat()))
        )

    def insert(self, table: str, **values: object) -> None:
        self.admin.execute(
            sql.SQL("insert into links.{} ({}) values ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(sql.Placeholder() * len(values)),
            ),
            list(values.values()),
        )

    def grant(self, identifier: str = "D/1", organisation: str = CPAS, **changes: object) -> None:
        """An approved deliberation in force: any residence, to be verified, unless changed."""
        values: dict[str, object] = {
            "id": identifier,
            "version": 1,
            "organisation": organisation,
            "basis_kind": "law",
            "basis_reference": "Law of 1",
            "document_sha256": "00" * 32,
            "domain": "social",
            "purpose": "aid",
            "purpose_text": Jsonb({"nl": "a", "fr": "b", "de": "c"}),
            "direction": "address_to_subject",
            "disclosure": "pairwise",
            "sector": "RN",
            "kinds": ["residence", "household"],
            "fields": ["capacity", "valid"],
            "territory": None,
            "history_days": 365,
            "valid": "[2026-01-01,2027-01-01)",
            "requires_dossier": False,
            "max_per_answer": 10,
            "quota_hour": 10000,
            "quota_day": 10000,
            "quota_addresses_day": 10000,
            "protected_ok": False,
            "citizen_visibility": "immediate",
            "defer_days": 0,
            "combines": [],
            "proposed_by": "officer-1",
            "approved_by": "officer-2",
            "signature_proposer": b"1",
            "signature_approver": b"2",
            "proposed_at": MOMENT - timedelta(days=60),
            "approved_at": MOMENT - timedelta(days=50),
            "active_from": MOMENT - timedelta(days=30),
            "state": "approved",
        }
        self.insert("deliberation", **values | changes)

    def link(self, subject: str, address: str = "a1", **changes: object) -> None:
        values: dict[str, object] = {
            "sector": "RN",
            "kind": "residence",
            "addr_ref": ref("RN", address),
            "subj_ref": ref("RN", subject),
            "kid": 1,
            "capacity": "resident",
            "addr_sealed": b"sealed " + address.encode(),
            "household_ref": None,
            "valid": "[2020-01-01,)",
            "recorded": "[2020-01-01,)",
            "delivery": 1,
        }
        self.insert("link", **values | changes)

    @contextmanager
    def api(self, *, autocommit: bool = True) -> Iterator[psycopg.Connection]:
        with connect(self.settings, LinksRole.API, autocommit=autocommit) as connection:
            yield connection

    def rows(self, query: LiteralString, *parameters: object) -> list[Any]:
        return self.admin.execute(query, parameters).fetchall()

    def alarms(self) -> list[str]:
        return [rule for (rule,) in self.rows("select rule from links.alarm order by id")]

    def records(self, organisation: str = CPAS) -> list[dict[str, Any]]:
        return [
            json.loads(body)
            for (body,) in self.rows(
                "select body from links.record where organisation = %s order by n", organisation
            )
        ]


def make_intent(
    *,
    address: str | None = "a1",
    subject: str | None = "anna",
    operation: str = "verify",
    organisation: str = CPAS,
    deliberation: str = "D/1",
    sector: str = "RN",
    kinds: Sequence[str] = ("residence",),
    day: date = TODAY,
    end_user: str = "clerk 7",
    street: str | None = "s1",
    **changes: object,
) -> list[Any]:
    """The arguments of links.declare for a question; `changes` are to the body."""
    sealed = b"what the client signed"
    asked = [ref(organisation, "asked", what).hex() for what in (address, subject) if what]
    shared = ref("shared", day, address or subject)
    body = {
        "type": "intent",
        "client": f"client-{organisation}",
        "organisation": organisation,
        "deliberation": deliberation,
        "version": 1,
        "purpose": "aid",
        "case": "2026/17",
        "endUser": end_user,
        "operation": operation,
        "sector": sector,
        "kinds": list(kinds),
        "date": day.isoformat(),
        "correlation": "c-1",
        "query": ref("query").hex(),
        "request": hashlib.sha256(sealed).hexdigest(),
    }
    question = {
        "operation": operation, "sector": sector, "kinds": list(kinds), "date": day.isoformat(),
        "addrRefs": [ref(sector, address).hex()] if address else [],
        "subjRefs": [ref(sector, subject).hex()] if subject else [],
        "fields": ["capacity"], "askedRefs": asked, "sharedRef": shared.hex(),
        "streetRef": ref(organisation, street).hex() if street and address else None,
    }  # fmt: skip
    return [
        f"client-{organisation}",
        rfc8785.dumps(body | changes).decode(),
        Jsonb(question),
        address,
        sealed,
        "2026-11",
        ref("proof", next(_proofs)),
        MOMENT + timedelta(days=4000),
    ]


def declare(connection: psycopg.Connection, intent: list[Any]) -> tuple[int, str, str | None]:
    row = connection.execute(
        "select n, decision, reason from links.declare(%s, %s, %s, %s, %s, %s, %s, %s)", intent
    ).fetchone()
    assert row is not None
    return row


def answer(connection: psycopg.Connection, n: int, organisation: str = CPAS) -> list[Any]:
    return connection.execute(
        "select subj_ref, kind, capacity, valid, addr_ref, addr_sealed, source"
        " from links.answer(%s, %s, %s)",
        [organisation, n, f"client-{organisation}"],
    ).fetchall()


def conclude(
    connection: psycopg.Connection, n: int, result: str, rows: Sequence[Any] = (),
    organisation: str = CPAS,
) -> int:  # fmt: skip
    delivered = [{"auditRef": ref("audit", row[0]).hex(), "kind": row[1]} for row in rows]
    row = connection.execute(
        "select links.conclude(%s, %s, %s, %s)",
        [organisation, n, Jsonb(result), Jsonb(delivered)],
    ).fetchone()
    assert row is not None
    return int(row[0])


def ask(connection: psycopg.Connection, **wishes: Any) -> list[Any] | str:
    """The whole way in two transactions: the rows, or the reason."""
    organisation = wishes.get("organisation", CPAS)
    n, _, reason = declare(connection, make_intent(**wishes))
    if reason is not None:
        return reason
    with connection.transaction():
        rows = answer(connection, n, organisation)
        if wishes.get("operation", "verify") == "verify":
            result = "true" if rows else "false"
        else:
            result = "tooMany" if rows and rows[0][1] is None else "list"
        conclude(connection, n, result, [] if result == "tooMany" else rows, organisation)
    return rows
