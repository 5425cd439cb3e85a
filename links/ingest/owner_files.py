"""Small files of owners about subjects: open dossiers, protections, canaries."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from psycopg import Connection, errors

from links.domain.kinds import KINDS, SECTORS
from links.domain.subjects import SubjectRefused, SubjectType, read_value
from links.ingest.loading import explain_refusal, make_digest
from links.ingest.rows import RowRefused, check_cells, check_header, read_period
from links.ingest.tables import open_table
from links.keys.client import BatchKeys
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect
from registry.domain.errors import InputRefused

Cells = Mapping[str, str]
Keyed = tuple[bytes | None, bytes | None, int]
"""Reference of the address, of the subject, and their generation."""

_LEVELS = {"1": 1, "2": 2}
_SUBSCRIBED = {"": False, "no": False, "yes": True}
COLUMNS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "dossiers": (
        ("organisation", "sector", "subjectType", "subject", "capacity", "from", "handle"),
        ("to", "subscribed"),
    ),
    "protections": (("subjectType", "subject", "level", "basis", "from"), ("to",)),
    "canaries": (("sector",), ("subjectType", "subject", "addressId")),
}
"""Needed and further columns of each file."""


def load_owner_file(settings: LinksSettings, name: str, path: Path) -> int:
    """Load `dossiers`, `protections` or `canaries`, whole or not at all; return how many rows."""
    make_digest(path)  # says that there is no such file
    needed, further = COLUMNS[name]
    known = (*needed, *further)
    with (
        connect(settings, LinksRole.INGEST) as connection,
        BatchKeys(settings.batch_socket) as keys,
        open_table(path, known) as table,
    ):
        _, header = next(table)
        check_header(header, needed, known)
        count = 0
        for number, cells in table:
            try:
                check_cells(cells, len(header))
                told = dict.fromkeys(known, "") | dict(zip(header, cells, strict=True))
                _WRITERS[name](connection, keys, told)
            except (RowRefused, SubjectRefused) as error:
                raise InputRefused(f"row {number}: {error}") from error
            except errors.IntegrityError as error:
                raise InputRefused(
                    f"row {number}: a protection of level 1 lasts six months at most, and is"
                    " renewed"
                ) from error
            except errors.DatabaseError as error:
                raise explain_refusal(error) from error
            count += 1
    return count


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


def _put_dossier(connection: Connection, keys: BatchKeys, cells: Cells) -> None:
    _, subject, kid = _key(keys, cells["sector"], cells)
    connection.execute(
        "select links.put_dossier(%s, %s, %s, %s, %s::smallint, %s::daterange, %s, %s)",
        (
            cells["organisation"],
            cells["sector"],
            subject,
            cells["capacity"],
            kid,
            read_period(cells["from"], cells["to"]),
            bool(_choose(cells, "subscribed", _SUBSCRIBED)),
            cells["handle"],
        ),
    )


def _put_protection(connection: Connection, keys: BatchKeys, cells: Cells) -> None:
    """Protect a subject in every sector that may have links of it."""
    level, period = _choose(cells, "level", _LEVELS), read_period(cells["from"], cells["to"])
    types = {SubjectType(kind.subject_type).value: set[str]() for kind in KINDS.values()}
    for kind in KINDS.values():
        types[kind.subject_type].add(kind.sector)
    for sector in sorted(types.get(cells["subjectType"], ())):
        _, subject, kid = _key(keys, sector, cells)
        connection.execute(
            "select links.put_protection(%s, %s, %s::smallint, %s::smallint, %s, %s::daterange)",
            (sector, subject, kid, level, cells["basis"], period),
        )


def _put_canary(connection: Connection, keys: BatchKeys, cells: Cells) -> None:
    address, subject, kid = _key(keys, cells["sector"], cells, cells["addressId"])
    connection.execute(
        "select links.put_canary(%s, %s, %s, %s::smallint)",
        (cells["sector"], address or subject, address is None, kid),
    )


_WRITERS: Mapping[str, Callable[[Connection, BatchKeys, Cells], None]] = {
    "dossiers": _put_dossier,
    "protections": _put_protection,
    "canaries": _put_canary,
}
