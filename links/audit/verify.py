"""Everything that the log promises, checked in one reading of one moment of the database."""

import csv
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from links.audit.chains import ChainReader
from links.audit.findings import Finding, Rule
from links.audit.heads import Keys, check_leaves, count_expired, read_heads
from links.domain.deliberation import SignedDeliberation, read_signed
from links.domain.signatures import signatures_ok
from registry.domain.errors import InputRefused

_OWN_COLUMNS = ["organisation", "month", "deliberation", "requests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was read and what was found."""

    records: int
    chains: int
    leaves: int
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is held against the log; notices are not."""
        return all(finding.is_notice for finding in self.findings)


def verify_log(
    connection: psycopg.Connection,
    *,
    keys: Keys,
    directories: tuple[Path, ...],
    now: datetime,
    own: Path | None = None,
) -> Verification:
    """Verify chains, tree, checkpoints, deliberations, deliveries and a client's own counts.

    `connection` is of links_audit, without a transaction; `directories` hold checkpoints that
    were published, or that a witness keeps.
    """
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        heads, findings = read_heads(connection, directories, keys)
        reader = ChainReader(connection, expired=count_expired(heads, now, keys), now=now)
        chains = reader.list_chains()
        for chain in chains:
            findings += reader.check(chain)
        leaves, forks = check_leaves(connection, heads)
        findings += forks
        findings += check_deliberations(connection, reader.versions)
        findings += check_own_counts(connection, own) if own else []
    return Verification(
        records=reader.records,
        chains=len(chains),
        leaves=leaves,
        checkpoints=len(heads),
        findings=tuple(findings),
    )


def check_deliberations(
    connection: psycopg.Connection, versions: dict[tuple[str, int], tuple[str, int]]
) -> list[Finding]:
    """Verify the signatures of what was ever granted, and that what was used was granted."""
    findings = []
    granted = set()
    rows = connection.execute("select * from links.list_published_deliberations()").fetchall()
    for row in [row for (row,) in rows if row]:  # null: its officers are gone
        name = row["id"], row["version"]
        granted.add(name)
        if not is_signed(row):
            organisation, n = versions.get(name, (None, None))
            text = f"{name[0]} version {name[1]} is not what its officers signed"
            text += "; used first by this record" if n else ""
            findings.append(
                Finding(rule=Rule.DELIBERATION, organisation=organisation, n=n, text=text)
            )
    for (deliberation, version), (organisation, n) in versions.items():
        if (deliberation, version) not in granted:
            text = f"used {deliberation} version {version}, which was never granted"
            findings.append(
                Finding(rule=Rule.DELIBERATION, organisation=organisation, n=n, text=text)
            )
    return findings


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


def check_own_counts(connection: psycopg.Connection, path: Path) -> list[Finding]:
    """Compare what a client counted with the log: a CSV of organisation, month, ..., requests."""
    own = read_own_counts(path)
    logged: Counter[tuple[str, str, str]] = Counter()
    for month in {month for _, month, _ in own}:
        counted = connection.execute(
            "select * from links.count_records(%s)", (date.fromisoformat(f"{month}-01"),)
        )
        for organisation, deliberation, allowed, refused in counted:
            logged[organisation, month, deliberation] = allowed + refused
    asked_by = {(organisation, month) for organisation, month, _ in own}
    cells = own.keys() | {cell for cell in logged if cell[:2] in asked_by}
    return [
        Finding(
            rule=Rule.COUNTS,
            organisation=cell[0],
            text=f"{cell[2]} in {cell[1]}: {own[cell]} by its own count, {logged[cell]} in the log",
        )
        for cell in sorted(cells)
        if own[cell] != logged[cell]
    ]


def read_own_counts(path: Path) -> Counter[tuple[str, str, str]]:
    """Read organisation, month (2026-11, in UTC), deliberation and number of requests."""
    counts: Counter[tuple[str, str, str]] = Counter()
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != _OWN_COLUMNS:
            raise InputRefused(f"{path.name}: the first line must be {','.join(_OWN_COLUMNS)}.")
        for row in rows:
            try:
                date.fromisoformat(f"{row['month']}-01")
                requests = int(row["requests"])
            except (ValueError, TypeError) as error:
                raise InputRefused(
                    f"{path.name} line {rows.line_num}: month is like 2026-11, requests a number."
                ) from error
            counts[row["organisation"], row["month"], row["deliberation"]] += requests
    return counts
