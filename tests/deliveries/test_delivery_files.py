"""The files of deliveries on the disk: nothing that was confirmed is lost, nothing else counts."""

from __future__ import annotations

import stat
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from importers.containers import hash_file
from registry.deliveries import files as module
from registry.deliveries.files import (
    RESERVE,
    DeliveryFiles,
    NoRoom,
    make_safe_name,
)

if TYPE_CHECKING:
    from pathlib import Path

ID = "a2" * 13


@pytest.fixture
def files(tmp_path: Path) -> DeliveryFiles:
    return DeliveryFiles(tmp_path)


def test_what_was_not_confirmed_is_cut_off_and_the_rest_stays(files: DeliveryFiles) -> None:
    with files.open_part(ID, 0) as part:
        part.write(b"confirmed, and then some")
    with files.open_part(ID, 9) as part:
        part.write(b"!")

    path = files.finish(ID, "edition.zip")

    assert path.read_bytes() == b"confirmed!"
    assert hash_file(path) == sha256(b"confirmed!").hexdigest()
    assert files.finish(ID, "edition.zip") == path == files.get_file(ID, "edition.zip")


def test_bytes_that_were_confirmed_and_are_gone_are_an_error(files: DeliveryFiles) -> None:
    with files.open_part(ID, 0) as part:
        part.write(b"five!")
    with pytest.raises(FileNotFoundError):
        files.open_part(ID, 6)
    with files.open_part(ID, 5) as part:
        assert part.tell() == 5


def test_a_whole_file_is_never_replaced(files: DeliveryFiles) -> None:
    with files.open_part(ID, 0) as part:
        part.write(b"whole")
    path = files.finish(ID, "edition.zip")

    with pytest.raises(FileNotFoundError):  # no empty part is made of what has its name already
        files.open_part(ID, 5)
    assert files.list_parts() == []
    assert files.finish(ID, "edition.zip").read_bytes() == b"whole"
    with files.open_part(ID, 0) as part:  # a request that does not know of the first
        part.write(b"other")
    with pytest.raises(FileExistsError):
        files.finish(ID, "edition.zip")
    assert path.read_bytes() == b"whole"


def test_who_died_while_naming_a_file_named_it(files: DeliveryFiles) -> None:
    with files.open_part(ID, 0) as part:
        part.write(b"whole")
    path = files.finish(ID, "edition.zip")
    (path.parent.parent / "part").hardlink_to(path)

    assert files.finish(ID, "edition.zip").read_bytes() == b"whole"
    assert files.list_parts() == []


def test_what_is_there_of_files_that_are_not_whole_is_listed(files: DeliveryFiles) -> None:
    assert files.list_parts() == []
    for letter in "ba":
        files.open_part(letter * 26, 0).close()
    assert files.list_parts() == ["a" * 26, "b" * 26]
    files.drop_part("a" * 26)
    assert files.list_parts() == ["b" * 26]


def test_two_requests_never_write_one_file(files: DeliveryFiles) -> None:
    with files.open_part(ID, 0) as part:
        part.write(b"first")
        part.flush()
        with pytest.raises(BlockingIOError):
            files.open_part(ID, 0)
    with files.open_part(ID, 5):
        pass


def test_a_file_that_will_never_be_whole_is_forgotten(files: DeliveryFiles, tmp_path: Path) -> None:
    with files.open_part(ID, 0) as part:
        part.write(b"half")
    files.drop_part(ID)
    files.drop_part(ID)

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_only_the_owner_can_look_in(files: DeliveryFiles) -> None:
    files.open_part(ID, 0).close()
    path = files.finish(ID, "edition.zip")

    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, *path.parents[:3])]
    assert modes == [0o600, 0o700, 0o700, 0o700]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Édition du 1er.zip", "_dition_du_1er.zip"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.xml", "a.xml"),
        (".bashrc", "bashrc"),
        ("part", "part"),
        ("-rf", "rf"),
        ("a\0b\n.csv", "a_b_.csv"),
        ("x" * 300 + ".zip", "x" * 116 + ".zip"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_a_file_has_a_safe_name_with_its_ending(given: str, kept: str) -> None:
    assert make_safe_name(given) == kept


@pytest.mark.parametrize("wrong", ["", "..", "../../etc", "a2" * 12, "A2" * 13, "a2" * 12 + "/a"])
def test_no_id_leads_out_of_the_directory(files: DeliveryFiles, wrong: str) -> None:
    with pytest.raises(ValueError, match="no id"):
        files.open_part(wrong, 0)


def test_a_file_for_which_there_is_no_room_is_refused(
    files: DeliveryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(free=RESERVE + 100)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: free)

    files.check_room(100)
    with pytest.raises(NoRoom):
        files.check_room(101)
