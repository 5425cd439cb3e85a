"""Addresses and streets of the index as one line, in a language of their place.

The rule is that of written addresses in the API: no line mixes languages, and after the postal
code comes the municipality.
"""

from registry.normalization import languages
from registry.search.components import list_street_names
from registry.search.index import SearchIndex

_BOX_WORDS = {"nl": "bus", "fr": "bte", "de": "box"}
"""Royal Decree of 24 April 2014 on the postal service, art. 34."""


def list_languages(index: SearchIndex, m: int) -> tuple[str, ...]:
    """Return the official languages of street names in a municipality, the first one first."""
    return languages.list_languages(index.municipalities[m].nis_code)


def make_address_label(index: SearchIndex, a: int, language: str) -> str:
    """Return the line of an address; in another language where its street has no such name."""
    columns, numbers = index.addresses, index.numbers
    house = numbers.house_labels[columns.house_labels[a]]
    box = numbers.box_labels[columns.box_labels[a]]
    written = _choose_language(index, columns.streets[a], language)
    number = f"{house} {_BOX_WORDS[written]} {box}" if box else house
    return _write_line(index, columns.streets[a], number, columns.postal_codes[a], written)


def make_street_label(index: SearchIndex, s: int, language: str) -> str:
    """Return the line of a street; in another language where it has no such name."""
    first, after = index.streets.first_codes[s], index.streets.first_codes[s + 1]
    code = index.streets.codes[first] if first < after else 0
    return _write_line(index, s, "", code, _choose_language(index, s, language))


def _choose_language(index: SearchIndex, s: int, language: str) -> str:
    """Return a language of the street's names, at best one that the municipality has too."""
    place = index.municipalities[index.streets.municipalities[s]]
    names = list_street_names(s, index)
    wanted = (language, *languages.list_languages(place.nis_code), *names)
    both = (one for one in wanted if one in names and one in place.names)
    return next(both, next((one for one in wanted if one in names), "nl"))


def _write_line(index: SearchIndex, s: int, number: str, code: int, language: str) -> str:
    place = index.municipalities[index.streets.municipalities[s]].names.get(language, "")
    street = list_street_names(s, index).get(language, "")
    first = f"{street} {number}" if number else street
    second = " ".join(word for word in (f"{code:04d}" if code else "", place) if word)
    return f"{first}, {second}" if second else first
