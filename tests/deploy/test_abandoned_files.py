"""Files in the private database that no table knows: removed, and nothing else ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deploy.abandoned_files import remove_abandoned_files
from deploy.private_database import connect_as_superuser
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import fetch_current

if TYPE_CHECKING:
    from registry.settings import Settings
    from tests.deploy.conftest import Best

PAGE = bytes(8192)


def find_place(settings: Settings) -> Path:
    with connect_as_superuser(settings.home, settings.database_name) as connection:
        ((path,),) = connection.execute(
            "select current_setting('data_directory') || '/base/' || oid from pg_database"
            " where datname = current_database()"
        ).fetchall()
    return Path(path)


def list_files(place: Path) -> set[str]:
    return {file.name for file in place.iterdir() if file.stat().st_size}


def test_every_file_of_a_lost_table_goes_and_every_other_stays(register: Settings) -> None:
    import_editions(register, Edition(addresses=[Address(id="1")]))
    place = find_place(register)
    before = list_files(place)
    for name in ("987654", "987654.1", "987654_fsm", "987654_vm", "t9_987655"):
        (place / name).write_bytes(PAGE)
    (place / "notes.txt").write_text("somebody's own")

    assert remove_abandoned_files(register) == 5 * len(PAGE)

    assert list_files(place) == before | {"notes.txt"}
    assert len(fetch_current(register)) == 1


def test_nothing_goes_while_somebody_may_be_making_a_table(register: Settings) -> None:
    place = find_place(register)
    (place / "987654").write_bytes(PAGE)
    with connect(register, Role.OWNER) as connection:
        connection.execute("create table registry.made as select 1 as x")
        assert remove_abandoned_files(register) == 0
    assert remove_abandoned_files(register) == len(PAGE)

    with connect(register, Role.OWNER) as connection:
        assert connection.execute("select x from registry.made").fetchall() == [(1,)]


def test_readers_do_not_keep_lost_files_alive(register: Settings) -> None:
    (find_place(register) / "987654").write_bytes(PAGE)
    with connect(register, Role.READER) as reading:
        reading.execute("select count(*) from best.address")
        assert remove_abandoned_files(register) == len(PAGE)


def test_a_command_that_migrates_removes_them_and_says_so(best: Best) -> None:
    best.run("migrate")
    ((oid,),) = [
        line.split()
        for line in best.run(
            "psql", "-Atc", "select oid from pg_database where datname = 'best'"
        ).stdout.splitlines()
    ]
    lost = best.home / "cluster" / "data" / "base" / oid / "987654"
    lost.write_bytes(bytes(3_000_000))

    assert "Removed 3.0 MB of files" in best.run("migrate").stderr
    assert not lost.exists()
