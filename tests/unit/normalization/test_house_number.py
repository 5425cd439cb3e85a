from __future__ import annotations

import csv
import gzip
import random
from itertools import islice

import pytest

from registry.domain.region import Region
from registry.normalization.house_number import (
    make_number_key,
    make_sort_key,
    parse_house_number,
)
from tests.database.shared_data import find_shared
from tests.unit.normalization.best_2019 import REGIONS, read_shapes, read_values

BRU, VLG, WAL = Region.BRUSSELS, Region.FLANDERS, Region.WALLONIA
IN_ORDER = ["0", "1", "2", "9", "9A", "9B", "10", "10A", "10 bis", "11_1", "12", "99", "100", "A1"]


def test_numbers_sort_as_people_read_them() -> None:
    shuffled = random.Random(1).sample(IN_ORDER, len(IN_ORDER))  # noqa: S311 - no secret

    assert sorted(shuffled, key=make_number_key) == IN_ORDER


@pytest.mark.parametrize(("one", "other"), [("10A", "10 a"), ("007", "7"), ("9bis", "9 BIS")])
def test_case_space_and_leading_zeros_do_not_change_the_place(one: str, other: str) -> None:
    assert make_number_key(one) == make_number_key(other)


def test_boxes_come_after_their_house_number_and_before_the_next_one() -> None:
    addresses = [("16", None), ("16", "1"), ("16", "2"), ("16", "10"), ("16A", None), ("17", None)]

    keys = [make_sort_key(house, box) for house, box in addresses]

    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_an_empty_box_number_is_no_box() -> None:
    assert make_sort_key("16", "") == make_sort_key("16", None)


@pytest.mark.parametrize("number", ["zn", "0", "", "9+", "ƒ074", "¨1", "2„Et", "٣", "9" * 15])
def test_every_published_shape_has_a_key(number: str) -> None:
    assert isinstance(make_sort_key(number, number), str)


READ = [
    # text, region, number, bis, last, box
    ("10", VLG, 10, "", None, None),
    ("010A", VLG, 10, "A", None, None),
    ("10 a", VLG, 10, "A", None, None),
    ("10bis", BRU, 10, "BIS", None, None),
    ("19TER", VLG, 19, "TER", None, None),
    ("4xx", BRU, 4, "XX", None, None),
    ("7A1", WAL, 7, "A1", None, None),
    ("11_1", VLG, 11, "1", None, None),
    ("68_0001", VLG, 68, "1", None, None),
    ("26_28", VLG, 26, "28", None, None),
    ("419_", VLG, 419, "", None, None),
    ("0", BRU, 0, "", None, None),
    ("zn", VLG, None, "ZN", None, None),
    ("A12", VLG, None, "A12", None, None),
    ("F7_1", VLG, None, "F7_1", None, None),
    ("naast nr. 30", VLG, 30, "", None, None),
    ("10-14", VLG, 10, "", (14, ""), None),
    ("10+13", VLG, 10, "", (13, ""), None),
    ("10/14", VLG, 10, "", (14, ""), None),
    ("2/4", VLG, 2, "", (4, ""), None),
    ("10 14", VLG, 10, "", (14, ""), None),
    ("10 t/m 14", VLG, 10, "", (14, ""), None),
    ("10 bis 14", WAL, 10, "", (14, ""), None),
    ("10-12A", VLG, 10, "", (12, "A"), None),
    ("10A-C", VLG, 10, "A", (10, "C"), None),
    ("149/153", WAL, 149, "", (153, ""), None),
    ("27 /28", WAL, 27, "", (28, ""), None),
    ("45-47", BRU, 45, "", (47, ""), None),
    ("2/4", WAL, 2, "", None, "4"),
    ("10 12", WAL, 10, "", None, "12"),
    ("54/12", BRU, 54, "", None, "12"),
    ("30-2", VLG, 30, "", None, "2"),
    ("30-b", VLG, 30, "", None, "B"),
    ("84/A", WAL, 84, "", None, "A"),
    ("23/0/1", WAL, 23, "", None, "0/1"),
    ("29C/1", WAL, 29, "C", None, "1"),
    ("28BTE1", WAL, 28, "", None, "1"),
    ("37RDC", WAL, 37, "", None, "RDC"),
    ("12A bus 3", VLG, 12, "A", None, "3"),
    ("1A000", WAL, 1, "A", None, None),
    ("32C001", WAL, 32, "C", None, "001"),
]


