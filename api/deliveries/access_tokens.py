"""Access tokens of the embedded issuer (RFC 9068): five minutes, read by us alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
from joserfc.jwk import ECKey

from api.deliveries.jose import (
    Bearer,
    TokenRefused,
    check_period,
    check_signature,
    read_jwt,
    read_text,
    sign_jwt,
)

TOKEN_SECONDS: Final = 300


class AccessTokens:
    """Issues and reads tokens with one key, which all workers share as a file."""

    def __init__(self, issuer: str, key: ECKey) -> None:
        self._issuer = issuer
        self._key = key
        self._kid = key.thumbprint()

    def make_key_set(self) -> dict[str, Any]:
        """Return the JWK set by which others can read our signature."""
        about = {"kid": self._kid, "use": "sig", "alg": "ES256"}
        return {"keys": [self._key.as_dict(private=False) | about]}

    def issue(self, bearer: Bearer, now: float) -> str:
        """Return a token for a client; it names the key that it was got with."""
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": bearer.client_id,
            "client_id": bearer.client_id,
            "kid": bearer.kid,
            "iat": int(now),
            "exp": int(now) + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._kid}
        return sign_jwt(header, orjson.dumps(claims), self._key)

    def find_bearer(self, text: str, now: float) -> Bearer:
        """Return the bearer of a token of ours that has not expired, or raise TokenRefused."""
        token = read_jwt(text, types=frozenset({"at+jwt"}))
        if token.header.get("kid") != self._kid:
            raise TokenRefused("kid")
        check_signature(token, self._key)
        if not token.claims.get("iss") == token.claims.get("aud") == self._issuer:
            raise TokenRefused("aud")
        check_period(token.claims, now, lifetime=TOKEN_SECONDS)
        return Bearer(read_text(token.claims, "client_id"), read_text(token.claims, "kid"))


def read_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what is in `path`, made there at first, for the eyes of its owner alone."""
    for directory in (path.parent.parent, path.parent):  # a mode is not for the parents it makes
        directory.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.touch(mode=0o600)
        new.write_bytes(make())
        try:
            os.link(new, path)  # unlike a rename it keeps that of a worker that came first
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_bytes()


def read_signing_key(directory: Path) -> ECKey:
    """Return the key that signs access tokens, made when there is none."""

    def make() -> bytes:
        return orjson.dumps(ECKey.generate_key("P-256").as_dict(private=True))

    return ECKey.import_key(orjson.loads(read_secret(directory / "tokens.jwk", make)))
