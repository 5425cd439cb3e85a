"""House numbers: how they sort (2, 9A, 10, 10 bis, 11_1, 100) and what they say."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from registry.domain.region import Region

_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
_BOX_SEPARATOR = "\x01"  # below every printable character: 16 comes before 16A, its boxes between


def _pad(match: re.Match[str]) -> str:
    """Write a run of digits so that text order is number order, whatever its length."""
    digits = match[0].lstrip("0") or "0"
    return f"{len(digits):02d}{digits}"


def make_number_key(text: str) -> str:
    """Return the sort key of one house or box number; equal for 10A and 10 a."""
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0") or "0"
        return f"{len(digits):02d}{digits}"
    return _DIGITS.sub(_pad, _SPACE.sub("", text).upper())


def make_sort_key(house_number: str, box_number: str | None) -> str:
    """Return the sort key of an address within its street."""
    if not box_number:
        return make_number_key(house_number)
    return f"{make_number_key(house_number)}{_BOX_SEPARATOR}{make_number_key(box_number)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseNumberEnd:
    """The last number of a range: 14A of 10-14A."""

    number: int
    bis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseNumber:
    """What a house number says; `str()` gives it back exactly as published.

    `bis` is upper case: A of 10A, BIS of 10 bis, 1 of 11_1; without a number it is all there is:
    A12 of a plot, ZN of a house that has none. `last` is there for a range only. `box` is what the
    region's rule says is a box number written behind it. `rest` is what nobody could read.
    """

    text: str
    number: int | None = None
    bis: str = ""
    last: HouseNumberEnd | None = None
    box: str | None = None
    rest: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def key(self) -> str:
        """Comparison key without the box: equal for 10A, 10 a, 010A; 11_1 is not 111.

        What was not understood to its end is compared as written.
        """
        if self.rest:
            return _squeeze(self.text)
        first = _write_end(self.number, self.bis)
        last = self.last and f"-{_write_end(self.last.number, self.last.bis)}"
        return f"{first}{last or ''}"


def _squeeze(text: str) -> str:
    if not text.isascii():
        # Not what is a number of its own: 1½ is not 11, nor 1² the twelfth house.
        groups = groupby(text, key=lambda letter: unicodedata.category(letter) == "No")
        parts = [(is_kept, "".join(letters)) for is_kept, letters in groups]
        text = "".join(t if is_kept else unicodedata.normalize("NFKC", t) for is_kept, t in parts)
    return " ".join(text.upper().split())


def _write_end(number: int | None, bis: str) -> str:
    underscore = "_" if number is not None and bis[:1].isdigit() else ""
    return f"{'' if number is None else number}{underscore}{bis}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _RangeRule:
    """Marks that may stand between the ends, and from which first number a slash is one."""

    marks: str
    slash_from: int


# Flanders reads every separator as a range when the numbers rise. Elsewhere a space is none, and
# a slash is one from 10 on. ICAR 2020 has 119 rising slashes: 34 from 10 on, none with a sibling
# in its street, so ranges (30/32); 85 under 10, 77 of them with siblings, so boxes (8/16, 8/17).
_RANGES = {
    Region.FLANDERS: _RangeRule(marks="-\N{EN DASH}+& /", slash_from=0),
    Region.BRUSSELS: _RangeRule(marks="-\N{EN DASH}+&/", slash_from=10),
    Region.WALLONIA: _RangeRule(marks="-\N{EN DASH}+&/", slash_from=10),
}

_WORDS_BEFORE = re.compile(
    r"^(?:(?:NAAST|BIJ)\s+)?(?:NUMMER|NUMERO|NUM\N{LATIN CAPITAL LETTER E WITH ACUTE}RO|NR|NO|"
    r"N[.\N{DEGREE SIGN}])[.:\s]*(?=[0-9])"
)
_NUMBER = re.compile(r"\s*0*([0-9]{1,15})(?![0-9])\s*")
_NONE = re.compile(r"\s*(?:Z\.? ?N\.?|S\.? ?N\.?|Z/N|S/N|ZONDER (?:NUMMER|NR\.?))\s*$")
_PLOT = re.compile(r"\s*([A-Z]{1,2}) ?0*([0-9]{0,4})(?:_+0*([0-9]*))?\s*$")
_LETTERS = r"BIS|TER|QUATER|QUINQUIES|[A-Z]{1,2}"
_RANGE = re.compile(
    rf"(?:(?P<sign> *[-\N{{EN DASH}}/+&] *| +)|"
    rf" (?:T/M|TOT|TO|\N{{LATIN CAPITAL LETTER A WITH GRAVE}}|AU|BIS) )"
    rf"0*(?P<last>[0-9]{{1,15}}) ?(?P<bis>{_LETTERS})?$"
)
_LETTER_RANGE = re.compile(r"\s*[-\N{EN DASH}]\s*([A-Z])$")
_UNDERSCORE = re.compile(r"_+0*([0-9]*)([A-Z]{0,2})(?![0-9A-Z_])")
_INDEX = re.compile(r"([A-Z])(0[0-9]*|[0-9]{3})$")
_BIS = re.compile(rf"\s*({_LETTERS})((?:[1-9][0-9]?)?)(?![0-9A-Z])")
_BOX_WORD = re.compile(
    r"[\s,/-]*(?:(?:BUS|BTE|BOITE|BO\N{LATIN CAPITAL LETTER I WITH CIRCUMFLEX}TE|BOX|APP?T?)[.:\s]*"
    r"(?=[0-9A-Z])|(?<=\s)B[.\s]*(?=[0-9])|(?=(?:RDC|RCH|REZ|GLVL?)\b))(.+)$"
)
_BOX = re.compile(r"\s*(?:[-/.,]\s*|\s(?=[0-9]))([0-9A-Z][0-9A-Z/.-]{0,9})$")


def _drop_words_before(read: HouseNumber, _region: Region) -> HouseNumber:
    """Drop what says that a number comes: naast nr. 30 is 30."""
    return replace(read, rest=_WORDS_BEFORE.sub("", read.rest))


def _read_number(read: HouseNumber, _region: Region) -> HouseNumber:
    """010A begins with 10."""
    match = _NUMBER.match(read.rest)
    if match is None:
        return read
    # The space stays: whether 10 12 is a range depends on it.
    return replace(read, number=int(match[1]), rest=read.rest[match.end(1) :])


def _read_name(read: HouseNumber, _region: Region) -> HouseNumber:
    """ZN has no number; A12 is a plot, a caravan: not the twelfth house of the street."""
    if read.number is not None:
        return read
    if _NONE.match(read.rest):
        return replace(read, bis="ZN", rest="")
    if match := _PLOT.match(read.rest):
        bis = f"{match[1]}{match[2]}" + (f"_{match[3]}" if match[3] else "")
        return replace(read, bis=bis, rest="")
    return read


def _read_range(read: HouseNumber, region: Region) -> HouseNumber:
    """10-14, 10/14, 10+14, 10 tot 14; 10A-10C; what falls (30-2) is no range."""
    match = _RANGE.match(read.rest)
    if match is None or read.number is None:
        return _read_letter_range(read)
    last = HouseNumberEnd(number=int(match["last"]), bis=match["bis"] or "")
    rises = (last.number, last.bis) > (read.number, read.bis)
    if not rises or not _is_range_sign(match["sign"], read.number, _RANGES[region]):
        return read
    return replace(read, last=last, rest="")


def _is_range_sign(sign: str | None, first: int, rule: _RangeRule) -> bool:
    if sign is None:  # a word: tot, t/m
        return True
    mark = sign.strip() or " "
    return mark in rule.marks and (mark != "/" or first >= rule.slash_from)


def _read_letter_range(read: HouseNumber) -> HouseNumber:
    """10A-C is 10A to 10C."""
    match = _LETTER_RANGE.match(read.rest)
    if match is None or read.number is None or len(read.bis) != 1 or match[1] <= read.bis:
        return read
    return replace(read, last=HouseNumberEnd(number=read.number, bis=match[1]), rest="")


def _read_underscore(read: HouseNumber, _region: Region) -> HouseNumber:
    """11_1 is the Flemish numeric bis number: one house number, no box; 419_ adds nothing."""
    match = _UNDERSCORE.match(read.rest)
    if match is None or read.number is None:
        return read
    digits = match[1] or ("0" if "0" in match[0] else "")
    added = f"{digits}{match[2]}"
    joined = f"{read.bis}_{added}" if read.bis and added else read.bis or added
    return replace(read, bis=joined, rest=read.rest[match.end() :])


def _read_index(read: HouseNumber, _region: Region) -> HouseNumber:
    """1A000 is 1A and 32C001 is 32C box 001: the four characters of the National Register."""
    match = _INDEX.match(read.rest)
    if match is None or read.number is None:
        return read
    return replace(read, bis=match[1], box=match[2] if match[2].strip("0") else None, rest="")


def _read_bis(read: HouseNumber, _region: Region) -> HouseNumber:
    """10A, 10 a, 10 bis, 7A1."""
    match = _BIS.match(read.rest)
    if match is None or read.number is None or read.bis or read.last:
        return read
    return replace(read, bis=f"{match[1]}{match[2]}", rest=read.rest[match.end() :])


def _read_box_word(read: HouseNumber, _region: Region) -> HouseNumber:
    """28BTE1 is 28 box 1."""
    match = _BOX_WORD.match(read.rest)
    if match is None or read.number is None or read.box:
        return read
    return replace(read, box=match[1].strip(), rest="")


def _read_box(read: HouseNumber, _region: Region) -> HouseNumber:
    """30-b is 30 box B, 54/12 is 54 box 12: what a separator says when it is no range."""
    match = _BOX.match(read.rest)
    if match is None or read.number is None or read.box:
        return read
    return replace(read, box=match[1].strip(), rest="")


# The order matters: a range before a bis part (10 bis 14 is German), a box word before two letters.
STEPS = (
    _drop_words_before,
    _read_number,
    _read_name,
    _read_range,
    _read_underscore,
    _read_box_word,
    _read_index,
    _read_bis,
    _read_underscore,
    _read_range,
    _read_box_word,
    _read_box,
)


@lru_cache(maxsize=65_536)
def parse_house_number(text: str, region: Region) -> HouseNumber:
    """Return what a house number says by the rules of its region; total on any text."""
    read = HouseNumber(text=text, rest=_squeeze(text))
    for step in STEPS:
        if not read.rest:
            break
        read = step(read, region)
    return replace(read, rest=read.rest.strip())
