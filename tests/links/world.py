"""A small populated wall: organisations, officers, deliberations, invented addresses and people.

Everything is inserted by the superuser with references of the test keyring, so that it is there
whatever the code under test does. Nobody in it can exist: see docs/links/synthetic-people.md.

Addresses (replica), all current unless said:
    bru-900001 .. bru-900040   municipality 21004, street bru-9000 ("Proefstraat" 1 to 40)
    bru-900101 .. bru-900103   municipality 21015, street bru-9100
    vlg-900001 .. vlg-900003   municipality 46030 since 2025-01-01, before that 46013 (a merger)
    wal-900001 .. wal-900002   municipality 62063
    bru-900005 has no link at all; bru-999999 does not exist.
People by name in `World.people`; who lives where is in RESIDENCES.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

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
from links.domain.kinds import KINDS
from links.domain.signatures import make_approval, make_proposal, sign
from links.domain.subjects import make_enterprise_check, make_person_check
from links.store.connections import connect_as_superuser

if TYPE_CHECKING:
    from psycopg import Connection

    from links.keys.keyring import KeyRing
    from links.settings import LinksSettings

NOW = datetime.now(UTC)
TODAY = NOW.date()
SINCE = date(2020, 1, 1)
RN_SOURCE = KINDS["residence"].source


def make_ssin(number: int) -> str:
    """Return the synthetic person number `number` (1 to 999): born in month 93, which is none."""
    first = f"8093{number // 100 + 10:02}{number % 100 + 100:03}"
    return first + make_person_check(first, since_2000=False)


def make_enterprise(number: int) -> str:
    """Return an enterprise number that the CBE never gives."""
    first = f"00{number:06}"
    return first + make_enterprise_check(first)


PEOPLE = {
    name: make_ssin(number)
    for number, name in enumerate(
        [
            *("anna", "ben", "cato"),  # a household at bru-900001; anna owns it; a car is there
            "dirk",  # bru-900002, level 1
            *("eva", "finn"),  # bru-900003, eva level 2, finn her child
            "gus",  # bru-900004
            *("hugo", "iris"),  # vlg-900001 (merged municipality), wal-900001
            "jan",  # left bru-900004 a year ago for bru-900101
            *(f"neighbour{n}" for n in range(10, 30)),  # bru-900010 to bru-900029
            "canary",  # bru-900040
            "stranger",  # in no link
        ],
        start=1,
    )
}
ENTERPRISE = make_enterprise(101)
PLATE = "0AAA111"

RESIDENCES: tuple[tuple[str, str, str | None], ...] = (
    ("anna", "bru-900001", "H1"),
    ("ben", "bru-900001", "H1"),
    ("cato", "bru-900001", "H1"),
    ("dirk", "bru-900002", "H2"),
    ("eva", "bru-900003", "H3"),
    ("finn", "bru-900003", "H3"),
    ("gus", "bru-900004", "H4"),
    ("hugo", "vlg-900001", "H5"),
    ("iris", "wal-900001", "H6"),
    ("jan", "bru-900101", "H7"),
    *((f"neighbour{n}", f"bru-9000{n}", f"N{n}") for n in range(10, 30)),
    ("canary", "bru-900040", None),
)
HOUSEHOLDS = (
    ("anna", "bru-900001", "H1", "reference_person"),
    ("ben", "bru-900001", "H1", "partner"),
    ("cato", "bru-900001", "H1", "child"),
    ("eva", "bru-900003", "H3", "reference_person"),
    ("finn", "bru-900003", "H3", "child"),
)

ORGANISATIONS = {
    "cpas": ("0000010001", "public_authority"),
    "city": ("0000010002", "public_authority"),
    "tax": ("0000010003", "public_authority"),
    "health": ("0000010004", "public_authority"),
    "police": ("0000010005", "public_authority"),
    "insurer": ("0000010006", "private_partner"),
    "notary": ("0000010007", "private_legal_mission"),
    "regulator": ("0000010008", "public_authority"),  # approves what others propose
    "rn": (RN_SOURCE, "source"),
    "auditor": ("0000010010", "auditor"),
}


@dataclass(frozen=True, kw_only=True)
class Client:
    """A program of an organisation, with its private key (Ed25519)."""

    id: str
    organisation: str
    kid: str
    key: Ed25519PrivateKey

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK, as registered."""
        x = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).rstrip(b"=")
        return {"kty": "OKP", "crv": "Ed25519", "x": x.decode(), "kid": self.kid, "alg": "EdDSA"}

    @property
    def private_jwk(self) -> dict[str, str]:
        """The private JWK."""
        d = base64.urlsafe_b64encode(self.key.private_bytes_raw()).rstrip(b"=")
        return {**self.jwk, "d": d.decode()}


