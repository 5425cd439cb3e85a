from __future__ import annotations

import json

import numpy as np
import pytest

from geo.crs import Crs
from geo.pipelines import HELMERT
from geo.projection import Projection
from registry.normalization.languages import list_languages, normalize_language
from registry.normalization.places import list_current
from registry.normalization.position import (
    FALSE_POINTS,
    drop_missing,
    is_false_point,
    is_missing,
)
from registry.normalization.post_code import normalize_post_code
from registry.normalization.status import normalize_status
from tests.database.shared_data import find_shared


@pytest.mark.parametrize(
    ("code", "languages"),
    [
        ("21004", ("fr", "nl")),
        ("11002", ("nl",)),
        ("23098", ("nl", "fr")),  # Drogenbos
        ("73109", ("nl", "fr")),  # Voeren
        ("62063", ("fr",)),
        ("63023", ("de", "fr")),  # Eupen
        ("63049", ("fr", "de")),  # Malmedy
        ("57096", ("fr", "nl")),  # Mouscron
        ("54007", ("fr", "nl")),  # Mouscron before 2019
        ("99999", ()),
        ("", ()),
    ],
)
def test_the_languages_of_streets_by_municipality(code: str, languages: tuple[str, ...]) -> None:
    assert list_languages(code) == languages


def test_27_municipalities_have_facilities_and_9_speak_german() -> None:
    languages = [list_languages(m.nis_code) for m in list_current() if m.region != "bru"]
    # Law of 18 July 1966: 12 in Flanders, 4 French- and 2 besides 9 German-speaking in Wallonia.
    assert sum(len(of_one) == 2 for of_one in languages) == 12 + 4 + 2 + 9
    assert sum(of_one[0] == "de" for of_one in languages) == 9


@pytest.mark.parametrize(
    ("text", "code"),
    [("NL", "nl"), ("fr-BE", "fr"), ("Français", "fr"), ("dut", "nl"), ("de", "de"), ("wa", "wa")],
)
def test_a_language_in_any_spelling(text: str, code: str) -> None:
    assert normalize_language(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1000", "1000"),
        ("1000 ", "1000"),
        ("B-1000", "1000"),
        ("BE 1000", "1000"),
        ("b1000", "1000"),
        ("1000.0", "1000"),
        ("1000\x00", "1000"),
        ("0612", "0612"),
        ("1077CZ", None),
        ("612", None),
        ("10000", None),
        ("F-59000", None),
        ("1000 Bruxelles", None),
        ("\u0661\u0660\u0660\u0660", None),
        ("", None),
    ],
)
def test_a_post_code_is_four_digits(text: str, code: str | None) -> None:
    assert normalize_post_code(text) == code


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("InGebruik", "current"),
        ("inGebruik", "current"),
        ("in gebruik", "current"),
        ("Voorgesteld", "proposed"),
        ("Gehistoreerd", "retired"),
        ("Afgekeurd", "retired"),
        ("archived", "retired"),
        ("rejected", "retired"),
        ("CURRENT", "current"),
        ("reserved", "reserved"),
        ("https://data.vlaanderen.be/id/concept/adresstatus/inGebruik", "current"),
        (" alternative ", "alternative"),
        ("", ""),
    ],
)
def test_a_status_in_best_words_or_as_met(text: str, word: str) -> None:
    assert normalize_status(text) == word


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0 0", ""),
        ("0.00000 0.00000", ""),
        ("49.29391 2.30550", ""),
        ("2.30669 49.29334", ""),
        ("nan nan", ""),
        (" 149743.26  170639.2 ", "149743.26 170639.2"),
        ("50.84616 4.36653", "50.84616 4.36653"),
        ("0 170639.2", "0 170639.2"),
        ("149743,26 170639,2", "149743,26 170639,2"),
        ("", ""),
    ],
)
def test_a_missing_position_is_none(text: str, kept: str) -> None:
    assert drop_missing(text) == kept


def test_zero_zero_of_lambert_72_is_a_false_point_when_reprojected() -> None:
    projection = Projection(HELMERT)
    x, y = projection.to_canonical(np.zeros(1), np.zeros(1), Crs.LAMBERT_72)
    longitude, latitude = projection.from_canonical(x, y, Crs.WGS84)
    assert is_false_point(float(latitude[0]), float(longitude[0]))
    assert all(is_false_point(*point) for point in FALSE_POINTS)
    assert not is_false_point(49.4, 2.5)


def test_positions_of_2026_that_are_false_points() -> None:
    path = find_shared("data/cases/address_lines_2026.jsonl")
    points = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    pairs = [(point["lat"], point["lon"]) for point in points if point.get("lat") is not None]
    foreign = [pair for pair in pairs if pair[0] < 49.4 or pair[1] < 2.5]
    assert foreign
    assert [pair for pair in pairs if is_false_point(*pair)] == foreign


def test_zero_is_missing_only_as_a_pair() -> None:
    assert is_missing(0, 0)
    assert is_missing(float("nan"), 1)
    assert not is_missing(0, 1)
