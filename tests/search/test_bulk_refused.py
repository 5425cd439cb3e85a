"""Files that are no tables, or hostile ones: refused with what and where, or read in seconds."""

from __future__ import annotations

import io
import time
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from registry.domain.errors import InputRefused
from registry.search.bulk.columns import Told, read_told_columns
from tests.search.bulk_tables import Answered, answer_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., Answered]:
    return partial(answer_table, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b'"a"b,1\n' * 75_000,
        b'"\n' + b"a\n" * 250_000,
        b'"\n' + b'""\n' * 150_000,
        b'"a\n' * 150_000,
        b'a,"\n' * 125_000,
        b",,,,,,,,\n" * 55_000,
        b"\xff\xfe\xff\n" * 125_000,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_half_a_hostile_megabyte_takes_seconds(
    answer: Callable[..., Answered], content: bytes
) -> None:
    began = time.monotonic()
    answered, _ = answer(b"street,number\n" + content)
    assert len(answered) > len(content)
    assert time.monotonic() - began < 10


def make_zip(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty, or no table"),
        (b"\0\0\n", "the file is empty, or no table"),
        (b"a,b\n1,2\n", "no column is known by its name"),
        (b'street,"number\n', "the first line opens a quotation and does not end it"),
        (b"street,number\ra,b\r", "carriage return alone"),
        (b"street\n" + b"x" * 2_000_000, "line 2: it is longer than 1 MB"),
        (b"x" * 2_000_000, "line 1: it is longer than 1 MB"),
        (b'{"street":"' + b"x" * 2_000_000, "line 1: it is longer than 1 MB"),
        (b'{"a":1}\n', "no column is known by its name"),
        (b'{"a"\n', "the first line is no JSON object"),
        (b"\xff\xfes\0t\0r\0e\0e\0t\0\n\0a", "in the middle of a character"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a workbook with a password"),
        (b"PK\x03\x04 and no more", "cut off or damaged"),
        (make_zip(street_csv=b"street\na\n"), "a zip, and no workbook"),
        (b"\x1f\x8b\x08", "packed, a picture or a PDF"),
        (b"\x89PNG\r\n\x1a\n", "packed, a picture or a PDF"),
        (b'[\n  {\n    "street": "x"', "the first line is no JSON object"),
        (b'[{"street": "x"}]', "the first line is no JSON object"),
        (b'{\n  "street": "x"\n}\n', "the first line is no JSON object"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    answer: Callable[..., Answered], content: bytes, words: str
) -> None:
    with pytest.raises(InputRefused, match=words):
        answer(content)


def test_a_bomb_is_not_unpacked(answer: Callable[..., Answered]) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 110_000_000)
    with pytest.raises(InputRefused, match="as zip bombs do"):
        answer(made.getvalue())


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"encoding": "klingon"}, "is not one that is read"),
        ({"has_header": False}, "or text=2, if all of the address is in column 2"),
        ({"columns": {"street_name": ("x",)}}, "there is no column 'x'. There are: street"),
        ({"encoding": "cp1252"}, "begins with the mark of utf-8"),
    ],
)
def test_what_is_told_must_be_so(
    answer: Callable[..., Answered], told: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputRefused, match=words):
        answer(b"\xef\xbb\xbfstreet\nx\n", Told(**told))


@pytest.mark.parametrize("text", ["street", "house=1", "street=", "=a"])
def test_columns_are_told_as_pairs(text: str) -> None:
    with pytest.raises(InputRefused, match="is not FIELD=COLUMN"):
        read_told_columns(text)