@dataclass(frozen=True, kw_only=True)
class Officer:
    id: str
    organisation: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, kw_only=True)
class World:
    """What is there; look things up by the names of the module's tables."""

    settings: LinksSettings
    keyring: KeyRing
    clients: dict[str, Client]
    officers: dict[str, Officer]
    deliberations: dict[str, Deliberation]

    @property
    def people(self) -> dict[str, str]:
        """Synthetic national numbers by name."""
        return PEOPLE

    def connect(self) -> Connection:
        """Connect as superuser, to look and to tamper."""
        return connect_as_superuser(self.settings)

    def key_person(self, name: str) -> bytes:
        """Return a person's reference in the sector RN."""
        return key(self.keyring, "RN", "subj", f"person:{PEOPLE[name]}")


def key(keyring: KeyRing, sector: str, use: str, text: str) -> bytes:
    return keyring.find_sector(sector).list_active(use, text.encode())[0]


def make_key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed.encode().ljust(32, b".")[:32])


_BASE = Content(
    id="",
    version=1,
    organisation="",
    basis_kind=BasisKind.CSI_DELIBERATION,
    basis_reference="invented for tests",
    document_sha256="0" * 64,
    domain="social",
    purpose="aid",
    purpose_text=PurposeText(nl="steun", fr="aide", de="Hilfe"),
    direction=Direction.ADDRESS_TO_SUBJECT,
    disclosure=Disclosure.VERIFY,
    sector="RN",
    kinds=("residence",),
    fields=("capacity", "valid"),
    territory=None,
    history_days=365,
    valid_from=TODAY - timedelta(days=200),
    valid_to=TODAY + timedelta(days=200),
    requires_dossier=False,
    max_per_answer=10,
    quota_hour=2_000,
    quota_day=5_000,
    quota_addresses_day=1_000,
    protected_ok=False,
    citizen_visibility=Visibility.IMMEDIATE,
    defer_days=0,
    combines=(),
)

_DELIBERATIONS: dict[str, dict[str, Any]] = {
    "cpas_verify": {"organisation": "cpas", "kinds": ("residence", "household")},
    "cpas_addresses": {
        "organisation": "cpas",
        "direction": Direction.SUBJECT_TO_ADDRESS,
        "disclosure": Disclosure.ADDRESS,
        "requires_dossier": True,
    },
    "cpas_protected": {"organisation": "cpas", "purpose": "shelter", "protected_ok": True},
    "city_subjects": {
        "organisation": "city",
        "domain": "municipal",
        "purpose": "population",
        "disclosure": Disclosure.PAIRWISE,
        "territory": ("21004",),
    },
    "city_merged": {
        "organisation": "city",
        "domain": "municipal",
        "purpose": "population",
        "territory": ("46013",),
        "history_days": 5_000,
    },
    "tax_owners": {
        "organisation": "tax",
        "domain": "tax",
        "purpose": "assessment",
        "disclosure": Disclosure.REFERENCE,
        "sector": "PAT",
        "kinds": ("cadastral_right",),
    },
    "tax_residence": {
        "organisation": "tax",
        "domain": "tax",
        "purpose": "assessment",
        "disclosure": Disclosure.REFERENCE,
    },
    "tax_health": {  # the same organisation under another domain, same sector
        "organisation": "tax",
        "domain": "health",
        "purpose": "care",
    },
    "health_verify": {"organisation": "health", "domain": "health", "purpose": "care"},
    "police_exempt": {
        "organisation": "police",
        "domain": "justice",
        "purpose": "inquiry",
        "disclosure": Disclosure.REFERENCE,
        "citizen_visibility": Visibility.EXEMPT,
    },
    "notary_deferred": {
        "organisation": "notary",
        "domain": "justice",
        "purpose": "succession",
        "disclosure": Disclosure.REFERENCE,
        "citizen_visibility": Visibility.DEFERRED,
        "defer_days": 90,
    },
}


def make_content(name: str) -> Content:
    """Return the content of a deliberation of this world."""
    given = _DELIBERATIONS[name]
    number = ORGANISATIONS[given["organisation"]][0]
    return replace(_BASE, **{**given, "id": f"TEST/{name}", "organisation": number})


def make_world(settings: LinksSettings, keyring: KeyRing) -> World:
    """Fill an empty wall."""
    officers = {
        f"{name}-{n}": Officer(id=f"{name}-{n}", organisation=number, key=make_key(f"{name}{n}"))
        for name, (number, _) in ORGANISATIONS.items()
        for n in (1, 2)
    }
    clients = {
        name: Client(
            id=f"{name}-app", organisation=number, kid=f"{name}-key", key=make_key(f"client {name}")
        )
        for name, (number, _) in ORGANISATIONS.items()
    }
    with connect_as_superuser(settings) as connection, connection.transaction():
        _insert_organisations(connection, clients, officers)
        _insert_replica(connection)
        _insert_links(connection, keyring)
        deliberations = {
            name: insert_deliberation(connection, make_content(name), officers)
            for name in _DELIBERATIONS
        }
    return World(
        settings=settings,
        keyring=keyring,
        clients=clients,
        officers=officers,
        deliberations=deliberations,
    )


