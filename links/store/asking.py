"""Asking the second database: declare in one transaction, answer and conclude in the next.

Everything here is a call of a function of `alembic/links/objects`; the role of the links API can do
nothing else. No exception that leaves this module carries anything of what was asked.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, LiteralString, TypeVar

import orjson
import psycopg
from psycopg.rows import class_row, dict_row
from psycopg_pool import AsyncConnectionPool

from links.store.connections import LinksRole, make_conninfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from datetime import date, datetime

    from psycopg import AsyncConnection
    from psycopg.types.range import Range

    from links.settings import LinksSettings

T = TypeVar("T")
_SECONDS_FOR_A_CONNECTION = 2.0


class AskingRefused(Exception):
    """The database refused by one of its own codes, such as `ticket_expired`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StoreUnavailable(Exception):
    """The database did not take the declaration or the outcome: nothing may be answered.

    `sqlstate` tells the operator why (53100: a full disk); the server's own words stay there.
    """

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(sqlstate or "no connection")
        self.sqlstate = sqlstate


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """A client as registered; `keys` are its public JWKs."""

    organisation: str
    category: str
    client_status: str
    organisation_status: str
    keys: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is declared: the arguments of links.declare, which says what they are.

    `proof`: digests of what is used once, one after another; see links.remember_token.
    """

    client: str
    body: str
    question: Mapping[str, object] = field(repr=False)
    address: str | None = field(repr=False)
    sealed: bytes = field(repr=False)
    month: str
    proof: bytes
    proof_expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Record `n` of the organisation's chain; a reason of links.domain.reasons when refused."""

    n: int
    decision: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link that may be shown, keyed; what the deliberation does not grant is None."""

    subj_ref: bytes = field(repr=False)
    kid: int
    kind: str
    capacity: str | None
    valid: Range[date] | None
    addr_ref: bytes | None = field(repr=False)
    addr_sealed: bytes | None = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a question found; too many: no rows."""

    rows: Sequence[LinkRow]
    is_too_many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What is about to be sent. `result`: true, false, list, tooMany or unavailable.

    `delivered`: for every row its reference in the log (16 bytes) and its kind.
    """

    result: str
    delivered: Sequence[tuple[bytes, str]] = field(repr=False)
    payload: T = field(repr=False)


def make_pool(settings: LinksSettings, size: int = 10) -> AsyncConnectionPool[Any]:
    """Make a pool of the links API's own connections, not yet open."""
    return AsyncConnectionPool(
        make_conninfo(settings, LinksRole.API),
        min_size=min(2, size),
        max_size=size,
        timeout=_SECONDS_FOR_A_CONNECTION,
        # Each statement is a transaction, in one message: nobody waits for a chain meanwhile.
        kwargs={"autocommit": True},
        open=False,
    )


async def find_client(pool: AsyncConnectionPool[Any], client: str) -> ClientRow | None:
    """Return the client and where its organisation stands, whatever their status."""
    async with _connection(pool) as connection:
        cursor = connection.cursor(row_factory=class_row(ClientRow))
        await cursor.execute("select * from links.find_client(%s)", [client])
        return await cursor.fetchone()


async def find_deliberation(
    pool: AsyncConnectionPool[Any], identifier: str
) -> dict[str, Any] | None:
    """Return the version that counts, with its officers' keys: see links.find_deliberation."""
    rows = await _call(pool, "select links.find_deliberation(%s) as row", [identifier])
    return rows[0]["row"] if rows else None


async def find_place(
    pool: AsyncConnectionPool[Any], address: str, day: date
) -> tuple[str | None, str | None]:
    """Return NIS code and street of where an address is or was, by our own replica."""
    sql: LiteralString = "select * from links.find_place(%s, %s)"
    row = (await _call(pool, sql, [address, day]))[0]
    return row["municipality"], row["street"]


async def remember_token(pool: AsyncConnectionPool[Any], digest: bytes, expires: datetime) -> bool:
    """Return whether it was never seen; several digests one after another: none of them."""
    sql: LiteralString = "select links.remember_token(%s, %s) as is_new"
    return bool((await _call(pool, sql, [digest, expires]))[0]["is_new"])


async def open_handle(
    pool: AsyncConnectionPool[Any],
    client: str,
    correlation: str,
    opened: Mapping[str, object] | None,
) -> bool:
    """Return whether it was never opened; `opened`: what the pseudonymiser says of it, if it is."""
    sql: LiteralString = "select links.open_handle(%s, %s, %s) as is_first"
    content = None if opened is None else orjson.dumps(opened).decode()
    return bool((await _call(pool, sql, [client, correlation, content]))[0]["is_first"])


async def count_refusals(pool: AsyncConnectionPool[Any], client: str, turned_away: int) -> None:
    """Put on record how many requests of a client were turned away unread."""
    await _call(pool, "select links.count_refusals(%s, %s)", [client, turned_away])


