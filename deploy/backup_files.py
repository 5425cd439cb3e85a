"""The files of a backup: what must be there for a directory to be one.

DIR/best-20261122T101500Z/dump          pg_dump's directory format
DIR/best-20261122T101500Z/deliveries    the files that agencies delivered
DIR/best-20261122T101500Z/manifest.json what the register held, table by table
DIR/best-20261122T101500Z/SHA256SUMS    of every file; `sha256sum -c` checks it anywhere
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from deploy.migrations import CHECKOUT
from deploy.register_content import RegisterContent, TableContent
from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
"""Raised when an older software could not restore what a newer one has written."""
DUMP, MANIFEST, SUMS = "dump", "manifest.json", "SHA256SUMS"
DELIVERIES = "deliveries"
"""In a backup and in BEST_HOME alike."""
UNFINISHED = ".unfinished-"
_NAME = re.compile(r"best-\d{8}T\d{6}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. `bytes`: of the register on disk; `migration`: of its tables.

    `register`: server and database it is of; empty when it is not said.
    """

    format: int
    software: str
    made_at: str
    migration: str
    server: int
    separates_roles: bool
    bytes: int
    release: int
    seq: int
    seq_by_region: dict[str, int]
    content: RegisterContent
    register: str = ""

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Manifest:
        """Read what `write_manifest` wrote; KeyError or TypeError when it is something else."""
        content = facts.pop("content")
        tables = {name: TableContent(**table) for name, table in content["tables"].items()}
        read = RegisterContent(tables=tables, sequences=content["sequences"])
        return cls(**facts, content=read)

    def describe(self) -> str:
        """Say in one line what it is."""
        rows = sum(table.rows for table in self.content.tables.values())
        return (
            f"release {self.release}, number {self.seq:,}, {rows:,} rows, made at {self.made_at}"
            f" by Best {self.software} (tables at {self.migration}, PostgreSQL {self.server})"
        )


def write_manifest(backup: Path, manifest: Manifest, known: Mapping[Path, str]) -> None:
    """Write manifest and checksums: the last files of a backup, safe on disk on return.

    `known` are checksums that need not be computed.
    """
    text = json.dumps(asdict(manifest), indent=1)
    (backup / MANIFEST).write_text(text + "\n", encoding="utf-8")
    files = sorted(path for path in backup.rglob("*") if path.is_file())
    lines = [
        f"{known.get(path) or digest_file(path)}  {path.relative_to(backup)}\n" for path in files
    ]
    (backup / SUMS).write_text("".join(lines), encoding="utf-8")
    for path in (backup / MANIFEST, backup / SUMS, backup):
        sync(path)


def sync(path: Path) -> None:
    """Wait until a file, or a directory's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_backups(directory: Path) -> list[Path]:
    """Return the finished backups in a directory, oldest first."""
    return sorted(path for path in directory.glob("best-*") if _NAME.fullmatch(path.name))


def remove_older_backups(directory: Path, register: str, keep: int) -> list[Path]:
    """Remove all but the newest `keep` of a register; one that is half removed never looks whole.

    What is not whole, or another register's, is neither counted nor removed.
    """
    older = [path for path in list_backups(directory) if _is_of(path, register)][:-keep]
    for backup in older:
        doomed = backup.rename(directory / f"{UNFINISHED}{backup.name}")
        shutil.rmtree(doomed)
    return older


def _is_of(backup: Path, register: str) -> bool:
    try:
        is_whole = all((backup / name).is_file() for name in _read_sums(backup))
        return is_whole and _read_manifest(backup).register == register
    except InputRefused:
        return False


def check_backup(backup: Path) -> Manifest:
    """Return the manifest of a whole backup; InputRefused says which file is missing or wrong."""
    if not backup.is_dir():
        raise InputRefused(f"{backup}: there is no such directory.")
    sums = _read_sums(backup)
    for name, expected in sums.items():
        _check_file(backup, name, expected)
    return _read_manifest(backup)


def _read_sums(backup: Path) -> dict[str, str]:
    if not (backup / SUMS).is_file():
        inside = list_backups(backup)
        hint = f" It holds backups; name one, the newest is {inside[-1]}." if inside else ""
        raise InputRefused(f"{backup} is no backup made by ./best backup: it has no {SUMS}.{hint}")
    lines = (backup / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if not {MANIFEST, f"{DUMP}/toc.dat"} <= sums.keys():
        raise InputRefused(f"{backup / SUMS} is damaged: it does not list what a backup has.")
    return sums


def _check_file(backup: Path, name: str, expected: str) -> None:
    try:
        found = digest_file(backup / name)
    except FileNotFoundError:
        raise InputRefused(f"{backup}: {name} is missing. The backup is not whole.") from None
    except OSError as error:
        raise InputRefused(f"{backup}: {name} cannot be read: {error.strerror}.") from error
    if found != expected:
        raise InputRefused(
            f"{backup}: {name} is not as it was written (SHA-256 {found[:12]}…, not"
            f" {expected[:12]}…). The backup is damaged; take another one."
        )


def _read_manifest(backup: Path) -> Manifest:
    try:
        facts = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        known = facts["format"] <= FORMAT and facts["migration"] in list_known_migrations()
        if not known:
            raise InputRefused(
                f"{backup} was made by a newer Best ({facts['software']}, tables at"
                f" {facts['migration']}; this one knows {list_known_migrations()[-1]})."
                " Update the checkout, then restore."
            )
        return Manifest.from_json(facts)
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"{backup / MANIFEST} is not what ./best backup writes.") from error


def list_known_migrations() -> list[str]:
    """Return the migrations of this software, oldest first."""
    versions = CHECKOUT / "alembic" / "registry" / "versions"
    return sorted(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))
