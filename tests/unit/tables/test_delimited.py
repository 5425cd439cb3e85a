from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.tables import delimited
from importers.tables.delimited import DelimitedTable
from importers.tables.table import BadRow
from registry.domain.errors import InputRefused
from tests.unit.tables.reading import open_text


def read(text: str | bytes, **settings: str) -> list[tuple[list[str | None], int] | BadRow]:
    content = text.encode() if isinstance(text, str) else text
    table = DelimitedTable(io.BytesIO(content), "file.csv", **settings)  # type: ignore[arg-type]
    split = table.make_splitter()
    return [row for piece in table.cut() for row in split(piece)]  # type: ignore[misc]


@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
def test_separator_is_found_in_the_header(separator: str) -> None:
    table = open_text(f"a b{separator}c{separator}d\n1{separator}2{separator}3\n")

    assert table.columns == ("a b", "c", "d")


def test_places_are_byte_offsets_after_mark_line_ends_letters_and_line_breaks_in_cells() -> None:
    content = '\ufeffa,b\r\né,1\r\n\r\n"two\nlines",2\r\nlast,3'.encode()
    rows = read(content)

    assert [row[0] for row in rows if not isinstance(row, BadRow)] == [
        ["é", "1"],
        ["two\nlines", "2"],
        ["last", "3"],
    ]
    for row, begin in zip(rows, (b"\xc3\xa9", b'"two', b"last"), strict=True):
        assert not isinstance(row, BadRow)
        assert content[row[1] :].startswith(begin)


def test_blank_and_nul_cells_are_empty_and_others_are_stripped() -> None:
    assert read(b"a,b,c\n \x00\x00, x\x00,y\n") == [([None, "x", "y"], 6)]


def test_rows_of_another_width_are_told_and_shift_nothing() -> None:
    short, good, long = read("a,b\n1\n1,2\n1,2,3\n")

    assert short == BadRow(place=4, reason="1 cells in a row, and 2 columns in the header")
    assert good == (["1", "2"], 6)
    assert isinstance(long, BadRow)


def test_a_quotation_mark_in_the_wrong_place_is_told_and_the_rows_after_it_are_read() -> None:
    bad, good = read('a,b\n"x"y,1\n"z",2\n')

    assert isinstance(bad, BadRow)
    assert bad.reason.startswith("not as RFC 4180 writes it: a quotation mark within a quoted cell")
    assert good == (["z", "2"], 11)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no header line"),
        (b"\n\n", "no header line"),
        (b"a,b,a\n1,2,3\n", "'a' more than once"),
        (b"a,b\n", "a header and no rows"),
        (b"a,b\n\n \n", "a header and no rows"),
        (b"a,b\r1,2\r", "lines end in a carriage return alone"),
        (b"a,b\rc\n1,2\n", "the first line is no header: a carriage return in a cell"),
        (b"a,b\n1,2\n\xe9t\xe9,2\n", "byte 8: this is no utf-8 text"),
        ("a,b\n1,2\n".encode("utf-16"), "byte 0: this is no utf-8 text"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(InputRefused, match=told):
        read(content)


def test_another_encoding_is_read_when_it_is_named() -> None:
    content = "a,b\nété,2\n".encode("latin-1")
    assert read(content, encoding="iso8859-1") == [(["été", "2"], 4)]


def test_utf8_under_another_name_is_refused() -> None:
    with pytest.raises(InputRefused, match="the text is UTF-8, and the column map says cp1252"):
        read("a,b\nété,2\n", encoding="cp1252")
    assert read("a,b\nete,2\n", encoding="cp1252") == [(["ete", "2"], 4)]


def test_a_quotation_mark_that_nothing_closes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_PIECE_BYTES", 64)
    monkeypatch.setattr(delimited, "_LONGEST_RECORD", 128)
    with pytest.raises(InputRefused, match=r"byte 8: a record longer than 1 MB"):
        read('a,b\n1,2\n"' + "x\n" * 200)


CELLS = st.text(st.sampled_from('ab,;"\né '), max_size=6)
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20)


@given(ROWS, st.integers(1, 40))
def test_what_a_writer_writes_is_read_however_it_is_cut(
    rows: list[tuple[str, str]], size: int
) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("one", "two"), *rows])
    content = written.getvalue().encode()
    with pytest.MonkeyPatch.context() as patched:
        table = open_text(content)
        patched.setattr(delimited, "_PIECE_BYTES", size)
        table._stream.seek(0)
        _, table._rest = delimited._take_header(table._stream.read())
        table._stream = io.BytesIO(table._rest)
        table._rest = b""
        split = table.make_splitter()
        found = [row for piece in table.cut() for row in split(piece)]

    assert [row[0] for row in found if not isinstance(row, BadRow)] == [
        [cell.strip() or None for cell in row] for row in rows
    ]
    for row in found:
        assert not isinstance(row, BadRow)
        assert content[row[1] - 2 : row[1]] == b"\r\n"
