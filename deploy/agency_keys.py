"""Files of keys of an agency's members: the public one they send, the private one they keep."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry

from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    from pathlib import Path

_MOST_CHARACTERS = 64 * 1024


def read_key(path: Path) -> dict[str, Any]:
    """Return the JWK in a file, as it is there: a JSON Web Key, a set of one, or PEM.

    Whether it is a key that we take is for registry.deliveries.agencies to say.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MOST_CHARACTERS)
        if text.lstrip().startswith("-----BEGIN"):
            return _read_pem(text)
        given = json.loads(text)
        keys = given.get("keys", [given])
        (key,) = keys
        return dict(key)
    except OSError as error:
        raise InputRefused(f"{path}: the key cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, AttributeError, JoseError) as error:
        raise InputRefused(
            f"{path} holds no single key on the curve P-256 or Ed25519, neither a JSON Web Key nor"
            " PEM: ./best agency new-key makes one."
        ) from error


def write_private_key(path: Path) -> dict[str, Any]:
    """Write a new private key (P-256) that only its owner may read; return the public JWK."""
    key = ECKey.generate_key("P-256", private=True)
    named = {"kid": key.thumbprint(), "alg": "ES256", "use": "sig"}
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputRefused(f"{path}: no key was written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(key.as_dict(private=True) | named, file)
        file.write("\n")
    return {**key.as_dict(private=False), **named}


def _read_pem(text: str) -> dict[str, Any]:
    for kind in ("EC", "OKP"):
        try:
            key = JWKRegistry.import_key(text, kind)
        except JoseError:
            continue
        # A private one is refused where every other one is.
        return dict(key.as_dict(private=key.is_private))
    raise ValueError(text[:30])
