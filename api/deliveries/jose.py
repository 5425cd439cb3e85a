"""Signed tokens (RFC 7515, 7519): joserfc checks signatures, this module what it leaves open.

joserfc takes a token without `kid`, an `aud` list, any `typ`, any `iss`, a member that comes
twice, and an `exp` years ahead.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from api.deliveries.strict_json import JsonRefused, read_object

OWN_ALGORITHMS: Final = frozenset({"ES256", "EdDSA", "Ed25519"})
LONGEST_TOKEN: Final = 8_192
SKEW: Final = 5
"""Seconds by which another clock may be ahead of ours."""

_FORM: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
_FINGERPRINTS: Final = frozenset({"x5t", "x5t#S256"})
_JTI: Final = re.compile(r"[\x21-\x7e]{8,128}")

Key = ECKey | OKPKey | RSAKey


class TokenRefused(Exception):
    """A token that is not accepted; `code` says why and repeats nothing of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    """A JWT that was read; its signature is not checked yet."""

    text: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom an access token names, and by which key of its own it was got.

    `kid` is None for the tokens of an issuer that keeps the keys of its clients itself.
    """

    client_id: str
    kid: str | None = None


class _Registry(JWSRegistry):
    """joserfc's, without a warning for each token that names its algorithm by RFC 8037."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise TokenRefused("alg")
        return self.algorithms[name]


def read_jwt(text: str, *, types: frozenset[str]) -> Jwt:
    """Read a compact JWT whose header has `alg`, `typ`, perhaps `kid`, and nothing that leads away.

    So `crit`, `jku`, `x5u` and an embedded `jwk` are refused unread: no header can make us fetch
    or believe anything.
    """
    parts = _FORM.fullmatch(text) if len(text) <= LONGEST_TOKEN else None
    if parts is None:
        raise TokenRefused("form")
    header = _read_part(parts[1], "header")
    if not {"alg", "typ"} <= header.keys() <= {"alg", "typ", "kid"} | _FINGERPRINTS:
        raise TokenRefused("header")
    if not all(isinstance(value, str) for value in header.values()):
        raise TokenRefused("header")
    if header["typ"].lower() not in types:
        raise TokenRefused("typ")
    return Jwt(text=text, header=header, claims=_read_part(parts[2], "claims"))


def _read_part(text: str, name: str) -> dict[str, Any]:
    try:
        data = urlsafe_b64decode(text.encode())
        if urlsafe_b64encode(data).decode() != text:
            raise TokenRefused(name)
        return read_object(data, limit=LONGEST_TOKEN)
    except (JsonRefused, ValueError, TypeError):
        raise TokenRefused(name) from None


def check_signature(token: Jwt, key: Key, algorithms: frozenset[str] = OWN_ALGORITHMS) -> None:
    """Refuse what `key` did not sign with one of `algorithms` that fits it."""
    try:
        jws.deserialize_compact(token.text, key, registry=_Registry(algorithms=algorithms))
    except JoseError:
        raise TokenRefused("signature") from None


def read_key(jwk: Mapping[str, Any]) -> Key:
    """Return a public key; TokenRefused when it is none of a kind we know."""
    try:
        key = JWKRegistry.import_key(dict(jwk))
    except (JoseError, ValueError, TypeError):
        raise TokenRefused("key") from None
    if isinstance(key, RSAKey) or jwk.get("crv") in {"P-256", "Ed25519"}:
        return key  # type: ignore[return-value]
    raise TokenRefused("key")


def read_text(claims: Mapping[str, Any], name: str) -> str:
    """Return a claim that is one text, all of it visible: a list is refused even of one."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) < 256 or not value.isprintable():
        raise TokenRefused(name)
    return value


def read_jti(claims: Mapping[str, Any]) -> str:
    """Return the token's identifier: 8 to 128 visible characters."""
    jti = read_text(claims, "jti")
    if not _JTI.fullmatch(jti):
        raise TokenRefused("jti")
    return jti


def read_time(claims: Mapping[str, Any], name: str) -> int:
    """Return a NumericDate: a whole number; a text or a boolean is none."""
    value = claims.get(name)
    if type(value) is not int:
        raise TokenRefused(name)
    return value


def check_period(claims: Mapping[str, Any], now: float, *, lifetime: int | None) -> None:
    """Refuse the expired, the not yet valid, and what lives longer than `lifetime` seconds."""
    issued, expires = read_time(claims, "iat"), read_time(claims, "exp")
    if issued > now + SKEW:
        raise TokenRefused("iat")
    if not now < expires:
        raise TokenRefused("exp")
    if lifetime is not None and expires > min(issued, now) + lifetime:
        raise TokenRefused("lifetime")
    if "nbf" in claims and read_time(claims, "nbf") > now + SKEW:
        raise TokenRefused("nbf")


def sign_jwt(header: Mapping[str, Any], payload: bytes, key: Key) -> str:
    """Return the compact JWS of `payload`."""
    registry = _Registry(algorithms=OWN_ALGORITHMS)
    return jws.serialize_compact(dict(header), payload, key, registry=registry)
