"""Rows of the index as suggestions: their lines in every language of their place."""

from collections.abc import Mapping

from registry.domain.region import Region
from registry.search.index import NO_POSITION, SearchIndex
from registry.search.suggestion_answers import Kind, Suggestion

_LANGUAGES: Mapping[Region, tuple[str, ...]] = {
    Region.BRUSSELS: ("fr", "nl"),
    Region.FLANDERS: ("nl", "fr"),
    Region.WALLONIA: ("fr", "de", "nl"),
}
BOX_WORDS = {"nl": "bus", "fr": "bte", "de": "box"}


def make_municipality(index: SearchIndex, m: int) -> Suggestion:
    """Return a municipality; its streets follow."""
    place = index.municipalities[m]
    return Suggestion(
        kind=Kind.MUNICIPALITY,
        public_id=f"{place.region}-{place.nis_code}",
        number=m,
        labels=place.names,
        completions={language: f"{name} " for language, name in place.names.items()},
        has_more=True,
    )


def make_part(index: SearchIndex, part: int) -> Suggestion:
    """Return a part of a municipality."""
    names = index.part_names[part]
    return Suggestion(
        kind=Kind.PART_OF_MUNICIPALITY,
        public_id=index.parts[part],
        number=part,
        labels=names,
        completions={language: f"{name} " for language, name in names.items()},
        has_more=True,
    )


def make_postal_info(index: SearchIndex, number: int) -> Suggestion:
    """Return a postal code with its name, else with that of its first municipality."""
    code = f"{number:04d}"
    ms = index.postal_municipalities.get(code, ())
    names = index.postal_names.get(code) or (index.municipalities[ms[0]].names if ms else {})
    region = index.municipalities[ms[0]].region if ms else Region.FLANDERS
    labels = {language: f"{code} {name}" for language, name in names.items()}
    return Suggestion(
        kind=Kind.POSTAL_INFO,
        public_id=f"{region}-{code}",
        number=number,
        labels=labels,
        completions={language: f"{label} " for language, label in labels.items()},
        has_more=True,
    )


def make_street(index: SearchIndex, s: int) -> Suggestion:
    """Return a street name; its house numbers follow."""
    streets = index.streets
    first, last = streets.first_codes[s], streets.first_codes[s + 1]
    code = f"{streets.codes[first]:04d}" if first < last else ""
    labels = _write_lines(index, s, code, {})
    return Suggestion(
        kind=Kind.STREET_NAME,
        public_id=streets.public_ids[s],
        number=s,
        labels=labels,
        completions={language: f"{label} " for language, label in labels.items()},
        has_more=streets.first_addresses[s] < streets.first_addresses[s + 1],
        position=_find_position(streets.middles_x[s], streets.middles_y[s]),
    )


def make_building(index: SearchIndex, a: int) -> Suggestion:
    """Return a building by its first address; its boxes follow."""
    return _make_address(index, a, is_building=True)


def make_address(index: SearchIndex, a: int) -> Suggestion:
    """Return one address, box and all."""
    return _make_address(index, a, is_building=False)


def _make_address(index: SearchIndex, a: int, *, is_building: bool) -> Suggestion:
    addresses, numbers = index.addresses, index.numbers
    house = numbers.house_labels[addresses.house_labels[a]]
    box = numbers.box_labels[addresses.box_labels[a]]
    code = addresses.postal_codes[a]
    written = {
        language: f" {house} {word} {box}" if box and not is_building else f" {house}"
        for language, word in BOX_WORDS.items()
    }
    labels = _write_lines(index, addresses.streets[a], f"{code:04d}" if code else "", written)
    return Suggestion(
        kind=Kind.ADDRESS,
        public_id=index.make_address_id(a),
        number=a,
        labels=labels,
        completions={
            language: f"{label} {BOX_WORDS[language]} " if is_building else label
            for language, label in labels.items()
        },
        has_more=is_building,
        position=_find_position(addresses.xs[a], addresses.ys[a]),
    )


def _write_lines(
    index: SearchIndex, s: int, code: str, numbers: Mapping[str, str]
) -> dict[str, str]:
    """Return `street number, code municipality` in each language that both have a name in.

    Where they share none (German streets): the street's language and the code alone.
    """
    streets, place = index.streets, index.municipalities[index.streets.municipalities[s]]
    names = {"nl": streets.names_nl[s], "fr": streets.names_fr[s], "de": streets.names_de[s]}
    languages = [language for language in _LANGUAGES[place.region] if names[language]]
    shared = [language for language in languages if language in place.names]
    return {
        language: f"{names[language]}{numbers.get(language, '')}, "
        + " ".join(filter(None, (code, place.names[language] if shared else "")))
        for language in shared or languages
    }


def _find_position(x: int, y: int) -> tuple[float, float] | None:
    return None if x == NO_POSITION else (x / 1000, y / 1000)
