"""Search over everything: what an id or a code names, what matching is sure of, what suggests.

In that order, each thing once; nothing of it hangs on the limit, a filter or a language.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from registry.domain.errors import InvalidIdentifier
from registry.domain.identifiers import ObjectKey, find_replaced_key, parse_best_identifier
from registry.domain.resource import Resource
from registry.normalization.places import follow, list_current, list_gone, make_place_key
from registry.search.answers import Candidate, MatchLevel, Question
from registry.search.index import SearchIndex, Standing
from registry.search.matching import match
from registry.search.suggestion_answers import (
    EVERYWHERE,
    MOST_SUGGESTIONS,
    Kind,
    Within,
)
from registry.search.suggestion_numbers import Target
from registry.search.suggestions import is_within, list_targets, make_suggestion

_NIS_CODE = re.compile(r"\d{5}")
_LONGEST = 19
"""Digits of an object identifier that is a number of 64 bits."""
_KINDS = {
    Resource.ADDRESS: Kind.ADDRESS,
    Resource.STREET_NAME: Kind.STREET_NAME,
    Resource.MUNICIPALITY: Kind.MUNICIPALITY,
    Resource.POSTAL_INFO: Kind.POSTAL_INFO,
    Resource.PART_OF_MUNICIPALITY: Kind.PART_OF_MUNICIPALITY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something in the register that a text may mean. `number` is its row, as in Suggestion.

    `is_former`: it went, or was found by a code or name that no longer holds; `successors` are
    public ids. `score` is matching's, of what it says the text means; None for everything else.
    """

    kind: Kind
    public_id: str
    number: int
    labels: Mapping[str, str]
    is_former: bool
    successors: tuple[str, ...]
    score: float | None


def search(
    text: str, index: SearchIndex, *, within: Within = EVERYWHERE, limit: int = 10
) -> list[Found]:
    """Return what a whole text may mean, the best first, at most `limit`."""
    found: dict[tuple[Kind, int], Found] = {}
    for one in _list_found(text.strip(), index, within):
        if is_within(Target(one.kind, one.number), index, within):
            found.setdefault((one.kind, one.number), one)
            if len(found) == min(limit, MOST_SUGGESTIONS):
                break
    return list(found.values())


def _list_found(text: str, index: SearchIndex, within: Within) -> Iterator[Found]:
    """Yield what a text may mean; some of it twice."""
    if not text:
        return
    named = [*_find_named(text, index), *_find_municipalities(text, index)]
    yield from named
    if not named:
        yield from _match(text, index)
    for part in _find_parts(text, index):
        yield _make_found(Target(Kind.PART_OF_MUNICIPALITY, part), index)
    for target in list_targets(f"{text} ", index, within=within):
        yield _make_found(target, index)


def _match(text: str, index: SearchIndex) -> Iterator[Found]:
    """Yield what matching says the text means, all of it when that is ambiguous."""
    answer = match(Question(text=text), index)
    for place, candidate in enumerate(answer.candidates):
        score = answer.score if place == 0 else None
        if (target := _to_target(candidate)) is not None:
            yield _make_found(target, index, score=score, is_former=candidate.is_former)


def _to_target(candidate: Candidate) -> Target | None:
    if candidate.address >= 0:
        return Target(Kind.ADDRESS, candidate.address, candidate.level is MatchLevel.BUILDING)
    if candidate.street >= 0:
        return Target(Kind.STREET_NAME, candidate.street)
    if candidate.part:
        return Target(Kind.PART_OF_MUNICIPALITY, candidate.part)
    if candidate.level is MatchLevel.POSTAL_INFO and candidate.postal_code:
        return Target(Kind.POSTAL_INFO, int(candidate.postal_code))
    return (
        Target(Kind.MUNICIPALITY, candidate.municipality) if candidate.municipality >= 0 else None
    )