async def list_generations(pool: AsyncConnectionPool[Any]) -> dict[str, list[int]]:
    """Return, by sector, the generations of keys that its rows are of."""
    rows = await _call(pool, "select * from links.list_generations()", [])
    return {row["sector"]: row["active_kids"] for row in rows}


async def list_own_deliberations(
    pool: AsyncConnectionPool[Any], client: str
) -> list[dict[str, Any]]:
    """Return the columns of every version that was ever approved for the client's organisation."""
    sql: LiteralString = "select links.list_own_deliberations(%s) as row"
    return [row["row"] for row in await _call(pool, sql, [client])]


async def count_own_usage(pool: AsyncConnectionPool[Any], client: str) -> list[dict[str, Any]]:
    """Return what was asked this hour and day, and how much may be, by deliberation."""
    return await _call(pool, "select * from links.count_own_usage(%s)", [client])


async def take_notices(
    pool: AsyncConnectionPool[Any], client: str, correlation: str
) -> list[dict[str, Any]]:
    """Return sealed numbers of dossiers whose links changed, and when, at most a hundred.

    They are told once; to the same correlation again for an hour, for its answer may be lost.
    """
    return await _call(pool, "select * from links.take_notices(%s, %s)", [client, correlation])


async def declare(pool: AsyncConnectionPool[Any], intent: Intent) -> Declaration:
    """Put a question on record. On the disk when this returns."""
    async with _connection(pool) as connection:
        cursor = connection.cursor(row_factory=class_row(Declaration))
        await cursor.execute(
            "select * from links.declare(%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                intent.client,
                intent.body,
                orjson.dumps(intent.question).decode(),
                intent.address,
                intent.sealed,
                intent.month,
                intent.proof,
                intent.proof_expires,
            ],
        )
        declaration = await cursor.fetchone()
    if declaration is None:
        raise StoreUnavailable(None)
    return declaration


async def refuse(pool: AsyncConnectionPool[Any], client: str, body: str) -> int:
    """Put on record what was refused before it could be declared; returns its number."""
    return int((await _call(pool, "select links.refuse(%s, %s) as n", [client, body]))[0]["n"])


async def answer_and_conclude(
    pool: AsyncConnectionPool[Any],
    *,
    organisation: str,
    client: str,
    n: int,
    make_outcome: Callable[[Found], Awaitable[Outcome[T]]],
) -> T:
    """Answer what was declared as `n`; returns the payload once its outcome is on the disk.

    Whatever fails, the outcome included, is an exception and no payload.
    """
    async with _connection(pool) as connection, connection.transaction():
        cursor = connection.cursor(row_factory=class_row(LinkRow))
        await cursor.execute("select * from links.answer(%s, %s, %s)", [organisation, n, client])
        rows = await cursor.fetchall()
        is_too_many = len(rows) == 1 and rows[0].kind is None
        found = Found(rows=[] if is_too_many else rows, is_too_many=is_too_many)
        outcome = await make_outcome(found)
        await connection.execute(
            "select links.conclude(%s, %s, %s, %s)",
            [
                organisation,
                n,
                orjson.dumps(outcome.result).decode(),
                orjson.dumps(
                    [{"auditRef": ref.hex(), "kind": kind} for ref, kind in outcome.delivered]
                ).decode(),
            ],
        )
    return outcome.payload


async def verify(
    pool: AsyncConnectionPool[Any],
    *,
    organisation: str,
    client: str,
    n: int,
    audit_refs: Mapping[str, str],
    kind: str,
) -> bool:
    """Answer and conclude a question for yes or no at once; on the disk when this returns.

    `audit_refs`: reference of the subject to its reference in the log, the present one first.
    """
    otherwise = [{"auditRef": next(iter(audit_refs.values())), "kind": kind}]
    sql: LiteralString = "select links.verify(%s, %s, %s, %s, %s) as is_so"
    keyed = [orjson.dumps(value).decode() for value in (audit_refs, otherwise)]
    return bool((await _call(pool, sql, [organisation, n, client, *keyed]))[0]["is_so"])


async def _call(
    pool: AsyncConnectionPool[Any], statement: LiteralString, parameters: Sequence[object]
) -> list[dict[str, Any]]:
    async with _connection(pool) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()


@asynccontextmanager
async def _connection(
    pool: AsyncConnectionPool[Any],
) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection whose transaction is committed at the end; failures without their details."""
    try:
        async with pool.connection() as connection:
            yield connection
    except psycopg.Error as error:
        code, state = error.diag.message_primary, error.sqlstate
        if state is not None and state.startswith("LK"):
            raise AskingRefused(code or state) from None
        raise StoreUnavailable(state) from None
