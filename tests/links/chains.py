"""Chains of records as the database writes them, for tests that then break them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import rfc8785
from psycopg.sql import SQL, Identifier

from links.audit.chains import FIRST, hash_record
from links.clock import utc_now
from tests.links.world import ORGANISATIONS, list_acts

if TYPE_CHECKING:
    import psycopg

    from tests.links.world import World

CPAS, CITY, TAX = (ORGANISATIONS[name][0] for name in ("cpas", "city", "tax"))
ARCHIVE = "archive"
"""Sorts after every organisation: tests count records of the others from 1 on."""
DELIBERATIONS = {CPAS: "TEST/cpas_verify", CITY: "TEST/city_subjects", TAX: "TEST/tax_residence"}
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    organisation: str
    n: int
    at: datetime
    body: str
    prev: bytes
    hash: bytes


def count_microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def make_records(
    organisation: str,
    bodies: list[dict[str, Any]],
    *,
    after: tuple[int, bytes] = (0, FIRST),
    start: datetime = START,
) -> list[Record]:
    """Chain bodies, one a second, on the record `after` (number, hash)."""
    n, prev = after
    records = []
    for place, content in enumerate(bodies):
        at = start + timedelta(seconds=place)
        n, body = n + 1, rfc8785.dumps(content).decode()
        digest = hash_record(prev, n, count_microseconds(at), body)
        records.append(
            Record(organisation=organisation, n=n, at=at, body=body, prev=prev, hash=digest)
        )
        prev = digest
    return records


def make_intent(organisation: str, **more: Any) -> dict[str, Any]:
    """An intent under the deliberation of that organisation in tests/links/world.py."""
    return {
        "type": "intent",
        "organisation": organisation,
        "deliberation": DELIBERATIONS[organisation],
        "version": 1,
        **more,
    }


def make_looks(
    organisation: str, count: int, *, first: int = 1, sealed: bool = False
) -> list[dict[str, Any]]:
    """`count` times a refusal (number `first`, `first` + 3, ...), an intent and its outcome.

    `sealed`: insert_records keeps a signed request of each intent.
    """
    bodies: list[dict[str, Any]] = []
    for look in range(count):
        intent, case = first + look * 3 + 1, f"case {look}"
        request = {"request": sha256(case.encode()).hexdigest()} if sealed else {}
        bodies += [
            {**make_intent(organisation), "type": "refusal", "reason": "quota_hour"},
            make_intent(organisation, case=case, **request),
            {"type": "outcome", "intent": intent, "result": "true", "delivered": [], "count": 0},
        ]
    return bodies


def insert_acts(world: World) -> int:
    """Put on record what the officers of a world did, in a chain after the others; how many."""
    records: list[Record] = []
    for at, body in list_acts(world):
        after = (records[-1].n, records[-1].hash) if records else (0, FIRST)
        records += make_records(ARCHIVE, [body], after=after, start=at)
    with world.connect() as owner:
        insert_records(owner, records)
    return len(records)


def insert_records(connection: psycopg.Connection, records: list[Record]) -> None:
    """Insert as the superuser, past every function, and set the head."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into links.record (organisation, n, at, xid, body, prev, hash)"
            " values (%s, %s, %s, 0, %s, %s, %s)",
            [(r.organisation, r.n, r.at, r.body, r.prev, r.hash) for r in records],
        )
    for record in records:
        body = json.loads(record.body)
        if "request" in body:
            connection.execute(
                "insert into links.sealed_request values (%s, %s, '2026-11', %s)"
                " on conflict do nothing",
                (record.organisation, record.n, body["case"].encode()),
            )
    last = records[-1]
    connection.execute(
        "insert into links.chain (organisation, n, hash) values (%s, %s, %s)"
        " on conflict (organisation) do update set n = excluded.n, hash = excluded.hash",
        (last.organisation, last.n, last.hash),
    )


def set_clock(connection: psycopg.Connection, moment: datetime) -> None:
    """Stop the clock of the database."""
    connection.execute(
        SQL(
            "create or replace function links.moment() returns timestamptz language sql volatile"
            " security definer set search_path = pg_catalog, pg_temp as {}"
        ).format(f"select timestamptz '{moment.isoformat()}'")
    )


def make_partition(connection: psycopg.Connection, month: str) -> None:
    """Make the partition of a month long past, such as 2014-03."""
    year, number = (int(part) for part in month.split("-"))
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    connection.execute(
        SQL("create table links.{} partition of links.record for values from ({}) to ({})").format(
            Identifier(f"record_{year}_{number:02}"),
            datetime(year, number, 1, tzinfo=UTC).isoformat(),
            after.isoformat(),
        )
    )
    connection.execute(
        SQL("alter table links.{} owner to links_owner").format(
            Identifier(f"record_{year}_{number:02}")
        )
    )


def find_month(ago: int) -> datetime:
    """The middle of the month so many months ago."""
    now = utc_now()
    months = now.year * 12 + now.month - 1 - ago
    return datetime(months // 12, months % 12 + 1, 15, tzinfo=UTC)
