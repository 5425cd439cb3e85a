"""The private key of a member of an agency, and what it signs to be given a token."""

import secrets
import warnings
from datetime import datetime
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, import_key

from deploy.agency_keys import read_key
from registry.domain.errors import InputRefused

_ASSERTION_SECONDS = 30


def read_private_key(path: Path) -> Key:
    """Read a private key, P-256 or Ed25519; one without a kid is called by its thumbprint."""
    if not path.is_file():
        raise InputRefused(f"{path}: there is no such file")
    try:
        key = import_key(read_key(path))
    except (ValueError, KeyError, TypeError, JoseError) as error:
        raise InputRefused(f"{path}: this is no key that can be read") from error
    fits = isinstance(key, ECKey | OKPKey) and key.curve_name in {"P-256", "Ed25519"}
    if not (fits and key.is_private):
        raise InputRefused(f"{path}: a private key is needed, P-256 or Ed25519")
    return key


def sign_assertion(key: Key, client_id: str, issuer: str, now: datetime) -> str:
    """Return a client assertion (RFC 7523): half a minute, once, for this issuer alone."""
    issued_at = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "iat": issued_at,
        "exp": issued_at + _ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(16),
    }
    algorithm = "ES256" if isinstance(key, ECKey) else "EdDSA"
    header = {"alg": algorithm, "kid": key.kid or key.thumbprint(), "typ": "JWT"}
    with warnings.catch_warnings(action="ignore"):  # EdDSA has a newer name, less understood
        return jwt.encode(header, claims, key, algorithms=[algorithm])
