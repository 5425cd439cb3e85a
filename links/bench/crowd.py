"""Who asks in the bench: invented organisations with a right each, invented people at addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

from links.api.jose import make_jwk
from links.api.requester import Requester
from links.domain.deliberation import (
    BasisKind,
    Content,
    Deliberation,
    Direction,
    Disclosure,
    PurposeText,
    State,
    Visibility,
)
from links.domain.signatures import make_approval, make_proposal, sign
from links.keys.client import BatchKeys
from links.store.connections import connect_as_superuser
from links.store.kinds import write_kinds
from links.synthetic.numbers import make_enterprise_number, make_ssin

if TYPE_CHECKING:
    from psycopg import Connection

    from links.settings import LinksSettings

ORGANISATIONS: Final = 8
PEOPLE: Final = 400
"""Of each organisation, each at an address of his own, whose street nobody shares."""
_PLENTY: Final = 2_000_000_000
_SETUP: Final = Path(__file__).with_name("two_commits_setup.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An organisation with its client; its number in the crowd begins with 1."""

    number: int
    organisation: str
    requester: Requester

    @property
    def deliberation(self) -> str:
        """Its only right."""
        return f"BENCH/{self.number}"

    def make_question(self, row: int) -> dict[str, object]:
        """Return what it may ask of its person `row` from 1: verify, and it is so."""
        return {
            "deliberation": self.deliberation,
            "purpose": "bench",
            "caseReference": f"case-{row}",
            "endUser": f"desk-{row % 20}",
            "correlationId": f"bench-{row}",
            "address": self.make_address(row),
            "subject": {"type": "person", "value": self.make_person(row)},
            "kind": "residence",
        }

    def make_address(self, row: int) -> str:
        """Return where its person lives."""
        return f"bru-{self.number * 100_000 + row}"

    def make_person(self, row: int) -> str:
        """Return a national number that nobody can have."""
        return make_ssin(self.number * PEOPLE + row)


def make_crowd(settings: LinksSettings) -> list[Member]:
    """Fill an empty, migrated wall whose pseudonymiser runs; return who asks."""
    members = [_make_member(settings, number) for number in range(1, ORGANISATIONS + 1)]
    officers = [Ed25519PrivateKey.generate() for _ in range(2)]
    write_kinds(settings)
    with connect_as_superuser(settings) as connection, connection.transaction():
        # Rights are granted by officers over weeks; a bench inserts what they would have signed.
        connection.execute("set local session_replication_role = replica")
        for key, name in zip(officers, ("proposer", "approver"), strict=True):
            public = key.public_key().public_bytes_raw()
            row = (name, members[0].organisation, name.encode().ljust(16), public, "active")
            _insert(connection, "officer", [row])
        for member in members:
            _insert_member(connection, member, officers)
        with BatchKeys(settings.batch_socket) as keys:
            for member in members:
                _insert_links(connection, keys, member)
        connection.execute(_SETUP.encode())
        with BatchKeys(settings.batch_socket) as keys:
            for member in members:
                _insert_questions(connection, keys, member)
    with connect_as_superuser(settings) as connection:
        connection.execute("vacuum analyze")
    return members


def _make_member(settings: LinksSettings, number: int) -> Member:
    requester = Requester(
        issuer=settings.issuer,
        client=f"bench-{number}",
        kid="1",
        key=Ed25519PrivateKey.generate(),
        possession=Ed25519PrivateKey.generate(),
    )
    return Member(number=number, organisation=make_enterprise_number(number), requester=requester)


def _make_content(member: Member) -> Content:
    today = datetime.now(UTC).date()  # noqa: TID251 - signed in the past, for now
    return Content(
        id=member.deliberation,
        version=1,
        organisation=member.organisation,
        basis_kind=BasisKind.LAW,
        basis_reference="invented",
        document_sha256="0" * 64,
        domain="social",
        purpose="bench",
        purpose_text=PurposeText(nl="meting", fr="mesure", de="Messung"),
        direction=Direction.ADDRESS_TO_SUBJECT,
        disclosure=Disclosure.VERIFY,
        sector="RN",
        kinds=("residence",),
        fields=(),
        territory=None,
        history_days=1,
        valid_from=today - timedelta(days=30),
        valid_to=today + timedelta(days=30),
        requires_dossier=False,
        max_per_answer=10,
        quota_hour=_PLENTY,
        quota_day=_PLENTY,
        quota_addresses_day=_PLENTY,
        protected_ok=False,
        citizen_visibility=Visibility.IMMEDIATE,
        defer_days=0,
        combines=(),
    )


