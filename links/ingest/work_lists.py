"""Rows whose address was not found: exported for their owner, corrected, read back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from links.domain.kinds import KINDS, Kind
from links.ingest.loading import Delivery, apply, make_digest
from links.ingest.matching import MATCH
from links.ingest.rows import ADDRESS_COLUMNS, COLUMNS, Row, RowRefused, check_cells, check_header
from links.ingest.sealing import unseal_cells
from links.ingest.spreadsheets import restore, write_spreadsheet
from links.ingest.tables import Table, open_table
from links.keys.client import BatchKeys
from links.replica.moves import Move, move_links
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

HEADER = ("row", "class", "candidates", *COLUMNS)

Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an owner says of a row: the address, or how it should have been written."""

    address_id: str
    address: tuple[str, ...] | None


def export_work_list(settings: LinksSettings, number: int, target: Path) -> int:
    """Write what is open of a delivery to a new file for its owner; return how many rows."""
    with (
        connect(settings, LinksRole.INGEST) as connection,
        BatchKeys(settings.batch_socket) as keys,
    ):
        _, digest = fetch_delivery(connection, number)
        rows = [
            [str(row), work_class, *(str(cells.get(name, "")) for name in HEADER[2:])]
            for row, work_class, cells in list_open(connection, keys, number, digest)
        ]
    write_spreadsheet(target, HEADER, rows)
    return len(rows)


def fetch_delivery(connection: Connection, number: int) -> tuple[Kind, str]:
    """Return a delivery's kind and digest; InputRefused when there is none."""
    found = connection.execute("select * from links.find_delivery(%s)", (number,)).fetchone()
    if found is None:
        raise InputRefused(f"There is no delivery {number}.")
    return KINDS[found[0]], found[1]


def list_open(
    connection: Connection, keys: BatchKeys, number: int, digest: str
) -> Iterator[tuple[int, str, Cells]]:
    """Yield row, class and unsealed cells of what is not solved."""
    for row, work_class, sealed in connection.execute(
        "select * from links.list_work_items(%s)", (number,)
    ):
        yield row, work_class, unseal_cells(keys, bytes(sealed), digest, row)


def read_corrections(table: Table) -> dict[int, Correction]:
    """Return by row what an owner corrected; InputRefused names rows that cannot be read."""
    _, header = next(table)
    check_header(header, ("row", "addressId"), HEADER)
    corrections = {}
    for number, cells in table:
        try:
            check_cells(cells, len(header))
        except RowRefused as error:
            raise InputRefused(f"row {number}: {error}") from error
        told = dict(zip(header, map(restore, cells), strict=True))
        if not told["row"].isdecimal() or len(told["row"]) > 9:
            raise InputRefused(f"row {number}: `row` is no number")
        has_address = set(ADDRESS_COLUMNS) <= told.keys()
        corrections[int(told["row"])] = Correction(
            address_id=told["addressId"].strip(),
            address=tuple(told[name] for name in ADDRESS_COLUMNS) if has_address else None,
        )
    return corrections


def read_back(
    settings: LinksSettings, number: int, path: Path, *, command: Sequence[str] = MATCH
) -> dict[str, int]:
    """Load what was corrected; return the counts of the delivery that this makes.

    Who a row is about is taken from what was kept, not from the file. Rows without a correction
    stay open; those that still cannot be found are open in the new delivery.
    """
    with open_table(path, HEADER) as table:
        corrections = read_corrections(table)
    with (
        connect(settings, LinksRole.INGEST) as connection,
        connect(settings, LinksRole.INGEST, autocommit=True) as looking,
        BatchKeys(settings.batch_socket) as keys,
    ):
        kind, digest = fetch_delivery(connection, number)
        kept = {row: cells for row, _, cells in list_open(connection, keys, number, digest)}
        if unknown := sorted(corrections.keys() - kept.keys()):
            raise InputRefused(f"{path.name}: row {unknown[0]} is not open in delivery {number}")
        corrected = {
            row: (kept[row], correction)
            for row, correction in corrections.items()
            if is_corrected(kept[row], correction)
        }
        going = dict(_choose(*each) for each in corrected.values() if "link" in each[0])
        rows = [_make_row(row, *each) for row, each in corrected.items() if "link" not in each[0]]
        delivery = Delivery(
            kind=kind,
            sha256=make_digest(path),
            is_whole=False,
            rows=lambda: nullcontext(iter(rows)),
        )
        counts = apply(connection, looking, keys, delivery, command)
        moves = list(_list_moves(connection, kind.sector, going))
        counts["moved"] = move_links(
            connection, keys, kind.sector, counts["delivery"], moves, by_owner=True
        )
        connection.execute(
            "select links.solve_work_items(%s, %s::integer[])", (number, list(corrected))
        )
    return counts


def is_corrected(cells: Cells, correction: Correction) -> bool:
    """Whether an owner changed anything that can help."""
    if "link" in cells:
        return bool(correction.address_id)
    written = tuple(cells[name] for name in ADDRESS_COLUMNS)
    return bool(correction.address_id) or correction.address not in {None, written}


def _make_row(number: int, cells: Cells, correction: Correction) -> Row:
    written = tuple(str(cells[name]) for name in ADDRESS_COLUMNS)
    return Row(
        number,
        cells["subject"],
        cells["capacity"],
        cells["household"] or None,
        f"[{cells['from']},{cells['to']})",
        correction.address_id,
        correction.address or written,
        "owner",
    )


def _choose(cells: Cells, correction: Correction) -> tuple[int, str]:
    """Return a link and which of the addresses that its own became its owner names."""
    if correction.address_id not in cells["candidates"].split():
        raise InputRefused(f"An address that was one is now one of {cells['candidates']}.")
    return cells["link"], correction.address_id


def _list_moves(connection: Connection, sector: str, going: Mapping[int, str]) -> Iterator[Move]:
    """Yield moves of the links that are still there."""
    for link, subj_ref, kid in connection.execute(
        "select * from links.list_links(%s, %s)", (sector, list(going))
    ):
        yield Move(link=link, subj_ref=bytes(subj_ref).hex(), kid=kid, address_id=going[link])
