"""Compact JSON Web Signatures, ES256 and EdDSA only, read more strictly than RFC 7515 asks.

On `cryptography` and not on a JOSE library: each request has two to check, and what we refuse is
most of what a library is for. Tests hold it against joserfc.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from links.api.strict_json import JsonRefused, read_object

MAX_CHARACTERS: Final = 24_576
_PARTS: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")
_MEMBERS: Final = {"OKP": frozenset({"kty", "crv", "x"}), "EC": frozenset({"kty", "crv", "x", "y"})}
_ABOUT_A_KEY: Final = frozenset({"kid", "use", "alg"})

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey


class JoseRefused(Exception):
    """A token or key that is not accepted; `code` says why and repeats nothing of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Jws:
    """A compact JWS whose header was read and whose signature was not yet checked."""

    header: Mapping[str, object]
    payload: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """A public key with its RFC 7638 thumbprint; the key decides on the algorithm."""

    algorithms: tuple[str, ...]
    key: PublicKey
    thumbprint: str


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Bytes of base64url, in the one spelling that encode gives."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise JoseRefused("encoding") from None
    if encode(data) != text:
        raise JoseRefused("encoding")
    return data


def read_jws(text: str, *, typ: str, members: Iterable[str]) -> Jws:
    """Read a compact JWS whose header has `alg`, `typ` and `members`, each once and no other.

    So `crit`, `b64`, `zip`, `cty`, `jku`, `x5u` and a `jwk` that was not asked for are refused
    unread: no header can make us fetch or believe anything.
    """
    if len(text) > MAX_CHARACTERS:
        raise JoseRefused("too_large")
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise JoseRefused("not_a_jws")
    try:
        header = read_object(decode(parts[1]), limit=1024)
    except JsonRefused:
        raise JoseRefused("header") from None
    if header.keys() != {"alg", "typ", *members}:
        raise JoseRefused("header")
    if header["typ"] != typ:
        raise JoseRefused("typ")
    return Jws(
        header=header,
        payload=decode(parts[2]),
        signed=text[: parts.end(2)].encode(),
        signature=decode(parts[3]),
    )


def check_signature(jws: Jws, key: VerifyingKey) -> None:
    """Refuse what `key` did not sign with its own algorithm."""
    if jws.header["alg"] not in key.algorithms:
        raise JoseRefused("alg")
    try:
        if isinstance(key.key, Ed25519PublicKey):
            key.key.verify(jws.signature, jws.signed)
        else:
            r, s = (int.from_bytes(half) for half in (jws.signature[:32], jws.signature[32:]))
            key.key.verify(encode_dss_signature(r, s), jws.signed, ECDSA(SHA256()))
    except InvalidSignature:
        raise JoseRefused("signature") from None


def read_key(jwk: object) -> VerifyingKey:
    """Read a public JWK, Ed25519 or P-256; one with a private part is refused."""
    if not isinstance(jwk, dict):
        raise JoseRefused("jwk")
    kty, crv, x, y = (jwk.get(name) for name in ("kty", "crv", "x", "y"))
    if not isinstance(kty, str) or jwk.keys() - _ABOUT_A_KEY != _MEMBERS.get(kty, frozenset()):
        raise JoseRefused("jwk")
    if not (isinstance(crv, str) and isinstance(x, str) and isinstance(y, str | None)):
        raise JoseRefused("jwk")
    return _load_key(kty, crv, x, y)


@lru_cache(maxsize=4096)
def _load_key(kty: str, crv: str, x: str, y: str | None) -> VerifyingKey:
    key: PublicKey
    try:
        if kty == "OKP" and crv == "Ed25519":
            key = Ed25519PublicKey.from_public_bytes(decode(x))
        elif kty == "EC" and crv == "P-256" and y is not None:
            key = _load_point(decode(x), decode(y))
        else:
            raise JoseRefused("jwk")
    except ValueError:
        raise JoseRefused("jwk") from None
    members = {"crv": crv, "kty": kty, "x": x} | ({} if y is None else {"y": y})
    digest = hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    algorithms = ("ES256",) if kty == "EC" else ("EdDSA", "Ed25519")  # RFC 8037 and RFC 9864
    return VerifyingKey(algorithms=algorithms, key=key, thumbprint=encode(digest))


def _load_point(x: bytes, y: bytes) -> EllipticCurvePublicKey:
    if len(x) != 32 or len(y) != 32:
        raise JoseRefused("jwk")
    numbers = EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), SECP256R1())
    return numbers.public_key()


def make_jwk(key: PublicKey) -> dict[str, str]:
    """Return the public JWK without a kid."""
    if isinstance(key, Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(key.public_bytes_raw())}
    numbers = key.public_numbers()
    x, y = (encode(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def sign_jws(header: Mapping[str, object], payload: bytes, key: PrivateKey) -> str:
    """Return the compact JWS of `payload`; `alg` is added to the header."""
    algorithm = "EdDSA" if isinstance(key, Ed25519PrivateKey) else "ES256"
    signed = f"{encode(orjson.dumps({'alg': algorithm, **header}))}.{encode(payload)}"
    if isinstance(key, Ed25519PrivateKey):
        signature = key.sign(signed.encode())
    else:
        r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
        signature = r.to_bytes(32) + s.to_bytes(32)
    return f"{signed}.{encode(signature)}"
