"""What is sealed for later: requests and texts by AES-256-GCM, and handles for one source.

A handle leads a source to a subject without naming it: the requester carries it over, and only the
source that it was made for can have it opened. It is a token of fixed length rather than a JWE,
for its maker is its only reader and a header would be one more thing to believe:

    base64url(nonce 12, AES-256-GCM(sector 16, source 10, requester 10, kid 2, expires 8, ref 16))
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from links.keys.derivation import KeysRefused, check_text
from links.keys.members import read_base64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from links.keys.keyring import KeyRing

NONCE_BYTES = 12
_LAYOUT = struct.Struct(">16s10s10sHQ16s")
# A multiple of three: base64 has no spare bits in which one handle could be written twice.
_TOKEN_CHARACTERS = (NONCE_BYTES + _LAYOUT.size + 16) // 3 * 4
_BOUND = b"links/v1/handle|"
_NUMBER_BOUND = b"links/v1/number|"
NUMBER_BYTES = 96


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Handle:
    """Whom a source may be led to, by whom and until when (seconds since 1970)."""

    sector: str
    source: str
    requester: str
    kid: int
    expires: int
    subj_ref: bytes


def seal_handle(ring: KeyRing, handle: Handle) -> str:
    """Return the token of a handle."""
    plain = _LAYOUT.pack(
        handle.sector.encode(),
        check_text("source", handle.source).encode(),
        check_text("organisation", handle.requester).encode(),
        handle.kid,
        handle.expires,
        handle.subj_ref,
    )
    sealed = seal(ring.find_cipher("handle"), plain, _BOUND + handle.source.encode())
    return base64.urlsafe_b64encode(sealed).decode()


def open_handle(ring: KeyRing, token: object, organisation: str, now: int) -> Handle:
    """Open the token for the source it was made for; KeysRefused for all else, and when late."""
    raw = _decode_token(token)
    bound = _BOUND + check_text("organisation", organisation).encode()
    try:
        plain = unseal(ring.find_cipher("handle"), raw, bound)
    except KeysRefused:
        raise KeysRefused("handle_refused") from None
    sector, source, requester, kid, expires, subj_ref = _LAYOUT.unpack(plain)
    if expires <= now:
        raise KeysRefused("handle_expired")
    return Handle(
        sector=sector.rstrip(b"\0").decode(),
        source=source.decode(),
        requester=requester.decode(),
        kid=kid,
        expires=expires,
        subj_ref=subj_ref,
    )


def seal_number(ring: KeyRing, organisation: object, number: object) -> str:
    """Seal an organisation's own number, all of one length: twice sealed it is nothing alike."""
    bound = _NUMBER_BOUND + check_text("organisation", organisation).encode()
    raw = number.encode() if isinstance(number, str) else b"\0"
    if b"\0" in raw or len(raw) > NUMBER_BYTES:
        raise KeysRefused("number_malformed")
    sealed = seal(ring.find_cipher("number"), raw.ljust(NUMBER_BYTES, b"\0"), bound)
    return base64.b64encode(sealed).decode()


def open_number(ring: KeyRing, organisation: object, sealed: object) -> str:
    """Return what `seal_number` was given for this organisation."""
    bound = _NUMBER_BOUND + check_text("organisation", organisation).encode()
    return unseal(ring.find_cipher("number"), read_base64(sealed), bound).rstrip(b"\0").decode()


def make_digest(token: object) -> bytes:
    """Return what is remembered of a handle that was opened, 32 bytes."""
    return sha256(_decode_token(token)).digest()


def seal(cipher: AESGCM, data: bytes, bound: bytes) -> bytes:
    """Encrypt; `bound` must be said again to decrypt."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, data, bound)


def unseal(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    """Decrypt what `seal` made under the same cipher and `bound`."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise KeysRefused("sealed_unreadable") from None


def _decode_token(token: object) -> bytes:
    if not isinstance(token, str) or len(token) != _TOKEN_CHARACTERS or not token.isascii():
        raise KeysRefused("handle_refused")
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        raise KeysRefused("handle_refused") from None
    if base64.urlsafe_b64encode(raw) != token.encode():  # "+" and "/" are not our spelling
        raise KeysRefused("handle_refused")
    return raw
