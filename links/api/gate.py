"""Who is at the door: access token, proof of possession, client, each checked at every request."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from links.api.access_tokens import AccessTokens, Binding, Grant
from links.api.dpop import Proof, read_proof
from links.api.jose import JoseRefused, VerifyingKey, check_signature, read_jws, read_key
from links.api.problems import Refused
from links.domain.reasons import Reason

if TYPE_CHECKING:
    from links.store.asking import ClientRow

HOP_HEADER: Final = "best-links-hop"
CERTIFICATE_HEADER: Final = "best-links-certificate-sha256"
READ_HEADERS: Final = frozenset(
    {"authorization", "dpop", "content-type", HOP_HEADER, CERTIFICATE_HEADER}
)
"""Every header that is read; whatever else says who somebody is says it to nobody."""
_KEPT_FOR: Final = timedelta(seconds=20)
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it arrived; `arrived` is of time.monotonic(). A header sent twice is absent."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    arrived: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A client as it is registered."""

    client: str
    organisation: str
    category: str
    client_status: str
    organisation_status: str
    keys: Mapping[str, VerifyingKey]

    @property
    def hindrance(self) -> Reason | None:
        """Why it may do nothing now."""
        if self.client_status != "active":
            return Reason.CLIENT_INACTIVE
        return None if self.organisation_status == "active" else Reason.ORGANISATION_INACTIVE

    def read_signed(self, text: str, *, typ: str, members: tuple[str, ...] = ()) -> SignedContent:
        """Check a JWS by a key of this client, named by `kid`, with `members` in its header."""
        jws = read_jws(text, typ=typ, members=("kid", *members))
        kid = jws.header["kid"]
        key = self.keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise JoseRefused("kid")
        check_signature(jws, key)
        return SignedContent(header=jws.header, payload=jws.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedContent:
    """What a client signed."""

    header: Mapping[str, object]
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who asks, with what right; `proof_digest` is to be remembered until `proof_expires`.

    It is the SHA-256 of the proof, followed by that of the signed request where there is one.
    """

    grant: Grant
    registration: Registration
    proof_digest: bytes
    proof_expires: int


FetchClient = Callable[[str], Awaitable[Registration | None]]


class Registrations:
    """Clients as registered, asked again after 20 s: a revoked one is out within a minute.

    A declaration looks at once, so no question is answered on what is kept here.
    """

    def __init__(self, fetch: FetchClient, clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, tuple[datetime, Registration]] = {}

    async def find(self, client: str) -> Registration | None:
        """Return the client's registration, None when there is none."""
        kept, now = self._kept.get(client), self._clock()
        if kept is not None and kept[0] <= now < kept[0] + _KEPT_FOR:  # a clock may be put back
            return kept[1]
        registration = await self._fetch(client)
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        if registration is not None:
            self._kept[client] = (now, registration)
        return registration

    def forget(self, client: str) -> None:
        """Ask again at the next request."""
        self._kept.pop(client, None)


class Gate:
    """Admits requests; `hop_secret` is what our own TLS proxy shows, None without one."""

    def __init__(
        self,
        *,
        issuer: str,
        tokens: AccessTokens,
        registrations: Registrations,
        clock: Callable[[], datetime],
        hop_secret: str | None,
    ) -> None:
        self._issuer = issuer
        self._tokens = tokens
        self._registrations = registrations
        self._clock = clock
        self._hop_secret = hop_secret

    async def admit(self, request: Request) -> Admission:
        """Return who asks, or raise Refused with 401."""
        now = self._clock().timestamp()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            grant = self._tokens.read(token, now)
        except JoseRefused as refusal:
            raise Refused("token_refused", f"The token is refused: {refusal.code}") from None
        proof = self._check_possession(request, grant, scheme, token, now)
        registration = await self._registrations.find(grant.client)
        if registration is None:
            raise Refused(Reason.CLIENT_INACTIVE)
        if registration.hindrance is not None:
            raise Refused(registration.hindrance)
        return Admission(
            grant=grant,
            registration=registration,
            proof_digest=proof.digest,
            proof_expires=proof.expires,
        )

    def find_certificate(self, request: Request) -> str | None:
        """Return the SHA-256 of the client's certificate, on the word of our own proxy alone."""
        shown = request.headers.get(HOP_HEADER, "")
        if self._hop_secret is None or not hmac.compare_digest(
            shown.encode(), self._hop_secret.encode()
        ):
            return None
        return request.headers.get(CERTIFICATE_HEADER)

    def find_binding(self, request: Request) -> tuple[Binding, Proof]:
        """Return what a new token is to be bound to: the proof's key, or else the certificate."""
        if "dpop" in request.headers:
            now = self._clock().timestamp()
            proof = self._read_proof(request, None, now)
            return Binding(method="jkt", thumbprint=proof.thumbprint), proof
        certificate = self.find_certificate(request)
        if certificate is None:
            raise JoseRefused("missing")
        return Binding(method="x5t#S256", thumbprint=certificate), _make_unneeded_proof(0)

    def _check_possession(
        self, request: Request, grant: Grant, scheme: str, token: str, now: float
    ) -> Proof:
        match grant.binding.method, scheme:
            case "jkt", "DPoP":
                proof = self._refuse_unproven(request, token, now)
                shown: str | None = proof.thumbprint
            case "x5t#S256", "Bearer":
                proof, shown = _make_unneeded_proof(now), self.find_certificate(request)
            case _:
                raise Refused("proof_refused", "The token is not bound in this way")
        if shown != grant.binding.thumbprint:
            raise Refused("proof_refused", "The proof is refused: key")
        return proof

    def _refuse_unproven(self, request: Request, token: str, now: float) -> Proof:
        try:
            return self._read_proof(request, token, now)
        except JoseRefused as refusal:
            raise Refused("proof_refused", f"The proof is refused: {refusal.code}") from None

    def _read_proof(self, request: Request, token: str | None, now: float) -> Proof:
        if "dpop" not in request.headers:
            raise JoseRefused("missing")
        url = self._issuer + request.path
        return read_proof(
            request.headers["dpop"], method=request.method, url=url, token=token, now=now
        )


def read_registration(row: ClientRow, client: str) -> Registration:
    """Read the answer of links.find_client; a key that we cannot use is no key."""
    return Registration(
        client=client,
        organisation=row.organisation,
        category=row.category,
        client_status=row.client_status,
        organisation_status=row.organisation_status,
        keys=dict(_read_keys(row.keys)),
    )


def _read_keys(jwks: object) -> list[tuple[str, VerifyingKey]]:
    keys = []
    for jwk in jwks if isinstance(jwks, list) else []:
        try:
            keys.append((jwk["kid"], read_key(jwk)))
        except (JoseRefused, KeyError, TypeError):
            continue
    return keys


def _make_unneeded_proof(now: float) -> Proof:
    """A certificate's session cannot be replayed: something that was never seen stands in."""
    return Proof(thumbprint="", digest=secrets.token_bytes(32), expires=int(now) + 60)
