"""`backup`: the whole register into a directory, while imports and readers go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deploy.backup import write_backup
from deploy.backup_files import check_backup
from deploy.cluster import Cluster, is_made
from deploy.progress import make_timed_progress, print_progress
from deploy.session import open_session_unmigrated
from registry.domain.errors import InputRefused

if TYPE_CHECKING:
    import argparse

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `backup` accepts."""
    parser.description = "Write a backup; restore it with ./best restore."
    parser.add_argument(
        "directory",
        metavar="DIR",
        nargs="?",
        type=Path,
        help="where backups are kept, each in a directory of its own (BEST_HOME/backups)",
    )
    parser.add_argument(
        "--keep", metavar="N", type=int, help="then remove all but this register's newest N"
    )
    parser.add_argument(
        "--verify", action="store_true", help="check the backup DIR instead: every file's SHA-256"
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write or check a backup; its path is on standard output."""
    if arguments.verify:
        if arguments.directory is None:
            raise InputRefused("Which backup? ./best backup --verify DIR")
        manifest = check_backup(arguments.directory.absolute())
        print_progress(f"Whole: {manifest.describe()}")
        return 0
    if arguments.keep is not None and arguments.keep < 1:
        raise InputRefused("--keep 0 would remove the backup just made; 1 is the least.")
    if settings.database_url is None and not is_made(Cluster(home=settings.home)):
        raise InputRefused(f"There is no database in {settings.home}: nothing to back up.")
    # Not migrated first: before an update is when a backup is wanted most.
    directory = (arguments.directory or settings.home / "backups").absolute()
    with open_session_unmigrated(settings):
        backup, manifest = write_backup(settings, directory, make_timed_progress(), arguments.keep)
    print_progress(f"Backup: {manifest.describe()}")
    print(backup)
    return 0
