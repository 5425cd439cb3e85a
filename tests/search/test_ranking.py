"""Search over everything: ids and codes, whole addresses, names, and what went."""

from __future__ import annotations

import pytest

from registry.domain.region import Region
from registry.search.ranking import search
from registry.search.suggestion_answers import Kind, Within
from tests.search.registers import SMALL, index_of

INDEX = index_of(
    SMALL
    + "vlg-46030 | nl=Beveren-Kruibeke-Zwijndrecht\nvlg-90 | 46030 | nl=Polderlaan | 2070 | 1\n"
)


@pytest.mark.parametrize(
    ("text", "kind", "public_id"),
    [
        ("bru-1001", Kind.ADDRESS, "bru-1001"),
        ("BRU-1001", Kind.ADDRESS, "bru-1001"),
        ("https://databrussels.be/id/address/1001/3", Kind.ADDRESS, "bru-1001"),
        ("BE.BRUSSELS.BRIC.ADM.ADDR/1001/3", Kind.ADDRESS, "bru-1001"),
        ("https://data.vlaanderen.be/id/straatnaam/22", Kind.STREET_NAME, "vlg-22"),
        ("vlg-22", Kind.STREET_NAME, "vlg-22"),
        ("geodata.wallonie.be/id/PartOfMunicipality/7/1", Kind.PART_OF_MUNICIPALITY, "wal-7"),
        ("44021", Kind.MUNICIPALITY, "vlg-44021"),
        ("9050", Kind.POSTAL_INFO, "vlg-9050"),
        ("gent", Kind.MUNICIPALITY, "vlg-44021"),
        ("Chênée", Kind.PART_OF_MUNICIPALITY, "wal-7"),
        ("Wetstraat 16, 1000 Brussel", Kind.ADDRESS, "bru-1002"),
        ("rue de la loi 18 bruxelles", Kind.ADDRESS, "bru-1006"),
        ("Onze-Lieve-Vrouwstraat", Kind.STREET_NAME, "vlg-24"),
        ("Kerkstraat, 9050 Gent", Kind.STREET_NAME, "vlg-22"),
    ],
)
def test_best(text: str, kind: Kind, public_id: str) -> None:
    ids = {(one.kind, one.public_id) for one in search(text, INDEX)[:2]}
    assert (kind, public_id) in ids
    if text != "Chênée":  # also a municipality's postal name
        best = search(text, INDEX)[0]
        assert (best.kind, best.public_id) == (kind, public_id)


def test_merged_code_leads_to_its_successor() -> None:
    best = search("11056", INDEX)[0]
    assert (best.public_id, best.is_former) == ("vlg-46030", True)
    assert not search("46030", INDEX)[0].is_former


def test_former_name_and_what_went() -> None:
    assert search("Mariastraat", INDEX)[0].public_id == "vlg-24"
    gone = next(one for one in search("Oude Molenstraat", INDEX) if one.public_id == "vlg-25")
    assert (gone.is_former, gone.successors) == (True, ("vlg-26",))


def test_only_what_matching_says_has_a_score() -> None:
    found = search("Wetstraat 16, 1000 Brussel", INDEX)
    assert found[0].score is not None
    assert found[0].score > 0.9
    assert all(one.score is None for one in found[1:])


@pytest.mark.parametrize("text", ["kerkstraat", "wetstraat 16", "gent", "1000", "rue de l'eglise"])
def test_best_hangs_neither_on_the_limit_nor_on_a_permissive_filter(text: str) -> None:
    whole = search(text, INDEX, limit=50)
    region = Region(whole[0].public_id.partition("-")[0])
    for limit in (1, 2, 5):
        assert search(text, INDEX, limit=limit) == whole[:limit]
    assert search(text, INDEX, within=Within(region=region))[0] == whole[0]
    assert search(text, INDEX, within=Within(kinds=frozenset(Kind)))[0] == whole[0]


@pytest.mark.parametrize(
    "text", ["", " ", "bru-", "bru-99999999999999999999", "12345", "%", "\x00"]
)
def test_nothing_is_found_for_nothing(text: str) -> None:
    assert search(text, INDEX) == []


def test_municipality_of_just_that_name_goes_first_and_one_that_went_is_former() -> None:
    index = index_of(
        "vlg-45068 | nl=Kruisem\npost vlg-9750 | nl=Huise/Ouwegem/Zingem\n"
        "bru-21001 | nl=Anderlecht; fr=Anderlecht\nbru-21004 | nl=Brussel; fr=Bruxelles\n"
        "post bru-1070 | nl=Anderlecht + Brussel; fr=Anderlecht + Bruxelles\n"
        "vlg-1 | 45068 | nl=Kerkstraat | 9750 | 1\nbru-2 | 21001 | nl=Wetstraat | 1070 | 1"
    )
    for text, public_id, is_former in (
        ("Brussel", "bru-21004", False),
        ("Brussels", "bru-21004", False),
        ("Kruisem", "vlg-45068", False),
        ("Zingem", "vlg-45068", True),
    ):
        best = search(text, index)[0]
        assert (best.public_id, best.is_former) == (public_id, is_former)
