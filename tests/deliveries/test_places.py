"""Offsets of findings as the lines of an editor, and the rows of a table without lines."""

from __future__ import annotations

import gzip
import struct
import zipfile
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from importers.checking import places
from importers.checking.places import find_places
from importers.containers import list_source_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest


def find(path: Path, offsets: Iterable[int]) -> dict[int, dict[str, int]]:
    (file,) = list_source_files(path)
    return find_places(file, offsets)


def test_lines_count_from_one_wherever_reading_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"a\nbb\r\n\n\xc3\xa9\nlast"
    path = tmp_path / "list.csv"
    path.write_bytes(text)
    expected = {i: {"line": text[:i].count(b"\n") + 1} for i in range(len(text))}
    for size in (1, 2, 3, 1 << 20):
        monkeypatch.setattr(places, "_READ_SIZE", size)
        assert find(path, range(len(text))) == expected
    assert find(path, [len(text), 10_000, -1]) == {}  # nothing stands there


@given(text=st.binary(max_size=200), wanted=st.sets(st.integers(0, 220)), size=st.integers(1, 50))
def test_lines_are_what_splitting_says(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, wanted: set[int], size: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "list.csv"
    path.write_bytes(text)
    usual, places._READ_SIZE = places._READ_SIZE, size
    try:
        found = find(path, wanted)
    finally:
        places._READ_SIZE = usual
    assert found == {i: {"line": len(text[:i].split(b"\n"))} for i in wanted if i < len(text)}


def test_inside_zips_of_zips_and_gzip(tmp_path: Path) -> None:
    inner, outer, packed = tmp_path / "i.zip", tmp_path / "o.zip", tmp_path / "list.csv.gz"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", b"x\n" * 100_000)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "i.zip")
    packed.write_bytes(gzip.compress(b"x\n" * 10))
    assert find(outer, [199_998, 0]) == {0: {"line": 1}, 199_998: {"line": 100_000}}
    assert find(packed, [4]) == {4: {"line": 3}}


def test_a_dbf_has_rows_and_a_geopackage_tells_them_itself(tmp_path: Path) -> None:
    path = tmp_path / "list.dbf"
    head = struct.pack("<BBBBLHH20x", 3, 126, 11, 2, 3, 65, 11)
    path.write_bytes(head + b" " * 33 + b"\r" + b" 0123456789" * 3)
    assert find(path, [65, 76, 87]) == {65: {"row": 1}, 76: {"row": 2}, 87: {"row": 3}}
    cut_off = tmp_path / "short.dbf"
    cut_off.write_bytes(b"\x03")
    assert find(cut_off, [65]) == {}
    layer = tmp_path / "list.gpkg"
    layer.write_bytes(b"")
    assert find(layer, [7]) == {7: {"row": 7}}


def test_a_file_damaged_further_on_costs_no_report(tmp_path: Path) -> None:
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 20_000)[:-2_000])
    assert find(path, [5_000_000]) == {}
