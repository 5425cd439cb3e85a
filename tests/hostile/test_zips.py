"""Zips that are damaged, that lie, or that are meant to harm: refused by name, without a trace."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.hostile import zip_forgery as forge
from tests.hostile.senders import ADDRESSES, make_download, make_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.register import Register

soak = pytest.mark.soak
INNER = ADDRESSES.replace(".xml", ".zip")
DAMAGED = "the zip is cut off or damaged"
OUT_OF_IT = "a name that leads out of the zip"
FORGERIES: list[tuple[str, Callable[[], bytes], tuple[str, ...]]] = [
    ("empty", lambda: b"", ("the file is empty",)),
    ("no zip", lambda: b"<html>404</html>" * 99, ("not a zip file",)),
    ("wrong check sum", forge.wrong_check_sum, (ADDRESSES, DAMAGED)),
    ("bad stream", forge.bad_stream, (ADDRESSES, DAMAGED)),
    ("encrypted", forge.encrypted, (ADDRESSES, "encrypted")),
    ("bzip2", partial(forge.packed_by, 12), (ADDRESSES, "packed by method 12")),
    ("method 99", partial(forge.packed_by, 99), (ADDRESSES, "packed by method 99")),
    ("shorter than packed", forge.shorter_than_packed, (ADDRESSES, DAMAGED)),
    ("packed shorter", forge.packed_shorter, (ADDRESSES, DAMAGED)),
    ("descriptor", forge.described_afterwards, (ADDRESSES, DAMAGED)),
    ("impossible date", forge.impossible_date, (ADDRESSES, DAMAGED)),
    ("name no utf-8", forge.name_is_not_what_it_says, (DAMAGED,)),
    ("directory beyond", forge.directory_beyond_the_end, ("lists more than 10,000 entries",)),
    ("zip64 size", partial(forge.make_zip64, 1 << 62, 99, 0), (ADDRESSES, "zip bombs")),
    ("zip64 packed", partial(forge.make_zip64, 999, 1 << 62, 0), (ADDRESSES, DAMAGED)),
    ("zip64 offset", partial(forge.make_zip64, 99, 99, (1 << 64) - 9), (ADDRESSES, DAMAGED)),
    ("overlapping", forge.overlapping, ("BrusselsStreetName.xml",)),
    ("duplicated", forge.duplicated, (ADDRESSES, "two entries have this name")),
    ("ratio bomb", forge.bomb_of_blanks, (ADDRESSES, "zip bombs")),
    ("deep bomb", partial(forge.bomb_of_zips, 5, 10), ("level3-000.zip", "nested deeper than 3")),
    ("wide bomb", partial(forge.bomb_of_zips, 2, 100), ("level0-", "zip bombs")),
    ("many entries", forge.many_entries, ("lists more than 10,000 entries",)),
    ("packed directory", forge.directory_in_a_few_bytes, ("inner.zip", "10,000 entries")),
    ("traversal", partial(forge.named, f"../../{ADDRESSES}"), (f"../../{ADDRESSES}", OUT_OF_IT)),
    ("absolute", partial(forge.named, f"/etc/{ADDRESSES}"), ("/etc/", OUT_OF_IT)),
    ("drive", partial(forge.named, f"C:\\{ADDRESSES}"), ("C:", OUT_OF_IT)),
    ("backslashes", partial(forge.named, f"..\\{ADDRESSES}"), (OUT_OF_IT,)),
    ("newline", partial(forge.named, f"x\nRegister lost\n{ADDRESSES}"), (r"x\nReg", OUT_OF_IT)),
    ("escape", partial(forge.named, f"\x1b[2J\x1b]0;x\x07{ADDRESSES}"), (r"\x1b[2J", OUT_OF_IT)),
    ("link", partial(forge.link_to, "/etc/passwd"), (ADDRESSES, "a link or a device")),
]
QUICK = {"ratio bomb", "deep bomb", "escape", "wrong check sum"}


@pytest.mark.parametrize(
    ("forger", "words"),
    [
        pytest.param(forger, words, id=name, marks=() if name in QUICK else soak)
        for name, forger, words in FORGERIES
    ],
)
def test_a_forged_zip_is_refused(
    filled: Register, folder: Path, forger: Callable[[], bytes], words: tuple[str, ...]
) -> None:
    path = folder / "best.zip"
    path.write_bytes(forger())

    filled.demand_refusal(path, str(path), *words)


@soak
@pytest.mark.parametrize("name", [name for name, _, _ in FORGERIES if name != "deep bomb"])
def test_a_forged_zip_in_a_good_one_is_refused_by_the_way_to_it(
    filled: Register, folder: Path, name: str
) -> None:
    (forger, words) = next((f, w) for n, f, w in FORGERIES if n == name)
    path = folder / "best.zip"
    path.write_bytes(make_zip(make_download() | {INNER: forger()}))

    filled.demand_refusal(path, f"{path} > {INNER}", *words)


@pytest.mark.parametrize(
    "tenth", [pytest.param(n, marks=() if n == 7 else soak) for n in range(10)]
)
def test_a_download_that_breaks_off_is_refused(filled: Register, folder: Path, tenth: int) -> None:
    path = folder / "best.zip"
    content = make_zip(make_download(), method=0)
    path.write_bytes(content[: len(content) * tenth // 10])

    filled.demand_refusal(path, str(path), "empty" if tenth == 0 else "download it again")


@soak
@pytest.mark.parametrize("tenth", range(10))
def test_a_zip_that_was_cut_before_it_was_packed_is_refused(
    filled: Register, folder: Path, tenth: int
) -> None:
    path = folder / "best.zip"
    inner = make_download()
    inner[INNER] = inner[INNER][: len(inner[INNER]) * tenth // 10]
    path.write_bytes(make_zip(inner))

    filled.demand_refusal(path, f"{path} > {INNER}")


@pytest.fixture(scope="module")
def rehearsed(filled: Register, tmp_path_factory: pytest.TempPathFactory) -> object:
    """What a rehearsal of the good download says of each region."""
    path = tmp_path_factory.mktemp("good") / "best.zip"
    path.write_bytes(make_zip(make_download()))
    return json.loads(filled.run("--dry-run", "--json", path).out)["regions"]


def flip_on_the_way(method: int, tenth: int) -> bytes:
    content = make_zip(make_download(), method=method)
    return forge.flip(content, len(content) * tenth // 10)


def flip_before_packing(tenth: int) -> bytes:
    inner = make_download()
    content = inner[INNER]
    return make_zip(inner | {INNER: forge.flip(content, len(content) * tenth // 10)})


@pytest.mark.parametrize(
    "flip",
    [
        *(partial(flip_on_the_way, 0, tenth) for tenth in range(1, 10)),
        *(partial(flip_on_the_way, 8, tenth) for tenth in range(1, 10)),
        *(partial(flip_before_packing, tenth) for tenth in range(10)),
    ],
    ids=lambda flip: f"{flip.func.__name__}{flip.args}",
)
@soak
def test_one_wrong_byte_is_refused_before_any_region_is_tried_or_does_not_matter(
    filled: Register, folder: Path, rehearsed: object, flip: Callable[[], bytes]
) -> None:
    """Some bytes of a zip say nothing that is read, such as the second of a date."""
    path = folder / "best.zip"
    path.write_bytes(flip())

    with filled.demanding_nothing_changed():
        ended = filled.run("--dry-run", "--json", path)

    if ended.code == 0:
        assert json.loads(ended.out)["regions"] == rehearsed
    else:
        filled.demand_words(ended, 1, str(path))
        if flip.func is flip_on_the_way:
            assert json.loads(ended.out)["regions"] == {}
