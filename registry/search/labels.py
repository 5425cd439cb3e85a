"""Addresses, streets and places of the index as one line, in every language of their place.

The rule is that of written addresses in the API: no line mixes languages, and after the postal
code comes the municipality. Only where street and municipality share no language (German streets
of the register) is the municipality named in another.
"""

from collections.abc import Mapping
from itertools import chain

from registry.normalization import languages
from registry.search.answers import Candidate, MatchLevel
from registry.search.index import SearchIndex

BOX_WORDS: Mapping[str, str] = {"nl": "bus", "fr": "bte", "de": "box"}
"""Royal Decree of 24 April 2014 on the postal service, art. 34."""


def list_languages(index: SearchIndex, m: int) -> tuple[str, ...]:
    """Return the official languages of street names in a municipality, the first one first."""
    return languages.list_languages(index.municipalities[m].nis_code)


def list_street_names(index: SearchIndex, s: int) -> Mapping[str, str]:
    """Return the names of a street by language."""
    columns = index.streets
    names = {"nl": columns.names_nl[s], "fr": columns.names_fr[s], "de": columns.names_de[s]}
    return {language: name for language, name in names.items() if name}


def list_street_languages(index: SearchIndex, s: int) -> list[str]:
    """Return the languages a street's line is written in: its own, at best the place's too."""
    m = index.streets.municipalities[s]
    names, place = list_street_names(index, s), index.municipalities[m].names
    own = [one for one in dict.fromkeys((*list_languages(index, m), *names)) if one in names]
    return [one for one in own if one in place] or own


def make_address_labels(index: SearchIndex, a: int, *, is_building: bool = False) -> dict[str, str]:
    """Return the line of an address by language; of a building without its box."""
    s = index.addresses.streets[a]
    return {
        language: _write_address(index, a, language, is_building=is_building)
        for language in list_street_languages(index, s)
    }


def make_street_labels(index: SearchIndex, s: int) -> dict[str, str]:
    """Return the line of a street by language."""
    code = _find_code(index, s)
    return {
        language: _write_line(index, s, "", code, language)
        for language in list_street_languages(index, s)
    }


def make_address_label(index: SearchIndex, a: int, language: str) -> str:
    """Return the line of an address; in another language where its street has no such name."""
    languages_there = list_street_languages(index, index.addresses.streets[a])
    written = language if language in languages_there else next(iter(languages_there), "nl")
    return _write_address(index, a, written, is_building=False)


def make_labels(index: SearchIndex, found: Candidate) -> dict[str, str]:
    """Return what was matched by language, the first of its place first; a place by its name."""
    if found.address >= 0:
        return make_address_labels(index, found.address)
    if found.street >= 0:
        return make_street_labels(index, found.street)
    official: tuple[str, ...] = ()
    if found.municipality >= 0:
        official = list_languages(index, found.municipality)
    if found.level is MatchLevel.PART:
        names = index.part_names[found.part]
    elif found.municipality >= 0:
        names = index.municipalities[found.municipality].names
    else:
        names = index.postal_names.get(found.postal_code, {})
    ordered = [one for one in dict.fromkeys((*official, *names)) if one in names]
    return {one: f"{found.postal_code} {names[one]}".strip() for one in ordered}


def _find_code(index: SearchIndex, s: int) -> int:
    first, after = index.streets.first_codes[s], index.streets.first_codes[s + 1]
    return index.streets.codes[first] if first < after else 0


def _write_address(index: SearchIndex, a: int, language: str, *, is_building: bool) -> str:
    columns, numbers = index.addresses, index.numbers
    number = numbers.house_labels[columns.house_labels[a]]
    box = "" if is_building else numbers.box_labels[columns.box_labels[a]]
    if box:
        number = f"{number} {BOX_WORDS[language]} {box}"
    return _write_line(index, columns.streets[a], number, columns.postal_codes[a], language)


def _write_line(index: SearchIndex, s: int, number: str, code: int, language: str) -> str:
    m = index.streets.municipalities[s]
    names, street = index.municipalities[m].names, list_street_names(index, s).get(language, "")
    others = (names.get(one) for one in chain((language,), list_languages(index, m), names))
    place = next(filter(None, others), "")
    first = f"{street} {number}" if number else street
    second = " ".join(word for word in (f"{code:04d}" if code else "", place) if word)
    return f"{first}, {second}" if second else first
