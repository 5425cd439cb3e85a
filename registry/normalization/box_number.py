"""Box numbers as they match: b001 is 1, RDC is glvl, 2eET is 2e verdieping."""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from registry.domain.region import Region
from registry.normalization.text import fold

_TABLE: Final[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("box_conventions.toml").read_text(encoding="utf-8")
)
WORDS: Final[dict[str, Any]] = _TABLE["words"]
GROUND, FLOOR = "rdc", "et"  # the two words a key may hold: 2et, rdc
_PASSES = 8  # 00B7 is B7 is box 7: until a pass changes nothing, so a key is its own key

_SIDES: Final[dict[str, str]] = WORDS["side"]
_CONVENTIONS: Final[dict[str, dict[str, Any]]] = {
    code: convention for convention in _TABLE["convention"] for code in convention["codes"]
}


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_LETTER = r"[^\W\d_]"
_WORD = re.compile(f"{_LETTER}+")
_BLOCK_WORD_SIDE = re.compile(
    rf"(?P<block>[a-z]?)(?:(?P<box>{_any_of(WORDS['box'])})|(?P<ground>{_any_of(WORDS['ground'])})"
    rf"|(?P<floor>{_any_of(WORDS['floor'])}))(?P<side>{_any_of([*_SIDES, 'ar', 'av', '[a-z]'])})?"
)
_PLAIN_WORDS: Final[dict[str, str]] = (
    dict.fromkeys(WORDS["box"], " ")
    | dict.fromkeys(WORDS["ground"], GROUND)
    | dict.fromkeys(WORDS["floor"], FLOOR)
    | {word: side for word, side in _SIDES.items() if len(word) > 2}  # li and re only glued: glre
)

# Damage of the files: é written in one code page and read in another (2„Et, 1¿tg of ICAR).
_DAMAGE = ((re.compile("\N{DOUBLE LOW-9 QUOTATION MARK}"), "é"), (re.compile("¿(?=t)"), "é"))
_E_BEFORE_FLOOR = re.compile(r"(?<=[0-9])é ?(?=[eé]t)")
_E_IS_FLOOR = re.compile(r"(?<=[0-9])é(?!t)")
_GROUND_IN_WORDS = re.compile(r"\br ch?\b|\brez de ch\w*")
_ORDINAL = re.compile(
    rf"(?<=[0-9]) ?(?:{_any_of(WORDS['ordinal'])})"
    rf"(?= {_LETTER}|(?:{_any_of(WORDS['floor'])}|[lrv]{{1,2}})(?!{_LETTER}))"
)
_O_FOR_ZERO = re.compile(r"(?:(?<=[0-9])|(?<=^[a-z]))o+(?=[0-9])|(?<=0)o+(?= [0-9])|o{2,}$")
_PADDING_BEHIND = re.compile(rf"(?<={_LETTER})0+$")
_PADDING_INSIDE = re.compile(rf"(?<={_LETTER})0+(?={_LETTER})")
_PADDING_BEFORE = re.compile(rf"(?<![0-9])0+(?={_LETTER}|[0-9])")
_FLOOR_FIRST = re.compile(rf"(?<![^\W_])(?<![0-9] ){FLOOR} ?([0-9]+)")
_JOINT = re.compile(r"(?<=[a-z]) (?=[1-9])|(?<=[1-9]) (?=[a-z])|(?<=[0-9]0) (?=[a-z])")


def _read_floor_accents(text: str) -> str:
    """3é is a third floor, 2„Et is 2e ét: before folding takes the accents away."""
    text = unicodedata.normalize("NFC", text).casefold()
    for damage, letter in _DAMAGE:
        text = damage.sub(letter, text)
    return _E_IS_FLOOR.sub(FLOOR, _E_BEFORE_FLOOR.sub("", text))


