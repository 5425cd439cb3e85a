"""From master keys to references: what the wall stores instead of people and addresses.

    key  = HKDF-SHA256(master, info="links/v1/SECTOR/USE")
    p_1  = HMAC-SHA256(key of generation 1, canonical text), its first 16 bytes
    p_2  = HMAC-SHA256(key of generation 2, p_1), its first 16 bytes, and so on

so the references of every generation follow from a value, and a row is brought to a newer
generation without it. Nobody goes back, nor forward without the newer key.

No key is kept as bytes once it is derived: what holds one is an object of OpenSSL, whose repr,
pickle and traceback show nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Mac = Callable[[bytes], bytes]

REFERENCE_BYTES = 16
_ADDRESS_STEP = 32


class KeysRefused(Exception):
    """The request cannot be keyed; `code` says why, and `row` where, without what was sent."""

    def __init__(self, code: str, row: int | None = None) -> None:
        """Keep the code and the place in a list of rows."""
        super().__init__(code)
        self.code = code
        self.row = row


class Secret:
    """Bytes that no repr, format, pickle or traceback shows."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        """Hide `value`."""
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes, for the one function that writes or derives."""
        return self._value

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> Never:
        raise TypeError("secrets are not pickled")


def derive(master: Secret, sector: str, use: str, length: int = 32) -> Secret:
    """Return the key of one use in one sector; "-" is no sector."""
    info = f"links/v1/{sector}/{use}".encode()
    return Secret(HKDF(SHA256(), length, salt=None, info=info).derive(master.reveal()))


def make_mac(master: Secret, sector: str, use: str) -> Mac:
    """Return the function that keys a message for one use in one sector, 16 bytes."""
    # A keyed state is copied for each message: hmac.digest would set the key up each time.
    keyed = HMAC(derive(master, sector, use).reveal(), SHA256())

    def mac(message: bytes) -> bytes:
        state = keyed.copy()
        state.update(message)
        return state.finalize()[:REFERENCE_BYTES]

    return mac


def make_cipher(master: Secret, sector: str, use: str) -> AESGCM:
    """Return AES-256-GCM under the key of one use."""
    return AESGCM(derive(master, sector, use).reveal())


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Generation:
    """The keys of a sector under one master key."""

    kid: int
    addr: Mac
    subj: Mac
    household: Mac
    siv: AESSIV

    @classmethod
    def derive(cls, master: Secret, sector: str, kid: int) -> Generation:
        """Derive a sector's keys; kid is the number of the master key."""
        return cls(
            kid=kid,
            addr=make_mac(master, sector, "addr"),
            subj=make_mac(master, sector, "subj"),
            household=make_mac(master, sector, "household"),
            siv=AESSIV(derive(master, sector, "seal-address", 64).reveal()),
        )

    def seal_address(self, address: bytes, subj_ref: bytes) -> bytes:
        """Encrypt an address for the row of one subject; moved to another row it does not open."""
        # Lengths of identifiers tell regions apart: all short ones become as long.
        padded = address.ljust(-(-len(address) // _ADDRESS_STEP) * _ADDRESS_STEP, b"\0")
        return self.siv.encrypt(padded, [subj_ref])

    def open_address(self, sealed: bytes, subj_ref: bytes) -> bytes:
        """Decrypt what `seal_address` made."""
        try:
            return self.siv.decrypt(sealed, [subj_ref]).rstrip(b"\0")
        except (InvalidTag, ValueError):
            raise KeysRefused("sealed_unreadable") from None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SectorKeys:
    """The generations of a sector, oldest first, and which of them rows may have now.

    While rows are re-keyed two are active: new rows are of the first until the old ones have
    moved, because protection and households are compared between rows.
    """

    code: str
    generations: tuple[Generation, ...]
    active: tuple[int, ...]

    @property
    def current(self) -> Generation:
        """Of new rows."""
        return self.find_generation(self.active[0])

    def find_generation(self, kid: int) -> Generation:
        """Return the generation of a row; KeysRefused when the sector has none such."""
        for generation in self.generations:
            if generation.kid == kid:
                return generation
        raise KeysRefused("kid_unknown")

    def list_references(self, use: str, message: bytes) -> dict[int, bytes]:
        """Return the reference of a value in every generation; use is addr, subj or household."""
        references = {}
        for generation in self.generations:
            mac: Mac = getattr(generation, use)
            message = mac(message)
            references[generation.kid] = message
        return references

    def list_active(self, use: str, message: bytes) -> list[bytes]:
        """Return the references that rows may have now."""
        references = self.list_references(use, message)
        return [references[kid] for kid in self.active]

    def make_current(self, use: str) -> Mac:
        """Return the function that makes references of new rows."""
        kids = [generation.kid for generation in self.generations]
        until = kids.index(self.active[0]) + 1
        macs: list[Mac] = [getattr(generation, use) for generation in self.generations[:until]]

        def key(message: bytes) -> bytes:
            for mac in macs:
                message = mac(message)
            return message

        return macs[0] if until == 1 else key

    def advance(self, use: str, reference: bytes, since: int, until: int) -> bytes:
        """Bring a reference of the generation `since` to `until`, without its value."""
        kids = [generation.kid for generation in self.generations]
        if since not in kids or until not in kids or kids.index(since) > kids.index(until):
            raise KeysRefused("kid_unknown")
        for generation in self.generations[kids.index(since) + 1 : kids.index(until) + 1]:
            mac: Mac = getattr(generation, use)
            reference = mac(reference)
        return reference


_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,103}")
_HOUSEHOLD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/ -]{0,63}")
_ORGANISATION = re.compile(r"[0-9]{10}")
_DAY = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]")
_PURPOSE = re.compile(r"[a-z][a-z0-9_./-]{0,63}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "address": _IDENTIFIER,
    "street": _IDENTIFIER,
    "household": _HOUSEHOLD,
    "organisation": _ORGANISATION,
    "source": _ORGANISATION,
    "day": _DAY,
    "purpose": _PURPOSE,
    "month": _MONTH,
}


def check_text(name: str, value: object) -> str:
    """Return `value` when it is written as `name` must be: one spelling, ASCII, of few characters.

    Two spellings of one thing would have two references; KeysRefused names the member.
    """
    if not isinstance(value, str) or PATTERNS[name].fullmatch(value) is None:
        raise KeysRefused(f"{name}_malformed")
    return value
