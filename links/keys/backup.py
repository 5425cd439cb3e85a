r"""A stream encrypted to a key that is elsewhere: who holds the machine cannot read its backups.

    "best-links-backup/1\n", ephemeral X25519 public key 32, then chunks of at most 64 KiB + 16:
    AES-256-GCM, nonce = number of the chunk in 12 bytes

The key is HKDF-SHA256(X25519(ephemeral, recipient), salt = both public keys). Every chunk is bound
to its place, and the last one alone is shorter than the others, empty if need be: a stream cut
short, put in another order or changed is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    from typing import IO

MAGIC = b"best-links-backup/1\n"
CHUNK_BYTES = 1 << 16
_TAG_BYTES = 16
KEY_BYTES = 32


def encrypt_stream(public_key: bytes, plain: IO[bytes], sealed: IO[bytes]) -> None:
    """Write `plain` to `sealed`, readable with the private key of `public_key` (32 bytes) alone."""
    ephemeral = X25519PrivateKey.generate()
    own = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
    cipher = _make_cipher(shared, own, public_key)
    sealed.write(MAGIC + own)
    number, chunk = 0, _read_exactly(plain, CHUNK_BYTES)
    while len(chunk) == CHUNK_BYTES:
        sealed.write(cipher.encrypt(_make_nonce(number), chunk, None))
        number, chunk = number + 1, _read_exactly(plain, CHUNK_BYTES)
    sealed.write(cipher.encrypt(_make_nonce(number), chunk, None))


def decrypt_stream(private_key: bytes, sealed: IO[bytes], plain: IO[bytes]) -> None:
    """Write what `encrypt_stream` sealed to `plain`; InputRefused for another key or any change.

    What was written before the refusal is not the whole: the caller throws it away.
    """
    if _read_exactly(sealed, len(MAGIC)) != MAGIC:
        raise InputRefused("This is no backup of the wall.")
    key, other = X25519PrivateKey.from_private_bytes(private_key), _read_exactly(sealed, KEY_BYTES)
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(other))
        cipher = _make_cipher(shared, other, key.public_key().public_bytes_raw())
        number, chunk = 0, _read_exactly(sealed, CHUNK_BYTES + _TAG_BYTES)
        while len(chunk) == CHUNK_BYTES + _TAG_BYTES:
            plain.write(cipher.decrypt(_make_nonce(number), chunk, None))
            number, chunk = number + 1, _read_exactly(sealed, CHUNK_BYTES + _TAG_BYTES)
        plain.write(cipher.decrypt(_make_nonce(number), chunk, None))
    except (InvalidTag, ValueError):
        raise InputRefused(
            "The backup cannot be read: it is for another key, cut short or changed."
        ) from None


def _make_cipher(shared: bytes, ephemeral: bytes, recipient: bytes) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=ephemeral + recipient, info=MAGIC).derive(shared)
    return AESGCM(derived)


def _make_nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    # A pipe gives what it has: only its end makes a chunk short.
    parts, left = [], size
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
