"""A deliberation: a right as data. What is decided, by whom and when it holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import rfc8785

from links.domain.reasons import Reason
from links.domain.working_days import find_day


class BasisKind(StrEnum):
    """What the right rests on."""

    PROTOCOL = "protocol"
    CSI_DELIBERATION = "csi_deliberation"
    MINISTERIAL_AUTHORISATION = "ministerial_authorisation"
    LAW = "law"


class Direction(StrEnum):
    """From what to what; the first is the more intrusive one (royal decree of 24 November 2010)."""

    ADDRESS_TO_SUBJECT = "address_to_subject"
    SUBJECT_TO_ADDRESS = "subject_to_address"


class Disclosure(StrEnum):
    """The largest answer."""

    VERIFY = "verify"
    REFERENCE = "reference"
    PAIRWISE = "pairwise"
    ADDRESS = "address"


DISCLOSURES: dict[Direction, tuple[Disclosure, ...]] = {
    Direction.ADDRESS_TO_SUBJECT: (Disclosure.VERIFY, Disclosure.REFERENCE, Disclosure.PAIRWISE),
    Direction.SUBJECT_TO_ADDRESS: (Disclosure.VERIFY, Disclosure.ADDRESS),
}
"""Smallest answer first."""


class Visibility(StrEnum):
    """When the person concerned sees an answer."""

    IMMEDIATE = "immediate"
    DEFERRED = "deferred"
    EXEMPT = "exempt"


class State(StrEnum):
    """Where a version stands; in standstill it is approved already."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeText:
    """What the citizen reads."""

    nl: str
    fr: str
    de: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is decided and signed: the columns of table deliberation that never change.

    `valid_to` is the first day on which it no longer holds; territory None: the whole country.
    """

    id: str
    version: int
    organisation: str
    basis_kind: BasisKind
    basis_reference: str
    document_sha256: str
    domain: str
    purpose: str
    purpose_text: PurposeText
    direction: Direction
    disclosure: Disclosure
    sector: str
    kinds: tuple[str, ...]
    fields: tuple[str, ...]
    territory: tuple[str, ...] | None
    history_days: int
    valid_from: date
    valid_to: date | None
    requires_dossier: bool
    max_per_answer: int
    quota_hour: int
    quota_day: int
    quota_addresses_day: int
    protected_ok: bool
    citizen_visibility: Visibility
    defer_days: int
    combines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliberation(Content):
    """One version with what officers did to it. A narrowed version has no approver."""

    proposed_by: str
    signature_proposer: bytes
    approved_by: str | None = None
    signature_approver: bytes | None = None
    dpo_advice_sha256: str | None = None
    approved_at: datetime | None = None
    active_from: datetime | None = None
    state: State = State.PROPOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An officer's key; what a suspended officer signed does not count."""

    public_key: bytes
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDeliberation:
    """A version, the keys of its officers and, if narrowed, what two officers had granted."""

    deliberation: Deliberation
    proposer: Signer
    approver: Signer | None
    granted: "SignedDeliberation | None" = None


def make_document(content: Content) -> dict[str, Any]:
    """Make the content as published and proposed: JSON members in camelCase."""
    return {to_member(f.name): to_json(getattr(content, f.name)) for f in fields(Content)}


def make_content(content: Content) -> bytes:
    """Make the RFC 8785 form of all that is decided."""
    return rfc8785.dumps(make_document(content))


def find_hindrance(deliberation: Deliberation, moment: datetime) -> Reason | None:
    """Why a version does not hold at an aware moment; None when it does."""
    if deliberation.state is not State.APPROVED:
        return {
            State.SUSPENDED: Reason.DELIBERATION_SUSPENDED,
            State.WITHDRAWN: Reason.DELIBERATION_WITHDRAWN,
            State.SUPERSEDED: Reason.DELIBERATION_WITHDRAWN,
        }.get(deliberation.state, Reason.DELIBERATION_UNKNOWN)
    if deliberation.active_from is None or moment < deliberation.active_from:
        return Reason.STANDSTILL
    today = find_day(moment)
    if today < deliberation.valid_from:
        return Reason.NOT_YET_VALID
    if deliberation.valid_to is not None and today >= deliberation.valid_to:
        return Reason.EXPIRED
    return None


def read_signed(row: Mapping[str, Any]) -> SignedDeliberation:
    """Read the answer of links.find_deliberation and its kin; KeyError or ValueError if edited."""
    granted = row["granted"]
    return SignedDeliberation(
        deliberation=read_row(row),
        proposer=Signer(
            public_key=bytes.fromhex(row["proposer_key"]), status=row["proposer_status"]
        ),
        approver=None
        if row["approver_key"] is None
        else Signer(public_key=bytes.fromhex(row["approver_key"]), status=row["approver_status"]),
        granted=None if granted is None else read_signed(granted),
    )


def read_row(row: Mapping[str, Any]) -> Deliberation:
    """Read JSON of the columns: bytes in hexadecimal, `valid` as valid_from and valid_to."""
    return Deliberation(**{f.name: _from_json(f.name, row[f.name]) for f in fields(Deliberation)})


def make_publication(signed: SignedDeliberation) -> dict[str, Any]:
    """Make what is published: the content, who signed it and where it stands."""
    one = signed.deliberation
    state = {to_member(f.name): to_json(getattr(one, f.name)) for f in fields(Deliberation)}
    return state | {
        "proposerKey": signed.proposer.public_key.hex(),
        "approverKey": signed.approver.public_key.hex() if signed.approver else None,
    }


_READERS: dict[str, Any] = {
    "basis_kind": BasisKind,
    "direction": Direction,
    "disclosure": Disclosure,
    "citizen_visibility": Visibility,
    "state": State,
    "purpose_text": lambda text: PurposeText(**text),
    **dict.fromkeys(("kinds", "fields", "territory", "combines"), tuple),
    **dict.fromkeys(("valid_from", "valid_to"), date.fromisoformat),
    **dict.fromkeys(("approved_at", "active_from"), datetime.fromisoformat),
    **dict.fromkeys(("signature_proposer", "signature_approver"), bytes.fromhex),
}


def _from_json(name: str, value: Any) -> Any:
    if value is None or name not in _READERS:
        return value
    return _READERS[name](value)


def to_json(value: Any) -> Any:
    """Make a column JSON: moments in UTC with Z, bytes in hexadecimal."""
    if isinstance(value, PurposeText):
        return {"nl": value.nl, "fr": value.fr, "de": value.de}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, tuple) else value


def to_member(name: str) -> str:
    """Make the JSON member of a column."""
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)