def insert_deliberation(
    connection: Connection, content: Content, officers: dict[str, Officer], **changes: Any
) -> Deliberation:
    """Insert a version that two officers signed 60 days ago, as the superuser may.

    `changes` are made after signing: columns as an attacker with the owner's rights would edit.
    """
    name = next(n for n, (number, _) in ORGANISATIONS.items() if number == content.organisation)
    proposer, approver = officers[f"{name}-1"], officers["regulator-1"]
    approved_at = (NOW - timedelta(days=60)).replace(microsecond=0)
    one = Deliberation(
        **{field: getattr(content, field) for field in Content.__dataclass_fields__},
        proposed_by=proposer.id,
        signature_proposer=sign(make_proposal(content, proposer.id), proposer.key),
        approved_by=approver.id,
        signature_approver=sign(
            make_approval(content, approver.id, approved_at, "1" * 64), approver.key
        ),
        dpo_advice_sha256="1" * 64,
        approved_at=approved_at,
        active_from=approved_at + timedelta(days=30),
        state=State.APPROVED,
    )
    one = replace(one, **changes)
    columns: dict[str, Any] = {f: getattr(one, f) for f in Deliberation.__dataclass_fields__}
    columns["valid"] = Range(columns.pop("valid_from"), columns.pop("valid_to"))
    columns["purpose_text"] = Jsonb(
        {"nl": one.purpose_text.nl, "fr": one.purpose_text.fr, "de": one.purpose_text.de}
    )
    columns["proposed_at"] = approved_at - timedelta(days=1)
    columns = {
        f: list(value) if isinstance(value, tuple) else value for f, value in columns.items()
    }
    insert(connection, "deliberation", [columns])
    return one


def list_acts(world: World) -> list[tuple[datetime, dict[str, Any]]]:
    """Return what an auditor finds in the chains of a wall whose officers really did all this."""
    registered = (NOW - timedelta(days=90)).replace(microsecond=0)
    keys = {o.id: o.key.public_key().public_bytes_raw().hex() for o in world.officers.values()}

    def act(name: str, **facts: Any) -> dict[str, Any]:
        return {"type": "act", "act": name, **facts}

    acts = [
        (registered, act("register_organisation", organisation=number, category=category))
        for number, category in ORGANISATIONS.values()
    ]
    acts += [
        (
            registered,
            act(
                "register_officer", officer=one.id, organisation=one.organisation, key=keys[one.id]
            ),
        )
        for one in world.officers.values()
    ]
    for client in world.clients.values():
        # As jsonb is written: members by length, then by name.
        jwk = dict(sorted(client.jwk.items(), key=lambda member: (len(member[0]), member[0])))
        digest = sha256(f"{client.organisation} {json.dumps([jwk])}".encode()).hexdigest()
        acts.append((registered, act("register_client", client=client.id, digest=digest)))
    for one in world.deliberations.values():
        for name, officer in (("propose", one.proposed_by), ("approve", one.approved_by)):
            assert officer is not None
            assert one.approved_at is not None
            facts = {"deliberation": one.id, "version": one.version, "key": keys[officer]}
            acts.append((one.approved_at, act(name, officer=officer, **facts)))
    return acts


def insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows past every trigger of governance, as only the superuser can."""
    names = list(rows[0])
    statement = (
        f"insert into links.{table} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})"
    )
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.cursor().executemany(statement, [tuple(row.values()) for row in rows])


def _insert_organisations(
    connection: Connection, clients: dict[str, Client], officers: dict[str, Officer]
) -> None:
    for kind in KINDS.values():
        connection.execute(
            "insert into links.kind (code, sector, subject_type, source, natural_person,"
            " retention_days, purposes) values (%s, %s, %s, %s, %s, %s, %s)"
            " on conflict do nothing",
            (
                kind.code,
                kind.sector,
                kind.subject_type,
                kind.source,
                kind.natural_person,
                kind.retention_days,
                sorted(kind.purposes),
            ),
        )
    insert(
        connection,
        "organisation",
        [
            {
                "number": number,
                "name": f"{name.capitalize()} (invented)",
                "category": category,
                "status": "active",
                "contact": f"dpo@{name}.example",
            }
            for name, (number, category) in ORGANISATIONS.items()
        ],
    )
    insert(
        connection,
        "client",
        [
            {
                "id": one.id,
                "organisation": one.organisation,
                "status": "active",
                "keys": Jsonb([one.jwk]),
            }
            for one in clients.values()
        ],
    )
    insert(
        connection,
        "officer",
        [
            {
                "id": one.id,
                "organisation": one.organisation,
                "person_ref": one.id.encode().ljust(16, b".")[:16],
                "public_key": one.key.public_key().public_bytes_raw(),
                "status": "active",
            }
            for one in officers.values()
        ],
    )


def list_addresses() -> list[tuple[str, str, str, str, date]]:
    """Return id, municipality, street, house number and first day of every address."""
    return [
        *((f"bru-9000{n:02}", "21004", "bru-9000", str(n), SINCE) for n in range(1, 41)),
        *((f"bru-9001{n:02}", "21015", "bru-9100", str(n), SINCE) for n in range(1, 4)),
        *((f"vlg-90000{n}", "46030", "vlg-9000", str(n), date(2025, 1, 1)) for n in range(1, 4)),
        *((f"wal-90000{n}", "62063", "wal-9000", str(n), SINCE) for n in range(1, 3)),
    ]


def _insert_replica(connection: Connection) -> None:
    insert(
        connection,
        "replica_address",
        [
            {
                "id": public_id,
                "municipality": municipality,
                "street": street,
                "house_number": number,
                "valid": Range(since, None),
            }
            for public_id, municipality, street, number, since in list_addresses()
        ],
    )
    insert(
        connection,
        "replica_former",
        [
            {
                "id": f"vlg-90000{n}",
                "valid": Range(SINCE, date(2025, 1, 1)),
                "municipality": "46013",
            }
            for n in range(1, 4)
        ],
    )


def _make_link(
    keyring: KeyRing,
    kind: str,
    subject: str,
    address: str,
    capacity: str,
    household: str | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    sector = KINDS[kind].sector
    keys = keyring.find_sector(sector).current
    subj_ref = key(keyring, sector, "subj", f"{KINDS[kind].subject_type}:{subject}")
    return {
        "sector": sector,
        "kind": kind,
        "addr_ref": key(keyring, sector, "addr", address),
        "subj_ref": subj_ref,
        "kid": keys.kid,
        "capacity": capacity,
        "addr_sealed": keys.seal_address(address.encode(), subj_ref),
        "household_ref": household and key(keyring, sector, "household", household),
        "valid": Range(SINCE, until),
        "recorded": Range(datetime(2020, 1, 2, tzinfo=UTC), None),
        "delivery": 1,
    }


def _insert_links(connection: Connection, keyring: KeyRing) -> None:
    gone = TODAY - timedelta(days=365 // 2)
    rows = [
        *(
            _make_link(keyring, "residence", PEOPLE[who], address, "resident", household)
            for who, address, household in RESIDENCES
        ),
        _make_link(keyring, "residence", PEOPLE["jan"], "bru-900004", "resident", "H7", gone),
        *(
            _make_link(keyring, "household", PEOPLE[who], address, capacity, household)
            for who, address, household, capacity in HOUSEHOLDS
        ),
        _make_link(keyring, "cadastral_right", PEOPLE["anna"], "bru-900001", "owner"),
        _make_link(keyring, "vehicle_registration", PLATE, "bru-900001", "holder"),
        _make_link(keyring, "enterprise_seat", ENTERPRISE, "bru-900006", "seat"),
    ]
    insert(connection, "link", rows)
    kid = keyring.find_sector("RN").current.kid
    protections = [("dirk", 1, TODAY + timedelta(days=60)), ("eva", 2, None)]
    insert(
        connection,
        "protection",
        [
            {
                "sector": "RN",
                "subj_ref": key(keyring, "RN", "subj", f"person:{PEOPLE[who]}"),
                "kid": kid,
                "level": level,
                "basis": "invented",
                "valid": Range(TODAY - timedelta(days=30), until),
            }
            for who, level, until in protections
        ],
    )
    insert(
        connection,
        "dossier",
        [
            {
                "organisation": ORGANISATIONS["cpas"][0],
                "sector": "RN",
                "subj_ref": key(keyring, "RN", "subj", f"person:{PEOPLE['anna']}"),
                "capacity": "open_file",
                "kid": kid,
                "valid": Range(SINCE, None),
                "subscribed": True,
                "handle": "dossier-1",
            }
        ],
    )
    insert(
        connection,
        "canary",
        [
            {
                "sector": "RN",
                "ref": key(keyring, "RN", "addr", "bru-900040"),
                "is_subject": False,
            },
            {
                "sector": "RN",
                "ref": key(keyring, "RN", "subj", f"person:{PEOPLE['canary']}"),
                "is_subject": True,
            },
        ],
    )


def dump(value: object) -> str:
    """Write anything for a search through it."""
    return json.dumps(value, default=lambda v: v.hex() if isinstance(v, bytes) else str(v))
