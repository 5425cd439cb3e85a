"""The checks of 3.4 that JOSE libraries leave open, on claims whose signature was verified."""

import re
from collections.abc import Mapping
from typing import Final

from links.api.jose import JoseRefused, Jws
from links.api.strict_json import JsonRefused, read_object

SKEW: Final = 5
"""Seconds by which another clock may be ahead of ours."""
_JTI: Final = re.compile(r"[A-Za-z0-9_.~-]{8,128}")


def read_claims(jws: Jws, *, needed: frozenset[str], allowed: frozenset[str]) -> dict[str, object]:
    """Return the claims of a JWT: all of `needed`, none beside `allowed`."""
    try:
        claims = read_object(jws.payload, limit=4096)
    except JsonRefused:
        raise JoseRefused("claims") from None
    if not needed <= claims.keys() <= needed | allowed:
        raise JoseRefused("claims")
    return claims


def read_time(claims: Mapping[str, object], name: str) -> int:
    """Return the NumericDate `name`: an integer; a text or a boolean is none."""
    value = claims[name]
    if type(value) is not int:
        raise JoseRefused(name)
    return value


def read_text(claims: Mapping[str, object], name: str) -> str:
    """Return the claim `name`, one text: a list is refused even when it holds one."""
    value = claims[name]
    if not isinstance(value, str):
        raise JoseRefused(name)
    return value


def read_jti(claims: Mapping[str, object]) -> str:
    """Return the token's identifier, 8 to 128 characters that need no quoting anywhere."""
    jti = read_text(claims, "jti")
    if not _JTI.fullmatch(jti):
        raise JoseRefused("jti")
    return jti


def check_issued(claims: Mapping[str, object], now: float, *, lifetime: int) -> None:
    """Refuse what was issued in the future or `lifetime` seconds ago or more."""
    issued = read_time(claims, "iat")
    if not now - lifetime < issued <= now + SKEW:
        raise JoseRefused("iat")


def check_period(claims: Mapping[str, object], now: float, *, lifetime: int) -> None:
    """Refuse the expired, the not yet valid, and what would live longer than `lifetime` seconds."""
    expires = read_time(claims, "exp")
    if not now < expires <= min(now, read_time(claims, "iat")) + lifetime:
        raise JoseRefused("exp")
    if "nbf" in claims and read_time(claims, "nbf") > now + SKEW:
        raise JoseRefused("nbf")
    check_issued(claims, now, lifetime=lifetime)
