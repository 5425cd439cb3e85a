"""Whoever applies the changes one after the other, from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from registry.store.connections import Role, make_conninfo
from registry.store.reading.changes import ChangeFilter, list_changes
from registry.store.reading.pool import open_connection
from tests.database.proving import compute_root_of, fetch_records
from tests.database.querying import fetch

if TYPE_CHECKING:
    from registry.settings import Settings

Records = dict[tuple[str, str, str], dict[str, Any]]


async def replay(register: Settings, page: int) -> dict[int, bytes]:
    """Apply the changes page by page; return the root at the last number of each release."""
    releases = fetch(
        register,
        "select first_seq, last_seq from best.release where withdrawn_at is null order by number",
    )
    records: Records = {}
    roots, seen = {}, releases[0][0] - 1 if releases else 0
    connection = await open_connection(make_conninfo(register, Role.READER))
    async with connection:
        for _, last_seq in releases:
            while seen < last_seq:
                until = min(seen + page, last_seq)
                rows = await list_changes(
                    connection, ChangeFilter(), after=seen, until=until, limit=page
                )
                assert [row["seq"] for row in rows] == list(range(seen + 1, until + 1))
                for row in rows:
                    apply(records, row)
                seen = until
            roots[last_seq] = compute_root_of(records.values())
    assert sorted(map(orjson.dumps, records.values())) == sorted(
        orjson.dumps(dict(sorted(record.items()))) for record in fetch_records(register)
    )
    return roots


def apply(records: Records, row: dict[str, Any]) -> None:
    key = (row["resource"], row["region"], row["object_id"])
    before = None if row["previous"] is None else orjson.loads(row["previous"])
    if row["change"] in {"altered", "retired", "reversioned", "removed"}:
        assert records[key] == before
    if row["change"] == "removed":
        del records[key]
    else:
        assert (row["change"] == "added") <= (key not in records)
        records[key] = orjson.loads(row["record"])
