"""Who asks: the token that the citizens' identity provider issued, read strictly.

joserfc checks signature and key; what it leaves open is checked here: `kid`, `typ`, one audience,
one issuer, whole numbers for times, a lifetime, and mandates.
"""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, KeySet

from links.api.strict_json import JsonRefused, read_object

MAX_TOKEN_CHARACTERS: Final = 8_192
MAX_LIFETIME_SECONDS: Final = 3_600
SKEW_SECONDS: Final = 30
MANDATE_SCOPE: Final = "best-links-citizen"
"""A mandate for something else, such as taxes, is none for this."""

_KEY_TYPES: Final = {"ES256": "EC", "RS256": "RSA", "EdDSA": "OKP", "Ed25519": "OKP"}
_TYPES: Final = {"jwt", "at+jwt"}
_HEADER: Final = {"alg", "kid", "typ"}
_DELEGATION: Final = {"act", "may_act", "on_behalf_of"}
_MANDATE: Final = {"principal", "scope", "nbf", "exp"}
_SSIN: Final = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Whose data is asked for; the number goes to the keys and nowhere else."""

    ssin: str = field(repr=False)


class TokenRefused(Exception):
    """A token that identifies nobody here; `code` says why and repeats nothing of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MandateRefused(TokenRefused):
    """Known who asks, but not allowed to ask for the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """Whom we believe, and what the tokens that are meant for us say."""

    issuer: str
    audience: str
    keys: KeySet

    def read_citizen(self, token: str, moment: datetime) -> Citizen:
        """Return whom `token` identifies, or whom it holds a valid mandate of."""
        claims = _read_claims(token, self.keys)
        now = int(moment.timestamp())
        if claims.get("iss") != self.issuer:
            raise TokenRefused("issuer")
        # One text: an audience among others was not issued for us alone.
        if claims.get("aud") != self.audience:
            raise TokenRefused("audience")
        _check_times(claims, now)
        return Citizen(ssin=_read_subject(claims, now))


def _read_claims(token: str, keys: KeySet) -> dict[str, object]:
    if len(token) > MAX_TOKEN_CHARACTERS or token.count(".") != 2:
        raise TokenRefused("not_a_token")
    try:
        header = jws.extract_compact(token.encode()).headers()
        key = _choose_key(header, keys)
        with warnings.catch_warnings():
            # The name EdDSA is deprecated for Ed25519; identity providers still write it.
            warnings.simplefilter("ignore", SecurityWarning)
            signed = jws.deserialize_compact(token, key, algorithms=[header["alg"]])
        return read_object(signed.payload)
    except (JoseError, JsonRefused, ValueError):
        raise TokenRefused("signature") from None


def _choose_key(header: Mapping[str, object], keys: KeySet) -> Key:
    """Return the one key that `kid` names, if the algorithm is one that we take, and the key's."""
    if header.keys() != _HEADER:
        raise TokenRefused("header")
    algorithm, kid, kind = (header[name] for name in ("alg", "kid", "typ"))
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenRefused("type")
    named = [key for key in keys.keys if key.kid == kid]
    if not isinstance(algorithm, str) or not isinstance(kid, str) or len(named) != 1:
        raise TokenRefused("key")
    if named[0].key_type != _KEY_TYPES.get(algorithm):
        raise TokenRefused("algorithm")
    return named[0]


def _check_times(claims: Mapping[str, object], now: int) -> None:
    issued, expires = _read_time(claims, "iat"), _read_time(claims, "exp")
    if not now < expires <= now + MAX_LIFETIME_SECONDS or expires - issued > MAX_LIFETIME_SECONDS:
        raise TokenRefused("expired")
    if issued > now + SKEW_SECONDS:
        raise TokenRefused("not_yet_valid")
    if "nbf" in claims and _read_time(claims, "nbf") > now + SKEW_SECONDS:
        raise TokenRefused("not_yet_valid")


def _read_time(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:  # a boolean is an int to isinstance
        raise TokenRefused("times")
    return value


def _read_subject(claims: Mapping[str, object], now: int) -> str:
    if _DELEGATION & claims.keys():
        raise MandateRefused("mandate_unknown")
    own = _read_ssin(claims.get("ssin"))
    if "mandate" not in claims:
        return own
    mandate = claims["mandate"]
    if not isinstance(mandate, dict) or mandate.keys() != _MANDATE:
        raise MandateRefused("mandate_unknown")
    if mandate["scope"] != MANDATE_SCOPE:
        raise MandateRefused("mandate_scope")
    if not _read_time(mandate, "nbf") <= now < _read_time(mandate, "exp"):
        raise MandateRefused("mandate_expired")
    return _read_ssin(mandate["principal"])


def _read_ssin(value: object) -> str:
    if not isinstance(value, str) or not _SSIN.fullmatch(value):
        raise TokenRefused("subject")
    return value
