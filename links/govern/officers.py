"""Officers' keys: Ed25519, one file each, outside the database and readable by their owner."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.domain.errors import InputRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """An account and the key that signs for it."""

    id: str
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes by which others verify."""
        return self.key.public_key().public_bytes_raw()


def make_key_file(path: Path) -> bytes:
    """Write a new key where nothing is yet; return its public half, 32 bytes."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputRefused(f"The key cannot be written to {path}: {error.strerror}") from None
    with os.fdopen(target, "wb") as file:
        file.write(text)
    return key.public_key().public_bytes_raw()


def read_officer(officer: str, path: Path) -> Officer:
    """Read an officer's key file; one that others may read is refused."""
    try:
        if path.stat().st_mode & 0o077:
            raise InputRefused(f"Others may read {path}: chmod 600 it, or make a new key.")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise InputRefused(f"{path} is not the file of an Ed25519 key.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputRefused(f"{path} is not the file of an Ed25519 key.")
    return Officer(id=officer, key=key)
