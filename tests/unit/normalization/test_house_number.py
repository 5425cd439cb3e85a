from __future__ import annotations

import random

import pytest

from registry.normalization.house_number import make_number_key, make_sort_key

IN_ORDER = ["0", "1", "2", "9", "9A", "9B", "10", "10A", "10bis", "11_1", "12", "99", "100", "A1"]


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
