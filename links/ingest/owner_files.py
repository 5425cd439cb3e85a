"""Small files of owners about subjects: open dossiers, protections, canaries."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection, errors

from links.domain.kinds import KINDS, SECTORS
from links.domain.question import has_person_number
from links.domain.subjects import SubjectRefused, SubjectType, read_value
from links.failures import explain_code
from links.ingest.loading import make_digest
from links.ingest.refusals import explain_refusal
from links.ingest.rows import RowRefused, check_cells, check_header, read_period
from links.ingest.tables import Table, open_table
from links.keys.client import BatchKeys, KeysRefused
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

Cells = Mapping[str, str]
Keyed = tuple[bytes | None, bytes | None, int]
"""Reference of the address, of the subject, and their generation."""
Values = tuple[Any, ...]
"""A row as its function takes it."""

_LEVELS = {"1": 1, "2": 2}
_SUBSCRIBED = {"": False, "no": False, "yes": True}
_CAPACITY = re.compile("[a-z][a-z_]{0,39}")
COLUMNS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "dossiers": (
        ("organisation", "sector", "subjectType", "subject", "capacity", "from", "handle"),
        ("to", "subscribed"),
    ),
    "protections": (("subjectType", "subject", "level", "basis", "from"), ("to",)),
    "canaries": (("sector",), ("subjectType", "subject", "addressId")),
}
"""Needed and further columns of each file."""
_PUT: Mapping[str, LiteralString] = {
    "dossiers": "select links.put_dossiers(%s::integer[], %s::text[], %s::text[], %s::bytea[],"
    " %s::text[], %s::smallint[], %s::daterange[], %s::boolean[], %s::text[])",
    "protections": "select links.put_protections(%s::integer[], %s::text[], %s::bytea[],"
    " %s::smallint[], %s::smallint[], %s::text[], %s::daterange[])",
    "canaries": "select links.put_canaries(%s::text[], %s::bytea[], %s::boolean[], %s::smallint[])",
}
_REFUSED = {
    "LK401": "no public authority and no private body with a legal mission of that number",
    "LK708": "a protection of level 1 lasts six months at most, and is renewed",
}


def load_owner_file(settings: LinksSettings, name: str, path: Path) -> int:
    """Load `dossiers`, `protections` or `canaries`, whole or not at all; return how many rows."""
    make_digest(path)  # says that there is no such file
    needed, further = COLUMNS[name]
    with (
        connect(settings, LinksRole.INGEST) as connection,
        BatchKeys(settings.batch_socket) as keys,
        open_table(path, (*needed, *further)) as table,
    ):
        read = [list(_READERS[name](keys, *row)) for row in _list_rows(table, needed, further)]
        columns = list(zip(*(values for rows in read for values in rows), strict=True))
        if columns:
            _put(connection, name, columns)
    return len(read)


def _list_rows(
    table: Table, needed: Sequence[str], further: Sequence[str]
) -> Iterator[tuple[int, Cells]]:
    known = (*needed, *further)
    _, header = next(table)
    check_header(header, needed, known)
    for number, cells in table:
        try:
            check_cells(cells, len(header))
        except RowRefused as error:
            raise InputRefused(f"row {number}: {error}") from error
        yield number, dict.fromkeys(known, "") | dict(zip(header, cells, strict=True))


def _put(connection: Connection, name: str, columns: Sequence[Values]) -> None:
    """Write all rows at once: one by one they would stand in the file's order."""
    try:
        connection.execute(_PUT[name], [list(column) for column in columns])
    except errors.DatabaseError as error:
        code = error.sqlstate or ""
        if code in _REFUSED:
            raise InputRefused(f"row {error.diag.message_detail}: {_REFUSED[code]}") from error
        raise explain_refusal(error) from error


def _reading(
    read: Callable[[BatchKeys, int, Cells], Iterator[Values]],
) -> Callable[[BatchKeys, int, Cells], Iterator[Values]]:
    """Let what a row is refused for name the row, and nothing that it says."""

    def read_row(keys: BatchKeys, number: int, cells: Cells) -> Iterator[Values]:
        try:
            yield from read(keys, number, cells)
        except (RowRefused, SubjectRefused) as error:
            raise InputRefused(f"row {number}: {error}") from error
        except KeysRefused as error:
            told = f"{error.code}. {explain_code(error.code)}"
            raise InputRefused(f"row {number}: {told}") from None

    return read_row


def _key(keys: BatchKeys, sector: str, cells: Cells, address_id: str | None = None) -> Keyed:
    subject_type, text = cells["subjectType"], cells["subject"]
    subject = read_value(subject_type, text) if subject_type or text else None
    if sector not in SECTORS:
        raise RowRefused(f"`sector` is none of {', '.join(SECTORS)}")
    if subject is None:
        keyed = keys.ask("key_addresses", sector=sector, addresses=[address_id])
        kid = min(map(int, keyed))  # of new rows, while keys rotate
        return bytes.fromhex(keyed[str(kid)][0]), None, kid
    kid, ((_, subj_ref, *_),) = keys.key_rows(sector, [(None, subject_type, subject, None)])
    return None, bytes.fromhex(str(subj_ref)), kid


def _choose(cells: Cells, name: str, choices: Mapping[str, int]) -> int:
    if cells[name] not in choices:
        raise RowRefused(f"`{name}` is none of {', '.join(filter(None, choices))}")
    return choices[cells[name]]


@_reading
def _read_dossier(keys: BatchKeys, number: int, cells: Cells) -> Iterator[Values]:
    """The holder's number is sealed: in clear it would join sectors, and may name the person."""
    if has_person_number(cells["handle"]):
        raise RowRefused("`handle` reads like a person's national number")
    if _CAPACITY.fullmatch(cells["capacity"]) is None:
        raise RowRefused("`capacity` is no word such as open_file")
    _, subject, kid = _key(keys, cells["sector"], cells)
    holder = cells["organisation"]
    sealed = keys.ask("seal_number", organisation=holder, number=cells["handle"])["sealed"]
    yield (
        number,
        holder,
        cells["sector"],
        subject,
        cells["capacity"],
        kid,
        read_period(cells["from"], cells["to"]),
        bool(_choose(cells, "subscribed", _SUBSCRIBED)),
        sealed,
    )


@_reading
def _read_protection(keys: BatchKeys, number: int, cells: Cells) -> Iterator[Values]:
    """Protect a subject in every sector that may have links of it."""
    level, period = _choose(cells, "level", _LEVELS), read_period(cells["from"], cells["to"])
    types = {SubjectType(kind.subject_type).value: set[str]() for kind in KINDS.values()}
    for kind in KINDS.values():
        types[kind.subject_type].add(kind.sector)
    for sector in sorted(types.get(cells["subjectType"], ())):
        _, subject, kid = _key(keys, sector, cells)
        decision = keys.ask("key_text", sector=sector, use="basis", text=cells["basis"])["ref"]
        yield number, sector, subject, kid, level, decision, period


@_reading
def _read_canary(keys: BatchKeys, _: int, cells: Cells) -> Iterator[Values]:
    address, subject, kid = _key(keys, cells["sector"], cells, cells["addressId"])
    yield cells["sector"], address or subject, address is None, kid


_READERS: Mapping[str, Callable[[BatchKeys, int, Cells], Iterator[Values]]] = {
    "dossiers": _read_dossier,
    "protections": _read_protection,
    "canaries": _read_canary,
}
