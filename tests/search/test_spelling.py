"""Street keys by spelling: nothing within the edits is missed, and nothing else is found."""

from __future__ import annotations

import random

import pytest
from rapidfuzz.distance import OSA

from registry.search.spelling import Spelling

KEYS = sorted(
    f"{kind} {name}{end}"
    for kind in ("r de la", "av du", "sint", "oude")
    for name in ("gare", "garde", "kerk", "krek", "molen", "moelen", "18 juin", "aß")
    for end in ("", " str", "laan", " 01")
)
SPELLING = Spelling.make(KEYS)
GLUED = [key.replace(" ", "") for key in KEYS]


def find_all(word: str, most_edits: int) -> list[tuple[int, int]]:
    near = [(OSA.distance(word, key), k) for k, key in enumerate(GLUED)]
    return [(k, distance) for distance, k in sorted(near) if distance <= most_edits]


def spoil(word: str, draw: random.Random) -> str:
    place = draw.randrange(len(word))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    spoilt = (
        f"{before}{after}",
        f"{before}{draw.choice('aeklrß1')}{letter}{after}",
        f"{before}{draw.choice('aeklr1')}{after}",
        f"{before}{after[:1]}{letter}{after[1:]}",
    )
    return draw.choice(spoilt)


@pytest.mark.parametrize("most_edits", [1, 2])
def test_all_within_the_edits_are_found_and_no_others(most_edits: int) -> None:
    draw = random.Random(6)  # noqa: S311 - no secret
    for _ in range(300):
        word = draw.choice(GLUED)
        for _ in range(draw.randrange(4)):
            word = spoil(word, draw) or "a"
        assert SPELLING.find(word, most_edits) == find_all(word, most_edits)


def test_split_and_glued_words_differ_by_nothing() -> None:
    k = KEYS.index("sint molen str")

    assert SPELLING.find("sintmolenstr")[0] == (k, 0)
    assert SPELLING.find("sint mo lenstr")[0] == (k, 0)


def test_among_given_keys_only_these_are_looked_at() -> None:
    garde, gare, kerk = map(KEYS.index, ("av du garde", "av du gare", "av du kerk"))

    assert SPELLING.find_among("av du gard", [kerk, gare, garde], 2) == [(garde, 1), (gare, 1)]


@pytest.mark.parametrize("length", [1, 3, 5, 8, 11, 13, 16])
def test_all_that_begin_so_but_for_one_edit_are_found_once(length: int) -> None:
    draw = random.Random(length)  # noqa: S311 - no secret
    for _ in range(100):
        word = spoil(draw.choice(GLUED)[:length], draw) or "a"
        found = [(k, edits) for ks, edits in SPELLING.find_prefix(word) for k in ks]
        around = range(max(len(word) - 1, 0), len(word) + 2)
        expected = {
            (k, 0 if key.startswith(word) else 1)
            for k, key in enumerate(GLUED)
            if min(OSA.distance(word, key[:end]) for end in around) <= 1
        }
        assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("word", ["", " ", "x" * 10_000, "ﷺ" * 50, "\U0010ffff"])
def test_what_is_like_nothing_finds_nothing_far(word: str) -> None:
    for most_edits in (1, 2):
        assert SPELLING.find(word, most_edits) == find_all(word.strip(), most_edits)
    SPELLING.find_prefix(word)
