"""Access tokens (RFC 9068): five minutes, bound to a key or a certificate, read by us alone."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from links.api import claims as claim
from links.api.jose import (
    JoseRefused,
    check_signature,
    make_jwk,
    read_jws,
    read_key,
    sign_jws,
)

TOKEN_SECONDS: Final = 300
_NEEDED: Final = frozenset({"iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti", "cnf"})
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What the holder of a token must show: `jkt`, a key, or `x5t#S256`, a certificate."""

    method: str
    thumbprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token says: which client, for which deliberations, bound to what, until when."""

    client: str
    scope: frozenset[str]
    binding: Binding
    issued: int
    expires: int


class AccessTokens:
    """Issues and reads tokens with one key, which all workers share as a file."""

    def __init__(self, issuer: str, key: Ed25519PrivateKey) -> None:
        self._issuer = issuer
        self._key = key
        self._public = read_key(make_jwk(key.public_key()))
        self._read: dict[bytes, Grant] = {}

    def make_key_set(self) -> dict[str, object]:
        """Return the JWK set by which others can read our signature."""
        about = {"kid": self._public.thumbprint, "use": "sig", "alg": "EdDSA"}
        return {"keys": [make_jwk(self._key.public_key()) | about]}

    def issue(self, client: str, scope: list[str], binding: Binding, now: float) -> str:
        """Return a token for `client`, good for `scope` in the hands of who has `binding`."""
        content = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": client,
            "client_id": client,
            "scope": " ".join(scope),
            "iat": int(now),
            "exp": int(now) + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "cnf": {binding.method: binding.thumbprint},
        }
        header = {"typ": "at+jwt", "kid": self._public.thumbprint}
        return sign_jws(header, orjson.dumps(content), self._key)

    def read(self, token: str, now: float) -> Grant:
        """Return the grant of a token of ours that has not expired, or raise JoseRefused."""
        digest = hashlib.sha256(token.encode()).digest()
        grant = self._read.get(digest)
        if grant is None:
            grant = self._verify(token)
            if len(self._read) >= _KEPT:
                self._read.clear()
            self._read[digest] = grant
        if not grant.issued - claim.SKEW <= now < grant.expires:
            raise JoseRefused("exp")
        return grant

    def _verify(self, token: str) -> Grant:
        jws = read_jws(token, typ="at+jwt", members=("kid",))
        if jws.header["kid"] != self._public.thumbprint:
            raise JoseRefused("kid")
        check_signature(jws, self._public)
        claims = claim.read_claims(jws, needed=_NEEDED, allowed=frozenset())
        if not claims["iss"] == claims["aud"] == self._issuer:
            raise JoseRefused("aud")
        cnf = claims["cnf"]
        if not isinstance(cnf, dict) or len(cnf) != 1:
            raise JoseRefused("cnf")
        ((method, thumbprint),) = cnf.items()
        return Grant(
            client=claim.read_text(claims, "client_id"),
            scope=frozenset(claim.read_text(claims, "scope").split()),
            binding=Binding(method=method, thumbprint=thumbprint),
            issued=claim.read_time(claims, "iat"),
            expires=claim.read_time(claims, "exp"),
        )


def read_signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in `path`, made there at first, for the eyes of its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.touch(mode=0o600, exist_ok=False)
        new.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
        try:
            os.link(new, path)  # unlike a rename it keeps the key of a worker that came first
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
