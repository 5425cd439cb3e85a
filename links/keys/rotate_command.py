"""`./best links rotate SECTOR`: a new generation of a sector's keys, while questions go on.

The pseudonymiser makes the key and from then on answers with references of both generations. All
rows of the sector go over in one transaction of the database, keyed in batches; who asks sees all
of them before or all of them after, and only files that are loaded wait. What stops half-way
changes nothing, and the next run goes on with the key that was made.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from links.domain.kinds import SECTORS
from links.keys.client import BatchKeys, KeysRefused, KeysUnavailable
from links.progress import print_progress
from links.store.connections import LinksRole, connect
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    import psycopg

    from links.settings import LinksSettings

QUESTION_SECONDS = 35
"""What was asked before the new key is answered by then: a declaration lives 30 seconds."""

_FETCH = "fetch 1000 from generation"
_WRITE = "select links.write_generation(%s, %s::int2, %s::int2, %s, %s, %b, %b, %b, %b)"

Row = tuple[str, str, bytes | None, bytes | None, bytes | None, bytes | None]


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Name the sector."""
    parser.add_argument("sector", choices=SECTORS)


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Rotate the keys of one sector."""
    rows = rotate(settings, arguments.sector)
    print(f"{arguments.sector}: {rows} rows are of the new generation, and the old one is retired.")
    print("Pseudonyms that organisations had in this sector are new too. Copy the keyring again.")
    return 0


def rotate(settings: LinksSettings, sector: str, wait: float = QUESTION_SECONDS) -> int:
    """Bring a sector to a new generation; return how many rows moved.

    EnvironmentProblem when pseudonymiser or database are gone: run it again.
    """
    try:
        with BatchKeys(settings.batch_socket) as keys:
            check_same_keys(settings, keys, sector)
            generations = keys.ask("add_generation", sector=sector)
            since, until = int(generations["from"]), int(generations["to"])
            print_progress(f"{sector}: generation {until} is made; questions of before end first")
            time.sleep(wait)
            with connect(settings, LinksRole.INGEST) as connection:
                moved = move_rows(connection, keys, sector, since, until)
            keys.ask("retire_generation", sector=sector, kid=since)
            return moved
    except KeysUnavailable:
        raise EnvironmentProblem(
            "The pseudonymiser does not answer: start `./best links up`, then rotate again."
        ) from None
    except KeysRefused as error:
        raise EnvironmentProblem(
            f"The pseudonymiser refused ({error.code}): nothing has moved. Was this database"
            " loaded with another keyring?"
        ) from None


def check_same_keys(settings: LinksSettings, keys: BatchKeys, sector: str) -> None:
    """Refuse to rotate a database that was keyed with other generations than these keys have.

    A rotation that broke off has rows of one of the two generations that the keys have.
    """
    with connect(settings, LinksRole.INGEST) as connection:
        found: dict[str, list[int]] = dict(
            connection.execute("select * from links.list_generations()").fetchall()
        )
    if not set(found[sector]) <= set(keys.ask("describe")["sectors"][sector]):
        raise EnvironmentProblem(
            f"{sector}: the database is of another time than the keyring; nothing has moved."
            " Bring back the keyring that belongs to it: `./best links doctor` compares them."
        )


def move_rows(
    connection: psycopg.Connection, keys: BatchKeys, sector: str, since: int, until: int
) -> int:
    """Re-key all rows of a sector in the connection's transaction; return their number."""
    moved = 0
    connection.execute("select links.open_generation(%s, %s::int2)", (sector, since))
    while rows := connection.execute(_FETCH, binary=True).fetchall():
        keyed = keys.list_rows(
            "rekey_rows",
            [[_hex(value) for value in row[2:]] for row in rows],
            "rows",
            sector=sector,
            **{"from": since, "to": until},
        )
        _write(connection, (sector, since, until), rows, keyed)
        moved += len(rows)
    connection.execute(
        "select links.finish_generation(%s, %s::int2, %s::int2)", (sector, since, until)
    )
    return moved


def _write(
    connection: psycopg.Connection,
    generation: tuple[str, int, int],
    rows: Sequence[tuple[object, ...]],
    keyed: Sequence[Sequence[str | None]],
) -> None:
    columns = [
        [bytes.fromhex(value) if value else None for value in column]
        for column in zip(*keyed, strict=True)
    ]
    parts, places = ([row[0] for row in rows], [row[1] for row in rows])
    connection.execute(_WRITE, (*generation, parts, places, *columns))


def _hex(value: object) -> str | None:
    return value.hex() if isinstance(value, bytes) else None