def _find_named(text: str, index: SearchIndex) -> Iterator[Found]:
    """Yield what a NIS code, a public id or a BeSt identifier names; one that went is former."""
    if _NIS_CODE.fullmatch(text) and (m := index.municipality_numbers.get(text)) is not None:
        is_former = index.municipalities[m].nis_code != text
        yield _make_found(Target(Kind.MUNICIPALITY, m), index, is_former=is_former)
    for resource, key in _read_keys(text):
        for number in _find_numbers(resource, key, index):
            yield _make_found(Target(_KINDS[resource], number), index)


def _find_municipalities(text: str, index: SearchIndex) -> Iterator[Found]:
    """Yield those of just that name; of one that went, the one it went into."""
    key = make_place_key(text)
    for m, place in enumerate(index.municipalities):
        if key in map(make_place_key, place.names.values()):
            yield _make_found(Target(Kind.MUNICIPALITY, m), index)
    for one in (*list_current(), *list_gone()):
        if key in map(make_place_key, one.own_names):
            m = index.municipality_numbers.get(follow(one.nis_code), -1)
            if m >= 0:
                target = Target(Kind.MUNICIPALITY, m)
                yield _make_found(target, index, is_former=one.successor is not None)


def _read_keys(text: str) -> Iterator[tuple[Resource, ObjectKey]]:
    """Yield the objects that a text may be the id of."""
    for resource in reversed(Resource):
        try:
            yield resource, ObjectKey.parse(text.casefold())
        except InvalidIdentifier:
            try:
                yield resource, parse_best_identifier(text, resource)[0]
            except InvalidIdentifier:
                if (key := find_replaced_key(text, resource)) is not None:
                    yield resource, key


def _find_numbers(resource: Resource, key: ObjectKey, index: SearchIndex) -> Iterator[int]:
    """Yield the row of an object, none when there is none."""
    match resource:
        case Resource.ADDRESS:
            yield from _find_address(key, index)
        case Resource.STREET_NAME:
            yield from _find_street(key.public_id, index)
        case Resource.PART_OF_MUNICIPALITY if key.public_id in index.parts:
            yield index.parts.index(key.public_id)
        case Resource.MUNICIPALITY if key.object_id in index.municipality_numbers:
            yield index.municipality_numbers[key.object_id]
        case Resource.POSTAL_INFO if key.object_id in index.postal_names:
            yield int(key.object_id)


def _find_street(public_id: str, index: SearchIndex) -> Iterator[int]:
    """Yield the street of an id, none when there is none."""
    with suppress(ValueError):
        yield index.streets.public_ids.index(public_id)


def _find_address(key: ObjectKey, index: SearchIndex) -> Iterator[int]:
    """Yield the address of an id: regions number alike, so several have its number."""
    if key.object_id.isascii() and key.object_id.isdigit() and len(key.object_id) < _LONGEST:
        number = int(key.object_id)
    elif key.object_id in index.other_ids:
        number = -1 - index.other_ids.index(key.object_id)
    else:
        return
    numbers, order = index.addresses.object_numbers, index.suggestions.by_object_number
    begin = bisect_left(order, number, key=numbers.__getitem__)
    for a in takewhile(lambda a: numbers[a] == number, map(int, order[begin:])):
        if index.make_address_id(a) == key.public_id:
            yield a


def _find_parts(text: str, index: SearchIndex) -> Iterator[int]:
    """Yield the parts of municipalities of that name."""
    key = make_place_key(text)
    for part, names in enumerate(index.part_names):
        if key in map(make_place_key, names.values()):
            yield part


def _make_found(
    target: Target, index: SearchIndex, *, score: float | None = None, is_former: bool = False
) -> Found:
    suggestion = make_suggestion(index, target)
    successors = tuple(index.successors.get(suggestion.public_id, ()))
    return Found(
        kind=suggestion.kind,
        public_id=suggestion.public_id,
        number=suggestion.number,
        labels=suggestion.labels,
        is_former=is_former or bool(successors) or _went(target, index),
        successors=successors,
        score=score,
    )


def _went(target: Target, index: SearchIndex) -> bool:
    if target.kind is Kind.STREET_NAME:
        return bool(index.streets.standings[target.number] >= Standing.RETIRED)
    if target.kind is Kind.ADDRESS:
        return bool(index.addresses.standings[target.number] >= Standing.RETIRED)
    return False
