"""Derived positions made again, when the grid has come or gone. No version changes."""

from collections.abc import Callable, Iterator
from itertools import islice

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

from geo.crs import Crs
from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from registry.settings import Settings
from registry.store.connections import Role, connect
from registry.store.staged_rows import derive_positions
from registry.store.statements import read_statement

_BATCH = 20_000


def reproject(settings: Settings, progress: Callable[[str], None]) -> int:
    """Project published Lambert 72 coordinates by the shift now in use; return how many.

    Two connections: one reads, one writes in one transaction, so that readers see all
    positions by one pipeline or all by the other.
    """
    projection = Projection(choose_datum_shift(settings.proj_grid))
    progress(f"Projecting by {projection.shift.name}")
    with (
        connect(settings, Role.IMPORTER, application_name="best reproject") as source,
        connect(settings, Role.IMPORTER, application_name="best reproject") as target,
    ):
        target.execute(read_statement("lock_publishing"))
        target.execute(read_statement("make_reprojected"))
        count = _copy_positions(source.cursor(), target, projection, progress)
        target.execute(read_statement("update_positions"))
        target.execute(
            read_statement("update_datum_shift"),
            {"name": projection.shift.name, "metres": projection.shift.accuracy_metres},
        )
        target.execute("notify best_release")
    return count


def _copy_positions(
    source: Cursor[TupleRow],
    target: Connection,
    projection: Projection,
    progress: Callable[[str], None],
) -> int:
    count = 0
    statement = read_statement("list_projected_positions")
    with (
        source.copy(statement, {"datum_shift": projection.shift.name}) as rows,
        target.cursor().copy(read_statement("copy_reprojected")) as copy,
    ):
        for batch in _batches(iter(rows.rows())):
            published = [(row[3], int(Crs.LAMBERT_72)) for row in batch]
            derived = derive_positions(published, projection)
            for row, position in zip(batch, derived, strict=True):
                copy.write_row((*row[:3], *position))
            count += len(batch)
            progress(f"{count:,} positions projected")
    return count


def _batches(rows: Iterator[TupleRow]) -> Iterator[list[TupleRow]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
