"""What a citizen may do, for page and API alike: each call is about the one who was identified."""

import base64
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from links.citizen.identity import IdentityProvider, MandateRefused, TokenRefused
from links.citizen.problems import Refused
from links.citizen.usages import Urls, Usage
from links.keys.client import AskKeys, KeysRefused, KeysUnavailable

PAGE: Final = 50
MAX_PAGE: Final = 100
SEALED_FOR: Final = "citizen"
"""Purpose of the key that requests are sealed with."""
_FRAME: Final = 100  # rows that the keys answer at a time
_CODES: Final = {
    "LK701": "cursor_unknown",
    "LK703": "usage_unknown",
    "LK704": "too_many_requests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The identified citizen as the tables know him; never shown, never kept."""

    audit_refs: Sequence[bytes] = field(repr=False)
    sectors: Sequence[str] = field(repr=False)
    subj_refs: Sequence[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLink:
    """A link about the citizen, with its address in clear: he knows where he lives."""

    sector: str
    kind: str
    capacity: str
    address: str
    valid_from: date | None
    valid_to: date | None
    source_name: str | None


def bind_request(kind: str, number: UUID) -> str:
    """Return what a sealed request is bound to: it opens as no other."""
    return f"{kind}/{number}"


class CitizenService:
    """Identity provider, keys and functions of the role links_citizen together."""

    def __init__(
        self,
        provider: IdentityProvider | None,
        keys: AskKeys,
        pool: AsyncConnectionPool[Any],
        urls: Urls,
        clock: Callable[[], datetime],
    ) -> None:
        self.urls = urls
        self._provider = provider
        self._keys = keys
        self._pool = pool
        self._clock = clock

    async def identify(self, authorization: Sequence[str]) -> Identified:
        """Return whom the one Authorization header identifies."""
        if self._provider is None:
            raise Refused("unavailable")
        scheme, _, token = authorization[0].partition(" ") if authorization else ("", "", "")
        if len(authorization) != 1 or scheme.lower() != "bearer":
            raise Refused("token_refused")
        try:
            citizen = self._provider.read_citizen(token, self._clock())
        except MandateRefused:
            raise Refused("mandate_refused") from None
        except TokenRefused:
            raise Refused("token_refused") from None
        known = await self._ask_keys("citizen", subject={"type": "person", "value": citizen.ssin})
        pairs = [(sector, ref) for sector, refs in known["subjRefs"].items() for ref in refs]
        return Identified(
            audit_refs=[bytes.fromhex(ref) for ref in known["auditRefs"]],
            sectors=[sector for sector, _ in pairs],
            subj_refs=[bytes.fromhex(ref) for _, ref in pairs],
        )

    async def list_usages(
        self, citizen: Identified, *, whole: bool, after: str | None, limit: int
    ) -> tuple[list[Usage], str | None]:
        """Return a page, newest first, and the cursor of the next; a full page has no holes."""
        rows = await self._fetch(
            "select * from links.list_usages(%s, %s, %s, %s)",
            (citizen.audit_refs, whole, bytes.fromhex(after) if after else None, limit + 1),
        )
        usages = [Usage.from_row(row) for row in rows[:limit]]
        return usages, usages[-1].reference if len(rows) > limit else None

    async def find_usage_period(self) -> dict[str, datetime]:
        """Return since when consultations are shown, and since when at most."""
        return (await self._fetch("select * from links.find_usage_period()", ()))[0]

    async def list_links(self, citizen: Identified) -> list[OwnLink]:
        """Return what is held about the citizen now; that it was shown is on record first."""
        own = (citizen.sectors, citizen.subj_refs)
        declared = await self._fetch(
            "select links.declare_own_links(%s, %s, %s) as n", (citizen.audit_refs, *own)
        )
        if declared[0]["n"] is None:
            raise Refused("too_many_requests")
        rows = await self._fetch(
            "select * from links.list_own_links(%s, %s, %s)", (declared[0]["n"], *own)
        )
        addresses = await self._open_addresses(rows)
        return [
            OwnLink(
                address=address,
                **{name: row[name] for name in OwnLink.__slots__ if name != "address"},
            )
            for row, address in zip(rows, addresses, strict=True)
        ]

    async def list_requests(self, citizen: Identified) -> list[dict[str, Any]]:
        """Return what the citizen filed: number, kind, moment and state, not the text."""
        return await self._fetch("select * from links.list_requests(%s)", (citizen.audit_refs,))

    async def file_request(
        self, citizen: Identified, kind: str, text: str, about: str | None
    ) -> tuple[UUID, datetime]:
        """Seal and file a complaint or a request for protection; return its number and moment."""
        number = UUID(bytes=secrets.token_bytes(16), version=4)
        content = orjson.dumps({"text": text, "about": about})
        sealed = await self._ask_keys(
            "seal",
            purpose=SEALED_FOR,
            data=base64.b64encode(content).decode(),
            bound=bind_request(kind, number),
        )
        reference = bytes.fromhex(about) if about else None
        rows = await self._fetch(
            "select links.file_request(%s, %s, %s, %s, %s) as at",
            (number, kind, citizen.audit_refs, reference, base64.b64decode(sealed["sealed"])),
        )
        return number, rows[0]["at"]

    async def _open_addresses(self, rows: Sequence[dict[str, Any]]) -> list[str]:
        """Open the addresses of links, in their order; the keys take one sector at a time."""
        opened: dict[int, str] = {}
        for sector in {row["sector"] for row in rows}:
            places = [n for n, row in enumerate(rows) if row["sector"] == sector]
            for first in range(0, len(places), _FRAME):
                some = places[first : first + _FRAME]
                answer = await self._ask_keys(
                    "open_addresses",
                    sector=sector,
                    rows=[
                        {
                            "subjRef": rows[n]["subj_ref"].hex(),
                            "kid": rows[n]["kid"],
                            "sealed": rows[n]["addr_sealed"].hex(),
                        }
                        for n in some
                    ],
                )
                opened.update(zip(some, answer["addresses"], strict=True))
        return [opened[n] for n in range(len(rows))]

    async def _ask_keys(self, operation: str, **members: Any) -> dict[str, Any]:
        try:
            return await self._keys.ask(operation, **members)
        except KeysUnavailable:
            raise Refused("unavailable") from None
        except KeysRefused:
            raise Refused("token_refused") from None

    async def _fetch(self, statement: LiteralString, values: Sequence[Any]) -> list[dict[str, Any]]:
        try:
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row)
                await cursor.execute(statement, values)
                rows: list[dict[str, Any]] = await cursor.fetchall()
                return rows
        except (PoolTimeout, TooManyRequests, psycopg.OperationalError):
            raise Refused("unavailable") from None
        except psycopg.DatabaseError as error:
            if error.sqlstate in _CODES:
                raise Refused(_CODES[error.sqlstate]) from None
            raise
