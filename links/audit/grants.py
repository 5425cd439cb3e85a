"""Who was granted what: the tables held against the acts that the chains tell of.

Who owns the database writes an officer, a key or a state into its tables and leaves no act behind;
an act that he writes as well stands in a chain that a witness has seen, with his key in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import psycopg

from links.audit.findings import Finding, Rule
from links.audit.heads import TEN_YEARS
from links.domain.deliberation import SignedDeliberation, read_signed
from links.domain.kinds import KINDS
from links.domain.signatures import signatures_ok

Named = tuple[str, int]
"""A deliberation's id and version."""

_MINUTE = 60_000_000
_APPROVED_WITHIN = 6 * _MINUTE
_STOPPED_WITHIN = _MINUTE
_AFTER = {
    "suspended": {"suspended", "withdrawn", "superseded"},
    "withdrawn": {"withdrawn", "superseded"},
}
"""What a version can be once it was stopped."""


@dataclass(slots=True, kw_only=True)
class Use:
    """The first record that names a version of a deliberation, and the moment of the last."""

    organisation: str
    n: int
    last_n: int
    last_at: int


@dataclass(slots=True, kw_only=True)
class Acts:
    """What was done, by the chains; moments are microseconds since 1970.

    `keys` and `homes`: the first key and organisation of an officer; `done`: moment and officer of
    each act on a version; `clients`: the newest digest of a client's keys; `is_cut`: records
    of ten years ago are gone, and acts with them.
    """

    keys: dict[str, tuple[int, str]] = field(default_factory=dict)
    homes: dict[str, tuple[int, str]] = field(default_factory=dict)
    done: dict[Named, dict[str, tuple[int, str]]] = field(default_factory=dict)
    stopped: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    clients: dict[str, tuple[int, str]] = field(default_factory=dict)
    statuses: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    is_cut: bool = False

    def add(self, content: dict[str, Any], at: int) -> None:
        """Take in the record of an act; KeyError when it is not one."""
        act, officer = content["act"], content.get("officer", "")
        if "key" in content:
            key = at, content["key"]
            self.keys[officer] = min(self.keys.get(officer, key), key)
        if act == "register_officer":
            home = at, content["organisation"]
            self.homes[officer] = min(self.homes.get(officer, home), home)
        elif act == "register_organisation":
            self.categories.setdefault(content["organisation"], content["category"])
        elif act == "register_client":
            name = content["client"]
            if at >= self.clients.get(name, (at, ""))[0]:
                self.clients[name] = at, content["digest"]
        elif act == "set_status":
            what = next(name for name in ("organisation", "client", "officer") if name in content)
            of = what, content[what]
            if at >= self.statuses.get(of, (at, ""))[0]:
                self.statuses[of] = at, content["status"]
        elif act in _AFTER:
            self.stopped.setdefault(content["deliberation"], []).append((at, act))
        elif act in {"propose", "approve", "narrow"}:
            named = content["deliberation"], content["version"]
            self.done.setdefault(named, {}).setdefault(act, (at, officer))

    def is_stopped(self, what: str, name: str) -> bool:
        """Return whether the last act on an organisation, a client or an officer stopped it."""
        return self.statuses.get((what, name), (0, ""))[1] in {"suspended", "revoked"}


def check_grants(
    connection: psycopg.Connection, acts: Acts, uses: dict[Named, Use], now: datetime
) -> list[Finding]:
    """Verify signatures, officers, acts and states of what was granted, and what was used of it."""
    rows = connection.execute("select * from links.list_published_deliberations()").fetchall()
    granted = {(row["id"], row["version"]): row for (row,) in rows if row}  # null: no officer
    found = {named: _find_contradiction(row, acts, now) for named, row in granted.items()}
    found |= {
        named: "was granted by an act, and is gone"
        for named, done in acts.done.items()
        if named not in granted and not done.keys().isdisjoint({"approve", "narrow"})
    }
    found |= {named: "was never granted" for named in uses if named not in found}
    findings = [
        _make_finding(named, text, uses.get(named)) for named, text in found.items() if text
    ]
    findings += [
        Finding(rule=Rule.DELIBERATION, organisation=use.organisation, n=use.last_n, text=text)
        for named, use in uses.items()
        for text in _find_late_use(named, use, acts)
    ]
    findings += _check_organisations(connection, acts)
    return findings + list(_check_clients(connection, acts))


def _make_finding(named: Named, text: str, use: Use | None) -> Finding:
    text = f"{named[0]} version {named[1]} {text}"
    if use is None:
        return Finding(rule=Rule.DELIBERATION, text=text)
    text += "; used first by this record"
    return Finding(rule=Rule.DELIBERATION, organisation=use.organisation, n=use.n, text=text)