def _write_zeros(text: str) -> str:
    """BOO2 is B002, 0O.3 is 0.3: the letter O typed for zero."""
    return _O_FOR_ZERO.sub(lambda match: "0" * len(match[0]), text)


def _join_ground_words(text: str) -> str:
    """R/C and rez-de-chaussée are one word."""
    return _GROUND_IN_WORDS.sub(GROUND, text)


def _drop_ordinals(text: str) -> str:
    """2e verd is 2 verd, 3eET is 3ET."""
    return _ORDINAL.sub(" ", text)


def _spell_words(text: str) -> str:
    """Write every word for box, ground floor, floor and side in its one form."""
    return " ".join(_WORD.sub(_spell_word, text).split())


def _spell_word(match: re.Match[str]) -> str:
    word = match[0]
    if (plain := _PLAIN_WORDS.get(word)) is not None:
        return plain
    parts = _BLOCK_WORD_SIDE.fullmatch(word)  # ABU01, GVLR, rezG, BteA
    if parts is None:
        return word
    form = " " if parts["box"] else GROUND if parts["ground"] else FLOOR
    side = parts["side"] or ""
    return " ".join(filter(None, (parts["block"], form.strip(), _SIDES.get(side, side)))) or " "


def _drop_padding(text: str) -> str:
    """0001 is 1, A000 is A, 0RCH is RCH: the register's four characters filled up with zeros."""
    text = _PADDING_INSIDE.sub(" ", _PADDING_BEHIND.sub("", text))
    return _PADDING_BEFORE.sub("", text)


def _put_number_first(text: str) -> str:
    """Et 2 is 2et."""
    return " ".join(_FLOOR_FIRST.sub(rf"\1{FLOOR} ", text).split())


def read_first_letter(text: str, meanings: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    """B001 is box 1 where B stands for box, V2 a second floor where V stands for verdieping."""
    for letter, meaning in meanings:
        text = letter.sub(meaning, text)
    return text


def _join_parts(text: str) -> str:
    """A 1 is A1; 1 1 and 1/1 are 1.1, never 11."""
    return _JOINT.sub("", text).replace(" ", ".")


SPELLING = (
    _read_floor_accents,
    fold,
    _write_zeros,
    _join_ground_words,
    _drop_ordinals,
    _spell_words,
)
SHAPE = (_drop_padding, _put_number_first, _join_parts)


def make_box_key(text: str, region: Region, municipality_id: str | None = None) -> str:
    """Return what a box number is matched by, "" for no box; its identity stays the published text.

    Lower case; numbers without leading zeros, parts of one kind apart by a dot, ground floor `rdc`,
    floor `2et`. Region and municipality (NIS code) decide what a first letter means: B001 is 1 in
    Brussels and Flanders, b1 in Wallonia and where box_conventions.toml says so.
    """
    if not text:
        return ""
    return _make_key(text, municipality_id if municipality_id in _CONVENTIONS else region)


@lru_cache(maxsize=65_536)
def _make_key(text: str, place: str) -> str:
    key = _rewrite(text, place)
    for _ in range(_PASSES):
        before, key = key, _rewrite(key, place)
        if key == before:
            break
    return key


def _rewrite(text: str, place: str) -> str:
    read = text
    for step in SPELLING:
        read = step(read)
    if not read:  # only signs (+, ++++): as published, or a mere word: bus
        return fold(text) or " ".join(text.split())
    read = read_first_letter(read, _list_meanings(place))
    for step in SHAPE:
        read = step(read)
    same: dict[str, str] = _CONVENTIONS.get(place, {}).get("same", {})
    return same.get(read, read)


@cache
def _list_meanings(place: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what a first letter means in a region, or in a municipality of the table."""
    regional: dict[str, str] = _TABLE["leading"].get(place, _TABLE["leading"][Region.FLANDERS])
    meanings = _CONVENTIONS.get(place, {}).get("leading", regional)
    return tuple((re.compile(f"^{letter}"), meaning) for letter, meaning in meanings.items())
