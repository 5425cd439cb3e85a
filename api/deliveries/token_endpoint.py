"""POST /oauth/token: client_credentials with private_key_jwt (RFC 6749, 7521, 7523).

The audience of an assertion is our issuer, one text: a list, or the address of this endpoint, is
how another server gets to use an assertion here (draft-ietf-oauth-rfc7523bis). authlib has the
errors; its JWTBearerClientAssertion takes a list, any `typ`, any lifetime and a key of any kind,
and its server wants a framework's adapter, so the checks are ours.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion

from api.deliveries.access_tokens import TOKEN_SECONDS, AccessTokens
from api.deliveries.jose import (
    SKEW,
    Bearer,
    Jwt,
    TokenRefused,
    check_period,
    check_signature,
    read_jti,
    read_jwt,
    read_key,
    read_text,
    read_time,
)

ASSERTION_SECONDS: Final = 60
LARGEST_FORM: Final = 16_384
_ASSERTION_TYPE: Final[str] = JWTBearerClientAssertion.CLIENT_ASSERTION_TYPE
_TYPES: Final = frozenset({"client-authentication+jwt", "jwt"})
_PARAMETERS: Final = frozenset({"grant_type", "client_assertion_type", "client_assertion"})
_OPTIONAL: Final = frozenset({"client_id", "scope"})


class Clients(Protocol):
    """What the database knows of clients and of what they used."""

    def find_keys(self, client_id: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the public keys of a client by kid; none when it may do nothing."""

    def remember(self, digest: bytes, expires_at: datetime) -> bool:
        """Keep an assertion's digest; False when it was kept before, by whichever worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """Gives tokens to clients that show who they are."""

    issuer: str
    tokens: AccessTokens
    clients: Clients

    def answer(self, body: bytes, media_type: str, now: float) -> dict[str, Any]:
        """Return the token answer (RFC 6749 5.1), or raise an OAuth2Error of authlib."""
        form = read_form(body, media_type)
        try:
            bearer = self._authenticate(form, now)
        except TokenRefused as refusal:
            why = f"client_assertion: {refusal.code}"
            raise InvalidClientError(status_code=401, description=why) from None
        return {
            "access_token": self.tokens.issue(bearer, now),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
        }

    def _authenticate(self, form: Mapping[str, str], now: float) -> Bearer:
        token = read_jwt(form["client_assertion"], types=_TYPES)
        client_id = read_text(token.claims, "iss")
        if form.get("client_id", client_id) != client_id:
            raise TokenRefused("iss")
        kid = self._check_key(token, client_id)
        if token.claims.get("sub") != client_id:
            raise TokenRefused("sub")
        if token.claims.get("aud") != self.issuer:
            raise TokenRefused("aud")
        check_period(token.claims, now, lifetime=ASSERTION_SECONDS)
        used = hashlib.sha256(f"{client_id}\n{read_jti(token.claims)}".encode()).digest()
        expires = datetime.fromtimestamp(read_time(token.claims, "exp") + SKEW, UTC)
        if not self.clients.remember(used, expires):
            raise TokenRefused("jti was used before")
        return Bearer(client_id, kid)

    def _check_key(self, token: Jwt, client_id: str) -> str:
        """Return the name of the key, one of that client's own: here it is never a place."""
        keys = self.clients.find_keys(client_id)
        kid = token.header.get("kid")
        if kid is None or kid not in keys:
            # One word for an unknown client, a suspended one and an unknown key.
            raise TokenRefused("kid")
        check_signature(token, read_key(keys[kid]))
        return str(kid)


def read_form(body: bytes, media_type: str) -> dict[str, str]:
    """Return the parameters, each known and given once."""
    if media_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise InvalidRequestError(description="send application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=8
        )
    except ValueError:
        raise InvalidRequestError(description="the body is not a form") from None
    form = dict(pairs)
    if len(form) != len(pairs) or not _PARAMETERS <= form.keys() <= _PARAMETERS | _OPTIONAL:
        needed = " ".join(sorted(_PARAMETERS))
        raise InvalidRequestError(description=f"parameters, each once: {needed}")
    if form["grant_type"] != "client_credentials":
        raise UnsupportedGrantTypeError(form["grant_type"])
    if form["client_assertion_type"] != _ASSERTION_TYPE:
        raise InvalidClientError(status_code=401, description="client_assertion_type")
    if form.get("scope"):
        raise InvalidScopeError(description="there are no scopes: leave it out")
    return form
