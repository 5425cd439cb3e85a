"""What an import costs, and what the database alone would need for the same rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from psycopg import sql

from deploy.migrations import CHECKOUT
from deploy.progress import step
from registry.domain.errors import RegistryError
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from registry.settings import Settings

TABLES = ("address", "address_version")
"""Where nearly all rows are; the other kinds are a hundredth of them."""


def measure_import(settings: Settings, dump: Path) -> dict[str, float]:
    """Import `dump` in a process of its own: seconds, peak memory (MB), addresses per second."""
    with step(f"Importing {dump.name} ({dump.stat().st_size / 1e6:.0f} MB)"):
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy", "import", "--json", str(dump)],
            cwd=CHECKOUT,
            env=os.environ | {"BEST_HOME": str(settings.home), "BEST_DATABASE_URL": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RegistryError(f"The import failed with exit code {process.returncode}.")
    regions = json.loads(output)["regions"].values()
    addresses = sum(kinds["addresses"]["seen"] for kinds in regions)
    return {
        "addresses": addresses,
        "import seconds": seconds,
        "import addresses per second": addresses / seconds,
        "import peak memory MB": usage.ru_maxrss / 1024,
    }


def measure_floor(settings: Settings, work: Path) -> dict[str, float]:
    """Time COPY of the same rows, INSERT..SELECT, the same indexes and ANALYZE, as the owner."""
    with step("Measuring the floor"), connect(settings, Role.OWNER, autocommit=True) as connection:
        connection.execute("create schema floor")
        for table in TABLES:
            write_rows(connection, table, work / table)
        began = time.monotonic()
        for table in TABLES:
            copy_and_insert(connection, table, work / table)
            build_same_indexes(connection, table)
            connection.execute(sql.SQL("analyze {}").format(sql.Identifier("floor", table)))
        seconds = time.monotonic() - began
        connection.execute("drop schema floor cascade")
    return {"floor seconds": seconds}


def write_rows(connection: psycopg.Connection, table: str, path: Path) -> None:
    """Write the table's rows to a file, in COPY's text format."""
    statement = sql.SQL("copy (select * from {}) to stdout").format(
        sql.Identifier("registry", table)
    )
    with path.open("wb") as file, connection.cursor().copy(statement) as copy:
        for block in copy:
            file.write(block)


def copy_and_insert(connection: psycopg.Connection, table: str, path: Path) -> None:
    """COPY into a staging table without log, then INSERT..SELECT into one like the real."""
    names = {
        "real": sql.Identifier("registry", table),
        "staged": sql.Identifier("floor", f"staged_{table}"),
        "loaded": sql.Identifier("floor", table),
    }
    connection.execute(sql.SQL("create unlogged table {staged} (like {real})").format(**names))
    connection.execute(sql.SQL("create table {loaded} (like {real})").format(**names))
    statement = sql.SQL("copy {staged} from stdin").format(**names)
    with path.open("rb") as file, connection.cursor().copy(statement) as copy:
        while block := file.read(1 << 18):
            copy.write(block)
    connection.execute(sql.SQL("insert into {loaded} select * from {staged}").format(**names))


def build_same_indexes(connection: psycopg.Connection, table: str) -> None:
    """Build, on the loaded table, every index that the real one has."""
    definitions = connection.execute(
        "select replace(replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '),"
        " ' ON registry.', ' ON floor.') from pg_index where indrelid = %s::regclass",
        [f"registry.{table}"],
    ).fetchall()
    for (definition,) in definitions:
        connection.execute(definition)
