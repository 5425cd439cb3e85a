"""Data keys by month: destroying a month's key makes what was sealed in it unreadable for ever.

Files `2026-11.key` of 32 random bytes, made on first use. They are the one thing of the keys that
is never copied: a copy would outlive its destruction.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from links.keys.derivation import KeysRefused, Secret, check_text
from links.keys.private_files import sync_directory, write_private

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

KEPT_MONTHS = 120
"""Records of consultations are kept ten years: no key of a younger month is destroyed."""


class MonthKeys:
    """The data keys in a directory."""

    __slots__ = ("_directory",)

    def __init__(self, directory: Path) -> None:
        """Use `directory`, made when needed."""
        self._directory = directory

    def make_cipher(self, month: str) -> AESGCM:
        """Return the cipher of a month, its key made on first use."""
        path = self._path(month)
        if self._tombstone(path).exists():
            raise KeysRefused("key_destroyed")
        if not path.exists():
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, Secret(secrets.token_bytes(32)))
        return AESGCM(path.read_bytes())

    def find_cipher(self, month: str) -> AESGCM:
        """Return the cipher of a month that has a key; KeysRefused when it is destroyed."""
        path = self._path(month)
        if not path.exists():
            raise KeysRefused("key_destroyed")
        return AESGCM(path.read_bytes())

    def shred(self, month: str, moment: datetime) -> bool:
        """Destroy the key of a month of at least ten years ago; whether there was one."""
        path = self._path(month)
        if count_months(moment.strftime("%Y-%m")) - count_months(month) <= KEPT_MONTHS:
            raise KeysRefused("month_kept")
        existed = path.exists()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tombstone(path).touch(mode=0o600)  # first: no new key is made in its place
        if existed:
            _overwrite(path)
            path.unlink()
        sync_directory(self._directory)
        return existed

    def _path(self, month: str) -> Path:
        return self._directory / f"{check_text('month', month)}.key"

    @staticmethod
    def _tombstone(path: Path) -> Path:
        return path.with_suffix(".destroyed")


def shred_month(directory: Path, month: str, moment: datetime) -> bool:
    """Destroy a month's key; for the pseudonymiser's user. Others ask it: BatchKeys.shred_month."""
    return MonthKeys(directory).shred(month, moment)


def count_months(month: str) -> int:
    """Return how many months lie before `2026-11`."""
    year, number = month.split("-")
    return int(year) * 12 + int(number)


def _overwrite(path: Path) -> None:
    # A disk that copies on write keeps the old block: that is what the encrypted volume is for.
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
