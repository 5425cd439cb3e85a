from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from registry.domain.region import Region
from registry.normalization.box_number import make_box_key
from registry.normalization.house_number import make_number_key, parse_house_number

REGIONS = st.sampled_from(list(Region))
PIECES = (
    *("0", "00", "1", "2", "10", "007", "b", "B", "v", "A", "e", "o", "O", "é", "°", "„", "¿tg"),
    *("-", "/", ".", "+", "_", ",", "(", ")", " ", "  ", "bus", "bte", "rdc", "gv", "glvl", "et"),
    *("verd", "2e", "de", "ste", "links", "r", "ch", "rez", "bis", "ter", "zn", "t/m", "à", "nr"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=12)
NUMBERS = st.integers(min_value=0, max_value=9_999)


@given(TEXTS, REGIONS)
@example("9" * 5_000, Region.FLANDERS)
@example("nr+nrnr00", Region.FLANDERS)
def test_any_text_is_read_given_back_exactly_and_its_key_is_its_own_key(
    text: str, region: Region
) -> None:
    read = parse_house_number(text, region)

    assert str(read) == text
    assert parse_house_number(read.key, region).key == read.key


@given(TEXTS, REGIONS, st.sampled_from([None, "11001", "46030"]))
@example("00B7", Region.FLANDERS, None)
def test_any_box_has_a_key_and_a_key_is_its_own_key(
    text: str, region: Region, municipality: str | None
) -> None:
    key = make_box_key(text, region, municipality)

    assert make_box_key(key, region, municipality) == key
    assert bool(key) == bool(text.strip())


@given(NUMBERS, NUMBERS, st.sampled_from(["", "A", "bis", "_1"]), REGIONS)
def test_numbers_read_sort_as_their_texts(
    one: int, other: int, suffix: str, region: Region
) -> None:
    texts = [f"{one}{suffix}", f"{other}{suffix}"]
    first, second = (parse_house_number(text, region).number for text in texts)

    assert (first, second) == (one, other)
    assert (make_number_key(texts[0]) < make_number_key(texts[1])) == (one < other)


@given(NUMBERS, st.integers(1, 5), REGIONS)
def test_leading_zeros_change_no_key(number: int, zeros: int, region: Region) -> None:
    padded = f"{'0' * zeros}{number}"

    assert parse_house_number(padded, region).key == parse_house_number(str(number), region).key
    assert make_box_key(padded, region) == make_box_key(str(number), region)
