"""Everything that the log promises, checked in one reading of one moment of the database."""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg

from links.audit.chains import ChainReader
from links.audit.findings import Finding, Rule
from links.audit.grants import check_grants
from links.audit.heads import Keys, check_leaves, count_expired, read_heads
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
        findings += check_requests(connection)
        findings += check_grants(connection, reader.acts, reader.uses, now)
        findings += check_own_counts(connection, own) if own else []
    return Verification(
        records=reader.records,
        chains=len(chains),
        leaves=leaves,
        checkpoints=len(heads),
        findings=tuple(findings),
    )


def check_requests(connection: psycopg.Connection) -> list[Finding]:
    """Name what citizens filed and the log tells of, and that is gone or not what it was."""
    return [
        Finding(
            rule=Rule.DELETED,
            organisation="citizen",
            n=n,
            text=f"request {request} of a citizen is gone, or not what was filed",
        )
        for n, request in connection.execute("select * from links.list_altered_requests()")
    ]


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
