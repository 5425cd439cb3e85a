"""Links, pipes and devices, closed doors, odd names, and files that change while they are read."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.register import holding_turn, start
from tests.hostile.senders import ADDRESSES, make_brussels, make_download, make_zip, write_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.register import Register

soak = pytest.mark.soak
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices and other users")
LINK = "a link. Give what it leads to"
NOT_REGULAR = "no regular file"


def link_to_file(place: Path) -> None:
    place.symlink_to("/etc/passwd")


def link_to_nothing(place: Path) -> None:
    place.symlink_to("nowhere.xml")


def link_to_itself(place: Path) -> None:
    place.symlink_to(place.name)


def link_to_folder_above(place: Path) -> None:
    place.with_suffix("").symlink_to("..")


def pipe(place: Path) -> None:
    os.mkfifo(place)


def endless_device(place: Path) -> None:
    os.mknod(place, 0o20644, os.makedev(1, 5))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(link_to_file, LINK, marks=soak),
        pytest.param(link_to_nothing, LINK, marks=soak),
        pytest.param(link_to_itself, LINK, marks=soak),
        (link_to_folder_above, LINK),
        (pipe, NOT_REGULAR),
        pytest.param(endless_device, NOT_REGULAR, marks=(soak, as_root)),
    ],
)
def test_what_is_no_file_is_refused_and_never_read(
    filled: Register, folder: Path, make: Callable[[Path], None], words: str
) -> None:
    write_files(folder, {name: xml for name, xml in make_brussels().items() if name != ADDRESSES})
    make(folder / ADDRESSES)

    filled.demand_refusal(folder, str(folder / ADDRESSES.removesuffix(".xml")), words)


@soak
def test_a_pipe_given_by_name_is_refused_at_once(filled: Register, folder: Path) -> None:
    os.mkfifo(folder / ADDRESSES)

    filled.demand_refusal(folder / ADDRESSES, str(folder / ADDRESSES), NOT_REGULAR)


@soak
def test_a_file_that_is_not_there(filled: Register, folder: Path) -> None:
    filled.demand_refusal(folder / "x.zip", f"{folder}/x.zip", "no such file or directory")


@soak
@pytest.mark.parametrize("name", [b"Brussels\x1b[2JAddress.xml", b"Brussels\nAddress\xff.xml"])
def test_a_file_of_an_odd_name_is_shown_without_its_tricks(
    filled: Register, folder: Path, name: bytes
) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"")

    filled.demand_refusal(folder, str(folder), r"Brussels\x1b[2J" if b"\x1b" in name else r"\nAdd")


@soak
def test_a_good_file_of_a_name_that_is_no_text_is_read(filled: Register, folder: Path) -> None:
    write_files(folder, make_brussels())
    odd = os.fsencode(folder / ADDRESSES).replace(b"L72", b"\xff\x1b[2J")
    (folder / ADDRESSES).rename(os.fsdecode(odd))

    with filled.demanding_nothing_changed():
        filled.demand_words(filled.run("--dry-run", folder), 0)


def replace_by_older(path: Path) -> None:
    path.write_bytes(make_zip(make_download("2026-11-02")))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def swap(path: Path) -> None:
    """Another file of the same length and time under the same name."""
    found = path.stat()
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.rename(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (cut, "the file changed while it was read"),
        pytest.param(replace_by_older, "the file changed while it was read", marks=soak),
        pytest.param(swap, "the file changed while it was read", marks=soak),
        pytest.param(Path.unlink, "no such file or directory", marks=soak),
    ],
)
def test_a_file_that_changes_after_it_was_looked_at_is_refused(
    filled: Register, folder: Path, change: Callable[[Path], None], words: str
) -> None:
    path = folder / "best.zip"
    path.write_bytes(make_zip(make_download()))

    with filled.demanding_nothing_changed():
        with holding_turn(filled.settings):
            running = start(filled.settings, path)
            running.wait_for("Another import is under way")
            change(path)
        filled.demand_words(running.wait(), 1, str(path), words)


@soak
@as_root
def test_a_plain_user_is_told_what_may_not_be_read(filled: Register) -> None:
    """With a BEST_HOME of its own: the socket of the other one is closed to it."""
    place = Path(tempfile.mkdtemp(prefix="best-nobody-"))
    place.chmod(0o777)
    path = place / "best.zip"
    path.write_bytes(make_zip(make_download()))
    (place / "closed").mkdir(mode=0o700)
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    settings = replace(filled.settings, home=place / "home")
    try:
        for mode, given, named in ((0o600, path, path), (0o644, place, place / "closed")):
            path.chmod(mode)
            ended = start(settings, given, prefix=nobody).wait()
            filled.demand_words(ended, 1, f"{named}: cannot be read: Permission denied")
        filled.demand_words(start(settings, path, prefix=nobody).wait(), 0)
    finally:
        shutil.rmtree(place)
