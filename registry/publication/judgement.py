"""Whether an edition may be published, and what is odd in it."""

from collections.abc import Callable
from datetime import datetime

from psycopg import Connection
from psycopg.sql import Composed

from registry.domain.dataset import Dataset
from registry.domain.edition import Edition, Permissions
from registry.domain.errors import InputRefused
from registry.domain.resource import Resource
from registry.store.statements import compose, read_statement

RULES_ON_ALL = (
    "danglingStreetName",
    "danglingMunicipality",
    "danglingPartOfMunicipality",
    "danglingPostalInfo",
)
"""Rules that every import applies to all that is current in its region."""

RULES_ON_FILES = (
    "nameDiffersBetweenLists",
    "olderVersion",
    "rejectedRow",
    "repeatedIdentifier",
    "unknownDeletion",
)
"""Rules on what a file says; one that does not list all there is repairs nothing of that."""

RULES_ON_ADDRESSES = (
    "positionMissing",
    "positionZero",
    "positionUnreadable",
    "positionSystemUnknown",
    "positionOutsideBelgium",
    "duplicateAddress",
)
"""Rules that an import of addresses applies to all addresses that are current in its region."""

_FURTHEST = 0.20  # of the last full edition's total


class OlderThanRegister(InputRefused):
    """The files were extracted before what the register already has of their kind."""


def find_last_source(
    connection: Connection,
    edition: Edition,
    resource: Resource,
    *,
    complete: bool,
) -> tuple[datetime, int, str] | None:
    """Return extraction time, rows and name of the family's newest file.

    Of full ones only if `complete`.
    """
    row = connection.execute(
        read_statement("find_last_source"),
        {
            "region": edition.region,
            "resource": resource,
            "dataset": edition.dataset,
            "family": edition.family.name,
            "own_id": edition.files[resource].source_id,
            "complete": complete,
        },
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def guard_age(connection: Connection, edition: Edition, permissions: Permissions) -> None:
    """Refuse files extracted before what the register already has of their kind."""
    if permissions.allow_older:
        return
    for resource, file in edition.files.items():
        last = find_last_source(connection, edition, resource, complete=False)
        if last is not None and file.origin.extracted_at < last[0]:
            raise OlderThanRegister(
                f"{edition.region.label} {resource.plural}: this file was extracted at"
                f" {file.origin.extracted_at.isoformat()}, the register already has"
                f" {last[0].isoformat()}. Use --allow-older to go back on purpose."
            )


def guard_totals(connection: Connection, edition: Edition, permissions: Permissions) -> list[str]:
    """Refuse totals more than a fifth away from the region's last full edition.

    Returns a warning when there is nothing to compare with.
    """
    if permissions.accept_totals or edition.dataset is Dataset.SAMPLE:
        return []
    new = []
    for resource, file in edition.files.items():
        if not file.lists_all:
            continue
        last = find_last_source(connection, edition, resource, complete=True)
        if last is None or last[1] == 0:
            _guard_others(connection, edition, resource)
            new.append(resource.plural)
        elif abs(file.seen - last[1]) > _FURTHEST * last[1]:
            raise InputRefused(
                f"{edition.region.label}: {file.seen:,} {resource.plural} in this file,"
                f" {last[1]:,} in the last one ({last[2]}): more than"
                f" {_FURTHEST:.0%} apart. If that is right, use --accept-totals."
            )
    if not new:
        return []
    return [f"{edition.region.label}: no earlier totals to compare with: {', '.join(new)}."]


def _guard_others(connection: Connection, edition: Edition, resource: Resource) -> None:
    """Refuse a family's first full file that has far fewer objects than it would be alone with."""
    file = edition.files[resource]
    row = connection.execute(
        compose("count_endable", resource),
        {"region": edition.region, "dataset": edition.dataset, "rank": edition.family.rank},
    ).fetchone()
    current = row[0] if row else 0
    if file.seen < (1 - _FURTHEST) * current:
        raise InputRefused(
            f"{edition.region.label}: {file.seen:,} {resource.plural} in this file, the first of"
            f" its format, and {current:,} that other formats told of and that it would end: more"
            f" than {_FURTHEST:.0%} fewer. If that is right, use --accept-totals."
        )


def find_findings(
    connection: Connection, edition: Edition, compose_on_addresses: Callable[[str], Composed]
) -> dict[str, int]:
    """Apply the rules to all that is current; return how many findings each rule made.

    To all, as what a file repeats is not read again, and as a list of street names alone may
    leave addresses without theirs.
    """
    parameters = {"region": edition.region}
    if Resource.ADDRESS in edition.files:
        connection.execute(compose_on_addresses("find_bad_positions"), parameters)
        connection.execute(compose_on_addresses("find_duplicate_addresses"), parameters)
    connection.execute(read_statement("find_dangling_municipalities"), parameters)
    connection.execute(compose_on_addresses("find_dangling_references"), parameters)
    return dict(connection.execute(read_statement("count_found")).fetchall())


def write_findings(
    connection: Connection,
    edition: Edition,
    seq: int,
    compose_on_addresses: Callable[[str], Composed],
) -> None:
    """Record new findings and close the repaired ones, dated by the newest number there is."""
    parameters = {
        "region": edition.region,
        "resources": [str(resource) for resource in edition.files],
        "rules_on_all": list(RULES_ON_ALL),
        "rules_on_addresses": list(RULES_ON_ADDRESSES),
        "family": edition.family.name,
        "rules_on_files": list(RULES_ON_FILES),
        "listed": [
            str(resource)
            for resource, file in edition.files.items()
            if edition.complete and file.lists_all
        ],
        "seq": seq,
    }
    connection.execute(read_statement("close_findings"), parameters)
    connection.execute(compose_on_addresses("insert_findings"), parameters)
