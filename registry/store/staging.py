"""Rows of a source file into temporary tables, by COPY, in bounded memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from psycopg import Connection

from geo.projection import Projection
from registry.domain.errors import InputRefused
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    Record,
    Rejection,
    StreetNameRecord,
)
from registry.domain.resource import Resource
from registry.store import staged_rows
from registry.store.staged_rows import Row
from registry.store.statements import compose, read_statement
from registry.store.tables import LANGUAGES, MUNICIPALITY_LANGUAGES

_BATCH = 10_000
_MOST_REJECTIONS = 10_000  # a file with more is not odd here and there, but wrong


@dataclass(slots=True)
class Staged:
    """What a file held: rows met, and those that could not be read."""

    seen: int = 0
    rejections: list[Rejection] = field(default_factory=list)


def make_import_tables(connection: Connection) -> None:
    """Create the temporary tables that one region's import shares."""
    connection.execute(read_statement("make_rejected"))
    connection.execute(read_statement("make_found"))


def stage_rows(
    connection: Connection,
    resource: Resource,
    source_id: int,
    rows: Iterable[Record | Rejection],
    *,
    projection: Projection,
    on_rows: Callable[[int], None],
) -> Staged:
    """Copy the rows of one file into its staging table; `on_rows` hears how many so far."""
    staged = Staged()
    connection.execute(compose("make_staged", resource))
    with connection.cursor().copy(compose("copy_staged", resource)) as copy:
        for batch in _keep_records(rows, staged):
            for row in _make_rows(resource, batch, source_id, projection):
                copy.write_row(row)
            on_rows(staged.seen)
    _insert_rejections(connection, staged, source_id)
    return staged


def _keep_records(rows: Iterable[Record | Rejection], staged: Staged) -> Iterator[list[Record]]:
    """Yield records in batches; rejections are set aside in `staged`."""
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        staged.seen += len(batch)
        staged.rejections += [row for row in batch if isinstance(row, Rejection)]
        if len(staged.rejections) > _MOST_REJECTIONS:
            raise _make_refusal(staged)
        yield [row for row in batch if not isinstance(row, Rejection)]


def _make_refusal(staged: Staged) -> InputRefused:
    first = staged.rejections[0]
    return InputRefused(
        f"{len(staged.rejections):,} of the first {staged.seen:,} rows cannot be read."
        f" The first, at byte {first.offset:,}: {first.reason}. Nothing was imported."
    )


def _make_rows(
    resource: Resource, records: list[Record], source_id: int, projection: Projection
) -> Iterable[Row]:
    if resource is Resource.ADDRESS:
        addresses = cast("list[AddressRecord]", records)
        return staged_rows.make_address_rows(addresses, source_id, projection)
    if resource is Resource.STREET_NAME:
        streets = cast("list[StreetNameRecord]", records)
        return (staged_rows.make_street_name_row(r, source_id, LANGUAGES) for r in streets)
    named = cast("list[NamedRecord]", records)
    languages = MUNICIPALITY_LANGUAGES if resource is Resource.MUNICIPALITY else LANGUAGES
    return (staged_rows.make_named_row(r, source_id, languages) for r in named)


def _insert_rejections(connection: Connection, staged: Staged, source_id: int) -> None:
    for rejection in staged.rejections:
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


def keep_one_of_repeated(connection: Connection, resource: Resource) -> int:
    """Keep one row per identifier, note each identifier given twice; return how many rows went."""
    parameters = {"resource": resource}
    repeated = connection.execute(compose("insert_found_repeated", resource), parameters).rowcount
    if not repeated:
        return 0
    return connection.execute(compose("keep_one_of_repeated", resource), parameters).rowcount
