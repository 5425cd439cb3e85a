"""The files that rows came from."""

from datetime import datetime

from psycopg import Connection

from registry.domain.dataset import Dataset
from registry.domain.edition import FormatFamily, SourceOrigin
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.statements import read_statement


def insert_source(
    connection: Connection,
    *,
    region: Region,
    dataset: Dataset,
    resource: Resource,
    family: FormatFamily,
    complete: bool,
    origin: SourceOrigin,
    imported_at: datetime,
) -> int:
    """Record a file about to be read and return its number, which every row carries."""
    row = connection.execute(
        read_statement("insert_source"),
        {
            "region": region,
            "dataset": dataset,
            "resource": resource,
            "family": family.name,
            "rank": family.rank,
            "complete": complete,
            "container": origin.container,
            "sha256": origin.sha256,
            "path": origin.path,
            "extracted_at": origin.extracted_at,
            "imported_at": imported_at,
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - returning gives one row
    return int(row[0])
