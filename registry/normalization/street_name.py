"""Street names: the part of a municipality that a name carries, and the key names are compared by.

Display keeps the name as published, typos of the register included; only the key is cut,
folded and spelled out, the same for data and for questions.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from registry.normalization.places import list_municipalities
from registry.normalization.text import fold

_SPACE = re.compile(r"[\s\x00]+")
_HOMONYM = re.compile(r"(?P<name>.*[^\W_].*?)_+(?P<part>[^\W_]{0,5})_*")
_PARENTHESIS = re.compile(r"(?P<name>.*\w.*?)\s*\((?P<part>[^()]*)\)")
_COMMA = re.compile(r"(?P<name>.*\w.*?)\s*,\s*(?P<part>[^,]*)")
_DASH = re.compile(r"(?P<name>.*\w.*?)\s+[-\u2013\u2014]\s+(?P<part>(?:(?!\s[-\u2013\u2014]\s).)*)")
_MAY_CARRY = re.compile(r"[_,)]|\s[-\u2013\u2014]\s")
_SHORTENED = re.compile(r"(?:[^\W\d_]{1,4}\.[ -]?)+|[^a-z\d]*[A-Z][^a-z\d]+")
_STREET_TYPE = re.compile(
    r"rue|avenue|chauss|chemin|place|boulevard|clos|all[ée]e|impasse|square|quai|sentier|route"
    r"|dreef|straat|laan|weg|steenweg|plein|lei|pad|hof|stra(?:ß|ss)e|platz",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetNameParts:
    """A street name without, and the part of the municipality or homonym mark it carried."""

    name: str
    part: str


def clean_text(text: str) -> str:
    """Return text without NUL bytes, and with single spaces between words only."""
    return _SPACE.sub(" ", text).strip()


def _is_place(tail: str) -> bool:
    """Whether what follows a comma or a dash names a place: short for one, or one by its name.

    `Rue de la Gare, Fal.` and `Rue du Panorama - ATHUS` are; `Cité Germinal, Résidence Camélia`
    is a street of its own, and so is `Cité du Repos - Deuxième Rue`.
    """
    return _SHORTENED.fullmatch(tail) is not None or bool(list_municipalities(tail))


def _find_part(name: str) -> re.Match[str] | None:
    if _MAY_CARRY.search(name) is None:
        return None
    if name.endswith(")"):
        match = _PARENTHESIS.fullmatch(name)
        # "La Brise"(Dreef), Gare (rue de la): the street's type belongs to its name.
        return None if match is None or _STREET_TYPE.match(match["part"].strip()) else match
    if "_" in name and (match := _HOMONYM.fullmatch(name)):
        return match
    for shape in (_COMMA, _DASH):
        if (match := shape.fullmatch(name)) and _is_place(match["part"]):
            return match
    return None


def split_street_name(text: str) -> StreetNameParts:
    """Split off the part in parentheses, after "_", or after a comma or a dash: `(CH)`, `_01`.

    The name is never empty where the text was not; the part is "" when there is none.
    """
    name, parts = clean_text(text), []
    while (match := _find_part(name)) is not None:
        name = match["name"].rstrip()
        parts.append(match["part"].strip())
    return StreetNameParts(name=name, part=" ".join(part for part in reversed(parts) if part))


def cut_part(text: str) -> str:
    """Return a street name without the part it carries."""
    return split_street_name(text).name


_ABBREVIATIONS = {
    "all": "allee",
    "av": "ave avenue",
    "bd": "bld blvd boul boulevard bvd",
    "burg": "bgm bgmestre bourgm bourgmestre burgem burgemeester burgermeister",
    "card": "cardinal kard kardinaal",
    "cdt": "commandant",
    "chee": "chaussee chs chss",
    "chem": "chemin",
    "col": "colonel kol kolonel",
    "dr": "docteur doctor dokter doktor",
    "fg": "faubourg",
    "gebr": "gebroeders",
    "gen": "general generaal",
    "imp": "impasse",
    "jhr": "jonkheer",
    "kan": "chanoine kanunnik",
    "kon": "koning koningin koninklijke",
    "lt": "lieutenant luit luitenant",
    "mgr": "monseigneur",
    "past": "pastoor",
    "pl": "place",
    "pres": "president",
    "prof": "professeur professor",
    "quart": "quartier",
    "r": "rue",
    "res": "residence",
    "rte": "route",
    "sent": "sentier",
    "sgt": "sergent",
    "sq": "square",
    "st": "saint sankt sint",
    "ste": "sainte",
    "sts": "saints",
    "stwg": "steenw steenweg stw",
}
"""The short form of folded words that people and registers abbreviate, in every language.

Words are shortened, not spelled out: `St` is Saint, Sint or Sankt, `Kon.` Koning or Koningin, and
`Burg`, `Kan` and `Prés` are names too. `ch` is a chemin or a chaussée, and stays.
"""
_SHORT = {word: short for short, words in _ABBREVIATIONS.items() for word in words.split()}

_PHRASES = (
    (re.compile(r"\b(?:(?:onze lieve |o ?l )vrouwe?|o l v\b|olv\b) ?"), "olv "),
    (re.compile(r"\bheilige? (?=hart|geest|sacrament|sakrament|kruis)"), "h "),
    (re.compile(r"\b(?:notre dame|n d(?= d(?:e|u|es)?\b))"), "nd"),
    (re.compile(r"\bk (?=astrid|elisabeth|fabiola|albert|boudewijn|leopold)"), "kon "),
    (re.compile(r"(?:straat|strasse)\b"), "str"),
    (re.compile(r"(?<=\w)(?:steenweg|stw)\b"), "stwg"),
    (re.compile(r"(?<=\w{3})ln$"), "laan"),
)


def shorten_phrases(name: str) -> str:
    """Return a folded name with phrases and word ends in one form: `o l vrouwstraat`, `olv str`."""
    for phrase, short in _PHRASES:
        name = phrase.sub(short, name)
    return name.strip()


def shorten_words(name: str) -> str:
    """Return a folded name with one form for each word people abbreviate: `bd st michel`."""
    return " ".join([_SHORT.get(word, word) for word in name.split(" ")])


STEPS = (cut_part, fold, shorten_phrases, shorten_words)


@lru_cache(maxsize=1 << 16)  # names repeat in every address of a street
def make_street_key(text: str) -> str:
    """Return what a street name is compared by: no part, case or accents, abbreviations alike."""
    for step in STEPS:
        text = step(text)
    return text
