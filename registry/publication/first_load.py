"""A region's first addresses: into a table of their own, indexed after, attached at the end.

Indexes are built over rows that are there, not row by row. Later editions write only
differences.
"""

from time import sleep
from typing import LiteralString

from psycopg import Connection
from psycopg.errors import LockNotAvailable

from registry.domain.errors import EnvironmentProblem
from registry.domain.region import Region
from registry.store.statements import compose_first_load, read_statement

_ATTEMPTS = 600
_PAUSE_SECONDS = 0.2


def is_due(connection: Connection, region: Region) -> bool:
    """Whether the region has no table of addresses yet."""
    row = connection.execute(read_statement("find_first_load"), {"region": region}).fetchone()
    return row is not None and not row[0]


def write_addresses(connection: Connection, region: Region, number: int, last_seq: int) -> int:
    """Write every staged address as added, numbered after `last_seq`; return how many."""
    connection.execute("select registry.start_first_load(%s, %s)", (region, number))
    parameters = {"region": region, "last_seq": last_seq}
    versions = compose_first_load("insert_first_versions", region, number)
    written = connection.execute(versions, parameters).rowcount
    connection.execute(compose_first_load("insert_first_identities", region, number))
    return written


def index(connection: Connection, region: Region, number: int) -> None:
    """Build the indexes of the new tables, which no reader sees yet."""
    connection.execute("select registry.finish_first_load(%s, %s)", (region, number))


def attach(connection: Connection, region: Region, number: int) -> None:
    """Make the new tables part of the register, right before the commit."""
    _when_readers_pause(connection, "select registry.attach_first_load(%s, %s)", region, number)


def rehearse(connection: Connection, region: Region, number: int) -> None:
    """Show the new rows where nothing will be committed: no reader waits for it."""
    connection.execute("select registry.rehearse_first_load(%s, %s)", (region, number))


def drop_sample(connection: Connection) -> None:
    """Drop the sample's tables of addresses: once in a register's life, before the commit."""
    _when_readers_pause(connection, "select registry.drop_sample_addresses()")


def _when_readers_pause(
    connection: Connection, statement: LiteralString, *parameters: object
) -> None:
    """Run a statement that needs the tables for itself, without making readers queue.

    Its lock waits for the statements readers have under way, and every later reader would
    wait behind it: so it asks for a tenth of a second at a time. EnvironmentProblem when
    readers never pause.
    """
    for _ in range(_ATTEMPTS):
        try:
            with connection.transaction():
                connection.execute("set local lock_timeout = '100ms'")
                connection.execute(statement, parameters)
        except LockNotAvailable:
            sleep(_PAUSE_SECONDS)
        else:
            connection.execute("set local lock_timeout = 0")
            return
    pids = connection.execute(read_statement("list_users_of_addresses")).fetchall()
    raise EnvironmentProblem(
        "A region's first addresses could not be published: for minutes somebody kept a"
        " transaction open that has read addresses (PostgreSQL processes"
        f" {', '.join(str(pid) for (pid,) in pids) or 'gone by now'}; pg_stat_activity says whose)."
        " End it and import again."
    )
