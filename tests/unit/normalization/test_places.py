from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import date

import pytest

from registry.domain.mergers import list_mergers
from registry.domain.region import Region
from registry.normalization.places import (
    find_municipality,
    find_place,
    follow,
    list_by_postal_code,
    list_current,
    list_municipalities,
    make_place_key,
    normalize_municipality,
    split_postal_name,
)
from tests.database.shared_data import find_shared


def list_codes(name: str) -> list[str]:
    return [municipality.nis_code for municipality in list_municipalities(name)]


def test_the_municipalities_of_today_by_region() -> None:
    counts = Counter(municipality.region for municipality in list_current())
    assert counts == {Region.FLANDERS: 285, Region.WALLONIA: 261, Region.BRUSSELS: 19}


def test_every_one_of_today_has_a_name_and_a_postal_code() -> None:
    assert [m.nis_code for m in list_current() if not m.names or not m.postal_codes] == []


def test_codes_names_and_postal_codes_are_those_of_statbel_and_bpost() -> None:
    folder = find_shared("data/reference")
    told = json.loads((folder / "municipalities.json").read_text(encoding="utf-8"))
    assert {m.nis_code for m in list_current()} == {one["id"] for one in told}
    pairs = json.loads((folder / "postal-codes.json").read_text(encoding="utf-8"))
    for pair in pairs:
        covered = {one.nis_code for one in list_by_postal_code(pair["postalCode"])}
        assert pair["municipality"] in covered
    for one in told:
        for name in one["name"].values():
            assert one["id"] in list_codes(name) or name == "Zwalin"  # misspelt there


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Antwerp", ["11002"]),
        ("Anvers", ["11002"]),
        ("LIEGE", ["62063"]),
        ("Luik", ["62063"]),
        ("Lüttich", ["62063"]),
        ("Courtrai", ["34022"]),
        ("St. Vith", ["63067"]),
        ("Saint-Nicolas", ["46021", "62093"]),
        ("Deurne", ["11002", "24020"]),  # parts
        ("Aalst", ["41002", "71053"]),  # its own name first, then a part of Sint-Truiden
        ("Borsbeek", ["11002"]),  # went into Antwerp in 2025
        ("Bertogne", ["82039"]),
        ("Liège 1", ["62063"]),
        ("Nergenshuizen", []),
        ("", []),
    ],
)
def test_a_name_and_the_municipalities_it_means(name: str, codes: list[str]) -> None:
    assert list_codes(name) == codes


@pytest.mark.parametrize(
    ("name", "postal_code", "code"),
    [
        ("Deurne", "2100", "11002"),
        ("Deurne", "3290", "24020"),
        ("Aalst", "3800", "71053"),
        ("Aalst", None, "41002"),
        ("Elsene", "1050", "21009"),
        ("Bruxelles", "1050", "21004"),
        ("Bruxelles", "1180", "21016"),
        ("Laeken", "1020", "21004"),
        ("Boekhout/GINGELOM/Jeuk/Vorsen", "3890", "71017"),
        ("Anderlecht + Bruxelles (Rue de la Rosée)", "1070", None),
        ("CHENEE (CHAUDFONTAINE)", "4032", "62063"),
        ("Gent", "2000", None),
        ("Gent", "0612", None),
        ("Deurne", None, None),
    ],
)
def test_a_name_and_a_postal_code_mean_one_municipality_or_none(
    name: str, postal_code: str | None, code: str | None
) -> None:
    found = find_place(name, postal_code)
    assert (found and found.nis_code) == code


def test_postal_codes_that_several_municipalities_share() -> None:
    shared = {
        code: {one.nis_code for one in list_by_postal_code(code)}
        for code in ("1030", "1040", "1050", "1070")
    }
    assert shared == {
        "1030": {"21004", "21015"},
        "1040": {"21004", "21005"},
        "1050": {"21004", "21009"},
        "1070": {"21001", "21004"},
    }
    assert list_by_postal_code("9999") == ()


def test_every_code_that_went_is_known_with_its_end_and_successor() -> None:
    for merger in list_mergers():
        gone = find_municipality(merger.old)
        assert gone is not None
        assert gone.names
        assert (gone.valid_to, gone.successor) == (merger.happened_at.date(), merger.new)
        assert gone.region is merger.region
        assert follow(merger.old) in {one.nis_code for one in list_current()}


def test_validity_follows_the_mergers() -> None:
    bastogne = find_municipality("82039")
    assert bastogne is not None
    assert (bastogne.valid_from, bastogne.valid_to) == (date(2024, 12, 2), None)
    assert (follow("82003"), follow("82005"), follow("82039")) == ("82039",) * 3
    assert follow("11007") == "11002"
    assert follow("99999") == "99999"


def test_the_flemish_codes_begin_when_their_service_says() -> None:
    with find_shared("data/reference/nis_code_validity_flanders.csv").open() as file:
        begins = {row["nis_code"]: row["valid_from"] for row in csv.DictReader(file)}
    for municipality in list_current():
        begin = begins.get(municipality.nis_code)
        if begin:
            assert municipality.valid_from == date.fromisoformat(begin)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Boekhout/GINGELOM/Jeuk", ("Boekhout", "GINGELOM", "Jeuk")),
        (
            "Anderlecht + Bruxelles (Rue de la Rosée)",
            ("Anderlecht", "Bruxelles", "Rue de la Rosée"),
        ),
        ("Aalst (Limb.)/Brustem", ("Aalst", "Brustem")),
        ("» Antwerpen «/Ekeren (Antwerpen)", ("Antwerpen", "Ekeren")),
        ("", ()),
    ],
)
def test_a_postal_name_is_several_places(text: str, names: tuple[str, ...]) -> None:
    assert split_postal_name(text) == names


@pytest.mark.parametrize(
    ("text", "postal_code", "code"),
    [
        ("82003", None, "82039"),
        ("https://data.vlaanderen.be/id/gemeente/11002", None, "11002"),
        ("21019 (Woluwe-Saint-Pierre)", None, "21019"),
        ("Namen", None, "92094"),
        ("Deurne", "2100", "11002"),
        (" Nergenshuizen ", None, "Nergenshuizen"),
    ],
)
def test_a_municipality_in_any_writing(text: str, postal_code: str | None, code: str) -> None:
    assert normalize_municipality(text, postal_code) == code


def test_saints_of_every_language_are_one() -> None:
    names = ("Saint-Vith", "Sankt Vith", "Sint-Vith", "St. Vith", "ST-VITH")
    assert {make_place_key(name) for name in names} == {"st vith"}


def test_every_walloon_row_of_2020_finds_its_municipality() -> None:
    path = find_shared("data/real/wallonia_icar_2020.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        next(file)
        pairs = {(row[1], row[0]) for row in csv.reader(file)}
    assert len(pairs) > 500
    assert [pair for pair in pairs if find_place(*pair) is None] == []
