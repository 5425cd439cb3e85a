"""What stands around an address: who it is for, boxes at post offices, countries, unseen signs."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from registry.normalization.text import fold
from registry.search.answers import Question
from registry.search.reading_places import EDGES, SEPARATOR

TABLE = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
_BELGIUM = frozenset(TABLE["belgium"])
_FOREIGN = frozenset(TABLE["foreign"])
_LAST_WORDS = frozenset(name.rpartition(" ")[2] for name in _BELGIUM | _FOREIGN)


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
_CARE_OF = re.compile(rf"(?<!\w)(?:{any_of(TABLE['care_of'])})[\s.:]+[^,;\n]*", re.IGNORECASE)
_FOREIGN_CODE = re.compile(
    r"(?<!\w)(?:(?:NL|FR?|LU?|DE?|GB|CH|AT?)-\d{4,5}(?!\d)|\d{5}\s+[^\W\d]{2}|"
    r"\d{4} ?(?!LA|LE|DE|LO|ON|MY|NY|SA|SD|SS)[A-Z]{2}\s+[^\W\d]{3}"
    r"|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b)"
)


def clean(text: str) -> str:
    """Return text without what nobody sees, its lines apart by one sign, accents in one piece."""
    if not text.isprintable():
        text = _UNSEEN.sub(" ", text.replace("\r", "\n"))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip()


def is_foreign(question: Question) -> bool:
    """Whether a question says or shows that the address is another country's."""
    if question.country:
        return fold(question.country) not in _BELGIUM
    if not question.text:
        return (
            bool(question.postal_code)
            and _FOREIGN_CODE.match(f"{question.postal_code} Xxx") is not None
        )
    if _FOREIGN_CODE.search(question.text) is not None:
        return True
    return bool(_find_country(question.text, _FOREIGN))


def _find_country(text: str, countries: frozenset[str]) -> str:
    """Return the name of a country that a text ends with, "" if it ends with none of these."""
    text = text.rstrip(EDGES)
    last = text[text.rfind(" ") + 1 :]
    if fold(last).rpartition(" ")[2] not in _LAST_WORDS:
        return ""
    ending = SEPARATOR.split(text)[-1]
    return next((one for one in (ending, last) if len(one) > 2 and fold(one) in countries), "")


def drop_noise(text: str) -> tuple[str, tuple[str, ...]]:
    """Take out post office boxes, who it is for, and our own country at the end."""
    left = []
    for pattern in (_POST_OFFICE_BOX, _CARE_OF):
        if match := pattern.search(text):
            left.append(match[0].strip())
            text = f"{text[: match.start()]},{text[match.end() :]}".strip(EDGES)
    if country := _find_country(text, _BELGIUM):
        text = text.rstrip(EDGES).removesuffix(country).rstrip(EDGES)
    return text, tuple(left)


def has_post_office_box(question: Question) -> bool:
    """Whether a question names a box at a post office."""
    texts = (question.text, question.street_name, question.box_number)
    return any(_POST_OFFICE_BOX.search(text) for text in texts if text)
