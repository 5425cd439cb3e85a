from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from registry.domain.identifiers import (
    NAMESPACES,
    BestIdentifier,
    ObjectKey,
    parse_best_identifier,
)
from registry.normalization.house_number import make_number_key, make_sort_key
from registry.normalization.text import fold

if TYPE_CHECKING:
    from registry.domain.region import Region

NUMBERS = st.integers(min_value=0, max_value=10**15)
OBJECT_IDS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="/"),
    min_size=1,
    max_size=20,
)
VERSIONS = st.one_of(
    st.none(),
    st.integers(0, 999).map(str),
    st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='seconds')}+02:00"),
)


@given(st.text())
@example("ǽ ǿ İ ŉ")
def test_folding_is_total_and_a_key_folds_to_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_key_has_no_case_no_edges_and_single_spaces(text: str) -> None:
    key = fold(text)

    assert key == key.casefold().strip()
    assert "  " not in key


@given(st.text(st.characters(codec="latin-1")))
def test_case_does_not_matter_in_the_languages_of_belgium(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower().upper())


@given(NUMBERS, NUMBERS)
def test_the_order_of_keys_is_the_order_of_numbers(one: int, other: int) -> None:
    assert (make_number_key(str(one)) < make_number_key(str(other))) == (one < other)


@given(NUMBERS, NUMBERS, st.sampled_from(["", "A", "bis", "_1", "/2"]))
def test_a_suffix_does_not_change_the_order_of_numbers(one: int, other: int, suffix: str) -> None:
    keys = make_number_key(f"{one}{suffix}"), make_number_key(f"{other}{suffix}")

    assert (keys[0] < keys[1]) == (one < other)


@given(st.text(), st.text() | st.none())
def test_every_pair_of_texts_has_a_key(house_number: str, box_number: str | None) -> None:
    key = make_sort_key(house_number, box_number)

    assert key.startswith(make_number_key(house_number))


@given(NUMBERS, st.integers(0, 999).map(str), st.sampled_from(["", "A", "bis"]))
def test_the_boxes_of_a_house_stand_before_the_next_house(
    number: int, box: str, suffix: str
) -> None:
    house, following = f"{number}{suffix}", f"{number + 1}{suffix}"

    assert make_sort_key(house, None) < make_sort_key(house, box) < make_sort_key(following, None)


@given(st.sampled_from(list(NAMESPACES)), OBJECT_IDS, VERSIONS)
def test_a_written_identifier_is_read_back(
    kind: tuple[Region, str], object_id: str, version: str | None
) -> None:
    region, resource = kind
    written = BestIdentifier(
        namespace=NAMESPACES[region, resource], object_id=object_id, version_id=version
    )

    key, found = parse_best_identifier(str(written), resource)

    assert key == ObjectKey(region=region, object_id=object_id)
    assert found == version
    assert ObjectKey.parse(key.public_id) == key
