"""Deliveries of links into a wall of a test, and what is there afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from links.domain.kinds import KINDS
from links.domain.subjects import make_enterprise_check
from links.ingest.loading import load, make_file_delivery
from links.store.connections import connect_as_superuser
from tests.links.rights import DELIBERATION, make_columns
from tests.links.world import ENTERPRISE, PEOPLE, PLATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from links.keys.keyring import KeyRing
    from links.settings import LinksSettings

ADDRESSES = [f"bru-{number}" for number in range(1, 41)]
HEADER = "subject,capacity,household,from,to,addressId"
SAMPLES = {
    "person": PEOPLE["anna"],
    "enterprise": ENTERPRISE,
    "establishment": "89000001" + make_enterprise_check("89000001"),
    "vehicle": PLATE,
}


def fill_replica(wall: LinksSettings) -> None:
    with connect_as_superuser(wall) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into links.replica_address values (%s, '21004', 'bru-9', '1', '[2010-01-01,)')",
            [(each,) for each in ADDRESSES],
        )
        cursor.execute("insert into links.replica_position values (true, 1, 'root', 'url')")


def grant_right(
    wall: LinksSettings, number: str, category: str, kinds: tuple[str, ...] = ("residence",)
) -> None:
    """Let an organisation be there with a deliberation in force; no kinds: with none."""
    right = replace(
        DELIBERATION, id=f"TEST/{number}", organisation=number, kinds=kinds, valid_to=None
    )
    with connect_as_superuser(wall) as connection:
        connection.execute(
            "insert into links.organisation values (%s, '', %s, 'active', '')", (number, category)
        )
        if kinds:  # as approved: how it comes to be is another's test
            connection.execute("set session_replication_role = replica")
            connection.execute(
                "insert into links.deliberation"
                " select * from jsonb_populate_record(null::links.deliberation, %s)",
                (Jsonb(make_columns(right)),),
            )


def write(tmp_path: Path, *rows: str, header: str = HEADER, name: str = "links.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def deliver(
    wall: LinksSettings,
    path: Path,
    kind: str = "residence",
    *,
    partial: bool = False,
    accepts_ended: bool = False,
    command: Sequence[str] = ("false",),
) -> dict[str, int]:
    delivery = make_file_delivery(
        KINDS[kind], path, is_whole=not partial, accepts_ended=accepts_ended
    )
    return load(wall, delivery, command=command)


def list_links(wall: LinksSettings, keyring: KeyRing, *, is_current: bool = True) -> set[Any]:
    """Return address, subject, capacity and period of links of the people and addresses here."""
    keys = {name: keyring.find_sector(name) for name in ("RN", "ENT", "VEH", "PAT")}
    addresses = {
        (code, sector.list_active("addr", each.encode())[0]): each
        for code, sector in keys.items()
        for each in ADDRESSES
    }
    with connect_as_superuser(wall) as connection:
        rows = connection.execute(
            "select sector, addr_ref, subj_ref, capacity, valid::text from links.link"
            " where upper_inf(recorded) = %s",
            (is_current,),
        ).fetchall()
    return {
        (addresses[sector, addr], keys_of(keyring, sector).get(subj, subj.hex()), capacity, valid)
        for sector, addr, subj, capacity, valid in rows
    }


def keys_of(keyring: KeyRing, sector: str) -> dict[bytes, str]:
    values = [("person", value) for value in PEOPLE.values()]
    values += [(name, value) for name, value in SAMPLES.items() if name != "person"]
    own = keyring.find_sector(sector)
    return {
        own.list_active("subj", keyring.read_subject(name, value))[0]: value
        for name, value in values
    }
