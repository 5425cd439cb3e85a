"""Rules on a value by itself: a house number, a box number, a post code, a name.

Each takes what is published and returns what to say of it, or None when all is well. Pure and
total: the same rules judge a register and a question.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from registry.domain.region import Region
from registry.normalization.box_number import make_box_key
from registry.normalization.house_number import parse_house_number
from registry.normalization.languages import list_languages
from registry.normalization.places import (
    find_municipality,
    follow,
    list_by_postal_code,
    make_place_key,
)
from registry.normalization.street_name import split_street_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A published text and where it stands; `as_of` is when its source was extracted."""

    text: str
    region: Region
    municipality_id: str | None = None
    as_of: date | None = None


ValueRule = Callable[[Value], str | None]

_LONGEST_HOUSE_NUMBER = 11  # 1024A-1026B; BeSt allows 15, and longer ones hold words
_LONGEST_BOX_NUMBER = 35  # of BOSA's own tables
_DAMAGE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\ufffd¿¡„ƒ¤¬¦¨¯±¶\xb8¼¾†‡‰\u2039\u203a]"  # what é and ü turn into
    r"|[^\W\d_]\?[^\W\d_]"  # a letter that was lost: Li?ge
)
_CAPITALS_GONE_WRONG = re.compile(
    r"\b(?!IJ|[IVXLC]{2})[A-ZÀ-Þ]{2}[a-zß-ÿ]{2}"  # NIjverheid, but IJzer and XIIde
    r"|[a-zß-ÿ]{2}[A-ZÀ-Þ][a-zß-ÿ]"
)
_PARTICLE = re.compile(r"(?:d|l)['\u2019]|(?:de|del|den|der|di|du|la|ten|ter|van|von)\s")
_UNTIDY = re.compile(r"^[\s_,;.:/-]|[\s_,;:/-]$|\s\s|[\t\n\xa0]")
_NO_STREET = re.compile(
    r"\b(?:non[ -]?resident|inschrijving op verklaring|inscription sur d[ée]claration"
    r"|zonder (?:vaste )?(?:woonplaats|straat)|sans domicile|onbekend|inconnue?)\b",
    re.IGNORECASE,
)
_SPECIAL_POST_CODES = re.compile(
    "0612|100[5-9]|101[12]|103[135]|104[1345678]|1049|1099|1100|1101|1105|1110|1212|1818|2075"
    "|2099|4075|4099|5010|5012|6075|6099|7010|751[0-3]|9075|9099"
)
"""Given to parliaments, authorities, broadcasters and sorting offices, not to a place."""


def find_encoding_damage(value: Value) -> str | None:
    """Characters that come from reading a text in the wrong encoding: LiÃ¨ge, Li?ge, 2„Et."""
    if _DAMAGE.search(value.text) or _is_utf8_read_as_another(value.text):
        return ascii(value.text)[1:-1] if not value.text.isprintable() else value.text
    return None


def _is_utf8_read_as_another(text: str) -> bool:
    if text.isascii():
        return False
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False


def find_unreadable_house_number(value: Value) -> str | None:
    """A house number that leaves something nobody can read."""
    read = parse_house_number(value.text, value.region)
    if read.rest:
        return f"{value.text}: {read.rest} is not understood"
    return None if read.number is not None or read.bis else value.text or "empty"


def find_box_in_house_number(value: Value) -> str | None:
    """A box number written into the house number."""
    read = parse_house_number(value.text, value.region)
    return f"{value.text}: box {read.box}" if read.box else None


def find_zero_house_number(value: Value) -> str | None:
    """Number 0."""
    return value.text if parse_house_number(value.text, value.region).number == 0 else None


def find_missing_house_number(value: Value) -> str | None:
    """Words for `no number`: zn, z.n., s/n."""
    read = parse_house_number(value.text, value.region)
    return value.text if read.number is None and read.bis == "ZN" else None


def find_long_house_number(value: Value) -> str | None:
    """More characters than a house number can have."""
    return value.text if len(value.text) > _LONGEST_HOUSE_NUMBER else None


def find_wide_range(value: Value) -> str | None:
    """A range over hundreds of numbers: an error of typing."""
    read = parse_house_number(value.text, value.region)
    if read.number is None or read.last is None:
        return None
    return value.text if read.last.number - read.number > 200 else None


def find_unreadable_box_number(value: Value) -> str | None:
    """A box number without letter or digit, or longer than one can be."""
    text = value.text.strip()
    has_sign = any(unicodedata.category(c)[0] in "LN" for c in text)
    if has_sign and len(text) <= _LONGEST_BOX_NUMBER and make_box_key(text, value.region):
        return None
    return value.text or "empty"


def find_misshapen_post_code(value: Value) -> str | None:
    """A post code that is not four digits."""
    return None if re.fullmatch("[0-9]{4}", value.text) else value.text


def find_special_post_code(value: Value) -> str | None:
    """A post code of an authority, not of a place."""
    return value.text if _SPECIAL_POST_CODES.fullmatch(value.text) else None


