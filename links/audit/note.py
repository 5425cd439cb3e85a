"""Checkpoints as C2SP writes them: signed-note, tlog-checkpoint and tlog-cosignature (Ed25519).

Keys are kept as the note tools of Go write them: `NAME+ID+BASE64` to verify with, and the same
behind `PRIVATE+KEY+` to sign with. The name of a log's key is the origin of its checkpoints.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

_PRIVATE = "PRIVATE+KEY+"
_SIGNATURE_LINE = re.compile("\u2014 ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_MOST_SIGNATURES = 16


class NoteRefused(ValueError):
    """A note or a key is not what it should be; the text says what is wrong with it."""


class KeyType(IntEnum):
    """What a key signs, by the byte that C2SP gave it."""

    LOG = 1
    WITNESS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How large a log's tree is and what its root is."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key, its name and what it signs."""

    name: str
    type: KeyType
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that say which key made a signature."""
        named = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return sha256(named).digest()[:4]

    @property
    def text(self) -> str:
        """The key as a line."""
        return f"{self.name}+{self.id.hex()}+{_encode(bytes([self.type]) + self.public)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key and its name."""

    name: str
    type: KeyType
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The key to verify with."""
        public = self.private.public_key().public_bytes_raw()
        return VerifierKey(name=self.name, type=self.type, public=public)

    @property
    def text(self) -> str:
        """The key as a line, for a file that nobody else may read."""
        secret = bytes([self.type]) + self.private.private_bytes_raw()
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{_encode(secret)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A checkpoint and the lines that were signed under it: (name, id, signature)."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[str, bytes, bytes], ...]


def make_key(name: str, key_type: KeyType) -> SigningKey:
    """Make a new key."""
    if not _NAME.fullmatch(name):
        raise NoteRefused("a key's name has no spaces and no plus sign")
    return SigningKey(name=name, type=key_type, private=Ed25519PrivateKey.generate())


def read_signing_key(text: str) -> SigningKey:
    """Read a private key; NoteRefused says nothing of its content."""
    if not text.startswith(_PRIVATE):
        raise NoteRefused("not a private key of a note")
    name, key_id, key_type, secret = _read_key(text.removeprefix(_PRIVATE))
    key = SigningKey(name=name, type=key_type, private=Ed25519PrivateKey.from_private_bytes(secret))
    if key.verifier.id != key_id:
        raise NoteRefused("the id of the private key is not its own")
    return key


def read_verifier_key(text: str) -> VerifierKey:
    """Read a public key."""
    name, key_id, key_type, public = _read_key(text)
    key = VerifierKey(name=name, type=key_type, public=public)
    if key.id != key_id:
        raise NoteRefused("the id of the key is not its own")
    return key


def _read_key(text: str) -> tuple[str, bytes, KeyType, bytes]:
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        content = _decode(encoded)
        if len(content) != 33 or not _NAME.fullmatch(name):
            raise NoteRefused("a key is a name, an id and 33 bytes")
        return name, bytes.fromhex(key_id), KeyType(content[0]), content[1:]
    except ValueError as error:
        raise NoteRefused("a key is a line NAME+ID+BASE64 of Ed25519") from error


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Return the note that a log publishes."""
    if key.type is not KeyType.LOG:
        raise NoteRefused("a checkpoint is signed with the key of a log")
    signature = key.private.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n{_make_line(key, signature)}"


def cosign(checkpoint: Checkpoint, key: SigningKey, moment: datetime) -> str:
    """Return the line of a witness: at `moment` this was the largest tree it had seen."""
    if key.type is not KeyType.WITNESS:
        raise NoteRefused("a witness signs with the key of a witness")
    seconds = int(moment.timestamp())
    signature = key.private.sign(_make_cosigned(checkpoint, seconds))
    return _make_line(key, seconds.to_bytes(8) + signature)


def _make_cosigned(checkpoint: Checkpoint, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint.text}".encode()


def _make_line(key: SigningKey, signature: bytes) -> str:
    return f"\u2014 {key.name} {_encode(key.verifier.id + signature)}\n"


def read_note(text: str) -> Note:
    """Take a note apart; nothing in it is true before `verify` or `verify_cosignature`."""
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise NoteRefused("a note is a text, an empty line and lines of signatures")
    if any(letter < " " and letter != "\n" for letter in text):
        raise NoteRefused("a note holds no control characters")
    signatures = tuple(_read_lines(lines[:-1].split("\n")))
    return Note(checkpoint=_read_checkpoint(body), signatures=signatures)


def _read_lines(lines: list[str]) -> Iterable[tuple[str, bytes, bytes]]:
    if len(lines) > _MOST_SIGNATURES:
        raise NoteRefused("more signatures than a note may have")
    for line in lines:
        found = _SIGNATURE_LINE.fullmatch(line)
        content = _decode(found[2]) if found else b""
        if found is None or len(content) < 5:
            raise NoteRefused("a line of the note is no signature")
        yield found[1], content[:4], content[4:]


def _read_checkpoint(body: str) -> Checkpoint:
    # Extension lines are not recommended and this log writes none: what is signed is what is read.
    match body.split("\n"):
        case [origin, size, root] if origin and _SIZE.fullmatch(size) and len(_decode(root)) == 32:
            return Checkpoint(origin=origin, size=int(size), root=_decode(root))
    raise NoteRefused("a checkpoint is three lines: origin, size, root")


def verify(note: Note, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint that the log of `key` signed."""
    if note.checkpoint.origin != key.name:
        raise NoteRefused("the checkpoint is of another log")
    for signature in _find_signatures(note, key):
        _check(key, signature, note.checkpoint.text.encode())
    return note.checkpoint


def verify_cosignature(note: Note, key: VerifierKey) -> datetime:
    """Return when the witness of `key` signed."""
    moment = datetime.fromtimestamp(0, UTC)
    for signature in _find_signatures(note, key):
        seconds = int.from_bytes(signature[:8])
        _check(key, signature[8:], _make_cosigned(note.checkpoint, seconds))
        moment = datetime.fromtimestamp(seconds, UTC)
    return moment


def _find_signatures(note: Note, key: VerifierKey) -> list[bytes]:
    found = [made for name, key_id, made in note.signatures if (name, key_id) == (key.name, key.id)]
    if not found:
        raise NoteRefused(f"no signature of {key.name}")
    return found


def _check(key: VerifierKey, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature as error:
        raise NoteRefused(f"the signature of {key.name} is wrong") from error


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decode(text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NoteRefused("not base64") from error
    if _encode(content) != text:
        raise NoteRefused("base64 that another writer would write otherwise")
    return content
