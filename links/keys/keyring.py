"""The master keys: one file of mode 0600 that the pseudonymiser alone reads.

    {"format": "best-links-keyring/1", "synthetic": true, "base": KEY, "masters": {"1": KEY},
     "sectors": {"RN": {"generations": [1], "active": [1]}, ...}}

KEY is base64 of 32 bytes. `base` never rotates: log, handles, pseudonyms and seals hang on it.
A ring is synthetic or it is not: one refuses people who may exist, the other those who cannot, so
that a demonstration cannot be fed anybody real.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from links.domain.kinds import SECTORS
from links.domain.subjects import SubjectRefused, is_synthetic, read_value
from links.keys.derivation import (
    Generation,
    KeysRefused,
    Secret,
    SectorKeys,
    check_text,
    make_cipher,
    make_mac,
)
from links.keys.private_files import write_private
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from links.keys.derivation import Mac
    from links.settings import LinksSettings

    Row = Sequence[str | None]  # address, subject type, subject, household
    KeyedRow = tuple[bytes, bytes, bytes | None, bytes]  # ... and the sealed address at the end

FORMAT = "best-links-keyring/1"
NO_ADDRESS = b""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KeyRing:
    """Master keys and which of them each sector uses; a change makes another ring."""

    synthetic: bool
    base: Secret
    masters: Mapping[int, Secret]
    sectors: Mapping[str, SectorKeys]
    find_mac: Callable[[str, str], Mac]
    find_cipher: Callable[[str], AESGCM]

    @classmethod
    def make(
        cls,
        *,
        synthetic: bool = True,
        sectors: Iterable[str] = SECTORS,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> KeyRing:
        """Make new keys; each sector starts with generation 1."""
        base, master = Secret(random_bytes(32)), Secret(random_bytes(32))
        state = {code: ([1], [1]) for code in sectors}
        return cls.build(synthetic=synthetic, base=base, masters={1: master}, state=state)

    @classmethod
    def build(
        cls,
        *,
        synthetic: bool,
        base: Secret,
        masters: Mapping[int, Secret],
        state: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    ) -> KeyRing:
        """Derive what is used from what is kept; state: (generations, active) of each sector."""
        sectors = {
            code: SectorKeys(
                code=code,
                generations=tuple(Generation.derive(masters[kid], code, kid) for kid in kids),
                active=tuple(active),
            )
            for code, (kids, active) in state.items()
        }
        return cls(
            synthetic=synthetic,
            base=base,
            masters=masters,
            sectors=sectors,
            find_mac=lru_cache(4096)(lambda sector, use: make_mac(base, sector, use)),
            find_cipher=lru_cache(256)(lambda use: make_cipher(base, "-", use)),
        )

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """Read a ring; EnvironmentProblem when it is missing, damaged or readable by others."""
        try:
            if path.stat().st_mode & 0o077:
                raise EnvironmentProblem(f"{path} may be read by others: chmod 600 it.")
            return cls._from_content(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # The reason could quote the file: only its kind is told.
            raise EnvironmentProblem(
                f"{path} is no keyring that can be read ({type(error).__name__})."
            ) from None

    @classmethod
    def _from_content(cls, content: dict[str, Any]) -> KeyRing:
        if content["format"] != FORMAT or not isinstance(content["synthetic"], bool):
            raise ValueError
        return cls.build(
            synthetic=content["synthetic"],
            base=_decode(content["base"]),
            masters={int(kid): _decode(key) for kid, key in content["masters"].items()},
            state={
                code: (sector["generations"], sector["active"])
                for code, sector in content["sectors"].items()
            },
        )

    def write(self, path: Path) -> None:
        """Write the ring whole or not at all, for its owner's eyes only."""
        # No local variable of ours holds a key, for a traceback may show them all.
        write_private(path, Secret(json.dumps(self._make_content(), indent=1).encode()))

    def _make_content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "synthetic": self.synthetic,
            "base": _encode(self.base),
            "masters": {str(kid): _encode(key) for kid, key in self.masters.items()},
            "sectors": {
                code: {
                    "generations": [generation.kid for generation in sector.generations],
                    "active": list(sector.active),
                }
                for code, sector in self.sectors.items()
            },
        }

    def __repr__(self) -> str:
        return "KeyRing()"

    @property
    def fingerprint(self) -> str:
        """Eight bytes that tell two rings apart and nothing about their keys."""
        return self.find_mac("-", "fingerprint")(b"")[:8].hex()

    def find_sector(self, code: object) -> SectorKeys:
        """Return a sector's keys; KeysRefused when there is no such sector."""
        found = self.sectors.get(code) if isinstance(code, str) else None
        if found is None:
            raise KeysRefused("sector_unknown")
        return found

    def read_subject(self, subject_type: object, text: object) -> bytes:
        """Return what is keyed of a subject; KeysRefused when it is wrong or of the other world."""
        if not isinstance(subject_type, str) or not isinstance(text, str):
            raise KeysRefused("subject_malformed")
        try:
            value = read_value(subject_type, text)
        except SubjectRefused as error:
            raise KeysRefused(error.code) from None
        if is_synthetic(subject_type, value) is not self.synthetic:
            raise KeysRefused("subject_not_synthetic" if self.synthetic else "subject_synthetic")
        return f"{subject_type}:{value}".encode()

    def key_rows(self, sector: str, rows: Sequence[Row]) -> list[KeyedRow]:
        """Key rows of a sector's file for storage, in its current generation."""
        return KeyedRows(self, self.find_sector(sector)).key(rows)

    def make_audit_ref(self, sector: str, subj_ref: bytes) -> bytes:
        """Return the reference of the log, which joins with no link."""
        return self.find_mac("-", "audit")(f"{sector}|".encode() + subj_ref)

    def make_pairwise(self, organisation: str, sector: str, subj_ref: bytes, kid: int) -> bytes:
        """Return an organisation's own pseudonym of a subject; another rotation, another one."""
        keys = self.find_sector(sector)
        newest = keys.advance("subj", subj_ref, kid, keys.active[-1])
        return self.find_mac(sector, f"pairwise/{check_text('organisation', organisation)}")(newest)

    def add_generation(
        self, sector: str, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> KeyRing:
        """Return the ring with a new generation of a sector, active beside the present one."""
        keys = self.find_sector(sector)
        if len(keys.active) > 1:
            raise KeysRefused("rotation_unfinished")
        kid = max(self.masters) + 1
        masters = {**self.masters, kid: Secret(random_bytes(32))}
        kids = [generation.kid for generation in keys.generations]
        return self._with(masters, sector, ([*kids, kid], [*keys.active, kid]))

    def retire_generation(self, sector: str, kid: int) -> KeyRing:
        """Return the ring in which rows of the older of two active generations are gone."""
        keys = self.find_sector(sector)
        if len(keys.active) != 2 or keys.active[0] != kid:
            raise KeysRefused("kid_unknown")
        kids = [generation.kid for generation in keys.generations]
        return self._with(self.masters, sector, (kids, keys.active[1:]))

    def _with(
        self,
        masters: Mapping[int, Secret],
        sector: str,
        changed: tuple[Sequence[int], Sequence[int]],
    ) -> KeyRing:
        state: dict[str, tuple[Sequence[int], Sequence[int]]] = {
            code: ([generation.kid for generation in keys.generations], keys.active)
            for code, keys in self.sectors.items()
        }
        state[sector] = changed
        return KeyRing.build(synthetic=self.synthetic, base=self.base, masters=masters, state=state)


class KeyedRows:
    """Keys the rows of one request; what occurs again in it is keyed once."""

    __slots__ = ("_addr", "_addresses", "_current", "_household", "_households", "_ring", "_subj")

    def __init__(self, ring: KeyRing, keys: SectorKeys) -> None:
        """Start with nothing known."""
        self._ring, self._current = ring, keys.current
        self._addr, self._subj = keys.make_current("addr"), keys.make_current("subj")
        self._household = keys.make_current("household")
        self._addresses: dict[str | None, tuple[bytes, bytes]] = {}
        self._households: dict[str | None, bytes | None] = {None: None}

    def key(self, rows: Sequence[Row]) -> list[KeyedRow]:
        """Return addr_ref, subj_ref, household_ref and sealed address of each row."""
        seal, read = self._current.seal_address, self._ring.read_subject
        keyed = []
        for number, row in enumerate(rows):
            try:
                address, subject_type, subject, household = row
                subj_ref = self._subj(read(subject_type, subject))
                addr_ref, address_bytes = self._addresses.get(address) or self._key_address(address)
                if household not in self._households:
                    self._key_household(household)
            except KeysRefused as error:
                raise KeysRefused(error.code, number) from None
            except (TypeError, ValueError):
                raise KeysRefused("row_malformed", number) from None
            sealed = seal(address_bytes, subj_ref) if address_bytes else NO_ADDRESS
            keyed.append((addr_ref, subj_ref, self._households[household], sealed))
        return keyed

    def _key_address(self, address: str | None) -> tuple[bytes, bytes]:
        # A dossier has a subject and no address: the same request keys it.
        if address is None:
            found = (NO_ADDRESS, NO_ADDRESS)
        else:
            text = check_text("address", address).encode()
            found = (self._addr(text), text)
        self._addresses[address] = found
        return found

    def _key_household(self, household: str | None) -> None:
        text = check_text("household", household).encode()
        self._households[household] = self._household(text)


def make_secrets(settings: LinksSettings, *, synthetic: bool = True) -> None:
    """Make the keyring of a new wall unless it is there.

    What this software makes by itself is for synthetic people; a ring for real ones is made once,
    by people who watch each other: docs/links/key-ceremony.md.
    """
    path = find_keyring(settings)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        KeyRing.make(synthetic=synthetic).write(path)


def find_keyring(settings: LinksSettings) -> Path:
    """Return where the keyring is."""
    return settings.secrets / "keys" / "keyring.json"


def find_months(settings: LinksSettings) -> Path:
    """Return where the data keys by month are."""
    return settings.secrets / "keys" / "months"


def _encode(key: Secret) -> str:
    return base64.b64encode(key.reveal()).decode()


def _decode(text: object) -> Secret:
    value = base64.b64decode(str(text), validate=True)
    if len(value) != 32:
        raise ValueError
    return Secret(value)
