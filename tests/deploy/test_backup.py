"""A backup holds everything, is restored as it was, and a broken one is refused untouched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from argparse import Namespace
from typing import TYPE_CHECKING

import pytest
from alembic import command

import deploy.backup
from deploy.backup import write_backup
from deploy.backup_files import (
    MANIFEST,
    SUMS,
    UNFINISHED,
    check_backup,
    digest_file,
    list_backups,
)
from deploy.checks import check_privileges
from deploy.commands import restore as restore_command
from deploy.commands.restore import imports_kept_out
from deploy.migrations import find_schema_version, make_alembic_configuration
from deploy.private_database import connect_as_superuser
from deploy.restored_database import (
    BESIDE,
    check_room,
    fill,
    make_database_beside,
    put_in_place,
)
from deploy.throwaway import throwaway_cluster
from importers.containers import hash_file
from registry.deliveries.files import DeliveryFiles
from registry.deliveries.jobs import defer_check
from registry.deliveries.states import State
from registry.deliveries.store import Delivery, change_state
from registry.domain.errors import EnvironmentProblem, InputRefused, RegistryError
from registry.settings import Settings
from registry.store.connections import PRIVATE_PORT, Role, connect, get_socket_directory
from registry.store.schema_version import HEAD
from tests.conftest import cloned
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import assert_sound, fetch, fetch_changes, fetch_current, hash_tables
from tests.database.small_country import country
from tests.database.test_migrations import describe
from tests.deliveries.announcing import NOW, announce
from tests.deploy.conftest import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def ignore(_: object) -> None:
    pass


def back_up(register: Settings, directory: Path) -> Path:
    return write_backup(register, directory, ignore)[0]


def restore(register: Settings, backup: Path) -> None:
    manifest = check_backup(backup)
    with make_database_beside(register) as beside:
        fill(beside, backup, manifest, ignore)
        put_in_place(register)


def renumbered(day: str, number: str) -> list[Edition]:
    return [
        Edition(
            region=edition.region,
            day=day,
            addresses=[Address(id="0", number=number), *list(edition.addresses or [])[1:]],
        )
        for edition in country()
    ]


@pytest.fixture(scope="module")
def filled_template(migrated_template: Settings) -> Iterator[Settings]:
    with cloned(migrated_template) as settings:
        import_editions(settings, *country())
        import_editions(settings, *renumbered("2026-11-09", "bis"))
        yield settings


@pytest.fixture
def filled(filled_template: Settings) -> Iterator[Settings]:
    """Two editions of three regions: closed versions, partitions, findings, totals."""
    with cloned(filled_template) as settings:
        yield settings


@pytest.fixture(scope="module")
def backup(filled_template: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup to break copies of."""
    return back_up(filled_template, tmp_path_factory.mktemp("backups"))


def read_sequences(register: Settings) -> list[tuple[object, ...]]:
    with connect(register, Role.OWNER) as connection:
        return connection.execute(
            "select sequencename, last_value from pg_sequences order by 1"
        ).fetchall()


def test_what_is_restored_is_what_was_backed_up(filled: Settings, tmp_path: Path) -> None:
    before = hash_tables(filled), read_sequences(filled), describe(filled)
    backup = back_up(filled, tmp_path)
    import_editions(filled, *renumbered("2026-11-16", "lost"))
    assert hash_tables(filled) != before[0]
    with connect_as_superuser(filled.home, "postgres") as connection:
        connection.execute(f"create database {BESIDE}")  # of a restore that was killed

    restore(filled, backup)

    assert (hash_tables(filled), read_sequences(filled), describe(filled)) == before
    assert_sound(filled)


