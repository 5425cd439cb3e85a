"""`restore`: a backup back into use, proven before it takes the place of what is there."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from deploy.backup_files import Manifest, check_backup
from deploy.datasets import list_datasets
from deploy.delivered_files import put_back_files
from deploy.file_locks import hold_lock
from deploy.progress import make_timed_progress, print_progress
from deploy.restored_database import (
    check_room,
    empty_own_database,
    fill,
    make_database_beside,
    put_in_place,
)
from deploy.search_index import make_search_index
from deploy.session import open_session_unmigrated
from registry.domain.dataset import Dataset
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.store.connections import Role, connect
from registry.store.statements import read_statement

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from registry.settings import Settings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `restore` accepts."""
    parser.description = "Restore a backup; --yes when it replaces a register that holds data."
    parser.add_argument("backup", metavar="DIR", type=Path, help="the backup, as `backup` named it")
    parser.add_argument(
        "--dry-run", action="store_true", help="restore beside, prove it, and remove it again"
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check the files, then restore; 2 when --yes is missing."""
    progress = make_timed_progress()
    backup = arguments.backup.absolute()
    progress("Checking every file of the backup")
    manifest = check_backup(backup)
    print_progress(f"Backup: {manifest.describe()}")
    with open_session_unmigrated(settings):
        is_filled = holds_open_data(settings)
        if settings.database_url is not None:
            return restore_into_own_database(arguments, settings, backup, manifest, progress)
        if is_filled and not arguments.yes and not arguments.dry_run:
            print_progress(
                f"This replaces the register in {settings.home}, which holds real data.\n"
                f"If you mean it: ./best restore {backup} --yes"
            )
            return 2
        restore_beside(arguments, settings, backup, manifest, progress)
    return 0


def holds_open_data(settings: Settings) -> bool:
    """Whether there is a register with real data: the sample can be had again."""
    try:
        return Dataset.OPEN in list_datasets(settings)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return False
    except EnvironmentProblem:  # a new cluster has no such role or database yet
        if settings.database_url is not None:
            raise
        return False


def restore_beside(
    arguments: argparse.Namespace,
    settings: Settings,
    backup: Path,
    manifest: Manifest,
    progress: Callable[[str], None],
) -> None:
    """Restore into a second database and rename it; readers go on until then."""
    check_room(settings, manifest)
    with hold_lock(settings.home / "restore"), make_database_beside(settings) as beside:
        with imports_kept_out(settings):
            fill(beside, backup, manifest, progress)
            if arguments.dry_run:
                progress("It can be restored, and is what was backed up. Nothing was changed.")
                return
            progress("Putting it in place")
            put_back_files(backup, settings.home)  # before: the worker goes on at once
            seconds = put_in_place(settings)
        progress(f"Restored: {manifest.describe()}")
        progress(f"Readers were without the register for {seconds:.2f} s")
    make_search_index(settings, progress)


def restore_into_own_database(
    arguments: argparse.Namespace,
    settings: Settings,
    backup: Path,
    manifest: Manifest,
    progress: Callable[[str], None],
) -> int:
    """Restore into the database of BEST_DATABASE_URL itself, which must hold no data."""
    if arguments.dry_run or holds_open_data(settings):
        raise InputRefused(
            "The database of BEST_DATABASE_URL holds a register (or --dry-run was asked), and"
            " there is no second one to restore into. Make an empty database on that server, let"
            " BEST_DATABASE_URL name it, and restore there; when it is proven, leave the variable"
            " so. Nothing was changed."
        )
    with empty_own_database(settings) as target:
        put_back_files(backup, settings.home)
        fill(target, backup, manifest, progress)
    progress(f"Restored: {manifest.describe()}")
    make_search_index(settings, progress)
    return 0


@contextmanager
def imports_kept_out(settings: Settings) -> Iterator[None]:
    """Hold the publishing lock: what an import writes now would be lost with the database.

    Until the database is replaced, which ends this connection as every other.
    """
    try:
        connection = connect(settings, Role.OWNER, application_name="best restore")
    except EnvironmentProblem:  # there is no database to import into
        yield
        return
    with closing(connection):
        row = connection.execute(read_statement("try_lock_publishing")).fetchone()
        if row is None or not row[0]:
            raise EnvironmentProblem("An import is under way. Restore when it is done.")
        yield
