"""Rows of a source file into temporary tables, by COPY."""

from collections.abc import Iterable
from typing import cast

from psycopg import Connection

from geo.projection import Projection
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    Record,
    Rejection,
    StreetNameRecord,
)
from registry.domain.resource import Resource
from registry.store import staged_rows
from registry.store.copy_text import Row
from registry.store.statements import compose, read_statement
from registry.store.tables import LANGUAGES, MUNICIPALITY_LANGUAGES


def make_import_tables(connection: Connection) -> None:
    """Create the temporary tables that one region's import shares."""
    connection.execute(read_statement("make_rejected"))
    connection.execute(read_statement("make_deletion"))
    connection.execute(read_statement("make_found"))


def copy_staged(connection: Connection, resource: Resource, parts: Iterable[bytes]) -> None:
    """Copy rows, in COPY's text format, into a new staging table of one kind."""
    connection.execute(compose("drop_staged", resource))
    connection.execute(compose("make_staged", resource))
    with connection.cursor().copy(compose("copy_staged", resource)) as copy:
        for part in parts:
            copy.write(part)


def copy_deletions(connection: Connection, rows: Iterable[Row]) -> None:
    """Note what a file of mutations deletes: resource, object_id, source_id, source_offset."""
    with connection.cursor().copy(read_statement("copy_deletions")) as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute("analyze deletion")


def make_rows(
    resource: Resource, records: list[Record], source_id: int, projection: Projection
) -> list[Row]:
    """Return the staging rows of records of one kind, in order."""
    if resource is Resource.ADDRESS:
        addresses = cast("list[AddressRecord]", records)
        return list(staged_rows.make_address_rows(addresses, source_id, projection))
    if resource is Resource.STREET_NAME:
        streets = cast("list[StreetNameRecord]", records)
        return [staged_rows.make_street_name_row(r, source_id, LANGUAGES) for r in streets]
    named = cast("list[NamedRecord]", records)
    languages = MUNICIPALITY_LANGUAGES if resource is Resource.MUNICIPALITY else LANGUAGES
    return [staged_rows.make_named_row(r, source_id, languages) for r in named]


def insert_rejections(
    connection: Connection, rejections: Iterable[Rejection], source_id: int
) -> None:
    """Note rows that could not be read: each is a finding, and its object is not gone."""
    for rejection in rejections:
        if rejection.object_id is not None:
            connection.execute(
                read_statement("insert_rejected"),
                {"resource": rejection.resource, "object_id": rejection.object_id},
            )
        insert_found(
            connection,
            rule="rejectedRow",
            resource=rejection.resource,
            object_id=rejection.object_id or "",
            detail=rejection.reason,
            source_id=source_id,
            source_offset=rejection.offset,
        )


def insert_found(connection: Connection, **finding: str | int) -> None:
    """Note one finding of this import: rule, resource, object_id, detail, source_id, offset."""
    connection.execute(read_statement("insert_found"), finding)


def keep_one_of_repeated(
    connection: Connection, resource: Resource, *, may_tell_again: bool
) -> int:
    """Keep one row per identifier, note each identifier given twice; return how many rows went.

    `may_tell_again`: rows that say the same are no matter, and not counted.
    """
    parameters = {"resource": resource}
    if not connection.execute(compose("make_repeated", resource)).rowcount:
        return 0
    if may_tell_again:
        connection.execute(compose("drop_told_again", resource))
    connection.execute(compose("insert_found_repeated", resource), parameters)
    gone = connection.execute(compose("keep_one_of_repeated", resource), parameters).rowcount
    connection.execute(compose("forget_repeated", resource), parameters)
    return gone
