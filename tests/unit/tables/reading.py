"""Reads delimited text from memory: as the import does, in one process."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from importers.formats.catalogue import FORMATS
from importers.formats.format import Look
from importers.tables.delimited import DelimitedTable
from importers.tables.rows import RowMapper
from importers.tables.table import BadRow
from importers.unknowns import Unknowns
from registry.domain.records import Rejection
from registry.domain.resource import Resource

if TYPE_CHECKING:
    from importers.tables.column_map import ColumnMap
    from importers.tables.references import Named
    from importers.tables.table import Table
    from registry.domain.records import Record
    from registry.domain.region import Region


def open_text(text: str | bytes, separator: str | None = None) -> DelimitedTable:
    content = text.encode() if isinstance(text, str) else text
    return DelimitedTable(io.BytesIO(content), "file.csv", separator=separator)


def recognise(table: Table) -> tuple[str, ColumnMap]:
    """Return the first format of the catalogue that knows the table."""
    look = Look(columns=frozenset(table.columns), name="file")
    return next((f.name, found) for f in FORMATS if (found := f.recognise(look)) is not None)


def read_table(
    table: Table,
    region: Region,
    column_map: ColumnMap | None = None,
    unknowns: Unknowns | None = None,
) -> tuple[list[Record | Rejection], Named]:
    """Return what the rows of a table say, and what they tell of other objects."""
    mapper = RowMapper(
        column_map or recognise(table)[1],
        table.columns,
        region,
        Unknowns() if unknowns is None else unknowns,
        crs=table.crs,
        label=table.label,
    )
    split = table.make_splitter()
    told: list[Record | Rejection] = []
    for piece in table.cut():
        for row in split(piece):
            found = (
                Rejection(
                    resource=Resource.ADDRESS, object_id=None, reason=row.reason, offset=row.place
                )
                if isinstance(row, BadRow)
                else mapper.to_records(*row)
            )
            told += [found] if isinstance(found, Rejection) else found
    return told, mapper.take_named()


def read_text(
    text: str | bytes,
    region: Region,
    column_map: ColumnMap | None = None,
    unknowns: Unknowns | None = None,
) -> tuple[list[Record | Rejection], Named]:
    return read_table(open_text(text), region, column_map, unknowns)
