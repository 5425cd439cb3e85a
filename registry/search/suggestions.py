"""Suggestions while somebody types: places and streets, then house numbers, then boxes.

The order, docs/suggestions.md says it in words: what was typed in its order before what fits in
any order before what fits but for one letter; in each, the beginning of a name before a later
word of it, a name that holds before one that does not, the nearest (when asked from somewhere),
the one with most addresses, the smallest id. Nothing of it hangs on the limit or on a filter.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice, zip_longest

import numpy as np

from registry.normalization.places import follow
from registry.search.index import SearchIndex
from registry.search.suggestion_answers import (
    EVERYWHERE,
    MOST_SUGGESTIONS,
    Kind,
    Near,
    Suggestion,
    Suggestions,
    Within,
)
from registry.search.suggestion_index import GRADE_SHIFT
from registry.search.suggestion_lookup import Found, Lookup, Mask
from registry.search.suggestion_numbers import (
    NumberReading,
    NumberSearch,
    Target,
    list_houses,
    list_readings,
    make_building_target,
)
from registry.search.suggestion_rows import (
    make_address,
    make_building,
    make_municipality,
    make_part,
    make_postal_info,
    make_street,
)
from registry.search.suggestion_words import read_words

LONGEST_TEXT = 200
"""Characters that are looked at: an address has fewer."""
_WITHOUT_NUMBER = re.compile(r"[\s,]+(?:zn?|s/?n?)(?=[\s,]|$)[\s,]*", re.IGNORECASE)
"""Instead of a house number."""
_MOST_SEARCHED = 5
"""Streets in which all numbers that begin so are listed, and not the first one only."""


def suggest(
    text: str,
    index: SearchIndex,
    *,
    near: Near | None = None,
    within: Within = EVERYWHERE,
    limit: int = 10,
) -> Suggestions:
    """Return what may be meant by a text that is being typed, at most `limit` suggestions."""
    found = list_targets(text, index, near=near, within=within)
    chosen = islice(found, min(limit, MOST_SUGGESTIONS))
    return Suggestions(
        seq=index.seq, suggestions=tuple(make_suggestion(index, target) for target in chosen)
    )


def list_targets(
    text: str, index: SearchIndex, *, near: Near | None = None, within: Within = EVERYWHERE
) -> Iterator[Target]:
    """Yield all that may be meant by a text that is being typed, each once."""
    text = text[:LONGEST_TEXT].lstrip()
    lookup = Lookup(index.suggestions, _make_mask(index, within), near)
    return _drop_others(_find(text, index, lookup), index, within)


def make_suggestion(index: SearchIndex, target: Target) -> Suggestion:
    """Return what is shown of a target."""
    match target.kind:
        case Kind.MUNICIPALITY:
            return make_municipality(index, target.number)
        case Kind.POSTAL_INFO:
            return make_postal_info(index, target.number)
        case Kind.STREET_NAME:
            return make_street(index, target.number)
        case Kind.ADDRESS if target.is_building:
            return make_building(index, target.number)
        case Kind.ADDRESS:
            return make_address(index, target.number)
        case Kind.PART_OF_MUNICIPALITY:
            return make_part(index, target.number)


def _make_mask(index: SearchIndex, within: Within) -> Mask | None:
    """Return which streets the filters let through, by rank; None when they let all."""
    tables = index.suggestions
    mask: Mask | None = None
    if within.region is not None or within.municipalities:
        some = _find_municipalities(index, within.municipalities) - {-1}
        allowed = np.zeros(len(index.municipalities), np.bool_)
        allowed[list(some) if within.municipalities else slice(None)] = True
        if within.region is not None:
            allowed &= [place.region is within.region for place in index.municipalities]
        mask = allowed[tables.municipalities]
    if within.postal_codes:
        coded = np.zeros(len(tables.streets), np.bool_)
        for code in within.postal_codes:
            ranks = Lookup(tables, None, None).find_area(
                read_words(code, is_open=False), whole=True
            )
            coded[ranks if ranks is not None else []] = True
        mask = coded if mask is None else mask & coded
    return mask


def _find_municipalities(index: SearchIndex, nis_codes: frozenset[str]) -> set[int]:
    """Return the municipalities of NIS codes; of one that went, what it went into."""
    numbers = index.municipality_numbers
    return {numbers.get(code, numbers.get(follow(code), -1)) for code in nis_codes}


def _allows(index: SearchIndex, m: int, within: Within) -> bool:
    """Whether the filters by place let a municipality through."""
    if within.region not in {None, index.municipalities[m].region}:
        return False
    return not within.municipalities or m in _find_municipalities(index, within.municipalities)


def _drop_others(found: Iterable[Target], index: SearchIndex, within: Within) -> Iterator[Target]:
    """Drop what came before, and what a filter forbids."""
    seen: set[Target] = set()
    is_everywhere = within == EVERYWHERE
    for target in found:
        if target not in seen:
            seen.add(target)
            if is_everywhere or is_within(target, index, within):
                yield target


def is_within(target: Target, index: SearchIndex, within: Within) -> bool:
    """Whether a filter lets it through: an address by its own postal code."""
    kind, number = target.kind, target.number
    if within.kinds and kind not in within.kinds:
        return False
    if kind is Kind.MUNICIPALITY:
        return not within.postal_codes and _allows(index, number, within)
    if kind is Kind.POSTAL_INFO:
        code = f"{number:04d}"
        ms = index.postal_municipalities.get(code, ())
        return (not within.postal_codes or code in within.postal_codes) and any(
            _allows(index, m, within) for m in ms
        )
    if kind is Kind.PART_OF_MUNICIPALITY:
        return within == Within(kinds=within.kinds)  # of none it is told where it is
    s = index.addresses.streets[number] if kind is Kind.ADDRESS else number
    first, after = index.streets.first_codes[s], index.streets.first_codes[s + 1]
    codes = index.streets.codes[first:after].tolist()
    if kind is Kind.ADDRESS:
        codes = [index.addresses.postal_codes[number]]
    return _allows(index, index.streets.municipalities[s], within) and (
        not within.postal_codes or any(f"{code:04d}" in within.postal_codes for code in codes)
    )


def _find(text: str, index: SearchIndex, lookup: Lookup) -> Iterator[Target]:
    """Yield what may be meant, all of it, the likeliest first; some of it twice."""
    words = read_words(text, is_open=text[-1:].isalnum())
    readings = list_readings(text)
    stages = lookup.list_stages(words, is_number=bool(readings)) if words.words else ()
    first: list[Found] = []
    for stage in stages:
        first += stage
        yield from _to_targets(stage)
    chosen = None if words.is_open else _choose_street(first)
    if chosen is not None:
        yield from _to_buildings(index, list_houses(index, chosen))
    is_found = bool(first)
    for list_streets, some in ((_list_streets, readings), (_list_loose_streets, readings[:2])):
        if not is_found or list_streets is _list_streets:
            for target in _find_numbers(some, index, partial(list_streets, lookup=lookup)):
                is_found = True
                yield target
    if not words.words:
        return
    for stage in lookup.list_loose_stages(words):
        is_found = is_found or bool(stage)
        yield from _to_targets(stage)
    if not is_found:
        yield from _to_targets(lookup.find_respelled(words))
        if (numberless := _WITHOUT_NUMBER.sub(" ", text)) != text:
            yield from _find(numberless, index, lookup)


def _find_numbers(
    readings: Iterable[Iterable[NumberReading]],
    index: SearchIndex,
    list_streets: Callable[[NumberReading], list[int]],
) -> Iterator[Target]:
    """Yield what has a number in the streets around it; the streets alone when none has it."""
    found = False
    named: list[int] = []
    for alternatives in readings:
        searches = []
        for reading in alternatives:
            streets = list_streets(reading)
            named = named or streets
            searches.append(_find_with_number(reading, index, streets))
        for target in _take_turns(searches):
            found = True
            yield target
    if not found:
        yield from (Target(Kind.STREET_NAME, s) for s in named)


def _take_turns(searches: list[Iterator[Target]]) -> Iterator[Target]:
    """Yield one of each: `12 b` may go on as a place or as a box, and neither may be lost."""
    for found in zip_longest(*searches):
        yield from (target for target in found if target is not None)


def _to_targets(found: Iterable[Found]) -> Iterator[Target]:
    return (Target(kind, number) for _, kind, number in found)


def _to_buildings(index: SearchIndex, addresses: Iterable[int]) -> Iterator[Target]:
    return (make_building_target(index, a) for a in addresses)


def _choose_street(found: list[Found]) -> int | None:
    """Return the one street that fits best, None when there are several."""
    streets = [(key, number) for key, kind, number in found if kind is Kind.STREET_NAME]
    if not streets:
        return None
    best = min(streets)[0] >> GRADE_SHIFT
    chosen = {number for key, number in streets if key >> GRADE_SHIFT == best}
    return chosen.pop() if len(chosen) == 1 else None


def _find_with_number(
    reading: NumberReading, index: SearchIndex, streets: list[int]
) -> Iterator[Target]:
    """Yield what has the number in streets: in their order the first of each, then the rest.

    A number that is not there may be the beginning of the postal code, and then it is the street.
    """
    search = NumberSearch(index, reading)
    without_boxes = []
    for s in streets:
        found = search.list_targets(s, is_only=len(streets) == 1)
        if (target := next(found, None)) is not None:
            if search.has_box(target):
                yield target
            else:
                without_boxes.append(target)
        elif search.may_be_code_of(s):
            yield Target(Kind.STREET_NAME, s)
    yield from without_boxes
    for s in streets[:_MOST_SEARCHED]:
        yield from search.list_targets(s, is_only=len(streets) == 1)
    yield from (Target(Kind.STREET_NAME, s) for s in streets if search.may_be_code_of(s))


def _list_streets(reading: NumberReading, lookup: Lookup) -> list[int]:
    """Return the streets that the text around a number names; those around, when it is alone."""
    words = read_words(reading.rest, is_open=reading.rest_is_open)
    return _choose_stage(lookup.list_stages(words) if words.words else [lookup.find_nearest()])


def _list_loose_streets(reading: NumberReading, lookup: Lookup) -> list[int]:
    words = read_words(reading.rest, is_open=reading.rest_is_open)
    begun = read_words(reading.rest, is_open=True)
    return _choose_stage(
        chain(
            lookup.list_stages(begun) if begun != words and begun.words else (),
            lookup.list_loose_stages(words),
            map(lookup.find_respelled, [words]),
        )
    )


def _choose_stage(stages: Iterable[list[Found]]) -> list[int]:
    """Return the streets of the first stage that found any."""
    for stage in stages:
        if streets := [number for _, kind, number in stage if kind is Kind.STREET_NAME]:
            return streets
    return []
