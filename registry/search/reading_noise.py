"""What stands around an address: who it is for, boxes at post offices, countries, unseen signs."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from registry.normalization.box_number import WORDS
from registry.normalization.text import fold
from registry.search.answers import LONGEST_TEXT, Question
from registry.search.reading_places import EDGES, SEPARATOR

_HERE = Path(__file__)
TABLE = tomllib.loads(_HERE.with_name("words.toml").read_text(encoding="utf-8"))
_COUNTRIES = tomllib.loads(_HERE.with_name("countries.toml").read_text(encoding="utf-8"))
_BELGIUM = frozenset(TABLE["belgium"])
_FOREIGN = frozenset(_COUNTRIES["foreign"])
_LAST_WORDS = frozenset(name.rpartition(" ")[2] for name in _BELGIUM | _FOREIGN)
_PARTICLES = frozenset(TABLE["particle"])
_MOST_COUNTRY_WORDS = 4


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for folded words as people write them: with dots, spaces and accents."""
    found = sorted(words, key=len, reverse=True)
    return "|".join(r"[\s./]+".join(map(_accept_accents, word.split(" "))) for word in found)


def _accept_accents(word: str) -> str:
    return (
        word.replace("e", "[eéèê]").replace("i", "[iîï]").replace("c", "[cç]").replace("o", "[oô]")
    )


_UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+"
)
_SPACES = re.compile(r" {2,}")
_POST_OFFICE_BOX = re.compile(
    rf"(?<!\w)(?:{any_of(TABLE['post_office_box'])})[\s.:]+(?:n[°ro][\s.]*)?\d+", re.IGNORECASE
)
_CARE_OF = re.compile(
    rf"(?<!\w)(?:{any_of(TABLE['care_of'])})[\s.:]+(?:(?!\s\d{{4}}(?!\w))[^,;\n])*", re.IGNORECASE
)
_PHONE = re.compile(
    rf"(?<![\w/.-])(?:(?:{any_of(TABLE['phone'])})[\s.:]*)?"
    r"(?:(?:\+|00)\d{2}(?:[\s./()-]{0,2}\d){8,10}|0[1-9](?:[\s./-]{0,2}\d){7,8})(?!\w)"
    rf"|(?<!\w)(?:{any_of(TABLE['phone'])})[\s.:]+0\d{{1,3}}[\s./-]?\d{{5,8}}(?!\w)",
    re.IGNORECASE,
)
FLOOR = (
    rf"\d+[\s.]*(?:[eè]r?e?|de|ste|[eéèi]+me)?[\s.]*(?:{any_of(WORDS['floor'])})\b\.?|"
    rf"(?:{any_of(WORDS['floor'])})[\s.]*\d+\b|(?:{any_of(WORDS['ground'])})\b|"
    r"rez[ -]de[ -]chauss[ée]e?"
)
SIDE = rf"(?:\s+(?:{any_of(WORDS['side'])})\b)?"
_TOLD = re.compile(rf"(?:{FLOOR}){SIDE}|(?:{any_of(WORDS['box'])})[\s.:]*\S+", re.IGNORECASE)
_MAY_BE_PHONE = re.compile(r"[0+](?:[\s./()-]{0,2}\d){6}")
_PLACE_WORD = re.compile(rf"(?<!\w)(?:{any_of(TABLE['place'])})(?!\w)\.?", re.IGNORECASE)
_FOREIGN_CODE = re.compile(
    r"(?<!\w)(?:(?:NL|FR?|LU?|DE?|GB|CH|AT?)-\d{4,5}(?!\d)|"
    r"\d{4} ?(?!LA|LE|DE|LO|ON|MY|NY|SA|SD|SS|ST)[A-Z]{2}\s+[^\W\d]{3}"
    r"|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\d{4}\s+(?i:luxembo?urg|l[eë]tzebuerg)$)"
)
_FIVE_DIGITS = re.compile(r"(?<![\w./-])\d{5}\s+[^\W\d]{2}[^\d,;\n]*(?=$|[,;\n])")
_CODE_AT_END = re.compile(r"(?<![\w./-])[1-9]\d{3}\s+[^\W\d][^\d,;\n]*$")
_COUNTRY_CODES = frozenset(("NL", "FR", "DE", "LU", "GB", "UK"))
_COUNTRY_CODE = re.compile(r"[^\W\d]{3}(?:,\s?|\s)..$")
_BETWEEN_NAMES = re.compile(r"\s*[/,;()|-]\s*")


