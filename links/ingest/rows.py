"""Rows of a kind's file: every cell checked, and refused by row number, never by its content."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from links.domain.kinds import Kind
from links.domain.subjects import SubjectRefused, read_value
from links.ingest.limits import USUAL, Limits
from links.ingest.tables import Table
from registry.domain.errors import InputRefused

ADDRESS_COLUMNS = ("address", "street", "number", "box", "postcode", "municipality", "country")
COLUMNS = ("subject", "capacity", "household", "from", "to", "addressId", *ADDRESS_COLUMNS)
_NEEDED = ("subject", "capacity", "from")
_TOLD = 10  # refused rows that are told before a file is given up


class Row(NamedTuple):
    """A row that says something of a subject; `valid` is a daterange as text."""

    number: int
    subject: str
    capacity: str
    household: str | None
    valid: str
    address_id: str
    address: tuple[str, ...]
    """As the sector writes it, in the order of ADDRESS_COLUMNS; empty: nothing."""
    verdict: str = "given"
    """How the address was found: given with the row, exact, corrected, or told by its owner."""

    def __repr__(self) -> str:
        """Name the row and nobody in it."""
        return f"Row({self.number})"


class RowRefused(Exception):
    """What is wrong with one row, without what it says."""


@lru_cache(maxsize=65536)  # few days, many rows
def read_period(begins: str, ends: str) -> str:
    """Return a half-open daterange; `to` is the first day on which it is no longer so."""
    for name, text in (("from", begins), ("to", ends)):
        if text or name == "from":
            _check_day(name, text)
    if ends and ends <= begins:
        raise RowRefused("`to` is not after `from`")
    return f"[{begins},{ends})"


def _check_day(name: str, text: str) -> None:
    try:
        is_day = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_day = False
    if not is_day:
        raise RowRefused(f"`{name}` is no day such as 2026-11-22")


def make_row_reader(header: Sequence[str], kind: Kind) -> Callable[[int, Sequence[str]], Row]:
    """Return what reads rows under `header`; InputRefused when a column is missing or unknown."""
    check_header(header, _NEEDED, COLUMNS)
    places = {name: place for place, name in enumerate(header)}
    blank = len(header)  # one empty cell is put behind every row
    subject, capacity, household, begins, ends, address_id, *address = (
        places.get(name, blank) for name in COLUMNS
    )
    is_written, nowhere = any(place != blank for place in address), ("",) * len(address)
    read = read_value
    capacities, subject_type = frozenset(kind.capacities), kind.subject_type.value

    def read_row(number: int, cells: Sequence[str]) -> Row:
        cells = [*cells, ""]
        try:
            if cells[capacity] not in capacities:
                raise RowRefused("`capacity` is none of this kind")
            return Row(
                number,
                read(subject_type, cells[subject]),
                cells[capacity],
                cells[household] or None,
                read_period(cells[begins], cells[ends]),
                cells[address_id],
                tuple([cells[place] for place in address]) if is_written else nowhere,
            )
        except SubjectRefused as error:
            raise RowRefused(f"`subject`: {error.code}") from error

    return read_row


def check_header(header: Sequence[str], needed: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a header that lacks a column, has one twice, or one that nobody reads."""
    if missing := [name for name in needed if name not in header]:
        raise InputRefused(f"the columns {', '.join(missing)} are missing")
    if unknown := [name for name in header if name not in known]:
        raise InputRefused(
            f"{len(unknown)} columns have other names than {', '.join(known)}. What is not needed"
            " must not come along."
        )
    if len(set(header)) != len(header):
        raise InputRefused("a column is there twice")


def read_rows(table: Table, kind: Kind, limits: Limits = USUAL) -> Iterator[Row]:
    """Yield the rows of a table; InputRefused names the first rows that cannot be read."""
    refused: list[str] = []
    _, header = next(table)
    reader, width = make_row_reader(header, kind), len(header)
    for number, cells in table:
        try:
            check_cells(cells, width, limits)
            row = reader(number, cells)
        except RowRefused as error:
            refused.append(f"row {number}: {error}")
            if len(refused) == _TOLD:
                break
            continue
        if not refused:
            yield row
    if refused:
        raise InputRefused("; ".join(refused))


def check_cells(cells: Sequence[str], width: int, limits: Limits = USUAL) -> None:
    """Refuse a row of another width than the header's, or with a cell without end."""
    if len(cells) != width:
        raise RowRefused(f"{len(cells)} cells under {width} columns")
    if max(map(len, cells)) > limits.cell:
        raise RowRefused(f"a cell longer than {limits.cell:,} characters")
