"""Who plays: invented organisations, officers, rights, people. Nobody of them can exist."""

from __future__ import annotations

import csv
import json
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql

from links.api.jose import make_jwk
from links.api.requester import Requester
from links.clock import utc_now
from links.domain.kinds import KINDS
from links.domain.subjects import SubjectType
from links.govern import acts
from links.govern.officers import Officer
from links.govern.proposals import make_proposal_content
from links.govern.register import register_client, register_officer, register_organisation
from links.keys.client import BatchKeys
from links.store.connections import LinksRole, connect, connect_as_owner
from links.synthetic.numbers import make_enterprise_number, make_ssin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from links.demo.stage import Stage
    from links.settings import LinksSettings

ORGANISATIONS: Mapping[str, tuple[str, str]] = {
    "cpas": ("CPAS of Exemplarville", "public_authority"),
    "finance": ("Agency that taxes and cares", "public_authority"),
    "insurer": ("Peace of Mind Insurance", "private_partner"),
    "committee": ("Committee of Demonstrations", "public_authority"),
    "source": ("National Register (played)", "source"),
}
NUMBERS = {name: make_enterprise_number(n) for n, name in enumerate(ORGANISATIONS, start=1)}
NUMBERS["source"] = KINDS["residence"].source

RIGHTS: Mapping[str, Mapping[str, object]] = {
    "DEMO/aid": {
        "organisation": "cpas",
        "domain": "social",
        "purpose": "social-aid",
        "purposeText": {
            "nl": "Maatschappelijke hulp",
            "fr": "Aide sociale",
            "de": "Sozialhilfe",
        },
        "direction": "subject_to_address",
        "disclosure": "address",
        "requiresDossier": True,
    },
    "DEMO/tax": {
        "organisation": "finance",
        "domain": "tax",
        "purpose": "assessment",
        "purposeText": {"nl": "Aanslag", "fr": "Imposition", "de": "Veranlagung"},
        "direction": "address_to_subject",
        "disclosure": "verify",
    },
    "DEMO/health": {
        "organisation": "finance",
        "domain": "health",
        "purpose": "care",
        "purposeText": {"nl": "Zorg", "fr": "Soins", "de": "Pflege"},
        "direction": "address_to_subject",
        "disclosure": "verify",
    },
}
RIGHT_OF_INSURER = {**RIGHTS["DEMO/tax"], "organisation": "insurer"}

_USUAL: Mapping[str, object] = {
    "basisKind": "csi_deliberation",
    "basisReference": "invented for a demonstration",
    "documentSha256": "0" * 64,
    "sector": "RN",
    "kinds": ["residence"],
    "fields": [],
    "historyDays": 365,
    "requiresDossier": False,
    "maxPerAnswer": 5,
    "quotaHour": 100,
    "quotaDay": 500,
    "quotaAddressesDay": 100,
    "protectedOk": False,
    "citizenVisibility": "immediate",
    "deferDays": 0,
    "combines": [],
}

