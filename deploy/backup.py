"""A backup of the register: one snapshot, written beside and renamed when it is whole.

Imports and readers go on: nothing is locked but against changes of the tables themselves, which
a region's first load makes at its end and tries again for minutes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import tomllib
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg.rows import dict_row

from deploy.backup_files import (
    DUMP,
    FORMAT,
    UNFINISHED,
    Manifest,
    remove_older_backups,
    sync,
    write_manifest,
)
from deploy.client_programs import ClientProgram, ProgramFailed
from deploy.delivered_files import keep_files
from deploy.failures import NEARLY_FULL_BYTES, read_free_bytes
from deploy.file_locks import hold_lock
from deploy.migrations import CHECKOUT
from deploy.register_content import SCHEMAS, RegisterContent, read_sequences, read_tables
from registry.clock import utc_now
from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.store.connections import Role, connect, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from registry.settings import Settings

JOBS = min(4, os.cpu_count() or 1)
_FACTS = """
    select (select version_num from registry.alembic_version) as migration,
           current_setting('server_version_num')::integer / 10000 as server,
           (select system_identifier || '/' || current_database()
            from pg_control_system()) as register,
           (select count(*) = cardinality(%(roles)s::text[]) from pg_roles
            where rolname = any (%(roles)s)) as separates_roles,
           (select sum(pg_total_relation_size(oid))::bigint from pg_class
            where relnamespace::regnamespace::text = any (%(schemas)s) and relkind = 'r') as bytes,
           coalesce(max(number), 0) as release, coalesce(max(last_seq), 0) as seq,
           (select coalesce(jsonb_object_agg(region, seq), '{}') from (
                select region, max(last_seq) as seq from registry.release
                where withdrawn_at is null group by region) regions) as seq_by_region
    from registry.release
"""


def write_backup(
    settings: Settings,
    directory: Path,
    progress: Callable[[str], None],
    keep: int | None = None,
) -> tuple[Path, Manifest]:
    """Write a backup into `directory`; return its path and manifest.

    Then remove all but the newest `keep` of this register.
    """
    if directory.exists() and not directory.is_dir():
        raise InputRefused(f"{directory} is no directory. Name one that backups can be put into.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with hold_lock(directory / ".lock", fcntl.LOCK_EX | fcntl.LOCK_NB) as lock:
            for leftover in directory.glob(f"{UNFINISHED}*"):
                shutil.rmtree(leftover)
            backup, manifest = _write_beside(settings, directory, lock, progress)
            if keep is not None:
                for older in remove_older_backups(directory, manifest.register, keep):
                    progress(f"Removed {older}")
            return backup, manifest
    except BlockingIOError as error:
        raise EnvironmentProblem(f"Another backup into {directory} is under way.") from error
    except (ProgramFailed, OSError) as error:
        free = read_free_bytes(directory)
        if free < NEARLY_FULL_BYTES:
            raise EnvironmentProblem(
                f"The disk of {directory} is full ({free // 1024**2} MB free). The unfinished"
                " backup was removed. Free some space or name another directory."
            ) from error
        raise


def _write_beside(
    settings: Settings, directory: Path, lock: int, progress: Callable[[str], None]
) -> tuple[Path, Manifest]:
    unfinished = directory / f"{UNFINISHED}{os.getpid()}"
    unfinished.mkdir()
    try:
        made_at = utc_now()
        manifest, sums = _dump(settings, unfinished, lock, made_at, progress)
        progress("Writing manifest and checksums")
        write_manifest(unfinished, manifest, sums)
        target = _find_free_name(directory, made_at)
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync(directory)
    return target, manifest


def _find_free_name(directory: Path, made_at: datetime) -> Path:
    while (target := directory / f"best-{made_at:%Y%m%dT%H%M%SZ}").exists():
        time.sleep(0.1)
        made_at = utc_now()
    return target


def _dump(
    settings: Settings,
    unfinished: Path,
    lock: int,
    made_at: datetime,
    progress: Callable[[str], None],
) -> tuple[Manifest, dict[Path, str]]:
    """Let pg_dump write what one transaction sees, while this one reads the same for digests.

    Return the checksums of the agencies' files with it, which stand in the rows.
    """
    with connect(settings, Role.OWNER, application_name="best backup") as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        facts = _fetch_facts(connection)
        sequences = read_sequences(connection)  # before pg_dump looks: it may see later ones
        row = connection.execute("select pg_export_snapshot()").fetchone()
        (snapshot,) = cast("tuple[str]", row)
        size = f"{facts['bytes'] / 1e6:,.0f} MB"
        progress(f"Backing up {size}, tables and indexes, as of number {facts['seq']:,}")
        with ClientProgram(
            "pg_dump",
            make_conninfo(settings, Role.OWNER),
            facts["server"],
            *("--format=directory", f"--file={unfinished / DUMP}", f"--jobs={JOBS}"),
            *("--compress=1", f"--snapshot={snapshot}"),
            *(f"--schema={schema}" for schema in (*SCHEMAS, "best")),
            keeps=(lock,),
        ) as dump:
            tables = read_tables(connection, progress)
            dump.wait(lambda _: progress(f"{_measure(unfinished) / 1e6:,.0f} MB written"))
        sums = keep_files(connection, settings.home, unfinished, progress)
    content = RegisterContent(tables=tables, sequences=sequences)
    return _make_manifest(facts, made_at, content), sums


def _fetch_facts(connection: psycopg.Connection) -> dict[str, Any]:
    cursor = connection.cursor(row_factory=dict_row)
    try:
        parameters = {"roles": list(Role), "schemas": list(SCHEMAS)}
        facts = cursor.execute(_FACTS, parameters).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise InputRefused("There is no register in this database: nothing to back up.") from error
    return cast("dict[str, Any]", facts)


def _make_manifest(facts: dict[str, Any], made_at: datetime, content: RegisterContent) -> Manifest:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Manifest(
        format=FORMAT,
        software=project["version"],
        made_at=f"{made_at:%Y-%m-%dT%H:%M:%SZ}",
        content=content,
        **facts,  # the statement names its columns as the manifest's members
    )


def _measure(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
