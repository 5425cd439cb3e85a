"""Readers during publications; importers that are killed."""

from __future__ import annotations

import json
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, import_editions, import_path
from tests.database.import_alone import start_import
from tests.database.querying import assert_sound, fetch, fetch_current, hash_tables
from tests.database.readers import NEWEST, Reader, reading
from tests.database.small_country import country

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from registry.settings import Settings


def test_an_open_reader_does_not_stop_a_later_edition(register: Settings) -> None:
    import_editions(register, Edition(addresses=[Address(id="1"), Address(id="2", box="b")]))
    with connect(register, Role.READER) as open_reader:
        open_reader.execute("set transaction isolation level repeatable read")
        before = open_reader.execute("select * from best.address order by id").fetchall()

        import_editions(
            register,
            Edition(day="2026-11-09", addresses=[Address(id="1", number="9")]),
            accept_totals=True,
        )

        assert open_reader.execute("select * from best.address order by id").fetchall() == before
    assert [row["house_number"] for row in fetch_current(register)] == ["9"]


def test_a_first_load_waits_for_an_open_reader_and_makes_no_other_reader_queue(
    register: Settings,
) -> None:
    import_editions(register, Edition(addresses=[Address(id="1")]))
    wallonia = Edition(region=Region.WALLONIA, addresses=[Address(id="1")])
    importing = threading.Thread(target=import_editions, args=(register, wallonia))
    with connect(register, Role.READER) as open_reader:
        open_reader.execute("select count(*) from best.address").fetchall()
        importing.start()
        for _ in range(20):
            with connect(register, Role.READER) as other:
                other.execute("set lock_timeout = '250ms'")
                assert other.execute("select count(*) from best.address").fetchall() == [(1,)]
            time.sleep(0.05)
        assert importing.is_alive()
    importing.join()

    assert len(fetch_current(register)) == 2
    assert_sound(register)


@pytest.mark.parametrize("_again", range(4))
def test_a_release_is_never_visible_without_its_first_addresses(
    register: Settings, _again: int
) -> None:
    # Without a lock at the end, three of four such countries showed a release without rows.
    stop = threading.Event()

    def work(reader: Reader, connection: psycopg.Connection) -> None:
        ((seq,),) = reader.ask(connection, NEWEST)
        ((count,),) = reader.ask(
            connection,
            "select count(*) from best.address_version"
            f" where seq_from <= {seq} and (seq_to is null or seq_to > {seq})",
        )
        reader.seen.append((seq, count))

    readers = [Reader(register, work, stop) for _ in range(2)]
    with reading(readers):
        import_editions(register, *country())

    expected = {(0, 0), (13, 10), (26, 20), (39, 30)}
    for reader in readers:
        assert reader.errors == []
        assert (39, 30) in reader.seen
        assert set(reader.seen) <= expected


def many(count: int, number: str) -> list[Address]:
    return [Address(id=str(n), number=f"{number}{n}") for n in range(count)]


@pytest.mark.parametrize("first", [Dataset.SAMPLE, Dataset.OPEN])
def test_a_killed_importer_leaves_the_register_as_it_was_and_the_next_import_is_right(
    register: Settings, tmp_path: Path, first: Dataset
) -> None:
    import_editions(register, Edition(addresses=many(50, "1")), dataset=first)
    before = hash_tables(register)
    folder = Edition(day="2026-11-09", addresses=many(48, "2")).write(tmp_path)
    rehearsal = start_import(register, [folder], dry_run=True)
    statements = json.loads(rehearsal.communicate()[0])["statements"]
    assert statements > 10

    for moment in (2, statements // 2, statements * 3 // 4, statements):
        process = start_import(register, [folder], kill_at=moment)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert hash_tables(register) == before

    summary = import_path(register, folder)
    assert not summary.failed, summary.failure
    assert len(fetch_current(register)) == 48
    assert fetch(register, "select count(*) from best.release where withdrawn_at is null") == [
        (1 if first is Dataset.SAMPLE else 2,)
    ]
    assert_sound(register)