@pytest.mark.parametrize("text", ["1½", "1²", "1①"])
def test_a_fraction_or_raised_figure_is_no_figure_of_the_number(text: str) -> None:
    read = parse_house_number(text, VLG)
    assert (read.number, read.rest, read.key) == (1, text[1], text)


@pytest.mark.parametrize(("text", "region", "number", "bis", "last", "box"), READ)
def test_a_house_number_is_read_by_the_rules_of_its_region(
    text: str,
    region: Region,
    number: int | None,
    bis: str,
    last: tuple[int, str] | None,
    box: str | None,
) -> None:
    read = parse_house_number(text, region)

    found = None if read.last is None else (read.last.number, read.last.bis)
    assert (read.number, read.bis, found, read.box, read.rest) == (number, bis, last, box, "")
    assert str(read) == text


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("61+", 61, "+"),
        ("12 (achter)", 12, "(ACHTER)"),
        ("60NNUM", 60, "NNUM"),
        ("Hoeve", None, "HOEVE"),
        ("9" * 40, None, "9" * 40),
    ],
)
def test_what_nobody_can_read_is_kept_and_compared_as_written(
    text: str, number: int | None, rest: str
) -> None:
    read = parse_house_number(text, Region.WALLONIA)

    assert (read.number, read.rest, read.key) == (number, rest, text.upper())


@pytest.mark.parametrize(
    "spellings", [("10A", "10 a", "010A"), ("10bis", "10 BIS"), ("11_1", "11_0001"), ("zn", "Z.N.")]
)
def test_spellings_of_one_house_number_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({parse_house_number(text, VLG).key for text in spellings}) == 1


def test_different_house_numbers_have_different_keys() -> None:
    texts = ["1", "11", "111", "1A", "11_1", "A1", "A11", "1BIS", "1B", "1-11", "11A", "zn", "0"]

    assert len({parse_house_number(text, VLG).key for text in texts}) == len(texts)


@pytest.mark.parametrize("section", ["Hs=Nat", "Hs=B", "Hs=F", "Hs=W"])
def test_every_house_number_of_best_is_understood_and_given_back(section: str) -> None:
    values = read_values()[section]

    read = [parse_house_number(text, REGIONS[section[3:]]) for text, _ in values]

    assert [str(one) for one in read] == [text for text, _ in values]
    assert [one.text for one in read if one.rest] == []


def test_the_numbers_of_best_sort_by_number() -> None:
    values = sorted((text for text, _ in read_values()["Hs=Nat"]), key=make_number_key)

    numbers = [parse_house_number(text, VLG).number for text in values]

    known = [number for number in numbers if number is not None]
    assert len(values) == 16_762
    assert known == sorted(known)
    assert numbers[: len(known)] == known  # those without a number stand behind all others


def test_every_shape_of_best_is_read() -> None:
    shapes = [row for row in read_shapes() if row["section"].startswith("Hs")]

    for row in shapes:
        for text in row["examples"].split(" | "):
            assert parse_house_number(text, REGIONS[row["section"][3:]]).rest == ""


@pytest.mark.parametrize(
    ("file", "region", "floor"),
    [
        ("flanders_crab_2014.csv.gz", Region.FLANDERS, 1.0),
        ("wallonia_icar_2020.csv.gz", Region.WALLONIA, 0.9999),  # 28 rows say 61+ and the like
    ],
)
def test_the_house_numbers_of_real_rows_are_understood(
    file: str, region: Region, floor: float
) -> None:
    with gzip.open(find_shared(f"data/real/{file}"), "rt", encoding="utf-8", newline="") as lines:
        rows = [row["house_number"] for row in islice(csv.DictReader(lines), 100_000)]

    understood = sum(parse_house_number(text, region).rest == "" for text in rows)

    assert understood / len(rows) >= floor