def test_the_next_edition_makes_the_same_release_as_without_a_restore(
    filled: Settings, tmp_path: Path
) -> None:
    backup = back_up(filled, tmp_path)

    def publish_next() -> list[object]:
        summary = import_editions(filled, *renumbered("2026-11-16", "ter"))
        assert not summary.failed, summary.failure
        assert_sound(filled)
        releases = "select number, region, first_seq, last_seq, counts from best.release order by 1"
        sources = "select id, release_number, path from best.source order by id"
        return [
            fetch_current(filled),
            fetch_changes(filled),
            fetch(filled, releases),
            fetch(filled, sources),
        ]

    without = publish_next()
    restore(filled, backup)

    assert publish_next() == without


def test_backups_made_while_editions_are_published_are_whole_releases(
    register: Settings, tmp_path: Path
) -> None:
    def publish() -> None:
        for region in country():  # first loads: tables appear and are attached meanwhile
            import_editions(register, region)
        import_editions(register, *renumbered("2026-11-09", "bis"))

    importing = threading.Thread(target=publish)
    importing.start()
    backups = []
    while importing.is_alive():
        backups.append(back_up(register, tmp_path))
    importing.join()

    assert len(fetch_current(register)) == 30
    seqs = [check_backup(backup).seq for backup in backups]
    assert seqs == sorted(seqs)
    assert len(set(seqs)) > 1
    for backup in dict(zip(seqs, backups, strict=True)).values():
        restore(register, backup)
        assert_sound(register)


def test_a_backup_of_earlier_software_is_brought_up_to_date(
    filled: Settings, tmp_path: Path
) -> None:
    current = fetch_current(filled)
    command.downgrade(make_alembic_configuration(filled), "0001")
    backup = back_up(filled, tmp_path)
    assert check_backup(backup).migration == "0001"

    restore(filled, backup)

    assert find_schema_version(filled) == HEAD
    assert [row["house_number"] for row in fetch_current(filled)] == [
        row["house_number"] for row in current
    ]
    assert_sound(filled)


def deliver(register: Settings, content: bytes) -> Delivery:
    files = DeliveryFiles(register.home)
    with connect(register, Role.DELIVERIES) as door:
        delivery = announce(door, State.RECEIVING)
        with files.open_part(delivery.id, 0) as part:
            part.write(content)
        path = files.finish(delivery.id, delivery.file_name)
        received = change_state(
            *(door, delivery, State.RECEIVED, "anna", NOW),
            size=len(content),
            sha256=hash_file(path),
        )
        defer_check(door, received)
    return received


def read_deliveries(register: Settings) -> list[tuple[str, str]]:
    with connect(register, Role.OWNER) as connection:
        return [
            (name, row)
            for name in (
                "deliveries.delivery",
                "deliveries.delivery_event",
                "jobs.procrastinate_jobs",
            )
            for (row,) in connection.execute(f"select t::text from {name} t")  # type: ignore[arg-type]
        ]


def test_deliveries_come_back_with_their_jobs_and_files(filled: Settings, tmp_path: Path) -> None:
    delivery, lost = deliver(filled, b"as it was sent"), deliver(filled, b"lost")
    files = DeliveryFiles(filled.home)
    path, features = files.get_file(delivery.id, "edition.zip"), files.get_features(delivery.id)
    features.write_text("{}")
    files.get_file(lost.id, "edition.zip").unlink()
    before, told = read_deliveries(filled), []

    backup, manifest = write_backup(filled, tmp_path, told.append)

    assert [text for text in told if lost.id in text]
    kept = backup / path.relative_to(filled.home)
    assert kept.samefile(path)  # no room is taken twice
    subprocess.run(["sha256sum", "-c", "--quiet", SUMS], cwd=backup, check=True)
    path.unlink()
    features.write_text("of a later check")
    later = deliver(filled, b"of later")
    restore_command.restore_beside(Namespace(dry_run=False), filled, backup, manifest, ignore)

    assert path.read_bytes() == b"as it was sent"
    assert features.read_text() == "{}"
    features.write_text("of a later check")
    assert read_deliveries(filled) == before
    assert files.get_file(later.id, "edition.zip").exists()  # nothing that was sent is removed
    check_backup(backup)
    flip(kept)
    with pytest.raises(InputRefused, match="is not as it was written"):
        check_backup(backup)


