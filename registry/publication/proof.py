"""Digests of what is current, kept up to date by each release: see registry.domain.proof."""

from functools import cache
from typing import LiteralString

from psycopg import Connection, sql

from registry.domain.edition import ReleaseNote
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.canonical_text import compose_record
from registry.store.statements import name_first_load, read_statement

_STREET_NAMES = sql.Identifier("registry", "street_name_version")
_ADDRESSES = sql.Identifier("registry", "address_version")


def prove_release(
    connection: Connection, note: ReleaseNote, *, is_first_load: bool = False
) -> bytes:
    """Write the digests that a release changes and return the root.

    All of the release's versions must be there. A region that was never proven, by
    earlier software or as this is its first release, is proven whole. In a first load the addresses
    are in a table of their own yet.
    """
    for other, newest in connection.execute(read_statement("list_unproven_regions")).fetchall():
        if other != note.region:
            _prove(connection, Region(other), newest, first_seq=None)
    known = connection.execute(read_statement("is_proven"), {"region": note.region}).fetchone()
    first_seq = note.first_seq if known is not None and known[0] else None
    addresses = name_first_load(note.region, note.number) if is_first_load else _ADDRESSES
    _prove(connection, note.region, note.number, first_seq=first_seq, addresses=addresses)
    return fetch_root(connection)


def fetch_root(connection: Connection) -> bytes:
    """Return the digest of everything that is current, as the last proofs say."""
    row = connection.execute(read_statement("fetch_root")).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return bytes(row[0])


def _prove(
    connection: Connection,
    region: Region,
    number: int,
    *,
    first_seq: int | None,
    addresses: sql.Identifier = _ADDRESSES,
) -> None:
    # Texts of moments are those of UTC; processes that hash beside this one take the setting over.
    connection.execute("set local timezone = 'UTC'")
    parameters = {"region": region, "number": number, "first_seq": first_seq or 0}

    def run(name: str, version: sql.Identifier = addresses, street: LiteralString = "") -> None:
        statement = read_statement(name).format(
            version=version, street=sql.SQL(street), **_compose_records()
        )
        connection.execute(statement, parameters)

    connection.execute("drop table if exists touched_street")
    connection.execute(read_statement("make_touched_streets"))
    if first_seq is None:
        run("insert_all_touched_streets")
    else:
        run("insert_touched_streets", _STREET_NAMES, "v.object_id")
        run("insert_touched_streets", addresses, "v.street_name_id")
    connection.execute("analyze touched_street")
    for name in ("delete_street_proofs", "insert_street_proofs", "insert_proofs"):
        run(name)
    run("insert_region_proof")


@cache
def _compose_records() -> dict[str, sql.Composable]:
    return {f"{resource}_record": compose_record(resource) for resource in Resource}
