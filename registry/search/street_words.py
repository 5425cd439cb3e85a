"""Words of street names, and what it costs to make one name of another, word by word."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from rapidfuzz.distance import OSA

_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
_TYPES = frozenset(_WORDS["street_type"])
_PARTICLES = frozenset(_WORDS["particle"])
_ENDS = tuple(_WORDS["street_end"])
NOTHING_TOLD = frozenset(_WORDS["nothing_told"])
"""Beginnings of names, glued, that tell no street yet."""

_NO_DIGITS = re.compile(r"\D+")
EDIT = 100
"""Points of an edit of a name, the measure of all others."""
_TYPE_LEFT_OUT, _TYPE_CHANGED = 50, 80
_PARTICLE, _INITIAL, _SHORTENED, _FIRST_NAME, _WORD = 10, 15, 25, 45, 310


def have_same_digits(asked: str, known: str) -> bool:
    """Whether a name has no other digits than were asked: Dreef C23 is no misspelled Dreef."""
    digits = _NO_DIGITS.sub("", asked)
    return not digits or digits == _NO_DIGITS.sub("", known)


def is_telling(word: str) -> bool:
    """Whether a word tells a street: neither its type nor a particle."""
    return word not in _PARTICLES and word not in _TYPES


def cut_type(word: str) -> str:
    """Return a word without the end that says the type of street: `kerkstr` is `kerk`."""
    if word.endswith(_ENDS):
        for end in _ENDS:
            if word.endswith(end) and len(word) > len(end) + 1:
                return word.removesuffix(end)
    return word


def compare_words(asked: Sequence[str], known: Sequence[str]) -> int:
    """Return what it costs to make one name of another, word by word and in order."""
    row = [0]
    for word in known:
        row.append(row[-1] + _cost_of_missing(word, is_last=word is known[-1]))
    for word in asked:
        above, row = row, [row[0] + _cost_of_missing(word, is_last=True)]
        for b, other in enumerate(known):
            row.append(
                min(
                    above[b] + _cost_of_change(word, other),
                    above[b + 1] + _cost_of_missing(word, is_last=True),
                    row[b] + _cost_of_missing(other, is_last=b == len(known) - 1),
                )
            )
    return row[-1]


def _cost_of_missing(word: str, *, is_last: bool) -> int:
    if word in _PARTICLES:
        return _PARTICLE
    if word in _TYPES:
        return _TYPE_LEFT_OUT
    return _WORD if is_last else _FIRST_NAME


def _cost_of_change(asked: str, known: str) -> int:
    if asked == known:
        return 0
    if asked in _TYPES and known in _TYPES:
        return _TYPE_CHANGED
    if known.startswith(asked):
        return _INITIAL if len(asked) == 1 else _SHORTENED if len(asked) > 2 else _WORD
    stems = cut_type(asked), cut_type(known)
    if stems[0] == stems[1]:
        return _TYPE_LEFT_OUT if asked in stems else _TYPE_CHANGED
    edits = OSA.distance(asked, known)
    return edits * EDIT if 3 * edits < len(known) else 2 * _WORD