@pytest.fixture
def copy(backup: Path, tmp_path: Path) -> Path:
    return shutil.copytree(backup, tmp_path / backup.name)


def sum_again(backup: Path) -> None:
    """Make the checksums right again, as somebody would who changes a backup on purpose."""
    lines = [line.split("  ") for line in (backup / SUMS).read_text().splitlines()]
    sums = "".join(f"{digest_file(backup / name)}  {name}\n" for _, name in lines)
    (backup / SUMS).write_text(sums)


def change_manifest(backup: Path, **facts: object) -> None:
    manifest = json.loads((backup / MANIFEST).read_text())
    (backup / MANIFEST).write_text(json.dumps(manifest | facts))
    sum_again(backup)


def find_data(backup: Path) -> Path:
    return max((backup / "dump").glob("*.dat.gz"), key=lambda path: path.stat().st_size)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda backup: find_data(backup).unlink(), r"\.dat\.gz is missing"),
        (lambda backup: flip(find_data(backup)), r"\.dat\.gz is not as it was written"),
        (lambda backup: flip(backup / "dump" / "toc.dat"), "toc.dat is not as it was written"),
        (lambda backup: flip(backup / MANIFEST), "manifest.json is not as it was written"),
        (lambda backup: (backup / SUMS).write_bytes(b"\xff"), "is damaged"),
        (lambda backup: (backup / SUMS).unlink(), "is no backup made by"),
        (shutil.rmtree, "there is no such directory"),
        (lambda backup: change_manifest(backup, migration="9999"), "newer Best"),
        (lambda backup: change_manifest(backup, format=9), "newer Best"),
        (lambda backup: change_manifest(backup, content=1), "is not what"),
    ],
)
def test_a_broken_backup_is_refused_in_words(
    copy: Path, damage: Callable[[Path], object], words: str
) -> None:
    check_backup(copy)
    damage(copy)
    with pytest.raises(InputRefused, match=words):
        check_backup(copy)


def test_the_directory_of_backups_is_refused_and_the_newest_named(backup: Path) -> None:
    with pytest.raises(InputRefused, match=f"newest is {backup}"):
        check_backup(backup.parent)


def test_sha256sum_checks_a_backup_without_this_software(backup: Path) -> None:
    subprocess.run(["sha256sum", "-c", "--quiet", SUMS], cwd=backup, check=True)


def test_a_copy_that_differs_from_the_manifest_is_not_put_in_place(
    filled: Settings, copy: Path
) -> None:
    before = hash_tables(filled)
    content = json.loads((copy / MANIFEST).read_text())["content"]
    content["tables"]["total"]["rows"] += 1
    content["sequences"]["source_id_seq"] += 1
    change_manifest(copy, content=content)

    with pytest.raises(RegistryError, match=r"(?s)table total: .*sequence source_id_seq"):
        restore(filled, copy)

    assert hash_tables(filled) == before
    assert BESIDE not in list_databases(filled)


def test_a_dump_that_pg_restore_refuses_leaves_the_register(filled: Settings, copy: Path) -> None:
    before = hash_tables(filled)
    (copy / "dump" / "toc.dat").write_bytes(b"PGDMP of another world")
    sum_again(copy)

    with pytest.raises(EnvironmentProblem, match="pg_restore failed"):
        restore(filled, copy)

    assert hash_tables(filled) == before
    assert BESIDE not in list_databases(filled)


