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
_LONGEST_HOMONYM = 5
_DASH = re.compile(r"\s[-\u2013\u2014](?=\s)")
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


def _find_part(name: str) -> StreetNameParts | None:
    """Return a name in two, if its end is no part of it. No patterns: they took cubic time."""
    if _MAY_CARRY.search(name) is None:
        return None
    if name.endswith(")"):
        head, sign, part = name[:-1].rpartition("(")
        # "La Brise"(Dreef), Gare (rue de la): the street's type belongs to its name.
        is_part = sign and ")" not in part and not _STREET_TYPE.match(part.strip())
        return _split(head, part) if is_part else None
    if "_" in name and (found := _find_homonym(name)):
        return found
    head, sign, part = name.rpartition(",")
    if sign and _is_place(part.strip()) and (found := _split(head, part)):
        return found
    dashes = [*_DASH.finditer(name)]
    if dashes and _is_place(name[dashes[-1].end() :].strip()):
        return _split(name[: dashes[-1].start()], name[dashes[-1].end() :])
    return None


def _find_homonym(name: str) -> StreetNameParts | None:
    head = name.rstrip("_")
    if head != name:
        return _split(head, "")
    head, _, part = name.rpartition("_")
    is_mark = len(part) <= _LONGEST_HOMONYM and part.isalnum()
    return _split(head.rstrip("_"), part) if is_mark else None


def _split(head: str, part: str) -> StreetNameParts | None:
    """Return both, unless no letter and no digit would be left of the name."""
    if not any(letter.isalnum() for letter in head):
        return None
    return StreetNameParts(name=head.rstrip(), part=part.strip())


def split_street_name(text: str) -> StreetNameParts:
    """Split off the part in parentheses, after "_", or after a comma or a dash: `(CH)`, `_01`.

    The name is never empty where the text was not; the part is "" when there is none.
    """
    name, parts = clean_text(text), []
    while (found := _find_part(name)) is not None:
        name = found.name
        parts.append(found.part)
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


def list_long_forms() -> tuple[str, ...]:
    """Return the words that have a short form."""
    return tuple(_SHORT)


@lru_cache(maxsize=4096)
def list_short_forms(begin: str) -> tuple[str, ...]:
    """Return the short forms of the words that begin so, each once: `aven` may become `av`."""
    return tuple({short: None for word, short in _SHORT.items() if word.startswith(begin)})


STEPS = (cut_part, fold, shorten_phrases, shorten_words)


@lru_cache(maxsize=1 << 16)  # names repeat in every address of a street
def make_street_key(text: str) -> str:
    """Return what a street name is compared by: no part, case or accents, abbreviations alike."""
    for step in STEPS:
        text = step(text)
    return text