def clean(text: str) -> str:
    """Return text without what nobody sees, its lines apart by one sign, accents in one piece."""
    if not text.isprintable():
        text = _UNSEEN.sub(" ", text.replace("\r", "\n"))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        wide = unicodedata.normalize("NFKC", text)  # one sign may stand for eighteen letters
        text = wide if len(wide) > LONGEST_TEXT else text
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip()


def is_foreign(question: Question) -> bool:
    """Whether a question says or shows that the address is another country's."""
    if question.country:
        names = (question.country, *_BETWEEN_NAMES.split(question.country))
        return not any(fold(name) in _BELGIUM for name in names)
    fields = (question.text, question.municipality)
    if any(text and _find_country(text, _FOREIGN) for text in fields):
        return True
    if not question.text:
        shown = f"{question.postal_code} {question.municipality or 'Xxx'}".strip()
        return bool(question.postal_code) and _shows_foreign_code(shown)
    return _shows_foreign_code(question.text)


def _shows_foreign_code(text: str) -> bool:
    """Whether a text shows a postal code like another country's; five digits where none is ours."""
    if _FOREIGN_CODE.search(text):
        return True
    if text[-2:] in _COUNTRY_CODES and _has_digit(text) and _COUNTRY_CODE.search(text):
        return True
    if _FIVE_DIGITS.search(text) is None:
        return False
    return not _find_country(text, _BELGIUM) and _CODE_AT_END.search(text) is None


def _find_country(text: str, countries: frozenset[str]) -> str:
    """Return the name of a country that a text ends with, "" if it ends with none of these.

    A segment of its own; or the last words, but not behind a small word: Place de Grèce.
    """
    text = text.rstrip(EDGES + ".")
    last = text[text.rfind(" ") + 1 :]
    if fold(last).rpartition(" ")[2] not in _LAST_WORDS:
        return ""
    ending = SEPARATOR.split(text)[-1]
    if len(ending) > 2 and fold(ending) in countries:
        return ending
    words = ending.split(" ")
    for count in range(min(len(words) - 1, _MOST_COUNTRY_WORDS), 0, -1):
        name = " ".join(words[-count:])
        is_name = len(name) > 2 and fold(name) in countries
        if is_name and fold(words[-count - 1]) not in _PARTICLES and _has_digit(text):
            return name
    return ""


def drop_noise(text: str) -> tuple[str, tuple[str, ...]]:
    """Take out post office boxes, who it is for, phones, and our own country at the end."""
    left = []
    patterns = (_POST_OFFICE_BOX, _CARE_OF)
    for pattern in (*patterns, _PHONE) if _MAY_BE_PHONE.search(text) else patterns:
        if match := pattern.search(text):
            begin, end = match.span()
            if pattern is _CARE_OF and not text[:begin].strip(EDGES) and _has_digit(match[0]):
                continue  # all stands behind it: the address too
            left.append(match[0].strip())
            text = f"{text[:begin]},{text[end:]}".strip(EDGES)
    if country := _find_country(text, _BELGIUM):
        text = text.rstrip(EDGES + ".").removesuffix(country).rstrip(EDGES)
    return _PLACE_WORD.sub(_spell_out, text), tuple(left)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _spell_out(match: re.Match[str]) -> str:
    name: str = TABLE["place"][fold(match[0])]
    return name


def is_told(words: str) -> bool:
    """Whether the digits in words are surely no house number: a floor, a flat, a phone."""
    patterns = (_TOLD, _PHONE, _POST_OFFICE_BOX, _CARE_OF)
    return any(pattern.fullmatch(words) for pattern in patterns)


def has_post_office_box(question: Question) -> bool:
    """Whether a question names a box at a post office."""
    texts = (question.text, question.street_name, question.box_number)
    return any(_POST_OFFICE_BOX.search(text) for text in texts if text)
