"""Files of tables whose transaction a crash of the server ended: PostgreSQL keeps them for ever.

A region's first load makes tables of gigabytes inside one transaction. When the server dies in
it, recovery forgets the tables and leaves their files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.cluster import Cluster
from deploy.private_database import connect_as_superuser
from deploy.progress import print_progress

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Connection

    from registry.settings import Settings

_MAY_BE_CREATING = """
    select exists (
        select from pg_stat_activity
        where xact_start is not null and pid <> pg_backend_pid()
          and datname = current_database() and backend_type <> 'autovacuum worker'
          and usename is distinct from 'best_reader'
    ) or exists (select from pg_prepared_xacts)
"""
_FILE_OF_RELATION = re.compile(r"(?:t\d+_)?(\d+)(?:_\w+)?(?:\.\d+)?")


def remove_abandoned_files(settings: Settings) -> int:
    """Remove the private database's files that no relation knows; return how many bytes."""
    with connect_as_superuser(settings.home, settings.database_name) as connection:
        abandoned = find_abandoned_files(settings, connection)
        if not abandoned:
            return 0
        connection.execute("checkpoint")  # nothing of them may be waiting to be written
        size = sum(file.stat().st_size for file in abandoned)
        # Of one relation the first file last: while it is there its number is not given again.
        for file in sorted(abandoned, key=lambda file: len(file.name), reverse=True):
            file.unlink(missing_ok=True)
    print_progress(f"Removed {size / 1e6:,.1f} MB of files that a crash of the server left behind.")
    return size


def find_abandoned_files(settings: Settings, connection: Connection) -> list[Path] | None:
    """List them; None while somebody's transaction may be making relations.

    The order matters: what a listed file belongs to is either still being made, which the
    second question tells, or known to the third.
    """
    cluster = Cluster(home=settings.home)
    database = connection.execute(
        "select oid from pg_database where datname = current_database()"
    ).fetchall()
    files = list((cluster.data / "base" / str(database[0][0])).iterdir())
    ((busy,),) = connection.execute(_MAY_BE_CREATING).fetchall()
    if busy:
        return None
    known = {
        str(number)
        for (number,) in connection.execute("select pg_relation_filenode(oid) from pg_class")
    }
    return [file for file in files if _find_number(file) not in {None, *known} and _holds(file)]


def _find_number(file: Path) -> str | None:
    found = _FILE_OF_RELATION.fullmatch(file.name)
    return found[1] if found else None


def _holds(file: Path) -> bool:
    """Whether there is something in it: a dropped one is empty until the next checkpoint."""
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False
