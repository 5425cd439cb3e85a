from __future__ import annotations

import csv
import gzip
from collections import defaultdict

import pytest

from registry.normalization.street_name import (
    StreetNameParts,
    make_street_key,
    split_street_name,
)
from registry.normalization.text import fold
from tests.database.shared_data import find_shared


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        ("Rue de Dampremy (CH)", "Rue de Dampremy", "CH"),
        ("Rue du Wainage(VEL)", "Rue du Wainage", "VEL"),
        ("Chaussée de Tournai(R-C)", "Chaussée de Tournai", "R-C"),
        ("Oostwinkeldorp(OW)", "Oostwinkeldorp", "OW"),
        ("Cardijnplein (kardinaal)", "Cardijnplein", "kardinaal"),
        ("Rue de la Gare, Fal.", "Rue de la Gare", "Fal."),
        ("Avenue du Centenaire,H.-M.", "Avenue du Centenaire", "H.-M."),
        ("Vôye Louis, Lamorménil", "Vôye Louis", "Lamorménil"),
        ("Rue du Panorama - ATHUS", "Rue du Panorama", "ATHUS"),
        ("Rue du Panorama - Athus", "Rue du Panorama", "Athus"),
        ("Acacialaan_", "Acacialaan", ""),
        ("Heide_01", "Heide", "01"),
        ("Kattenberg_BO", "Kattenberg", "BO"),
        ("Rue du Moulin (A) (B)", "Rue du Moulin", "A B"),
        # What stays whole
        ('"La Brise"(Dreef)', '"La Brise"(Dreef)', ""),
        ("Gare (Rue de la)", "Gare (Rue de la)", ""),
        ("(CH)", "(CH)", ""),
        (", Fal.", ", Fal.", ""),
        ("Cité Germinal, Résidence Camélia", "Cité Germinal, Résidence Camélia", ""),
        ("Cité du Repos - Deuxième Rue", "Cité du Repos - Deuxième Rue", ""),
        ("Rue Albert 1, Roi des Belges", "Rue Albert 1, Roi des Belges", ""),
        ("Sint - Jansdreef", "Sint - Jansdreef", ""),
        ("Rue N.-D.-de-la-Salette", "Rue N.-D.-de-la-Salette", ""),
        ("'s Herenhuislaan", "'s Herenhuislaan", ""),
        # Display keeps the register's own typos; NUL bytes and double spaces are no spelling
        ("NIjverheidslaan", "NIjverheidslaan", ""),
        (" Rue\x00 de  Fer ", "Rue de Fer", ""),
        ("", "", ""),
    ],
)
def test_a_street_name_and_the_part_it_carries(text: str, name: str, part: str) -> None:
    assert split_street_name(text) == StreetNameParts(name=name, part=part)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Boulevard Saint-Michel", "Bd St Michel", "BLD ST-MICHEL", "bd. st. michel"),
        ("Avenue Louise", "Av. Louise", "AVE LOUISE"),
        ("Chaussée de Mons", "Chée de Mons", "CHAUSSEE DE MONS"),
        ("Rue du Docteur Schweitzer", "R. du Dr Schweitzer"),
        ("Rue Notre-Dame de Grâces", "R.N.-D. de Grâces"),
        ("Sint-Jansstraat", "St.-Jansstraat", "St Jansstr."),
        ("Brusselsesteenweg", "Brusselsestwg", "BRUSSELSESTW."),
        ("Brusselse Steenweg", "Brusselse stwg"),
        ("Burgemeester Henrylaan", "Burg. Henrylaan", "Burgem. Henrylaan"),
        ("Koningin Astridlaan", "Kon. Astridlaan", "K. Astridlaan"),
        ("Onze-Lieve-Vrouwstraat", "O.-L.-Vrouwestraat", "O.L.V.-straat", "OLV straat"),
        ("Heilig Hartplein", "H. Hartplein"),
        ("Hoveniersplein_", "Hoveniersplein"),
        ("Sankt Vither Straße", "St. Vither Str."),
        ("Bürgermeister Schmetz-Straße", "Bgm. Schmetz-Straße"),
        ("Rue de Dampremy (CH)", "Rue de Dampremy"),
    ],
)
def test_spellings_of_one_street_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({make_street_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rue du Parc", "Rue du Pahy"),
        ("Rue du 11 Novembre", "Rue du Onze Novembre"),  # numbers in words: search knows
        ("Chemin de Wavre", "Ch. de Wavre"),  # ch. may be a chaussée
        ("Rue Albert Ier", "Avenue Albert Ier"),
        ("Cité Germinal, Résidence Camélia", "Cité Germinal, Résidence Karina"),
        ("Molenstraat", "Molenweg"),
    ],
)
def test_different_streets_have_different_keys(one: str, other: str) -> None:
    assert make_street_key(one) != make_street_key(other)


@pytest.mark.parametrize("hamlet", ["Wirtzfeld", "Tonny", "Croix", "'t Hof te Overbeke", "Burg"])
def test_a_hamlet_needs_no_type_of_street(hamlet: str) -> None:
    assert make_street_key(hamlet)
    assert split_street_name(hamlet).name == hamlet


def test_no_two_walloon_streets_become_one_but_by_their_part() -> None:
    path = find_shared("data/real/wallonia_icar_2020.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        streets = {(row[1], row[3]) for row in csv.reader(file)}
    names = defaultdict(set)
    for municipality, name in streets:
        names[municipality, make_street_key(name)].add(name)
    merged = [same for same in names.values() if len(same) > 1]
    assert len(names) > 50_000
    # Told apart by their part, or spelt two ways (Grand Route, Grand'Route).
    unexplained = [
        same
        for same in merged
        if len({split_street_name(one).part for one in same}) < len({fold(one) for one in same})
    ]
    assert unexplained == []
