from __future__ import annotations

import pytest

from registry.normalization.text import fold


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Rue de l'Église", "rue de l eglise"),
        ("RUE DE L\u2019EGLISE", "rue de l eglise"),
        ("'s Herenhuislaan", "s herenhuislaan"),
        ("\u2019t Hof te Overbeke", "t hof te overbeke"),
        ('"La Brise"(Dreef)', "la brise dreef"),
        ("Chaussée d'Œudeghien", "chaussee d oeudeghien"),
        ("Straße", "strasse"),
        ("Büllingen", "bullingen"),
        ("Ĳzerlaan", "ijzerlaan"),
        ("Rue de Dampremy (CH)", "rue de dampremy ch"),
        ("Sint-Jans_Molenbeek", "sint jans molenbeek"),
        ("Place du 11 Novembre", "place du 11 novembre"),
        ("  two   spaces ", "two spaces"),
        ("", ""),
        ("?!", ""),
        ("Ǽ ǿ", "ae o"),
        ("\uff21\uff22\uff23\u00b2", "abc2"),
    ],
)
def test_a_name_and_its_comparison_key(name: str, key: str) -> None:
    assert fold(name) == key


@pytest.mark.parametrize("text", ["ǽ", "ǿ", "Œ", "ẞ", "İ", "ŉ", "ﬁ", "K", "Å", "\u0345", "ᾳ"])
def test_folding_a_key_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_composed_and_decomposed_accents_are_the_same_name() -> None:
    assert fold("Liège") == fold("Lie\u0300ge")