_WHOSE = ("organisation", "sector", "subjectType", "subject")
DOSSIER_COLUMNS = (*_WHOSE, "capacity", "from", "handle", "subscribed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Those who ask, and the people who are asked about, by their national numbers."""

    clients: Mapping[str, Requester]
    officers: Mapping[str, Officer] = field(repr=False)
    with_dossier: str
    without_dossier: str
    stranger: str
    home: str
    """The public identifier of an address where somebody lives."""


def make_document(right: str, told: Mapping[str, object]) -> dict[str, object]:
    """Return a proposal as an officer writes it."""
    today = utc_now().date()
    return {
        **_USUAL,
        "id": right,
        "validFrom": (today - timedelta(days=30)).isoformat(),
        "validTo": (today + timedelta(days=365)).isoformat(),
        **told,
        "organisation": NUMBERS[str(told["organisation"])],
    }


def gather(stage: Stage) -> Cast:
    """Register everybody, grant what is granted, load links: as operators and officers do."""
    stage.run("follow", "--once")
    register_organisations(stage.settings)
    officers = register_officers(stage.settings)
    clients = {name: _register_client(stage, name) for name in ("cpas", "finance")}
    with _some_weeks_ago(stage.settings):
        for right, told in RIGHTS.items():
            grant(stage.settings, make_document(right, told), officers)
    people = [make_ssin(number) for number in range(1, 33)]
    addresses = _fetch_addresses(stage.settings)
    stage.run("ingest", "--kind", "residence", str(_write_links(stage.place, people, addresses)))
    stage.run("ingest", "--dossiers", str(_write_dossiers(stage.place, people[0])))
    return Cast(
        clients=clients,
        officers=officers,
        with_dossier=people[0],
        without_dossier=people[1],
        stranger=make_ssin(900),
        home=addresses[1]["id"],
    )


def register_organisations(settings: LinksSettings) -> None:
    """Register the organisations."""
    with connect(settings, LinksRole.GOVERN) as connection:
        for name, (title, category) in ORGANISATIONS.items():
            contact = f"dpo@{name}.example"
            register_organisation(connection, NUMBERS[name], title, category, contact)


def register_officers(settings: LinksSettings) -> dict[str, Officer]:
    """Register an officer of each organisation."""
    officers = {}
    with (
        connect(settings, LinksRole.GOVERN) as connection,
        BatchKeys(settings.batch_socket) as keys,
    ):
        for number, name in enumerate(ORGANISATIONS, start=700):
            officer = Officer(id=f"{name}-officer", key=Ed25519PrivateKey.generate())
            subject = {"type": SubjectType.PERSON.value, "value": make_ssin(number)}
            ref = bytes.fromhex(keys.ask("person_ref", subject=subject)["personRef"])
            register_officer(connection, officer.id, NUMBERS[name], ref, officer.public_key)
            officers[name] = officer
    return officers


def grant(
    settings: LinksSettings, document: Mapping[str, Any], officers: Mapping[str, Officer]
) -> None:
    """One officer proposes, advice is attached, an officer of another organisation approves."""
    proposer = next(
        officers[n] for n, number in NUMBERS.items() if number == document["organisation"]
    )
    approver = officers["committee"]
    content = make_proposal_content(document, 1)
    with connect(settings, LinksRole.GOVERN) as connection:
        version = acts.propose(connection, content, proposer)
        acts.advise(connection, content.id, version, approver, "1" * 64)
        acts.approve(connection, content.id, version, approver)


@contextmanager
def _some_weeks_ago(settings: LinksSettings) -> Iterator[None]:
    """Let officers decide 30 days ago, as a standstill of ten working days cannot be waited for.

    Only who owns the database can: the clock of its functions is another one for the block.
    """
    with connect_as_owner(settings) as owner:
        _set_clock(owner, "clock_timestamp() - interval '30 days'")
        try:
            yield
        finally:
            _set_clock(owner, "clock_timestamp()")


def _set_clock(owner: acts.Connection, moment: str) -> None:
    owner.execute(
        sql.SQL(
            "create or replace function links.moment() returns timestamptz language sql volatile"
            " security definer set search_path = pg_catalog, pg_temp as {}"
        ).format(sql.Literal(f"select {moment}"))
    )


def _register_client(stage: Stage, name: str) -> Requester:
    key, kid = Ed25519PrivateKey.generate(), "demo"
    with connect(stage.settings, LinksRole.GOVERN) as connection:
        jwk = make_jwk(key.public_key()) | {"kid": kid}
        register_client(connection, f"{name}-app", NUMBERS[name], [jwk])
    return Requester(
        issuer=stage.settings.issuer,
        client=f"{name}-app",
        kid=kid,
        key=key,
        possession=Ed25519PrivateKey.generate(),
    )


def _fetch_addresses(settings: LinksSettings) -> list[dict[str, Any]]:
    url = f"{settings.register_url}/v1/addresses?municipalityCode=21004&pageSize=30&status=current"
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - a server of ours
        found: list[dict[str, Any]] = json.load(answer)["items"]
    return found


def _write_links(
    place: Path, people: Sequence[str], addresses: Sequence[Mapping[str, Any]]
) -> Path:
    """Write the file of the National Register's side: addresses as it spells them, not by id."""
    path = place / "residence.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["subject", "capacity", "from", "address"])
        for person, address in zip(people, addresses, strict=False):
            writer.writerow([person, "resident", "2020-01-01", _write_address(address)])
        writer.writerow(
            [people[-1], "resident", "2020-01-01", "Rue qui n'existe pas 1, 1000 Bruxelles"]
        )
    return path


def _write_address(address: Mapping[str, Any]) -> str:
    written: Mapping[str, Mapping[str, str]] = address["formattedAddress"]
    return next(iter(written.values()))["line"].upper()


def _write_dossiers(place: Path, person: str) -> Path:
    path = place / "dossiers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(DOSSIER_COLUMNS)
        writer.writerow(
            [
                NUMBERS["cpas"],
                "RN",
                "person",
                person,
                "open_file",
                "2024-01-01",
                "PrimaWeb-1",
                "yes",
            ]
        )
    return path
