"""The agencies' files in a backup, and out of it again: a link where it can be, else a copy.

A file that was delivered whole never changes, so a backup on the same disk shares it; who copies
the backup elsewhere copies the file. What is written anew, the preview, is copied always.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from deploy.backup_files import DELIVERIES, sync
from registry.deliveries.files import DeliveryFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

_DELIVERED = """
    select id, file_name, size, sha256 from deliveries.delivery
    where sha256 is not null order by number
"""
_UNFINISHED = ".unfinished"


def keep_files(
    connection: psycopg.Connection, home: Path, backup: Path, progress: Callable[[str], None]
) -> dict[Path, str]:
    """Put the files of all deliveries that `connection` sees into a backup, under the same names.

    Return the SHA-256 of those whose row says it. What is not on the disk any more is told, and is
    no reason to have no backup.
    """
    row = connection.execute("select to_regclass('deliveries.delivery') is null").fetchone()
    if row is None or row[0]:
        return {}
    sums = {}
    files, kept = DeliveryFiles(home), DeliveryFiles(backup)
    for delivery_id, name, size, sha256 in connection.execute(_DELIVERED).fetchall():
        source, target = files.get_file(delivery_id, name), kept.get_file(delivery_id, name)
        if not source.is_file() or source.stat().st_size != size:
            progress(f"Not in the backup, for it is not as it was delivered: {source}")
            continue
        _place(source, target, shared=True)
        sums[target] = sha256
        if files.get_features(delivery_id).is_file():
            _place(files.get_features(delivery_id), kept.get_features(delivery_id), shared=False)
    return sums


def put_back_files(backup: Path, home: Path) -> None:
    """Put the files of a backup's deliveries where the door and the worker look for them.

    What is there of other deliveries stays.
    """
    for source in (backup / DELIVERIES).rglob("*"):
        if source.is_file():
            target = home / source.relative_to(backup)
            _place(source, target, shared=source.parent.name == "file")


def _place(source: Path, target: Path, *, shared: bool) -> None:
    """Make `target` what `source` is, at once: never half of it."""
    if target.exists() and target.samefile(source):
        return
    for parent in reversed(target.parents):
        if not parent.exists():
            parent.mkdir(mode=0o700)
    unfinished = target.with_name(f"{_UNFINISHED}-{target.name[:200]}")
    unfinished.unlink(missing_ok=True)
    if not shared or not _link(source, unfinished):
        shutil.copy2(source, unfinished)
        sync(unfinished)
    unfinished.rename(target)
    sync(target.parent)


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        return False
    return True
