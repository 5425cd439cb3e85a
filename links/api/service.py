"""What the links API does behind its paths, with its database, its keys and its door."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from links.api.access_tokens import AccessTokens, read_signing_key
from links.api.answers import Answer, make_padded, make_plain
from links.api.consultation import Consultation
from links.api.gate import Admission, Gate, Registration, Registrations, Request, read_registration
from links.api.jose import JoseRefused
from links.api.problems import Refused
from links.api.requests import HANDLE, read_content
from links.api.token_endpoint import TokenEndpoint
from links.domain.question import Operation
from links.domain.reasons import Reason
from links.domain.working_days import find_day
from links.keys.client import AskKeys, KeysRefused
from links.store import asking

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
        """Connect to the database; keys are connected to at the first question."""
        await self._pool.open()

    async def close(self) -> None:
        """Let go of database and keys."""
        await self._keys.close()
        await self._pool.close()

    def make_questions(self) -> dict[Operation, Callable[[Request], Awaitable[Answer]]]:
        """Return who answers each of the four questions."""

        def make_endpoint(operation: Operation) -> Callable[[Request], Awaitable[Answer]]:
            async def answer(request: Request) -> Answer:
                admission = await self._gate.admit(request)
                jws, payload = self._read_signed(request, admission.registration)
                try:
                    return await self._consultation.answer(operation, admission, jws, payload)
                except Refused as refused:
                    if refused.code in _OF_THE_CLIENT:
                        self._registrations.forget(admission.registration.client)
                    raise

            return answer

        return {operation: make_endpoint(operation) for operation in Operation}

    async def open_handle(self, request: Request) -> Answer:
        """Open a sealed handle for its source; why one does not open is nobody's to know."""
        admission = await self._admit_once(request)
        _, payload = self._read_signed(request, admission.registration)
        members = read_content(payload, needed=_CORRELATION | {"handle"}, optional=frozenset())
        members.text("correlationId")
        try:
            opened = await self._keys.ask(
                "open_handle",
                handle=members.text("handle", HANDLE),
                organisation=admission.registration.organisation,
            )
        except KeysRefused:
            raise Refused("handle_not_opened") from None
        expires = datetime.fromtimestamp(opened["expires"], UTC)
        if not await asking.open_handle(self._pool, bytes.fromhex(opened["digest"]), expires):
            raise Refused("handle_not_opened")
        return make_padded({"pseudonym": opened["pairwise"]})

    async def take_notices(self, request: Request) -> Answer:
        """Tell which subscribed dossiers have changed, once."""
        admission = await self._admit_once(request)
        _, payload = self._read_signed(request, admission.registration)
        read_content(payload, needed=_CORRELATION, optional=frozenset()).text("correlationId")
        notices = await asking.take_notices(self._pool, admission.registration.client)
        changes = [{"dossier": row["handle"], "day": find_day(row["at"])} for row in notices]
        return make_padded({"changes": changes})

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
        """Say UP when database and keys answer; anything else is 503."""
        async with asyncio.timeout(5):
            await asyncio.gather(self._keys.ask("describe"), self._fetch_client("-"))
        return make_plain({"status": "UP"})

    async def _admit_once(self, request: Request) -> Admission:
        admission = await self._gate.admit(request)
        expires = datetime.fromtimestamp(admission.proof_expires, UTC)
        if not await self._remember(admission.proof_digest, expires):
            raise Refused(Reason.PROOF_REPLAYED)
        return admission

    def _read_signed(self, request: Request, registration: Registration) -> tuple[str, bytes]:
        if request.headers.get("content-type", "").strip().lower() != "application/jose":
            raise Refused("media_type")
        try:
            jws = request.body.decode("ascii")
            content = registration.read_signed(jws, typ="links-request+jws", members=("url",))
        except (JoseRefused, UnicodeDecodeError):
            raise Refused("request_signature") from None
        if content.header["url"] != self._settings.issuer + request.path:
            raise Refused("request_signature", "It is signed for another URL")
        return jws, content.payload

    async def _remember(self, digest: bytes, expires: datetime) -> bool:
        return await asking.remember_token(self._pool, digest, expires)

    async def _fetch_client(self, client: str) -> Registration | None:
        row = await asking.find_client(self._pool, client)
        return None if row is None else read_registration(row, client)

    async def _list_scopes(self, client: str) -> set[str]:
        rows = await asking.list_own_deliberations(self._pool, client)
        return {row["id"] for row in rows}