def test_imports_are_kept_out_until_the_databases_are_renamed(
    filled: Settings, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_in_place_meanwhile(register: Settings) -> float:
        with pytest.raises(EnvironmentProblem, match="under way"), imports_kept_out(register):
            pass  # as an import finds it
        return put_in_place(register)

    monkeypatch.setattr(restore_command, "put_in_place", put_in_place_meanwhile)
    arguments = Namespace(dry_run=False)
    manifest = check_backup(backup)
    restore_command.restore_beside(arguments, filled, backup, manifest, ignore)
    assert len(fetch_current(filled)) == 30


def test_privileges_granted_anew_are_no_more_than_those_of_the_migrations(
    filled: Settings, copy: Path
) -> None:
    change_manifest(copy, separates_roles=False)
    restore(filled, copy)
    with connect(filled, Role.OWNER) as connection:
        assert check_privileges(connection, Role.IMPORTER, "importer_excess").hint == ""


def list_databases(register: Settings) -> list[str]:
    with connect_as_superuser(register.home, "postgres") as connection:
        return [name for (name,) in connection.execute("select datname from pg_database")]


def test_too_little_room_is_said_before_anything_is_made(filled: Settings, copy: Path) -> None:
    change_manifest(copy, bytes=10**15)
    with pytest.raises(EnvironmentProblem, match="Nothing was changed"):
        check_room(filled, check_backup(copy))


def test_an_interrupted_backup_is_never_taken_for_whole(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / f"{UNFINISHED}4711").mkdir()  # of a run that was killed
    with monkeypatch.context() as patch:
        patch.setattr(deploy.backup, "write_manifest", die)
        with pytest.raises(KeyboardInterrupt):
            back_up(filled, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_the_newest_are_kept(filled: Settings, tmp_path: Path) -> None:
    (tmp_path / "best-of-everything").mkdir()
    others, cut, *ours = [back_up(filled, tmp_path) for _ in range(4)]
    change_manifest(others, register="another/best")
    find_data(cut).unlink()

    newest, _ = write_backup(filled, tmp_path, ignore, keep=2)

    assert list_backups(tmp_path) == [others, cut, ours[1], newest]
    assert (tmp_path / "best-of-everything").exists()


def test_a_database_without_a_register_is_said(bare_database: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no register"):
        back_up(bare_database, tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_is_said_and_leaves_no_half_backup(filled: Settings, small_disk: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=f"The disk of {small_disk} is full"):
        back_up(filled, small_disk)
    assert [path.name for path in small_disk.iterdir()] == [".lock"]


def test_a_server_of_the_users_own_without_our_roles(filled: Settings, tmp_path: Path) -> None:
    backup = back_up(filled, tmp_path)
    with throwaway_cluster() as server:
        with connect_as_superuser(server.home, "postgres") as connection:
            connection.execute("drop database best")
            for role in Role:
                connection.execute(f"drop role {role}")  # type: ignore[arg-type]
            connection.execute("create role plain login")
            connection.execute("create database theirs owner plain")
        with connect_as_superuser(server.home, "theirs") as connection:
            for extension in ("postgis", "pg_trgm", "unaccent", "btree_gist"):
                connection.execute(f"create extension {extension}")  # type: ignore[arg-type]
        place = str(get_socket_directory(server.home)).replace("/", "%2F")
        url = f"postgresql://plain@{place}:{PRIVATE_PORT}/theirs"
        own = Settings(home=tmp_path, database_url=url)
        arguments = Namespace(backup=backup, dry_run=False, yes=True)
        assert restore_command.run(arguments, own) == 0
        assert hash_tables(own) == hash_tables(filled)
        with pytest.raises(InputRefused, match="Make an empty database"):
            restore_command.run(arguments, own)
        assert hash_tables(own) == hash_tables(filled)
        back = back_up(own, tmp_path / "back")
    restore(filled, back)  # and back to where the roles are: the reader reads again
    assert len(fetch_current(filled)) == 30
    import_editions(filled, *renumbered("2026-11-16", "ter"))
    assert_sound(filled)


def test_the_checkout_is_no_backup() -> None:
    with pytest.raises(InputRefused, match="is no backup"):
        check_backup(CHECKOUT)
