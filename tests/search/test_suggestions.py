"""Suggestions while somebody types: stages, spellings, order, filters, nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.region import Region
from registry.search.index import Standing
from registry.search.suggestion_answers import Kind, Near, Within
from registry.search.suggestion_numbers import Target
from registry.search.suggestions import make_suggestion, suggest
from tests.search.registers import SMALL, index_of

if TYPE_CHECKING:
    from registry.search.suggestion_answers import Suggestion

INDEX = index_of(SMALL)


def ask(text: str, **asked: object) -> list[Suggestion]:
    return list(suggest(text, INDEX, **asked).suggestions)  # type: ignore[arg-type]


def ids(text: str, **asked: object) -> list[str]:
    return [one.public_id for one in ask(text, **asked)]


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("wetst", "bru-10"),
        ("rue de la loi", "bru-10"),
        ("RUE DE LA LOI", "bru-10"),
        ("loi", "bru-10"),
        ("rue loi", "bru-10"),
        ("wetstraat bruss", "bru-10"),
        ("1000 wet", "bru-10"),
        ("1000 bruxelles loi", "bru-10"),
        ("brux loi", "bru-10"),
        ("loi br", "bru-10"),
        ("boul st mich", "bru-11"),
        ("bd saint-michel", "bru-11"),
        ("boulevar", "bru-11"),
        ("Clematis weg", "bru-12"),
        ("clematisw", "bru-12"),
        ("av louis ber", "bru-13"),
        ("kerkstra gent", "vlg-22"),
        ("kerkstr ge", "vlg-22"),
        ("kerks ge", "vlg-22"),
        ("kerk gent", "vlg-22"),
        ("gentbrugge kerk", "vlg-22"),
        ("2150 k", "vlg-21"),
        ("st pietersnieuw", "vlg-23"),
        ("sint-pietersnieuwstr", "vlg-23"),
        ("onze li", "vlg-24"),
        ("onze lieve vrouwestr", "vlg-24"),
        ("olv", "vlg-24"),
        ("koningin eli", "vlg-27"),
        ("kon elis", "vlg-27"),
        ("rue de l'eglise chaud", "wal-33"),
        ("rue eglise chenee", "wal-31"),
        ("place saint-la", "wal-34"),
        ("18 juin", "wal-35"),
        ("rue du 18 j", "wal-35"),
        ("rue du 18 juin 1815", "wal-35"),
        ("klosterstr", "wal-36"),
        ("klosterstraße eup", "wal-36"),
        ("Rue du Wainage(VEL)", "wal-30"),
        ("wainage", "wal-30"),
        ("clemattisweg", "bru-12"),
        ("kerkstraet gent", "vlg-22"),
        ("boulvard saint-michel", "bru-11"),
        ("klostrestra", "wal-36"),
        ("rue du dix-huit juin", "wal-35"),
        ("rue du XVIII juin", "wal-35"),
        ("rue du dix-h", "wal-35"),
        ("kerkstraat gnet", "vlg-22"),
        ("gnet kerkst", "vlg-22"),
        ("kerkstraat antwepen", "vlg-20"),
    ],
)
def test_street_is_found_as_people_write_it(text: str, street: str) -> None:
    assert street in ids(text)[:5]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("gent", "vlg-44021"),
        ("gand", "vlg-44021"),
        ("fourons", "vlg-73109"),
        ("luik", "wal-62063"),
        ("schaar", "bru-21015"),
        ("9050", "vlg-9050"),
        ("gentbr", "vlg-9050"),
    ],
)
def test_place_is_found_by_name_and_code(text: str, first: str) -> None:
    assert ids(text)[0] == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("wetstraat 16", "Wetstraat 16, 1000 Brussel"),
        ("16 rue de la loi", "Wetstraat 16, 1000 Brussel"),
        ("1000 brussel, wetstraat 18", "Wetstraat 18, 1000 Brussel"),
        ("wetstraat 18 brussel", "Wetstraat 18, 1000 Brussel"),
        ("kerkstraat 1 gent", "Kerkstraat 1, 9050 Gent"),
        ("kerkstraat gent 10b", "Kerkstraat 10bis, 9050 Gent"),
        ("kerkstraat 9 2018", "Kerkstraat 9_1, 2018 Antwerpen"),
        ("wetstraat 16 bus 2", "Wetstraat 16 bus b002, 1000 Brussel"),
        ("wetstraat 16 bte 1", "Wetstraat 16 bus b001, 1000 Brussel"),
        ("wetstraat 16, 1000 brussel bus rd", "Wetstraat 16 bus RDC, 1000 Brussel"),
        ("rue du 18 juin 1815 18", "Rue du 18 Juin 1815 18, 4000 Liège"),
        ("klosterstrasse 29a", "Klosterstraße 29A, 4700 Eupen"),
        ("wetstr 16 brusel", "Wetstraat 16, 1000 Brussel"),
        ("kerkstr 10 gnet", "Kerkstraat 10, 9050 Gent"),
        ("rue du dix-huit juin 2 liège", "Rue du 18 Juin 1815 2, 4000 Liège"),
        ("rue du 18 juin 2", "Rue du 18 Juin 1815 2, 4000 Liège"),
        ("kerkstraat,GE 12", "Kerkstraat 12, 9050 Gent"),
    ],
)
def test_number_and_box(text: str, first: str) -> None:
    found = next(one for one in ask(text) if one.kind is Kind.ADDRESS)
    assert first in found.labels.values()


def test_stages_follow_each_other() -> None:
    place = ask("gen")[0]
    assert place.completions["nl"] == "Gent "
    street = next(one for one in ask(place.completions["nl"] + "kerk"))
    assert (street.completions["nl"], street.has_more) == ("Kerkstraat, 9050 Gent ", True)
    numbers = [one.labels["nl"] for one in ask(street.completions["nl"])]
    assert numbers == [
        "Kerkstraat, 9050 Gent",
        *(f"Kerkstraat {number}, 9050 Gent" for number in (1, 2, 3, 10, "10bis", 12)),
    ]
    building = ask("wetstraat 16")[0]
    assert building.completions == {
        "fr": "Rue de la Loi 16, 1000 Bruxelles bte ",
        "nl": "Wetstraat 16, 1000 Brussel bus ",
    }
    boxes = [one.labels["fr"] for one in ask(building.completions["fr"])][:3]
    assert boxes == [
        f"Rue de la Loi 16 bte {box}, 1000 Bruxelles" for box in ("b001", "b002", "RDC")
    ]


def test_numbers_come_in_natural_order_and_by_their_beginning() -> None:
    found = [one.labels["nl"].partition(",")[0] for one in ask("kerkstraat 1 gent")]
    assert found == ["Kerkstraat 1", "Kerkstraat"]
    found = [one.labels["nl"].partition(",")[0] for one in ask("kerkstraat, 9050 gent 1")]
    assert found == [f"Kerkstraat {number}" for number in (1, 10, "10bis", 12)]


def test_labels_are_in_all_languages_of_the_place_and_never_mixed() -> None:
    assert ask("wetstraat 14")[0].labels == {
        "fr": "Rue de la Loi 14, 1000 Bruxelles",
        "nl": "Wetstraat 14, 1000 Brussel",
    }
    assert ask("la planck")[0].labels == {
        "nl": "De Plank, 3790 Voeren",
        "fr": "La Planck, 3790 Fourons",
    }


def test_line_names_its_place_in_another_language_rather_than_not() -> None:
    german = index_of("wal-63023 | fr=Eupen\nwal-1 | 63023 | de=Klosterstraße | 4700 | 12")
    for text, label in (
        ("kloster", "Klosterstraße, 4700 Eupen"),
        ("klosterstr 12", "Klosterstraße 12, 4700 Eupen"),
    ):
        assert suggest(text, german).suggestions[0].labels == {"de": label}


def test_former_names_come_behind_and_gone_streets_too() -> None:
    assert ids("dorps") == ["vlg-21"]
    assert ids("mariast") == ["vlg-24"]
    assert ids("molenstr") == ["vlg-26", "vlg-25"]
    assert ids("wetstraat")[0] == "bru-10"


def test_filters_obey_and_keep_the_order() -> None:
    everywhere = ids("kerkstraat")
    assert ids("kerkstraat", within=Within(municipalities=frozenset({"44021"}))) == ["vlg-22"]
    assert ids("kerkstraat", within=Within(region=Region.WALLONIA)) == []
    coded = Within(postal_codes=frozenset({"2018", "9050"}))
    assert ids("kerkstraat", within=coded) == [one for one in everywhere if one != "vlg-21"]
    kinds = Within(kinds=frozenset({Kind.ADDRESS}))
    assert all(one.kind is Kind.ADDRESS for one in ask("kerkstraat 1", within=kinds))
    assert ask("kerkstraat 1", within=kinds)


def test_code_that_went_filters_by_its_successor() -> None:
    merged = index_of(
        "vlg-46030 | nl=Beveren-Kruibeke-Zwijndrecht\npost vlg-2070 | nl=Zwijndrecht\n"
        "vlg-1 | 46030 | nl=Kerkstraat | 2070 | 1"
    )
    within = Within(municipalities=frozenset({"11056"}))
    assert [one.public_id for one in suggest("kerk", merged, within=within).suggestions] == [
        "vlg-1"
    ]


def test_the_nearest_goes_first() -> None:
    streets = {one.public_id: one.position for one in ask("kerkstraat")}
    for street, position in streets.items():
        assert position is not None
        assert ids("kerkstraat", near=Near(x=position[0], y=position[1]))[0] == street
    x, y = streets["vlg-22"] or (0, 0)
    assert ids("12", near=Near(x=x, y=y))[0] == "vlg-2206"


def test_limit_only_cuts() -> None:
    for text in ("k", "kerkstraat", "kerkstraat 1", "1000 ", "rue"):
        whole = ids(text, limit=50)
        assert [ids(text, limit=limit) for limit in range(6)] == [whole[:n] for n in range(6)]


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ",", "'", "%_", "' or 1=1 --", "(.*)+$", "\x00", "٣", "🏠", "שלום", "½"),
        *("a\u0301" * 500, "1 " * 400, "kerk " * 400),
        *("9000", "0", "bus", "12 bus", "-", "12-", "12/", "n°", "st "),
    ],
)
def test_any_text_is_answered(text: str) -> None:
    assert len(ask(text)) <= 10


LINES = [
    (f"{name}{middle}{place}", INDEX.streets.public_ids[s])
    for s in range(len(INDEX.streets.public_ids))
    for language, name in (
        ("nl", INDEX.streets.names_nl[s]),
        ("fr", INDEX.streets.names_fr[s]),
        ("de", INDEX.streets.names_de[s]),
    )
    if name and INDEX.streets.standings[s] == 0
    for place in [INDEX.municipalities[INDEX.streets.municipalities[s]].names.get(language)]
    if place
    for middle in (" ", ", ")
]


@given(line=st.sampled_from(LINES))
@settings(deadline=None, max_examples=len(LINES), derandomize=True)
def test_typing_on_never_loses_a_street(line: tuple[str, str]) -> None:
    text, street = line
    was_there = False
    for end in range(1, len(text) + 1):
        is_there = street in ids(text[:end])[:5]
        assert is_there or not was_there, text[:end]
        was_there = is_there
    assert was_there


ADDRESSES = [
    (line, a)
    for a, standing in enumerate(INDEX.addresses.standings)
    if standing < Standing.RETIRED
    for one in [make_suggestion(INDEX, Target(Kind.ADDRESS, a))]
    for line in dict.fromkeys((*one.labels.values(), *one.completions.values()))
]


@pytest.mark.parametrize(("line", "a"), ADDRESSES)
def test_typing_its_label_never_loses_an_address(line: str, a: int) -> None:
    s, found, was_there = INDEX.addresses.streets[a], ask(line), False
    for end in range(1, len(line) + 1):
        found = ask(line[:end])[:5]
        is_there = any(s == find_street(one) for one in found)
        assert is_there or not was_there, line[:end]
        was_there = is_there
    house = INDEX.numbers.house_labels[INDEX.addresses.house_labels[a]]
    lines = [label for one in found for label in one.labels.values()]
    assert any(f" {house}" in label for label in lines) or not any(map(str.isdigit, house))


def find_street(one: Suggestion) -> int:
    return INDEX.addresses.streets[one.number] if one.kind is Kind.ADDRESS else one.number


@pytest.mark.parametrize(
    "text", ["kerkstraat 25 b", "kerkstraat 25 bu", "kerkstraat 25, bus", "kerkstraat 25 ap"]
)
def test_begun_box_word_keeps_the_building(text: str) -> None:
    assert ask(text)[0].labels["nl"].startswith("Kerkstraat 25")