def _insert_member(
    connection: Connection, member: Member, officers: list[Ed25519PrivateKey]
) -> None:
    organisation = (member.organisation, f"Bench {member.number}", "public_authority", "active", "")
    _insert(connection, "organisation", [organisation])
    jwk = make_jwk(member.requester.key.public_key()) | {"kid": member.requester.kid}
    client = (member.requester.client, member.organisation, "active", Jsonb([jwk]))
    _insert(connection, "client", [client])
    content = _make_content(member)
    approved_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=60)  # noqa: TID251
    approval = make_approval(content, "approver", approved_at, None)
    one = Deliberation(
        **{f.name: getattr(content, f.name) for f in fields(Content)},
        proposed_by="proposer",
        signature_proposer=sign(make_proposal(content, "proposer"), officers[0]),
        approved_by="approver",
        signature_approver=sign(approval, officers[1]),
        approved_at=approved_at,
        active_from=approved_at + timedelta(days=30),
        state=State.APPROVED,
    )
    values: dict[str, Any] = {f.name: getattr(one, f.name) for f in fields(Deliberation)}
    values |= {
        "valid": Range(values.pop("valid_from"), values.pop("valid_to")),
        "purpose_text": Jsonb({"nl": "meting", "fr": "mesure", "de": "Messung"}),
        "proposed_at": approved_at,
    }
    row = [list(value) if isinstance(value, tuple) else value for value in values.values()]
    _insert(connection, "deliberation", [row], list(values))


def _insert_links(connection: Connection, keys: BatchKeys, member: Member) -> None:
    rows = range(1, PEOPLE + 1)
    asked = [(member.make_address(r), "person", member.make_person(r), None) for r in rows]
    kid, keyed = keys.key_rows("RN", asked)
    since = Range(date(2020, 1, 1), None)
    always = (since, Range(datetime(2020, 1, 1, tzinfo=UTC), None), 1)
    links = [
        ("RN", "residence", _unhex(addr), _unhex(subj), kid, "resident", _unhex(sealed), *always)
        for addr, subj, _, sealed in keyed
    ]
    columns = "sector kind addr_ref subj_ref kid capacity addr_sealed valid recorded delivery"
    _insert(connection, "link", links, columns.split())
    replica = [(address, "21004", f"street-{address}", "1", since) for address, _, _, _ in asked]
    _insert(connection, "replica_address", replica)


def _insert_questions(connection: Connection, keys: BatchKeys, member: Member) -> None:
    """Write what the API would declare, for pgbench."""
    today = datetime.now(UTC).date().isoformat()  # noqa: TID251 - pgbench asks about today
    rows = []
    for row in range(1, PEOPLE + 1):
        address, person = member.make_address(row), member.make_person(row)
        refs = keys.ask(
            "ask",
            organisation=member.organisation,
            sector="RN",
            address=address,
            street=f"street-{address}",
            subject={"type": "person", "value": person},
            day=today,
        )
        shared = {"operation": "verify", "sector": "RN", "kinds": ["residence"], "date": today}
        body = shared | {
            "type": "intent",
            "client": member.requester.client,
            "organisation": member.organisation,
            "deliberation": member.deliberation,
            "version": 1,
            "purpose": "bench",
            "case": f"case-{row}",
            "endUser": f"desk-{row % 20}",
            "correlation": f"bench-{row}",
            "query": refs["queryRef"],
        }
        names = ("addrRefs", "subjRefs", "askedRefs", "sharedRef", "streetRef")
        question = shared | {"fields": []} | {name: refs[name] for name in names}
        who = (member.number, row, member.requester.client, member.organisation, address, person)
        rows.append((*who, json.dumps(body), Jsonb(question)))
    statement = "insert into bench.question values (%s, %s, %s, %s, %s, %s, %s, %s)"
    connection.cursor().executemany(statement, rows)


def _insert(
    connection: Connection, table: str, rows: list[Any], columns: list[str] | None = None
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns)) if columns else None
    statement = sql.SQL("insert into links.{} {} values ({})").format(
        sql.Identifier(table),
        sql.SQL("({})").format(names) if names else sql.SQL(""),
        sql.SQL(", ").join(sql.Placeholder() * len(rows[0])),
    )
    connection.cursor().executemany(statement, rows)


def _unhex(text: str | None) -> bytes:
    return bytes.fromhex(text or "")
