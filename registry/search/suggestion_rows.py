"""Rows of the index as suggestions."""

from registry.domain.region import Region
from registry.search.index import NO_POSITION, SearchIndex
from registry.search.labels import BOX_WORDS, make_address_labels, make_street_labels
from registry.search.suggestion_answers import Kind, Suggestion


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
    labels = make_street_labels(index, s)
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
    addresses = index.addresses
    labels = make_address_labels(index, a, is_building=is_building)
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


def _find_position(x: int, y: int) -> tuple[float, float] | None:
    return None if x == NO_POSITION else (x / 1000, y / 1000)
