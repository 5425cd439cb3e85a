"""Who a link is about: a person, enterprise, establishment unit or vehicle, read and checked.

A number is checked before it is keyed: a reference of a mistyped number would never be found again
and nobody could see why. Refusals carry a code and never the text that was refused.

Numbers that can belong to nobody (`is_synthetic`) are the only ones that demonstrations, tests and
this repository use; docs/links/synthetic-people.md says why nobody can have them:

* persons: month field 93 to 99. The National Register writes months 00 to 12; bis numbers add 20
  or 40. A third or fourth step would be 60 to 72 or 80 to 92, so not even that reaches 93.
* enterprises: 0 0.. ...: the CBE numbers upwards from 0 190 000 000, where VAT numbers began.
* establishment units: 8 9.. ...: the CBE numbers upwards from 2 000 000 000.
* vehicles: index 0 before three letters and three digits; the index of a plate is 1 to 9.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class SubjectType(StrEnum):
    """What a subject is."""

    PERSON = "person"
    ENTERPRISE = "enterprise"
    ESTABLISHMENT = "establishment"
    VEHICLE = "vehicle"


class SubjectRefused(Exception):
    """No number of its kind; `code` says which check failed, nothing says what was read."""

    def __init__(self, code: str) -> None:
        """Keep the code alone."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Subject:
    """A number that passed its checks: digits alone, or a plate without separators."""

    type: SubjectType
    value: str

    @property
    def canonical(self) -> str:
        """The one spelling that is keyed."""
        return f"{self.type}:{self.value}"

    @property
    def is_synthetic(self) -> bool:
        """Whether it can belong to nobody."""
        return is_synthetic(self.type, self.value)


def read_subject(subject_type: str, text: str) -> Subject:
    """Return the subject that `text` writes, with or without its usual separators."""
    return Subject(type=SubjectType(subject_type), value=read_value(subject_type, text))


def read_value(subject_type: str, text: str) -> str:
    """Return the canonical number of a subject; SubjectRefused when it is none."""
    reader = _READERS.get(subject_type)
    if reader is None:
        raise SubjectRefused("subject_type_unknown")
    return reader(text)


def is_synthetic(subject_type: str, value: str) -> bool:
    """Whether a canonical number is of the range that can belong to nobody."""
    if subject_type == SubjectType.PERSON:
        return value[2:4] >= "93"
    return _SYNTHETIC[subject_type].match(value) is not None


def make_person_check(first_nine: str, *, since_2000: bool) -> str:
    """Return the two check digits of a national number; from 2000 on a 2 is put in front."""
    return f"{97 - int(f'2{first_nine}' if since_2000 else first_nine) % 97:02}"


def make_enterprise_check(first_eight: str) -> str:
    """Return the two check digits of an enterprise or establishment unit number."""
    return f"{97 - int(first_eight) % 97:02}"


_LONGEST = 20
_SEPARATORS = str.maketrans("", "", " .-/")
_SYNTHETIC = {
    "enterprise": re.compile("00"),
    "establishment": re.compile("89"),
    "vehicle": re.compile("0[A-Z]{3}[0-9]{3}$"),
}
_PLATE = re.compile("(?=.*[A-Z])[0-9A-Z]{1,9}")
_MONTHS = frozenset(
    f"{month:02}" for start in (0, 20, 40) for month in range(start, start + 13)
) | {f"{month:02}" for month in range(93, 100)}


def _read_digits(text: str, length: int) -> str:
    # Whoever copies from a form brings separators; anything else is another number or an attack.
    if len(text) != length:
        text = text.translate(_SEPARATORS) if len(text) <= _LONGEST else ""
    if len(text) != length or not (text.isascii() and text.isdigit()):
        raise SubjectRefused("subject_malformed")
    return text


def _read_person(text: str) -> str:
    value = _read_digits(text, 11)
    first, check = int(value[:9]), int(value[9:])
    if 97 - first % 97 != check and 97 - (first + 2_000_000_000) % 97 != check:
        raise SubjectRefused("subject_check_digits")
    if value[2:4] not in _MONTHS:
        raise SubjectRefused("subject_month")
    return value


def _read_enterprise(text: str) -> str:
    text = text.removeprefix("BE").lstrip(" ") if len(text) <= _LONGEST else ""
    digits = text.translate(_SEPARATORS)
    value = _read_digits(f"0{digits}" if len(digits) == 9 else digits, 10)
    return _check_enterprise(value, "01")


def _read_establishment(text: str) -> str:
    return _check_enterprise(_read_digits(text, 10), "2345678")


def _check_enterprise(value: str, first_digits: str) -> str:
    if value[0] not in first_digits or not int(value):
        raise SubjectRefused("subject_malformed")
    if (int(value[:8]) + int(value[8:])) % 97:
        raise SubjectRefused("subject_check_digits")
    return value


def _read_plate(text: str) -> str:
    # Lower case is how people type; str.upper on other alphabets would make Latin of some letters.
    if len(text) > _LONGEST or not text.isascii():
        raise SubjectRefused("subject_malformed")
    value = text.translate(_SEPARATORS).upper()
    if _PLATE.fullmatch(value) is None:
        raise SubjectRefused("subject_malformed")
    return value


_READERS: dict[str, Callable[[str], str]] = {
    SubjectType.PERSON: _read_person,
    SubjectType.ENTERPRISE: _read_enterprise,
    SubjectType.ESTABLISHMENT: _read_establishment,
    SubjectType.VEHICLE: _read_plate,
}
