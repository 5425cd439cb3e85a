"""Municipalities, their names in every language, their postal codes, and the codes that went.

The table is read when the first question is asked, never on import: the register starts without.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from registry.domain.mergers import Merger, list_mergers
from registry.domain.region import Region
from registry.normalization.text import fold

_TABLE = Path(__file__).with_name("places.txt")
_BRUSSELS_CITY = "21004"


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """A municipality by its NIS code. Validity is half-open; None is open, or told by no source.

    `names` by language (nl, fr, de), `exonyms` are its other names, `parts` the names of its
    sub-municipalities and of its postal zones. `successor` is the code it went into, if it did.
    """

    nis_code: str
    region: Region
    names: Mapping[str, str]
    exonyms: tuple[str, ...]
    postal_codes: tuple[str, ...]
    parts: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    successor: str | None

    @property
    def own_names(self) -> tuple[str, ...]:
        """Every name of the municipality itself."""
        return *self.names.values(), *self.exonyms


@cache
def _read_mergers() -> dict[str, Merger]:
    return {merger.old: merger for merger in list_mergers()}


def _make_municipality(line: str) -> Municipality:
    code, region, begin, nl, fr, de, exonyms, postal_codes, parts = line.split("|")
    merger = _read_mergers().get(code)
    names = {"nl": nl, "fr": fr, "de": de}
    return Municipality(
        nis_code=code,
        region=Region(region),
        names=MappingProxyType({language: name for language, name in names.items() if name}),
        exonyms=tuple(exonyms.split("; ")) if exonyms else (),
        postal_codes=tuple(postal_codes.split()),
        parts=tuple(parts.split("; ")) if parts else (),
        valid_from=date.fromisoformat(begin) if begin else None,
        valid_to=merger.happened_at.date() if merger else None,
        successor=merger.new if merger else None,
    )


@cache
def _read_table() -> dict[str, Municipality]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    municipalities = map(_make_municipality, (line for line in lines if not line.startswith("#")))
    return {municipality.nis_code: municipality for municipality in municipalities}


def list_current() -> tuple[Municipality, ...]:
    """Return the municipalities of today, by NIS code."""
    return tuple(one for one in _read_table().values() if one.successor is None)


def list_gone() -> tuple[Municipality, ...]:
    """Return the municipalities that went since 2019, by NIS code."""
    return tuple(one for one in _read_table().values() if one.successor is not None)


def find_municipality(nis_code: str) -> Municipality | None:
    """Return the municipality of a NIS code, of today or gone since 2019."""
    return _read_table().get(nis_code)


def follow(nis_code: str) -> str:
    """Return the NIS code that a code went into, today; itself when it did not go."""
    mergers = _read_mergers()
    while (merger := mergers.get(nis_code)) is not None:
        nis_code = merger.new
    return nis_code


@cache
def _index_postal_codes() -> dict[str, tuple[Municipality, ...]]:
    index: dict[str, tuple[Municipality, ...]] = {}
    for municipality in list_current():
        for code in municipality.postal_codes:
            index[code] = (*index.get(code, ()), municipality)
    return index


def list_by_postal_code(code: str) -> tuple[Municipality, ...]:
    """Return the municipalities of today that a postal code covers: mostly one, or none known."""
    return _index_postal_codes().get(code, ())


_SAINTS = {"saint": "st", "sint": "st", "sankt": "st", "sainte": "ste"}


def shorten_saints(name: str) -> str:
    """Return a folded name with one word for Saint, Sint, Sankt and St."""
    return " ".join([_SAINTS.get(word, word) for word in name.split(" ")])


def cut_district(name: str) -> str:
    """Return a folded name without the number of an old postal district: `liege 1`."""
    return re.sub(r"(?<=\S)(?: \d+)+$", "", name)


STEPS = (fold, shorten_saints, cut_district)


@lru_cache(maxsize=4096)
def make_place_key(name: str) -> str:
    """Return the comparison key of one place name."""
    for step in STEPS:
        name = step(name)
    return name


_JOINED = re.compile(r"\s*[/+»«()]\s*")


@lru_cache(maxsize=4096)
def split_postal_name(text: str) -> tuple[str, ...]:
    """Return the place names that a postal name joins, in order, each once.

    Flanders joins with "/", Brussels with "+"; a parenthesis tells which of several places, a
    closing dot in it a province: `Aalst (Limb.)/Brustem` is Aalst and Brustem.
    """
    names = (name.strip() for name in _JOINED.split(text))
    return tuple(dict.fromkeys(name for name in names if name and not name.endswith(".")))


@cache
def _index_names() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the codes of today by the key of an own or former name, and by that of a part."""
    own: dict[str, set[str]] = {}
    parts: dict[str, set[str]] = {}
    for municipality in _read_table().values():
        code = follow(municipality.nis_code)
        for name in municipality.own_names:
            own.setdefault(make_place_key(name), set()).add(code)
        for name in municipality.parts:
            parts.setdefault(make_place_key(name), set()).add(code)
    return own, parts


def _list_by_rank(name: str) -> list[list[str]]:
    """Return the codes that have a name as their own, and those that have a part of that name."""
    keys = [make_place_key(one) for one in split_postal_name(name)]
    return [
        sorted({code for key in keys for code in index.get(key, ())}) for index in _index_names()
    ]


@lru_cache(maxsize=4096)
def list_municipalities(name: str) -> tuple[Municipality, ...]:
    """Return the municipalities of today that a name means, in any language.

    First those whose own or former name it is, then those that have a part of that name.
    """
    own, parts = _list_by_rank(name)
    return tuple(_read_table()[code] for code in dict.fromkeys(own + parts))


@lru_cache(maxsize=16384)
def find_place(name: str, postal_code: str | None = None) -> Municipality | None:
    """Return the municipality of today that a name and a postal code mean, when it is one.

    A municipality's own name goes before that of a part. `Brussel` stands for any municipality
    of its region, as letters write `1180 Brussel`. None: the code is unknown, or the name does
    not go with it, or several are left.
    """
    table = _read_table()
    covered = table.values() if postal_code is None else list_by_postal_code(postal_code)
    ranks = _list_by_rank(name)
    if postal_code is not None and _BRUSSELS_CITY in ranks[0]:
        ranks.append([one.nis_code for one in covered if one.region is Region.BRUSSELS])
    possible = {one.nis_code for one in covered}
    for codes in ranks:
        left = [code for code in codes if code in possible]
        if left:
            return table[left[0]] if len(left) == 1 else None
    return None


_CODE = re.compile(r"\s*(?:\S*/)?(\d{5})\s*(?:\(.*\)\s*)?", re.ASCII)


def normalize_municipality(text: str, postal_code: str | None = None) -> str:
    """Return the NIS code of today for a code, a name, or a URL that ends with a code.

    A name counts with its postal code, as in `find_place`; one that no municipality has, or
    several, stays as met.
    """
    if match := _CODE.fullmatch(text):
        return follow(match[1])
    municipality = find_place(text, postal_code)
    return text.strip() if municipality is None else municipality.nis_code
