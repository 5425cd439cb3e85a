"""POST /oauth/token: client_credentials with private_key_jwt, for a token bound to a key."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl

import orjson

from links.api import claims as claim
from links.api.access_tokens import TOKEN_SECONDS, AccessTokens
from links.api.answers import Answer, make_plain
from links.api.gate import Gate, Registration, Registrations, Request
from links.api.jose import JoseRefused, Jws, check_signature, read_jws

ASSERTION_SECONDS: Final = 60
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_NEEDED: Final = frozenset({"iss", "sub", "aud", "iat", "exp", "jti"})
_CLIENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_PARAMETERS: Final = {"grant_type", "client_assertion_type", "client_assertion"}
_OPTIONAL: Final = {"client_id", "scope"}

RememberToken = Callable[[bytes, datetime], Awaitable[bool]]
ListScopes = Callable[[str], Awaitable[Iterable[str]]]


class TokenRefused(Exception):
    """No token; `error` is RFC 6749's word, `why` ours."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(error)
        self.error = error
        self.why = why


class TokenEndpoint:
    """Gives tokens to clients that show who they are and what they hold."""

    def __init__(
        self,
        *,
        issuer: str,
        gate: Gate,
        tokens: AccessTokens,
        registrations: Registrations,
        remember: RememberToken,
        list_scopes: ListScopes,
        clock: Callable[[], datetime],
    ) -> None:
        self._issuer = issuer
        self._gate = gate
        self._tokens = tokens
        self._registrations = registrations
        self._remember = remember
        self._list_scopes = list_scopes
        self._clock = clock

    async def answer(self, request: Request) -> Answer:
        """Return a token, or an error as RFC 6749 5.2 and RFC 9449 5 write it."""
        try:
            return await self._issue(request)
        except TokenRefused as refusal:
            body = {"error": refusal.error, "error_description": refusal.why}
            status = 401 if refusal.error == "invalid_client" else 400
            return Answer(status=status, body=orjson.dumps(body))

    async def _issue(self, request: Request) -> Answer:
        form = read_form(request)
        client = await self._authenticate(form)
        try:
            binding, proof = self._gate.find_binding(request)
        except JoseRefused as refusal:
            raise TokenRefused("invalid_dpop_proof", refusal.code) from None
        if not await self._remember(proof.digest, datetime.fromtimestamp(proof.expires, UTC)):
            raise TokenRefused("invalid_dpop_proof", "replayed")
        scope = await self._choose_scope(client, form.get("scope"))
        now = self._clock().timestamp()
        content = {
            "access_token": self._tokens.issue(client, scope, binding, now),
            "token_type": "DPoP" if binding.method == "jkt" else "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(scope),
        }
        return make_plain(content)

    async def _authenticate(self, form: dict[str, str]) -> str:
        try:
            return await self._check_assertion(form)
        except JoseRefused as refusal:
            raise TokenRefused("invalid_client", refusal.code) from None

    async def _check_assertion(self, form: dict[str, str]) -> str:
        text = form["client_assertion"]
        jws = read_jws(text, typ="client-authentication+jwt", members=("kid",))
        claims = claim.read_claims(jws, needed=_NEEDED, allowed=frozenset({"nbf"}))
        client = claim.read_text(claims, "iss")
        if not _CLIENT.fullmatch(client) or form.get("client_id", client) != client:
            raise JoseRefused("iss")
        _check_key(jws, await self._registrations.find(client))
        if claims["sub"] != client:
            raise JoseRefused("sub")
        if claims["aud"] != self._issuer:
            raise JoseRefused("aud")
        claim.check_period(claims, self._clock().timestamp(), lifetime=ASSERTION_SECONDS)
        digest = hashlib.sha256(f"assertion\n{client}\n{claim.read_jti(claims)}".encode()).digest()
        expires = datetime.fromtimestamp(claim.read_time(claims, "exp") + claim.SKEW, UTC)
        if not await self._remember(digest, expires):
            raise JoseRefused("replayed")
        return client

    async def _choose_scope(self, client: str, asked: str | None) -> list[str]:
        own = set(await self._list_scopes(client))
        wanted = own if asked is None else set(asked.split(" "))
        if not wanted <= own:
            raise TokenRefused("invalid_scope", "not a deliberation of this client")
        return sorted(wanted)


def read_form(request: Request) -> dict[str, str]:
    """Return the parameters, each known and given once."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise TokenRefused("invalid_request", "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=8,
        )
    except ValueError:
        raise TokenRefused("invalid_request", "not a form") from None
    form = dict(pairs)
    if len(form) != len(pairs) or not _PARAMETERS <= form.keys() <= _PARAMETERS | _OPTIONAL:
        raise TokenRefused("invalid_request", "parameters")
    if form["grant_type"] != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "client_credentials")
    if form["client_assertion_type"] != _ASSERTION_TYPE:
        raise TokenRefused("invalid_client", "client_assertion_type")
    return form


def _check_key(jws: Jws, registration: Registration | None) -> None:
    """The key is looked up among that client's own: a kid is a name here and never a place."""
    kid = jws.header["kid"]
    if registration is None or not isinstance(kid, str) or kid not in registration.keys:
        raise JoseRefused("kid")
    check_signature(jws, registration.keys[kid])
    if registration.hindrance is not None:
        raise JoseRefused(registration.hindrance)
