"""Tables as people send them: what is read from each row, and that nothing of it is lost."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING

import openpyxl
import orjson
import pytest

from registry.search.bulk.columns import ADDED, FIELDS, Told, read_told_columns
from registry.search.bulk.formulas import is_formula
from tests.search.bulk_tables import Answered, answer_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KBO = (
    '"EntityNumber","TypeOfAddress","CountryNL","CountryFR","Zipcode","MunicipalityNL",'
    '"MunicipalityFR","StreetNL","StreetFR","HouseNumber","Box","ExtraAddressInfo",'
    '"DateStrikingOff"\r\n'
    '"0200.065.765","REGO","","","1000","Brussel","Bruxelles","Wetstraat","Rue de la Loi","16",'
    '"b2","",""\r\n'
    '"0200.068.636","REGO","","","4000","Liège","Liège","","Rue Léopold","1","","c/o X",""\r\n'
)


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., Answered]:
    return partial(answer_table, tmp_path)


def read(content: bytes, separator: str = ",", encoding: str = "utf-8") -> list[dict[str, str]]:
    text = io.StringIO(content.decode(encoding), newline="")
    return list(csv.DictReader(text, delimiter=separator, strict=True))


def list_asked(rows: list[dict[str, str]]) -> list[list[str]]:
    return [row["best_reason"].removeprefix("unresolved: ").split(" | ") for row in rows]


def test_kbo_is_recognised_and_kept_byte_for_byte(answer: Callable[..., Answered]) -> None:
    content, _ = answer(KBO.encode())
    asked = list_asked(read(content))
    assert asked[0] == ["-", "Wetstraat", "16", "b2", "1000", "Brussel", "-"]
    assert asked[1] == ["-", "Rue Léopold", "1", "-", "4000", "Liège", "-"]
    for written, line in zip(content.splitlines(), KBO.encode().splitlines(), strict=True):
        assert written.startswith(line + b",")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_recognised_and_kept(answer: Callable[..., Answered], encoding: str) -> None:
    text = "Straße;Hausnr.\nGöstraße;5\n" * 1 + "Hütte;6\n"
    content, _ = answer(text.encode(encoding))
    rows = read(content, ";", encoding)
    assert [row["Straße"] for row in rows] == ["Göstraße", "Hütte"]
    assert list_asked(rows)[0][1:3] == ["Göstraße", "5"]
    assert content.startswith(text.encode(encoding)[:8])


def test_utf8_with_a_broken_byte_is_still_utf8(answer: Callable[..., Answered]) -> None:
    content, _ = answer("rue,cp\nchaussée,1\n".encode() + b"all\xe9e,2\n")
    assert b"\nall\xe9e,2," in content
    assert "| allée |".encode() in content


@pytest.mark.parametrize(
    ("header", "places"),
    [
        ("Straatnaam,Huisnr.,Bus,Postcode,Gemeente,Land", [1, 2, 3, 4, 5, 6]),
        ("RUE,N°,Boîte,Code postal,Localité,Pays", [1, 2, 3, 4, 5, 6]),
        ("Straße,Hausnummer,Briefkasten,PLZ,Ort,Staat", [1, 2, 3, 4, 5, 6]),
        ("street_name,house_number,box_number,zip,city,country", [1, 2, 3, 4, 5, 6]),
        ("id,Adresse,x,CP,Commune,y", [None, 0, None, 4, 5, None]),
    ],
)
def test_columns_are_known_by_name(
    answer: Callable[..., Answered], header: str, places: list[int | None]
) -> None:
    content, _ = answer(f"{header}\na,b,c,d,e,f\n".encode())
    (asked,) = list_asked(read(content))
    expected = ["-"] * len(FIELDS)
    for cell, place in zip("abcdef", places, strict=True):
        if place is not None:
            expected[place] = cell
    assert asked == expected


def test_columns_are_told_by_name_and_number(answer: Callable[..., Answered]) -> None:
    told = Told(columns=read_told_columns("street=c,number=2"), separator="|")
    content, _ = answer(b"a|b|c\n1,5|2|3\n", told)
    assert list_asked(read(content, "|"))[0][1:3] == ["3", "2"]
    told = Told(columns=read_told_columns("text=1"), has_header=False, separator=";")
    content, _ = answer(b"Wetstraat 16, 1000 Brussel\n", told)
    assert content.startswith(b"Wetstraat 16, 1000 Brussel;;notFound;C;;0.0;;;;")


def test_a_single_column_with_commas_gets_another_separator(
    answer: Callable[..., Answered],
) -> None:
    content, _ = answer(b"adres\nWetstraat 16, 1000 Brussel\n")
    assert read(content, ";")[0]["adres"] == "Wetstraat 16, 1000 Brussel"


def test_names_that_are_taken_get_a_number(answer: Callable[..., Answered]) -> None:
    content, _ = answer(b"street,best_id,best_id_2\na,b,c\n")
    (row,) = read(content)
    assert (row["best_id"], row["best_id_2"], row["best_id_3"]) == ("b", "c", "")
    content, _ = answer(b'{"street":"a","best_id":1}\n')
    assert orjson.loads(content)["best_id"] == 1
    assert orjson.loads(content)["best_id_2"] is None


def test_what_excel_says_of_the_separator_counts(answer: Callable[..., Answered]) -> None:
    content, _ = answer(b"sep=|\r\nstreet|number\r\na;b;c|1\r\n")
    first, rest = content.split(b"\r\n", 1)
    assert first == b"sep=|"
    assert list_asked(read(rest, "|"))[0][1:3] == ["a;b;c", "1"]


def test_rows_that_do_not_fit_are_told_and_kept(answer: Callable[..., Answered]) -> None:
    lines = [
        'x,"1\n2"',  # a line break in a cell
        "x",  # too short: the rest is empty
        "x,1,,",  # too long, by nothing
        "x,1,2,3",  # too long
        '"La Brise" dreef,5',  # text behind a quotation
        '"x,1',  # a quotation that nobody closes
        "x\0y,2",
        "",
        "last,9",
    ]
    content, parts = answer("\n".join(["street,number", *lines]).encode())
    rows = read(content.replace(b'"La Brise" dreef', b"La Brise dreef"))
    assert [row["street"] for row in rows] == [
        *("x", "x", "x", "x,1,2,3", "La Brise dreef", '"x,1', "x\0y", "last"),
    ]
    assert sum(part.rows for part in parts) == len(rows) == 8
    assert sum(part.counts["unreadable"] for part in parts) == 2
    assert rows[3]["best_reason"].startswith("unreadable: 4 cells in a row, and 2 columns")
    assert rows[5]["best_reason"].startswith("unreadable: a quotation mark that opens")
    assert b"\n\nlast,9," in content
    assert not content.endswith(b"\n")
    assert list_asked(rows)[4][1:3] == ["La Brise dreef", "5"]


def test_a_quotation_that_stays_open_for_megabytes_takes_no_row_with_it(
    answer: Callable[..., Answered],
) -> None:
    rows = "straat,1\n" * 150_000
    content, parts = answer(f'street,number\n{rows}"open,1\n{rows}'.encode())
    assert sum(part.rows for part in parts) == 300_001
    assert sum(part.counts["unreadable"] for part in parts) == 1
    assert content.count(b"\n") == 300_002


@pytest.mark.parametrize(
    ("cell", "runs"),
    [
        *((cell, True) for cell in ("=1+1", "@x", "+A1", "-A1", "\tx", "=", "+cmd|' /C calc'!A0")),
        *((cell, False) for cell in ("", "-5", "+32 2 123.45", "-", "'=1", "a=1", "- 3,5")),
    ],
)
def test_what_a_spreadsheet_would_run(cell: str, *, runs: bool) -> None:
    assert is_formula(cell) is runs


def test_cells_that_would_run_get_an_apostrophe(answer: Callable[..., Answered]) -> None:
    content, (part,) = answer(b'street,tel,n\n"=1+1, x",+32 2 1,-5\na,b,c\n@x,"a,=b",-x\n')
    rows = read(content)
    assert [row["street"] for row in rows] == ["'=1+1, x", "a", "'@x"]
    assert [row["n"] for row in rows] == ["-5", "c", "'-x"]
    assert rows[2]["tel"] == "a,=b"
    assert part.counts["neutralised"] == 3
    assert list_asked(rows)[0][1] == "=1+1, x"


def test_objects_are_kept_and_added_to(answer: Callable[..., Answered]) -> None:
    lines = [
        b'{ "Straat":"a", "nr": 16.0, "x": {"y": [1e40]} }',
        b'{"street":"b","number":7}',
        b"",
        b"[1]",
        b"{broken \xe9",
        b"{}",
    ]
    content, parts = answer(b"\r\n".join(lines))
    written = content.split(b"\r\n")
    assert written[0].startswith(lines[0][:-2])
    assert sum(part.rows for part in parts) == 5
    assert written[2] == b""
    rows = [orjson.loads(written[n]) for n in (1, 3, 4, 5)]
    assert "| b | 7 |" in rows[0]["best_reason"]
    assert rows[1]["best_line"] == "[1]"
    assert rows[2]["best_line"] == "{broken é"
    assert [*rows[3]] == [*ADDED]


def test_workbooks_keep_values_and_types(answer: Callable[..., Answered], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Straat", "Nr", "Prijs"], ["Wetstraat", 16, 1.5], [], ["a", "3/11", None, "more"]):
        sheet.append(row)
    sheet["C2"].number_format = "0.00"
    sheet["A5"] = "=1+1"
    sheet["A5"].data_type = "s"
    book.save(tmp_path / "book.xlsx")
    content, (part,) = answer((tmp_path / "book.xlsx").read_bytes())
    rows = [*openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()]
    assert [cell.value for cell in rows[0]][:5] == ["Straat", "Nr", "Prijs", "best_id", ADDED[1]]
    assert [cell.value for cell in rows[1]][:3] == ["Wetstraat", 16, 1.5]
    assert rows[1][2].number_format == "0.00"
    assert "| Wetstraat | 16 |" in rows[1][11].value
    assert not any(cell.value for cell in rows[2])
    assert "| a | 3/11 |" in rows[3][11].value
    assert rows[3][12].value == "more"
    assert (rows[4][0].value, rows[4][0].data_type) == ("=1+1", "s")
    assert part.rows == 3
