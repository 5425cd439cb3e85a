"""Deliberations, questions and facts to start a test from, and officers who sign for real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from links.domain.decision import Facts
from links.domain.deliberation import (
    BasisKind,
    Content,
    Deliberation,
    Direction,
    Disclosure,
    PurposeText,
    State,
    Visibility,
    to_json,
)
from links.domain.question import Operation, Question
from links.domain.subjects import Subject, SubjectType
from links.govern.acts import advise, approve, propose
from links.govern.officers import Officer
from links.govern.register import register_client, register_officer, register_organisation
from links.store.connections import LinksRole, connect, connect_as_superuser

if TYPE_CHECKING:
    from links.settings import LinksSettings

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
AUTHORITY, OTHER_AUTHORITY, PARTNER = "0000000196", "0000000295", "0000000394"
ORGANISATIONS = {
    AUTHORITY: "public_authority",
    OTHER_AUTHORITY: "public_authority",
    PARTNER: "private_partner",
    "0000000493": "private_legal_mission",
    "0000000592": "source",
    "0000000691": "auditor",
}
ADVICE = "ad" * 32

CONTENT = Content(
    id="CSI/2026/014",
    version=1,
    organisation=AUTHORITY,
    basis_kind=BasisKind.CSI_DELIBERATION,
    basis_reference="law of 8 July 1976, article 60",
    document_sha256="d0" * 32,
    domain="social",
    purpose="social-inquiry",
    purpose_text=PurposeText(nl="sociaal onderzoek", fr="enquête sociale", de="Sozialuntersuchung"),
    direction=Direction.ADDRESS_TO_SUBJECT,
    disclosure=Disclosure.REFERENCE,
    sector="RN",
    kinds=("residence",),
    fields=("valid",),
    territory=("21004",),
    history_days=30,
    valid_from=date(2026, 1, 1),
    valid_to=date(2027, 1, 1),
    requires_dossier=False,
    max_per_answer=5,
    quota_hour=100,
    quota_day=500,
    quota_addresses_day=200,
    protected_ok=False,
    citizen_visibility=Visibility.IMMEDIATE,
    defer_days=0,
    combines=(),
)
DELIBERATION = Deliberation(
    **{name: getattr(CONTENT, name) for name in Content.__dataclass_fields__},
    proposed_by="ann",
    signature_proposer=bytes(64),
    approved_by="bob",
    signature_approver=bytes(64),
    dpo_advice_sha256=ADVICE,
    approved_at=datetime(2026, 6, 1, tzinfo=UTC),
    active_from=datetime(2026, 7, 1, tzinfo=UTC),
    state=State.APPROVED,
)
QUESTION = Question(
    operation=Operation.REFERENCES,
    address="bru-1",
    subject=None,
    kinds=("residence",),
    date=date(2026, 11, 23),
    fields=("valid",),
    deliberation="CSI/2026/014",
    purpose="social-inquiry",
    case="2026/77",
    end_user="agent-7",
    correlation="c-1",
    organisation=AUTHORITY,
    client="social-program",
)
SUBJECT = Subject(type=SubjectType.PERSON, value="85990100131")
FACTS = Facts(
    client_status="active",
    organisation_status="active",
    category="public_authority",
    signatures_ok=True,
    municipality="21004",
    moment=NOON,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A wall with organisations, a client and officers: ann, her second account, bob, carl."""

    settings: LinksSettings
    officers: dict[str, Officer]

    def approve(self, content: Content = CONTENT, *, proposer: str = "ann", by: str = "bob") -> int:
        with connect(self.settings, LinksRole.GOVERN) as connection:
            version = propose(connection, content, self.officers[proposer])
            advise(connection, content.id, version, self.officers[proposer], ADVICE)
            approve(connection, content.id, version, self.officers[by])
            return version


def open_office(settings: LinksSettings) -> Office:
    accounts = {
        "ann": (AUTHORITY, b"A" * 16),
        "ann-too": (OTHER_AUTHORITY, b"A" * 16),
        "bob": (OTHER_AUTHORITY, b"B" * 16),
        "carl": (AUTHORITY, b"C" * 16),
    }
    officers = {}
    with connect(settings, LinksRole.GOVERN) as connection:
        for number, category in ORGANISATIONS.items():
            register_organisation(connection, number, f"Body {number}", category, "dpo@example.be")
        for index, (account, (number, person)) in enumerate(accounts.items(), start=1):
            key = Ed25519PrivateKey.from_private_bytes(bytes([index]) * 32)
            officers[account] = Officer(id=account, key=key)
            public = officers[account].public_key
            register_officer(connection, account, number, person, public)
        register_client(connection, QUESTION.client, AUTHORITY, [])
    return Office(settings=settings, officers=officers)


def set_clock(settings: LinksSettings, moment: datetime) -> None:
    """Stop the database's clock at a moment."""
    with connect_as_superuser(settings) as connection:
        connection.execute(
            "create or replace function links.moment() returns timestamptz language sql volatile"
            " security definer set search_path = pg_catalog, pg_temp"
            f" as $$ select timestamptz '{moment.isoformat()}' $$"
        )


def make_columns(deliberation: Deliberation) -> dict[str, Any]:
    """The row of a deliberation as JSON that jsonb_populate_record reads."""
    row = {name: to_json(getattr(deliberation, name)) for name in COLUMNS}
    for signature in ("signature_proposer", "signature_approver"):
        row[signature] = row[signature] and "\\x" + row[signature]
    valid = f"[{row.pop('valid_from')},{row.pop('valid_to') or ''})"
    return row | {"valid": valid, "proposed_at": "2026-05-01T00:00:00Z"}


COLUMNS = tuple(Deliberation.__dataclass_fields__)
