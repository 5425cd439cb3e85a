from __future__ import annotations

import csv
import gzip
from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.domain.region import Region
from registry.normalization.languages import list_languages
from registry.normalization.places import (
    find_municipality,
    find_place,
    follow,
    list_by_postal_code,
    list_municipalities,
    split_postal_name,
)
from registry.normalization.steps import STEPS, Where, normalize
from registry.normalization.street_name import split_street_name
from tests.database.shared_data import find_shared

WHERE = st.builds(
    Where,
    region=st.sampled_from(Region),
    municipality_id=st.sampled_from([None, "11002", "21004", "62063", "99999"]),
    postal_code=st.sampled_from([None, "1000", "2100", "4000", "0612"]),
)
# Text as registers write it, and any text at all.
LIKELY = st.text(st.sampled_from("0123456789ABbé st.rueoolvvrouw-_/()+,' \x00?ß"), max_size=20)
TEXT = st.one_of(st.text(), LIKELY)


@pytest.mark.parametrize("field", STEPS)
@given(text=TEXT, where=WHERE)
@example(text="Rue St.-Jean (CH), Fal._01", where=Where(Region.WALLONIA))
@example(text="o l v o l vrouw st", where=Where(Region.FLANDERS))
@example(text="11_1", where=Where(Region.FLANDERS))
@example(text="B001", where=Where(Region.BRUSSELS))
def test_every_field_is_total_and_what_is_normal_stays(field: str, text: str, where: Where) -> None:
    normal = normalize(field, text, where)
    assert normalize(field, normal, where) == normal


@given(TEXT)
@example("A (B) - C. (D)_01")
@example("- - - x - ATHUS")
def test_a_street_name_splits_once_and_keeps_its_words(text: str) -> None:
    parts = split_street_name(text)
    assert split_street_name(parts.name).part == ""
    assert split_street_name(parts.name).name == parts.name
    assert bool(parts.name) == bool(text.replace("\x00", " ").strip())


@given(TEXT, TEXT)
def test_questions_about_places_are_total(name: str, code: str) -> None:
    assert find_place(name, code) is None or list_by_postal_code(code)
    assert len(list_municipalities(name)) <= 565
    assert find_municipality(code) is None or len(code) == 5
    assert follow(follow(code)) == follow(code)
    assert all(split_postal_name(one) == (one,) for one in split_postal_name(name))
    assert len(list_languages(code)) <= 2


@pytest.mark.parametrize("region", [Region.FLANDERS, Region.WALLONIA])
def test_what_the_registers_hold_is_normal_once_normalized(region: Region) -> None:
    name = {Region.FLANDERS: "flanders_crab_2014", Region.WALLONIA: "wallonia_icar_2020"}[region]
    with gzip.open(find_shared(f"data/real/{name}.csv.gz"), "rt", encoding="utf-8") as file:
        rows = list(islice(csv.DictReader(file), 0, 400_000, 9))
    assert len(rows) > 40_000
    where = Where(region)
    for row in rows:
        texts = {
            "street_name": row.get("street_name_nl") or row["street_name_fr"],
            "house_number": row["house_number"],
            "box_number": row.get("box_numbers", "").split("|")[0],
            "postal_code": row["post_code"],
        }
        for field, text in texts.items():
            normal = normalize(field, text, where)
            assert normalize(field, normal, where) == normal, (field, text)
            assert normal or not text, (field, text)
