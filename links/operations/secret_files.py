"""Who may read which secret: made once, then given to the one process that needs it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from links.audit.places import make_secrets as make_log_keys
from links.keys.keyring import make_secrets as make_keyring
from links.operations.programs import find_server_user
from links.operations.system_users import find_system_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from links.settings import LinksSettings


READERS = {"keys": "keys", "api": "api", "audit": "audit", "witness": "audit"}
"""Directories in home/secrets, and the process that alone may enter each."""
BACKUP_KEY = "backup.pub"
"""To which backups are encrypted; its private half is elsewhere."""
LATEST_CHECKPOINT = "latest"
"""What the witness keeps beside its key is published anyhow."""


def make_secret_files(settings: LinksSettings) -> None:
    """Make what is missing, and give each directory and all that is in it to its process."""
    passage = 0o711 if settings.is_peer else 0o700
    settings.secrets.mkdir(exist_ok=True)
    settings.secrets.chmod(passage)
    make_keyring(settings)
    make_log_keys(settings)
    for name, process in READERS.items():
        give(settings, settings.secrets / name, process, 0o700)
        for path in (settings.secrets / name).rglob("*"):
            give(settings, path, process, 0o700 if path.is_dir() else 0o600)
    give(settings, settings.key_directory, "keys", passage)
    if settings.transparency is not None:
        give(settings, settings.transparency, "audit", 0o755)


def give(settings: LinksSettings, path: Path, process: str, mode: int) -> None:
    """Make `path` the process's own; a directory that is missing is made."""
    if not path.exists():
        path.mkdir(parents=True)
    path.chmod(mode)
    if settings.is_peer:
        user = find_system_user(settings, process)
        os.chown(path, user.pw_uid, user.pw_gid)


def open_sockets(settings: LinksSettings) -> None:
    """Let system users knock at the pseudonymiser: it asks the kernel who they are."""
    for path in (settings.ask_socket, settings.batch_socket):
        path.chmod(0o666 if settings.is_peer else 0o600)


def list_open_files(settings: LinksSettings) -> Iterator[str]:
    """Say which secrets others could read, and which belong to somebody else."""
    if settings.data.exists():
        yield from list_wrong([settings.data], find_server_user().pw_uid)
    yield from list_wrong(walk(settings.passwords), os.geteuid())
    for name, process in READERS.items():
        owner = find_system_user(settings, process).pw_uid if settings.is_peer else os.geteuid()
        yield from list_wrong(walk(settings.secrets / name), owner)
    for path in settings.secrets.iterdir() if settings.secrets.exists() else ():
        if path.name not in {*READERS, settings.passwords.name, BACKUP_KEY}:
            yield f"nobody is known to need {path}"
    if not settings.is_peer:
        sockets = (settings.ask_socket, settings.batch_socket)
        yield from list_wrong((path for path in sockets if path.exists()), os.geteuid())


def walk(place: Path) -> Iterator[Path]:
    """`place` and everything below it; nothing when it is not there."""
    if place.exists():
        yield place
        yield from place.rglob("*")


def list_wrong(paths: Iterable[Path], owner: int) -> Iterator[str]:
    """Say which of these others may read or write, or do not belong to user number `owner`."""
    for path in paths:
        try:
            status = path.lstat()
        except FileNotFoundError:  # written anew just now
            continue
        if status.st_mode & 0o077 and path.name != LATEST_CHECKPOINT:
            yield f"others may enter {path}: mode {stat.S_IMODE(status.st_mode):o}"
        if status.st_uid != owner:
            yield f"{path} belongs to user number {status.st_uid}, not {owner}"
