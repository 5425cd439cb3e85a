"""How fast a sector's file becomes links: read, checked, keyed, loaded and committed."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from links.domain.kinds import KINDS
from links.ingest.loading import load, make_file_delivery
from links.store.connections import connect_as_superuser
from links.synthetic.numbers import make_ssin

if TYPE_CHECKING:
    from links.settings import LinksSettings

ROWS = 1_000_000
FLOOR_ROWS_PER_SECOND = 50_000
_PEOPLE_PER_ADDRESS = 4
_ADDRESSES = (
    "insert into links.replica_address"
    " select 'bru-' || n, '21004', 'bru-9', mod(n, 200)::text, '[2010-01-01,)'"
    " from generate_series(1, %s) as n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestFigure:
    """How many rows became links in how many seconds."""

    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Rows that are read, keyed, loaded and durable, per second."""
        return self.rows / self.seconds


def measure_ingest(settings: LinksSettings, rows: int = ROWS) -> IngestFigure:
    """Load a file of residents whose addresses are matched into an empty, migrated wall.

    The pseudonymiser of `settings` must run. The replica has an address for four people each.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "residence.csv"
        write_residents(path, rows)
        with connect_as_superuser(settings) as connection:
            connection.execute(_ADDRESSES, (rows // _PEOPLE_PER_ADDRESS + 1,))
            connection.execute("insert into links.replica_position values (true, 1, '', 'bench')")
            connection.execute("analyze links.replica_address")
            connection.execute("checkpoint")
        began = time.perf_counter()
        delivery = make_file_delivery(KINDS["residence"], path, is_whole=True)
        counts = load(settings, delivery)
        seconds = time.perf_counter() - began
    if counts["loaded"] != rows:
        raise RuntimeError(f"{counts['loaded']:,} links were loaded, and not {rows:,}")
    return IngestFigure(rows=rows, seconds=seconds)


def write_residents(path: Path, rows: int) -> None:
    """Write a file as the National Register might send it, of people who cannot exist."""
    with path.open("w", encoding="utf-8") as file:
        file.write("subject,capacity,household,from,to,addressId\n")
        for number in range(rows):
            home = number // _PEOPLE_PER_ADDRESS + 1
            month, day = number % 12 + 1, number % 28 + 1
            file.write(
                f"{make_ssin(number)},resident,H{home},2015-{month:02}-{day:02},,bru-{home}\n"
            )
