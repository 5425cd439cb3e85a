"""Proofs of possession (RFC 9449): who uses a token holds the key that it is bound to."""

import hashlib
from dataclasses import dataclass
from typing import Final

from links.api import claims as claim
from links.api.jose import JoseRefused, check_signature, encode, read_jws, read_key

PROOF_SECONDS: Final = 60
_NEEDED: Final = frozenset({"jti", "htm", "htu", "iat"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that was checked; whoever accepts it remembers `digest` until `expires`."""

    thumbprint: str
    digest: bytes
    expires: int


def read_proof(text: str, *, method: str, url: str, token: str | None, now: float) -> Proof:
    """Check the proof of a request that carries `token`, or that asks for one when it is None.

    That it was not used before only the database can say, for all workers at once.
    """
    jws = read_jws(text, typ="dpop+jwt", members=("jwk",))
    jwk = jws.header["jwk"]
    if isinstance(jwk, dict) and "kid" in jwk:
        raise JoseRefused("jwk")
    key = read_key(jwk)
    check_signature(jws, key)
    needed = _NEEDED if token is None else _NEEDED | {"ath"}
    claims = claim.read_claims(jws, needed=needed, allowed=frozenset())
    if claims["htm"] != method:
        raise JoseRefused("htm")
    if claims["htu"] != url:
        raise JoseRefused("htu")
    claim.check_issued(claims, now, lifetime=PROOF_SECONDS)
    if token is not None and claims["ath"] != hash_token(token):
        raise JoseRefused("ath")
    jti = claim.read_jti(claims)
    return Proof(
        thumbprint=key.thumbprint,
        digest=hashlib.sha256(f"dpop\n{key.thumbprint}\n{jti}".encode()).digest(),
        expires=claim.read_time(claims, "iat") + PROOF_SECONDS + claim.SKEW,
    )


def hash_token(token: str) -> str:
    """Return `ath`: the base64url SHA-256 of an access token."""
    return encode(hashlib.sha256(token.encode()).digest())