def find_foreign_post_code(value: Value) -> str | None:
    """A post code that the municipality does not have."""
    if find_misshapen_post_code(value) or find_special_post_code(value):
        return None
    own = find_municipality(follow(value.municipality_id or ""))
    if own is None or value.text in own.postal_codes:
        return None
    names = ", ".join(
        next(iter(other.names.values()), other.nis_code)
        for other in list_by_postal_code(value.text)
    )
    return f"{value.text} belongs to {names or 'no municipality'}"


def find_untidy_name(value: Value) -> str | None:
    """Spaces or signs that belong to no name: before it, behind it, doubled inside."""
    return f"'{value.text}'" if _UNTIDY.search(value.text) else None


def find_lower_case_name(value: Value) -> str | None:
    """A small letter that begins a name, but de Lannoystraat: `eerstandstraat` lost its first."""
    if not value.text[:1].islower() or _PARTICLE.match(value.text):
        return None
    return value.text


def find_broken_capitals(value: Value) -> str | None:
    """Capitals inside a word: NIjverheidslaan."""
    return value.text if _CAPITALS_GONE_WRONG.search(value.text) else None


def find_shouted_name(value: Value) -> str | None:
    """A name all in capitals."""
    letters = [c for c in value.text if c.isalpha()]
    return value.text if len(letters) > 3 and value.text.isupper() else None


def find_part_in_name(value: Value) -> str | None:
    """The part of the municipality, or what tells homonyms apart, written into the name."""
    part = split_street_name(value.text).part
    return f"{value.text}: {part}" if part else None


def find_no_street(value: Value) -> str | None:
    """An entry of the population register that is no street."""
    return value.text if _NO_STREET.search(value.text) else None


def find_missing_language(value: Value) -> str | None:
    """Text: the languages that a street name has. The first language of its place must be there.

    In Brussels both; elsewhere a second language is not asked for.
    """
    wanted = list_languages(value.municipality_id or "")
    needed = wanted if value.region is Region.BRUSSELS else wanted[:1]
    missing = [language for language in needed if language not in value.text.split()]
    return f"no name in {' and '.join(missing)}" if missing else None


def find_unknown_municipality_name(value: Value) -> str | None:
    """A name that is not one of the municipality with this code; or a code nobody knows."""
    known = find_municipality(value.municipality_id or "")
    if known is None:
        return f"{value.text}: no municipality has the code {value.municipality_id}"
    keys = {make_place_key(name) for name in known.own_names}
    return None if make_place_key(value.text) in keys else f"{value.text}, not {known.own_names[0]}"


def find_gone_municipality(value: Value) -> str | None:
    """Text: a NIS code that had gone when the file was made."""
    known = find_municipality(value.text)
    if known is None or known.valid_to is None or (value.as_of and value.as_of < known.valid_to):
        return None
    return f"{value.text} went into {follow(value.text)} on {known.valid_to}"


_DAMAGE_RULE: Mapping[str, ValueRule] = {"encodingDamage": find_encoding_damage}

HOUSE_NUMBER_RULES: Mapping[str, ValueRule] = {
    "houseNumberUnreadable": find_unreadable_house_number,
    "houseNumberZero": find_zero_house_number,
    "houseNumberMissing": find_missing_house_number,
    "houseNumberTooLong": find_long_house_number,
    "houseNumberRangeTooWide": find_wide_range,
    "boxInHouseNumber": find_box_in_house_number,
    **_DAMAGE_RULE,
}
BOX_NUMBER_RULES: Mapping[str, ValueRule] = {
    "boxNumberUnreadable": find_unreadable_box_number,
    **_DAMAGE_RULE,
}
POST_CODE_RULES: Mapping[str, ValueRule] = {
    "postCodeMisshapen": find_misshapen_post_code,
    "postCodeSpecial": find_special_post_code,
    "postCodeForeign": find_foreign_post_code,
}
STREET_NAME_RULES: Mapping[str, ValueRule] = {
    "streetNameUntidy": find_untidy_name,
    "streetNameLowerCase": find_lower_case_name,
    "streetNameBrokenCapitals": find_broken_capitals,
    "streetNameAllCapitals": find_shouted_name,
    "streetNameWithPart": find_part_in_name,
    "streetNameOfNoStreet": find_no_street,
    **_DAMAGE_RULE,
}
MUNICIPALITY_NAME_RULES: Mapping[str, ValueRule] = {
    "municipalityNameUnknown": find_unknown_municipality_name,
    **_DAMAGE_RULE,
}
OTHER_NAME_RULES: Mapping[str, ValueRule] = _DAMAGE_RULE
LANGUAGES_RULES: Mapping[str, ValueRule] = {"streetNameLanguageMissing": find_missing_language}
MUNICIPALITY_CODE_RULES: Mapping[str, ValueRule] = {"municipalityGone": find_gone_municipality}


def judge(rules: Mapping[str, ValueRule], value: Value) -> list[tuple[str, str]]:
    """Return (rule, detail) of each rule that rings."""
    found = ((rule, find(value)) for rule, find in rules.items())
    return [(rule, detail) for rule, detail in found if detail is not None]
