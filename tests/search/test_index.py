"""What an index holds, against the lines of a small register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.domain.errors import RegistryError
from registry.search.index import Standing
from tests.search.registers import index_of, list_lines

if TYPE_CHECKING:
    from registry.search.index import SearchIndex

PLACES = "vlg-44021 | nl=Gent\nwal-62063 | fr=Liège\npart wal-7 | fr=Chênée\n"


def list_entries(index: SearchIndex, key: str) -> list[tuple[str, int, int]]:
    k, names = index.names.key_numbers[key], index.names
    entries = range(names.first_entries[k], names.first_entries[k + 1])
    return [
        (index.streets.public_ids[names.streets[e]], names.formers[e], names.languages[e])
        for e in entries
    ]


def test_numbers_of_a_street_are_in_natural_order() -> None:
    index = index_of(PLACES + "vlg-1 | 44021 | nl=Kaai | 9000 | 100 10 9_10 9_2 10bis 10-14 2 ZN")

    houses = [index.numbers.house_keys[h] for h in index.addresses.houses]
    assert houses == ["2", "9_2", "9_10", "10", "10-14", "10BIS", "100", "ZN"]
    assert list(index.numbers.first) == [2, 9, 9, 10, 10, 10, 100, -1]
    assert list(index.numbers.last) == [2, 9, 9, 10, 14, 10, 100, -1]


def test_a_box_is_one_key_however_it_was_written() -> None:
    lines = "wal-1 | 62063 | fr=Quai | 4000 | 54/12 54~12 54/12~12 54/2~3 54~RDC 54"
    index = index_of(PLACES + lines)

    boxes = [index.numbers.box_keys[box] for box in index.addresses.boxes]
    assert boxes == ["", "2.3", "12", "12", "12", "rdc"]
    assert {index.numbers.house_keys[h] for h in index.addresses.houses} == {"54"}
    assert list(list_lines(index))[1] == "wal-104 Quai 54/2~3 4000"


def test_among_equals_the_current_one_with_the_smallest_id_goes_first() -> None:
    index = index_of(PLACES + "vlg-1 | 44021 | nl=Kaai | 9000 | 1!retired 1 1!gone 1!proposed 1")

    ids = [index.make_address_id(a) for a in range(5)]
    assert ids == ["vlg-102", "vlg-105", "vlg-104", "vlg-101", "vlg-103"]
    assert list(index.addresses.standings)[-2:] == [Standing.RETIRED, Standing.GONE]


def test_a_street_has_its_addresses_and_their_postal_codes() -> None:
    lines = (
        "wal-1 | 62063 | fr=Quai | 4000 | 1\n"
        "wal-2 | 62063 | fr=Rue | 4032 wal-7 | 1 2 3 5 6\n"
        "wal-3 | 62063 | fr=Place | 4000 | ZN\n"
    )
    index = index_of(PLACES + lines)
    streets = index.streets

    assert list(streets.first_addresses) == [0, 1, 6, 7]
    assert [index.parts[part] for part in index.addresses.parts] == ["", *["wal-7"] * 5, ""]
    assert list(streets.codes) == [4000, 4032, 4000]
    # The third of five lies in the middle; without a position there is none.
    assert list(streets.middles_x) == [600_010_000, 601_030_000, -1]


def test_names_are_found_by_key_and_municipality(small_index: SearchIndex) -> None:
    assert list_entries(small_index, "kerkstr") == [
        ("vlg-20", 0, 0),
        ("vlg-21", 0, 0),
        ("vlg-22", 0, 0),
    ]
    assert list_entries(small_index, "dorpsstr") == [("vlg-21", 1, 0)]
    assert list_entries(small_index, "r du wainage") == [("wal-30", 0, 1)]
    assert list_entries(small_index, "r du wainage vel") == [("wal-30", 2, 1)]
    assert list_entries(small_index, "klosterstr") == [("wal-36", 0, 2)]
    k, m = small_index.names.key_numbers["kerkstr"], small_index.municipality_numbers["44021"]
    places = list(small_index.names.key_and_municipality)
    assert places == sorted(places)
    assert places.count(k * 1024 + m) == 1


def test_a_municipality_is_found_by_the_code_that_went_into_it(small_index: SearchIndex) -> None:
    numbers = small_index.municipality_numbers

    assert numbers["11007"] == numbers["11002"]  # Borsbeek, Antwerpen
    assert "23023" not in numbers  # Pajottegem, into which Galmaarden went, is not in it
    assert small_index.postal_municipalities["2150"] == [numbers["11002"]]


def test_a_street_of_a_municipality_that_is_not_there_has_its_known_names() -> None:
    index = index_of("vlg-1 | 23023 | nl=Kaai | 9000 | 1\nvlg-2 | 99999 | nl=Laan | 9000 | 1")

    assert [dict(place.names) for place in index.municipalities] == [
        {"nl": "Galmaarden", "fr": "Gammerages"},
        {},
    ]
    assert index.municipalities[0].nis_code == "23023"


def test_what_took_the_place_of_another_is_followed_to_the_end() -> None:
    lines = (
        "vlg-1 | 44021 | nl=Kaai; status=gone; successor=vlg-2 | 9000 | 1!gone\n"
        "vlg-2 | 44021 | nl=Rei; status=gone; successor=vlg-3 | 9000 | 1!gone\n"
        "vlg-3 | 44021 | nl=Dok | 9000 | 1\n"
    )
    assert index_of(PLACES + lines).successors == {"vlg-1": ["vlg-3"], "vlg-2": ["vlg-3"]}


def test_a_register_without_anything_has_an_index() -> None:
    index = index_of("")

    assert list(list_lines(index)) == []
    assert index.spelling.find("kerkstraat", 2) == []
    assert index.spelling.find_prefix("kerk") == []


def test_more_municipalities_than_there_is_room_for_are_refused() -> None:
    lines = [f"vlg-{n} | x{n} | nl=Kaai | 9000 | 1" for n in range(1_025)]

    with pytest.raises(RegistryError, match=r"^Over 1,024 municipalities"):
        index_of("\n".join(lines))
