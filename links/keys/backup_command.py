"""`./best links backup DIR`: the database, encrypted to a key that is kept elsewhere.

Backups hold no key of the pseudonymiser, and cannot be read on this machine: the private key is
made with `--make-key FILE`, carried away and only brought back to restore.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from links.clock import utc_now
from links.keys.backup import encrypt_stream
from links.keys.derivation import Secret
from links.keys.private_files import write_private
from links.operations.programs import find_programs
from links.operations.secret_files import BACKUP_KEY
from links.store.connections import PORT, SUPERUSER
from registry.domain.errors import EnvironmentProblem, InputRefused

if TYPE_CHECKING:
    import argparse
    from datetime import datetime
    from typing import IO

    from links.settings import LinksSettings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Say where to, or that the key is to be made."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("directory", nargs="?", type=Path, help="where the file goes")
    where.add_argument("--make-key", type=Path, metavar="FILE", help="the private key, once")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Make the key or a backup."""
    if arguments.make_key:
        make_backup_key(settings, arguments.make_key)
        print(f"Carry {arguments.make_key} away: without it no backup can be read, by anybody.")
    else:
        print(write_backup(settings, arguments.directory, utc_now()))
    return 0


def make_backup_key(settings: LinksSettings, path: Path) -> None:
    """Write a new private key to `path` and its public key where backups find it."""
    for directory in (path.parent, settings.secrets):
        check_directory(directory)
    if path.exists() or find_public_key(settings).exists():
        raise InputRefused(f"{path} or {find_public_key(settings)} is there already.")
    key = X25519PrivateKey.generate()
    write_private(path, Secret(key.private_bytes_raw()))
    write_private(find_public_key(settings), Secret(key.public_key().public_bytes_raw()))


def check_directory(directory: Path) -> None:
    """Refuse what is no directory: one key of two is worse than none."""
    if not directory.is_dir():
        raise InputRefused(f"There is no directory {directory}: make it first.")


def find_public_key(settings: LinksSettings) -> Path:
    """Return where the key is that backups are encrypted to."""
    return settings.secrets / BACKUP_KEY


def write_backup(settings: LinksSettings, directory: Path, moment: datetime) -> Path:
    """Dump the database through the cipher into a new file; nothing readable touches the disk."""
    try:
        public_key = find_public_key(settings).read_bytes()
    except FileNotFoundError:
        raise InputRefused(
            "There is no key to encrypt to: `./best links backup --make-key FILE` makes one."
        ) from None
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputRefused(f"{directory} cannot be used: {error.strerror}.") from None
    path = directory / f"links-{moment:%Y%m%dT%H%M%SZ}.backup"
    beside = path.with_suffix(".new")
    with beside.open("xb") as sealed:
        beside.chmod(0o600)
        program = start_program(settings, "pg_dump", "--format=custom", stdout=subprocess.PIPE)
        with program as dump:
            encrypt_stream(public_key, find_pipe(dump.stdout), sealed)
    if program.returncode:
        beside.unlink()
        raise EnvironmentProblem("pg_dump failed; what it said is above.")
    return beside.rename(path)


def start_program(
    settings: LinksSettings,
    program: str,
    *options: str,
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL on the database, as its superuser."""
    command = [
        str(find_programs() / program),
        *options,
        f"--host={settings.socket_directory}",
        f"--port={PORT}",
        f"--username={SUPERUSER}",
        f"--dbname={settings.database_name}",
    ]
    passwords = {"PGPASSFILE": str(settings.passwords / SUPERUSER)}
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", **passwords}
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, env=environment)


def find_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return a pipe that was asked for."""
    if pipe is None:
        raise RuntimeError("no pipe was asked for")
    return pipe
