from __future__ import annotations

import re

import pytest

from registry.domain.region import Region
from registry.normalization.box_number import FLOOR, GROUND, make_box_key
from tests.unit.normalization.best_2019 import REGIONS, read_shapes, read_values

BRU, VLG, WAL = Region.BRUSSELS, Region.FLANDERS, Region.WALLONIA

ONE_BOX = [
    # region, key, spellings
    (BRU, "1", ["b001", "1", "0001", "bus 1", "bte 1", "Boîte 1", "Box 1", "B1", "#1"]),
    (BRU, "2.1", ["b2.1", "2.1", "2/1", "02-01"]),
    (BRU, "e", ["b00E", "E", "e"]),
    (BRU, "c3", ["bC.3", "C3", "c 3"]),
    (BRU, "rdc", ["RDC", "glvl", "rez", "GV", "rez-de-chaussée", "R/C", "gelijkvloers", "0RCH"]),
    (BRU, "2et", ["2eET", "2e verd", "2de verdiep", "2ET", "Et 2", "2ème étage", "2„Et", "2¿tg"]),
    (VLG, "1", ["B001", "b 1", "bs01", "bu1", "00b1", "apt 1", "(1)", "¨1"]),
    (VLG, "1et", ["1ET", "V1", "VD1", "ver1", "1ste verd"]),
    (VLG, "rdc.r", ["glvR", "GLRE", "GV.R", "gel rechts"]),
    (VLG, "a1", ["ABU01", "A bus 1", "A1", "A-1"]),
    (VLG, "2", ["BOO2", "B002"]),
    (VLG, "1.1", ["1.01", "01.1", "1-1"]),
    (VLG, "1a", ["1e/A", "1A", "01a"]),
    (WAL, "b1", ["B001", "B 1", "B/1", "B bte 1"]),
    (WAL, "a", ["A000", "BteA", "000A", "/A"]),
    (WAL, "3et", ["3é", "3eET", "3étg"]),
    (WAL, "2.3et", ["2+3é", "2+3„"]),
    (WAL, "1et.d", ["1EtD", "1ét droite"]),
]


@pytest.mark.parametrize(("region", "key", "spellings"), ONE_BOX)
def test_spellings_of_one_box_have_one_key(region: Region, key: str, spellings: list[str]) -> None:
    assert {text: make_box_key(text, region) for text in spellings} == dict.fromkeys(spellings, key)


@pytest.mark.parametrize("region", list(Region))
def test_different_boxes_have_different_keys(region: Region) -> None:
    texts = ["1", "11", "1.1", "111", "1A", "A1", "A", "B", "AB", "A.B", "RDC", "1ET", "0", "0.0"]
    texts += ["glvR", "bis", "+", "-", "bus"]

    assert len({make_box_key(text, region) for text in texts}) == len(texts)


def test_no_text_is_no_box_and_any_sign_is_one() -> None:
    assert make_box_key("", VLG) == ""
    assert make_box_key("  ", VLG) == ""
    assert make_box_key("++++", BRU) == "++++"


@pytest.mark.parametrize(
    ("municipality", "text", "key"),
    [
        ("11001", "B001", "b1"),  # Aartselaar writes B1
        ("23025", "B001", "1"),  # Grimbergen writes 1
        ("11056", "Glv", "0.0"),  # Zwijndrecht writes 0.0 on the ground floor
        ("46030", "0.0", "0.0"),  # and the municipality it went into
        ("11007", "gel0", "0.0"),
        ("99999", "B001", "1"),  # unknown: as its region
    ],
)
def test_a_municipality_has_its_own_habits(municipality: str, text: str, key: str) -> None:
    assert make_box_key(text, VLG, municipality) == key


def _is_understood(key: str) -> bool:
    """Numbers, one or two letters, a floor or a bis: no other word is left in the key."""
    words = re.findall(r"[^\W\d_]+", key)
    return key.strip("+-/.") != "" and all(
        len(word) < 3 or word in {GROUND, FLOOR, "bis", "ter"} for word in words
    )


@pytest.mark.parametrize(
    ("section", "of_values", "of_occurrences"),
    [
        ("Bx=Nat", 0.979, 0.9999),
        ("Bx=B", 0.98, 0.9999),
        ("Bx=F", 0.979, 0.9998),
        ("Bx=W", 0.99, 0.9999),
    ],
)
def test_nearly_every_box_of_best_is_understood(
    section: str, of_values: float, of_occurrences: float
) -> None:
    values = read_values()[section]
    keys = {text: make_box_key(text, REGIONS[section[3:]]) for text, _ in values}

    understood = [(text, n) for text, n in values if text == "" or _is_understood(keys[text])]

    assert [text for text, key in keys.items() if text and not key] == []
    assert len(understood) / len(values) >= of_values
    assert sum(n for _, n in understood) / sum(n for _, n in values) >= of_occurrences


def test_every_shape_of_best_has_a_key_that_is_its_own_key() -> None:
    shapes = read_shapes()

    assert len(shapes) == 265
    for row in shapes:
        region = REGIONS[row["section"][3:]]
        for text in filter(None, row["examples"].split(" | ")):
            key = make_box_key(text, region)
            assert key
            assert make_box_key(key, region) == key
