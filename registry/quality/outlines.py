"""Outlines of municipalities: imported from a file, or hulls of their streets till then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg import Connection

from geo.projection import Projection
from registry.domain.errors import InputRefused
from registry.normalization.places import follow
from registry.quality.geojson import list_outlines
from registry.quality.statements import read_statement
from registry.store.statements import read_statement as read_store_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineCounts:
    """Features read, outlines in use, and how many of those are joined of merged municipalities."""

    read: int
    in_use: int
    joined: int

    def describe(self) -> str:
        """Return them as a line."""
        return (
            f"{self.read} outlines read, {self.in_use} in use"
            f" ({self.joined} joined of merged municipalities)"
        )


def import_outlines(
    connection: Connection,
    path: Path,
    progress: Callable[[str], None],
    *,
    projection: Projection,
    now: datetime,
) -> OutlineCounts:
    """Put the outlines of a GeoJSON file in use.

    Municipalities that went keep theirs, for data that still has their code, and give it to the
    one they went into. InputRefused says where and what when the file cannot be read, or an
    outline cannot be the municipality's.
    """
    read = list_outlines(path, projection)
    with connection.transaction():
        connection.execute(read_store_statement("lock_publishing"))
        connection.execute(read_statement("make_outline_read"))
        connection.execute(read_statement("make_outline_drawn"))
        with connection.cursor().copy(read_statement("copy_outline_read")) as copy:
            for code, place, text in read:
                for each in dict.fromkeys((code, follow(code))):
                    copy.write_row((each, place, text))
        for (code,) in connection.execute(read_statement("list_invalid_outlines")):
            progress(f"{path.name}: the outline of {code} crosses itself; mended")
        connection.execute(read_statement("union_outlines"))
        _check_outlines(connection)
        in_use = _put_in_use(connection, origin="imported", source=path.name, now=now)
    joined = {follow(code) for code, _, _ in read if follow(code) != code}
    return OutlineCounts(read=len(read), in_use=in_use, joined=len(joined))


def _check_outlines(connection: Connection) -> None:
    """Refuse an outline that is next to nothing, and one that lies where its addresses do not."""
    tiny = connection.execute(read_statement("find_tiny_outline")).fetchone()
    if tiny is not None:
        place, code, area = tiny
        raise InputRefused(f"{place}: the outline of {code} is {area:.0f} m2: less than a hectare.")
    misplaced = connection.execute(read_statement("find_misplaced_outline")).fetchone()
    if misplaced is not None:
        place, code, *where = misplaced
        raise InputRefused(
            f"{place}: the outline of {code} lies round {where[0]:.0f} {where[1]:.0f}, its"
            f" addresses lie round {where[2]:.0f} {where[3]:.0f} (EPSG:3812): the code is another"
            " municipality's, or x and y are exchanged."
        )


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
