"""What the links API does behind its paths, with its database, its keys and its door."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from links.api import claims as claim
from links.api.access_tokens import AccessTokens, read_signing_key
from links.api.answers import Answer, make_padded, make_plain
from links.api.consultation import Consultation
from links.api.dpop import PROOF_SECONDS
from links.api.gate import Admission, Gate, Registration, Registrations, Request, read_registration
from links.api.generations import Generations
from links.api.jose import JoseRefused
from links.api.problems import Refused
from links.api.refusals import Refusals
from links.api.requests import HANDLE, read_content
from links.api.token_endpoint import TokenEndpoint
from links.domain.question import Operation
from links.domain.reasons import Reason
from links.domain.working_days import find_day
from links.keys.client import AskKeys, KeysRefused, KeysUnavailable
from links.store import asking
from links.store.asking import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from links.settings import LinksSettings

_CORRELATION: Final = frozenset({"correlationId"})
_USAGE: Final = {
    "deliberation": "deliberation",
    "asked_hour": "askedHour",
    "quota_hour": "quotaHour",
    "asked_day": "askedDay",
    "quota_day": "quotaDay",
    "addresses_day": "addressesDay",
    "quota_addresses_day": "quotaAddressesDay",
}
_OF_THE_CLIENT: Final = {Reason.CLIENT_INACTIVE, Reason.ORGANISATION_INACTIVE, Reason.CANARY}
_ON_RECORD: Final = frozenset(Reason)
_OF_A_HANDLE: Final = ("requester", "sector", "digest", "expires")
REQUEST_SECONDS: Final = PROOF_SECONDS
"""How long a signed request may be under way, and how long it is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What an admitted client signed; `admission` holds what both signatures are remembered by."""

    admission: Admission
    jws: str = field(repr=False)
    payload: bytes = field(repr=False)

    @property
    def client(self) -> str:
        """Who signed."""
        return self.admission.registration.client


class Service:
    """The parts put together; `open` and `close` belong to the event loop that is served."""

    def __init__(
        self, settings: LinksSettings, *, clock: Callable[[], datetime], hop_secret: str | None
    ) -> None:
        self._settings = settings
        self._clock = clock
        signing_key = read_signing_key(settings.secrets / "api" / "signing.key")
        self._tokens = AccessTokens(settings.issuer, signing_key)
        self._registrations = Registrations(self._fetch_client, clock)
        self._gate = Gate(
            issuer=settings.issuer,
            tokens=self._tokens,
            registrations=self._registrations,
            clock=clock,
            hop_secret=hop_secret,
        )
        self._keys = AskKeys(settings.ask_socket)
        self._pool = asking.make_pool(settings)
        self._consultation = Consultation(self._pool, self._keys, clock)
        self._generations = Generations(self._pool, self._keys, clock)
        self._refusals = Refusals(self._count_refusals, clock)
        self._token_endpoint = TokenEndpoint(
            issuer=settings.issuer,
            gate=self._gate,
            tokens=self._tokens,
            registrations=self._registrations,
            remember=self._remember,
            list_scopes=self._list_scopes,
            clock=clock,
        )

    async def open(self) -> None:
        """Connect to the database, and see whether its rows are of the present keys."""
        await self._pool.open()
        with suppress(Refused, KeysUnavailable, KeysRefused, StoreUnavailable):
            await self._generations.check()

    async def close(self) -> None:
        """Let go of database and keys."""
        with suppress(StoreUnavailable):
            await self._refusals.close()
        await self._keys.close()
        await self._pool.close()

    def make_questions(self) -> dict[Operation, Callable[[Request], Awaitable[Answer]]]:
        """Return who answers each of the four questions."""

        def make_endpoint(operation: Operation) -> Callable[[Request], Awaitable[Answer]]:
            async def answer(request: Request) -> Answer:
                signed = await self._admit_signed(request)
                try:
                    return await self._consultation.answer(
                        operation, signed.admission, signed.jws, signed.payload
                    )
                except Refused as refused:
                    if refused.code in _ON_RECORD:
                        self._refusals.count(signed.client)
                    if refused.code in _OF_THE_CLIENT:
                        self._registrations.forget(signed.client)
                    raise

            return answer

        return {operation: make_endpoint(operation) for operation in Operation}

    async def open_handle(self, request: Request) -> Answer:
        """Open a sealed handle for its source; why one does not open is nobody's to know."""
        signed = await self._admit_signed(request)
        await self._use(signed.admission)
        members = read_content(
            signed.payload, needed=_CORRELATION | {"handle"}, optional=frozenset()
        )
        correlation, handle = members.reference("correlationId"), members.text("handle", HANDLE)
        opened = await self._find_opened(handle, signed.admission.registration.organisation)
        stored = opened and {name: opened[name] for name in _OF_A_HANDLE}
        is_first = await asking.open_handle(self._pool, signed.client, correlation, stored)
        if opened is None or not is_first:
            self._refusals.count(signed.client)
            raise Refused("handle_not_opened")
        return make_padded({"pseudonym": opened["pairwise"]})

    async def _find_opened(self, handle: str, organisation: str) -> dict[str, object] | None:
        try:
            return await self._keys.ask("open_handle", handle=handle, organisation=organisation)
        except KeysRefused:
            return None

    async def take_notices(self, request: Request) -> Answer:
        """Tell which subscribed dossiers have changed, once, a hundred at a time."""
        signed = await self._admit_signed(request)
        await self._use(signed.admission)
        members = read_content(signed.payload, needed=_CORRELATION, optional=frozenset())
        correlation = members.reference("correlationId")
        notices = await asking.take_notices(self._pool, signed.client, correlation)
        if not notices:
            return make_padded({"changes": []})
        opened = await self._keys.ask(
            "open_numbers",
            organisation=signed.admission.registration.organisation,
            sealed=[row["handle"] for row in notices],
        )
        told = dict.fromkeys(
            (number, find_day(row["at"]))
            for number, row in zip(opened["numbers"], notices, strict=True)
        )
        return make_padded({"changes": [{"dossier": one, "day": day} for one, day in told]})

    async def list_deliberations(self, request: Request) -> Answer:
        """List the deliberations of the client's organisation."""
        admission = await self._admit_once(request)
        rows = await asking.list_own_deliberations(self._pool, admission.registration.client)
        return make_plain({"deliberations": rows})

    async def count_usage(self, request: Request) -> Answer:
        """Tell how much of each quota is used."""
        admission = await self._admit_once(request)
        rows = await asking.count_own_usage(self._pool, admission.registration.client)
        return make_plain({"usage": [{_USAGE[k]: v for k, v in row.items()} for row in rows]})

    async def give_token(self, request: Request) -> Answer:
        """Give an access token."""
        return await self._token_endpoint.answer(request)

    async def show_issuer(self, _: Request) -> Answer:
        """Show metadata as RFC 8414 has them."""
        issuer = self._settings.issuer
        algorithms = ["ES256", "EdDSA", "Ed25519"]
        return make_plain(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}/oauth/token",
                "jwks_uri": f"{issuer}/jwks",
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": algorithms,
                "dpop_signing_alg_values_supported": algorithms,
            }
        )

    async def show_keys(self, _: Request) -> Answer:
        """Show the public key that signs access tokens."""
        return make_plain(self._tokens.make_key_set())

    async def check_health(self, _: Request) -> Answer:
        """Say UP when database and keys answer and are of one time; anything else is 503."""
        async with asyncio.timeout(5):
            await self._generations.check()
        return make_plain({"status": "UP"})

    async def _admit_once(self, request: Request) -> Admission:
        admission = await self._gate.admit(request)
        await self._use(admission)
        return admission

    async def _use(self, admission: Admission) -> None:
        """Refuse proofs and signed requests that were used before, by this worker or another."""
        expires = datetime.fromtimestamp(admission.proof_expires, UTC)
        if not await self._remember(admission.proof_digest, expires):
            raise Refused(Reason.PROOF_REPLAYED)

    async def _admit_signed(self, request: Request) -> Signed:
        admission = await self._gate.admit(request)
        signed = self._read_signed(request, admission)
        await self._refusals.admit(signed.client)
        await self._generations.require()
        return signed

    def _read_signed(self, request: Request, admission: Admission) -> Signed:
        if request.headers.get("content-type", "").strip().lower() != "application/jose":
            raise Refused("media_type")
        registration, now = admission.registration, self._clock().timestamp()
        try:
            jws = request.body.decode("ascii")
            content = registration.read_signed(
                jws, typ="links-request+jws", members=("url", "iat", "jti")
            )
            claim.check_issued(content.header, now, lifetime=REQUEST_SECONDS)
            jti = claim.read_jti(content.header)
        except UnicodeDecodeError:
            raise Refused("request_signature") from None
        except JoseRefused as refusal:
            why = f"The signed request is refused: {refusal.code}"
            raise Refused("request_signature", why) from None
        if content.header["url"] != self._settings.issuer + request.path:
            raise Refused("request_signature", "It is signed for another URL")
        used = hashlib.sha256(f"request\n{registration.client}\n{jti}".encode()).digest()
        expires = claim.read_time(content.header, "iat") + REQUEST_SECONDS + claim.SKEW
        remembered = replace(
            admission,
            proof_digest=admission.proof_digest + used,
            proof_expires=max(admission.proof_expires, expires),
        )
        return Signed(admission=remembered, jws=jws, payload=content.payload)

    async def _remember(self, digest: bytes, expires: datetime) -> bool:
        return await asking.remember_token(self._pool, digest, expires)

    async def _count_refusals(self, client: str, turned_away: int) -> None:
        await asking.count_refusals(self._pool, client, turned_away)

    async def _fetch_client(self, client: str) -> Registration | None:
        row = await asking.find_client(self._pool, client)
        return None if row is None else read_registration(row, client)

    async def _list_scopes(self, client: str) -> set[str]:
        rows = await asking.list_own_deliberations(self._pool, client)
        return {row["id"] for row in rows}
