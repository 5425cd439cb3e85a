"""Outlines of municipalities: imported from a file, or hulls of their addresses till then."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from psycopg import Connection

from geo.projection import Projection
from registry.quality.geojson import list_outlines
from registry.quality.statements import read_statement
from registry.store.statements import read_statement as read_store_statement


def import_outlines(
    connection: Connection,
    path: Path,
    progress: Callable[[str], None],
    *,
    projection: Projection,
    now: datetime,
) -> int:
    """Put the outlines of a GeoJSON file in use and return how many there are.

    Municipalities that went keep theirs, for data that still has their code, and give it to the
    one they went into. InputRefused says where and what when the file cannot be read.
    """
    read = list_outlines(path, projection)
    with connection.transaction():
        connection.execute(read_store_statement("lock_publishing"))
        connection.execute(read_statement("make_outline_read"))
        connection.execute(read_statement("make_outline_drawn"))
        with connection.cursor().copy(read_statement("copy_outline_read")) as copy:
            for row in read:
                copy.write_row(row)
        for (code,) in connection.execute(read_statement("list_invalid_outlines")):
            progress(f"{path.name}: the outline of {code} crosses itself; mended")
        connection.execute(read_statement("union_outlines"))
        return _put_in_use(connection, origin="imported", source=path.name, now=now)


def draw_hulls(connection: Connection, now: datetime) -> None:
    """Draw the hull of each inspected municipality that no imported outline is there for."""
    connection.execute(read_statement("make_outline_drawn"))
    connection.execute(read_statement("draw_hulls"), {})
    _put_in_use(connection, origin="hull", source="", now=now)


def _put_in_use(connection: Connection, *, origin: str, source: str, now: datetime) -> int:
    """Put what was drawn in place of what was in use; return how many outlines there are."""
    parameters = {"origin": origin, "source": source, "now": now}
    connection.execute(read_statement("replace_outlines"), parameters)
    return connection.execute(read_statement("insert_outlines"), parameters).rowcount