def _find_contradiction(row: dict[str, Any], acts: Acts, now: datetime) -> str | None:
    if not is_signed(row):
        return "is not what its officers signed"
    approved = datetime.fromisoformat(row["approved_at"])
    done = acts.done.get((row["id"], row["version"]), {})
    is_gone = acts.is_cut and approved < now - TEN_YEARS
    granted_at = int(approved.timestamp() * 1_000_000)
    for act, role, officer in _list_signers(row):
        at, by = done.get(act, (granted_at, officer if is_gone else None))
        if by != officer:
            return f"has no act of {officer} to {act} it"
        if act != "propose" and abs(at - granted_at) > _APPROVED_WITHIN:
            return "was granted at another moment than its act"
        if text := _find_other_officer(row, role, officer, acts):
            return text
    for at, state in acts.stopped.get(row["id"], []):
        is_later = at > max((moment for moment, _ in done.values()), default=granted_at)
        if is_later and row["state"] not in _AFTER[state]:
            return f"was {state} by an act, and is {row['state']}"
    return _find_one_home(row, acts)


def _list_signers(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return act, role and officer of who signed a version."""
    if row["approved_by"] is None:
        return [("narrow", "proposer", row["proposed_by"])]
    return [
        ("propose", "proposer", row["proposed_by"]),
        ("approve", "approver", row["approved_by"]),
    ]


def _find_other_officer(row: dict[str, Any], role: str, officer: str, acts: Acts) -> str | None:
    _, key = acts.keys.get(officer, (0, row[f"{role}_key"] if acts.is_cut else None))
    if key != row[f"{role}_key"]:
        return f"was signed with a key that no act registered for {officer}"
    if acts.is_stopped("officer", officer) and row[f"{role}_status"] != "suspended":
        return f"was signed by {officer}, whom an act suspended"
    return None


def _find_one_home(row: dict[str, Any], acts: Acts) -> str | None:
    """Find officers of one organisation, wherever the table puts them, where two are needed."""
    homes = [
        acts.homes[officer][1] for _, _, officer in _list_signers(row) if officer in acts.homes
    ]
    if len(homes) > len(set(homes)) and any(
        kind not in KINDS or KINDS[kind].natural_person for kind in row["kinds"]
    ):
        return "was granted by officers of one organisation"
    return None


def _find_late_use(named: Named, use: Use, acts: Acts) -> Iterator[str]:
    done = acts.done.get(named, {})
    granted_at = max((at for at, _ in done.values()), default=0)
    for at, state in acts.stopped.get(named[0], []):
        if granted_at < at < use.last_at - _STOPPED_WITHIN:
            yield f"{named[0]} version {named[1]} was used after it was {state}"
            return


def _check_organisations(connection: psycopg.Connection, acts: Acts) -> Iterator[Finding]:
    rows = connection.execute("select * from links.list_published_organisations()").fetchall()
    for number, _, category, status, _ in rows:
        known = acts.categories.get(number, category if acts.is_cut else "unknown")
        text = f"is {category}, and was registered as {known}" if known != category else ""
        if acts.is_stopped("organisation", number) and status != "suspended":
            text = f"is {status}, and an act suspended it"
        if text:
            yield Finding(rule=Rule.DELIBERATION, organisation=number, text=text)


def _check_clients(connection: psycopg.Connection, acts: Acts) -> Iterator[Finding]:
    for client, organisation, status, digest in connection.execute(
        "select * from links.list_clients()"
    ):
        _, known = acts.clients.get(client, (0, digest if acts.is_cut else None))
        text = f"client {client} has keys that no act registered" if known != digest else ""
        if acts.is_stopped("client", client) and status == "active":
            text = f"client {client} is active, and an act stopped it"
        if text:
            yield Finding(rule=Rule.DELIBERATION, organisation=organisation, text=text)


def is_signed(row: dict[str, Any]) -> bool:
    """Return whether the officers signed it; those who may not sign any more could then."""
    try:
        return signatures_ok(_with_active_officers(read_signed(row)))
    except (ValueError, KeyError, TypeError):
        return False


def _with_active_officers(signed: SignedDeliberation) -> SignedDeliberation:
    return replace(
        signed,
        proposer=replace(signed.proposer, status="active"),
        approver=replace(signed.approver, status="active") if signed.approver else None,
        granted=_with_active_officers(signed.granted) if signed.granted else None,
    )
