"""What a question can mean: the ways to read street, number, box and place out of its words.

A reading is only a guess at where the parts are; matching.py looks each up and takes the best.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from registry.normalization.box_number import WORDS
from registry.normalization.post_code import normalize_post_code
from registry.normalization.text import fold
from registry.search.answers import Question
from registry.search.places import Claim, Gazetteer
from registry.search.reading_noise import TABLE, any_of, drop_noise
from registry.search.reading_places import EDGES, SEPARATOR, PlaceReading, list_places

_NONE = frozenset(TABLE["none"])


class Reading(NamedTuple):
    """One way to read a question. `left`: words that no part took. Lower cost: more usual."""

    cost: int
    claim: Claim
    street: str
    house: str = ""
    box: str = ""
    left: tuple[str, ...] = ()
    is_without: bool = False
    """It says that there is no number."""


class Numbered(NamedTuple):
    """A house number, its box, and the words behind them."""

    house: str
    box: str = ""
    left: str = ""


_BOX_WORD = (
    rf"(?:(?:{any_of(WORDS['box'])})(?=[\W\d_])|b(?=[\s.]*(?:b?\d|rdc|rez|glv))|\#)"
    r"[\s.:]*(?:n[°ro][\s.]*)?"
)
_FLOOR = (
    rf"\d+[\s.]*(?:[eè]r?e?|de|ste|[eéèi]+me)?[\s.]*(?:{any_of(WORDS['floor'])})\b\.?|"
    rf"(?:{any_of(WORDS['floor'])})[\s.]*\d+\b|(?:{any_of(WORDS['ground'])})\b|"
    r"rez[ -]de[ -]chauss[ée]e?"
)
_SIDE = rf"(?:\s+(?:{any_of(WORDS['side'])})\b)?"
_BOX = re.compile(
    rf"[\s,;/(.\u2013-]*(?:(?P<floor>(?:{_FLOOR}){_SIDE})|{_BOX_WORD}(?P<box>[^\s,;()]+(?:\s\d+(?!\S)|{_SIDE}))"
    r"|(?P<bare>(?=\S{0,5}\d|[A-Za-z](?![^\s,;]))[^\s,;()]{1,6}))(?=[\s,;)]|$)\)?",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    r"[^\s,;()]+(?:\s(?:bis|ter|quater)\b|\s(?!b[\s.]*(?:b?\d|rdc|rez|glv))[a-z](?=$|[\s,;/-])|\s?[-/+&]\s?\d+[a-z]?\b)?",
    re.IGNORECASE,
)
_NUMBER_START = re.compile(
    r"(?:^|(?<=[\s,;(.°]))(?=\d|[OoIlSB]{1,3}(?:\d|[A-Za-z]?(?:$|[\s,;/]))|[A-Za-z]{1,2}\d{1,4}(?:$|[\s,;b]))"
)
_IS_NUMBER = re.compile(
    r"\d+(?!\d|(?:er|[eè]re|ste|[iè]?[eè]me)\b)", re.IGNORECASE
)  # not Albert 1er
_BOX_BEFORE = re.compile(r"(?<!\w)(?:bus|bte|bo[iî]te|box|app?t?|b)[\s.:]*$", re.IGNORECASE)
_WORD_BEGUN = re.compile(
    r"\d+(?!bus|bte|box|bo[iî]t)[^\W\d_]{4}", re.IGNORECASE
)  # 8rouwerstraat, a scanned B
_GLUED_BOX = re.compile(
    r"([a-z]?\d+[a-z]?(?:_\d+)?)(?:bus|bte|bo[iî]te|box)[.:]*(\S+)", re.IGNORECASE
)
_NUMBER_WORD = re.compile(rf"[\s,;]+(?:{any_of(TABLE['number'])})[\s.:°]*$", re.IGNORECASE)
_NO_NUMBER = re.compile(rf"[\s,]+(?:{any_of(_NONE)})\.?$|[\s,]+[/-]+$", re.IGNORECASE)
_BOX_FIRST = re.compile(rf"{_BOX_WORD}(\S+?)\s*[,;/-]?\s+(?=[^\W\d])", re.IGNORECASE)
_LONGEST_REST, _AGAIN = 150, 5
_MOST_SPLITS, _NO_DIGIT, _BETWEEN, _NAME_ONLY = 4, 3, 70, 80
_ENDS = EDGES.replace(")", "")  # Rue Haute (CH) ends with what it carries


def list_readings(question: Question, gazetteer: Gazetteer) -> Iterator[Reading]:
    """Yield the ways to read a question, the most usual first."""
    is_structured = question.street_name or question.postal_code or question.municipality
    if not is_structured:
        given = " ".join(part for part in (question.house_number, question.box_number) if part)
        yield from _read_text(
            f"{question.text} {given}".strip() if given else question.text, gazetteer
        )
        return
    place = _read_fields(question, gazetteer)
    if not question.text:
        yield from _fill(place, question, question.street_name)
        return
    has_place = bool(question.postal_code or question.municipality)
    if has_place:  # then the text is street and number, as a rule
        yield from (
            _prefer(reading, place.claim, question) for reading in list_rests(question.text)
        )
    for reading in _read_text(question.text, gazetteer):
        claim = place.claim if has_place else reading.claim
        yield _prefer(reading._replace(cost=reading.cost + _AGAIN), claim, question)


def _prefer(reading: Reading, claim: Claim, question: Question) -> Reading:
    """Return a reading of a text with what the fields say instead."""
    return reading._replace(
        claim=claim,
        street=question.street_name or reading.street,
        house=question.house_number or reading.house,
        box=question.box_number or reading.box,
    )


def _read_text(text: str, gazetteer: Gazetteer) -> Iterator[Reading]:
    text, left = drop_noise(text)
    for place in list_places(text, gazetteer):
        for reading in list_rests(place.rest):
            cost, _, street, house, box, behind, is_without = reading
            yield Reading(
                place.cost + cost, place.claim, street, house, box, left + behind, is_without
            )


def _read_fields(question: Question, gazetteer: Gazetteer) -> PlaceReading:
    """Return what the fields for the place say: each may hold the other's."""
    code = normalize_post_code(question.postal_code)
    name = question.municipality
    if code is None:
        both = f"{question.postal_code} {name}".strip()
        best = next(iter(list_places(both, gazetteer)), None)
        if best and best.claim.code >= 0:
            return best
        return PlaceReading(0, _make_claim(-1, "", both, gazetteer), "")
    name = " ".join(SEPARATOR.split(name.replace(code, "").strip(EDGES)))
    return PlaceReading(0, _make_claim(int(code), question.postal_code, name, gazetteer), "")


def _make_claim(code: int, written: str, name: str, gazetteer: Gazetteer) -> Claim:
    if not name:
        return Claim(code, written)
    if meanings := gazetteer.find(name):
        return Claim(code, written, name, meanings)
    for reading in list_places(name, gazetteer):
        if reading.claim.meanings and reading.claim.code < 0:
            return reading.claim._replace(code=code, written_code=written, name=name)
    meanings, edits = gazetteer.find_near(name, code) if gazetteer.list_covered(code) else ((), 0)
    if not meanings:
        meanings, edits = gazetteer.find_near(name)
    return Claim(code, written, name, meanings, edits)


def _fill(place: PlaceReading, question: Question, street: str) -> Iterator[Reading]:
    if question.house_number:
        number = split_number(question.house_number)
        box = question.box_number or number.box
        left = (number.left,) if number.left else ()
        is_without = fold(number.house) in _NONE or not fold(number.house)
        house = "" if is_without and not fold(number.house) else number.house
        yield Reading(place.cost, place.claim, street, house, box, left, is_without)
        return
    for reading in list_rests(street):
        yield reading._replace(
            cost=place.cost + reading.cost,
            claim=place.claim,
            box=question.box_number or reading.box,
        )


def list_rests(rest: str) -> Iterator[Reading]:
    """Yield the ways to read street and number out of a text without its place."""
    rest = (
        rest.strip(EDGES.replace("/", "").replace("-", ""))
        if "/" in rest[-2:]
        else rest.strip(EDGES)
    )
    yield from _split_rest(rest)
    if match := _BOX_FIRST.match(rest):
        for reading in _split_rest(rest[match.end() :]):
            yield reading._replace(box=reading.box or match[1])


def _split_rest(rest: str) -> Iterator[Reading]:
    rest = rest[-_LONGEST_REST:]  # names of people and firms stand before an address
    starts = [match.start() for match in _NUMBER_START.finditer(rest)]
    for start in [start for start in starts if start][:_MOST_SPLITS]:
        number = split_number(rest[start:])
        is_box = start != starts[0] and _BOX_BEFORE.search(rest, 0, start)
        if is_box or _WORD_BEGUN.match(number.house):
            continue
        left = (number.left,) if number.left else ()
        cost = 0 if _IS_NUMBER.match(number.house) else _NO_DIGIT
        for street, before, between in _list_streets(
            _NUMBER_WORD.sub("", rest[:start].rstrip(_ENDS))
        ):
            others = (*before, *between, *left)
            away = _BETWEEN if between else 0
            yield Reading(cost + away, Claim(), street, number.house, number.box, others)
    if starts and not starts[0] and not _WORD_BEGUN.match(rest):
        for number in _list_first_numbers(rest):
            for street, before, after in _list_streets(number.left):
                yield Reading(2, Claim(), street, number.house, number.box, (*before, *after))
    without = _NO_NUMBER.search(rest)
    for street, before, after in _list_streets(rest[: without.start()] if without else rest):
        others = (*before, *after)
        house = fold(rest[without.start() :]).replace(" ", "") if without else ""
        yield Reading(
            _NAME_ONLY if starts else 0, Claim(), street, house, "", others, without is not None
        )


def _list_streets(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield what of a text is the name of the street, and what then stands before and behind."""
    text = text.lstrip(EDGES).rstrip(_ENDS)
    yield text, [], []
    segments = [one for one in SEPARATOR.split(text) if one]
    if len(segments) > 1:
        for i in (len(segments) - 1, *range(min(len(segments) - 1, 4))):
            yield segments[i], segments[:i], segments[i + 1 :]


def _list_first_numbers(text: str) -> Iterator[Numbered]:
    """Yield the ways to split a number off that stands first: `41 R Haute` is 41, or 41R."""
    number = split_number(text)
    head, _, letter = number.house.rpartition(" ")
    if head and letter.isalpha():
        yield Numbered(head, "", text[len(head) :].lstrip(EDGES))
    yield number


def split_number(text: str) -> Numbered:
    """Split a text that begins with a house number: `12 bus 3, 2e verd`."""
    if text.isdigit():
        return Numbered(text)
    match = _HOUSE.match(text)
    if match is None:
        return Numbered(text)
    house = match[0].rstrip(EDGES + ".")
    behind = text[match.end() :]
    if glued := _GLUED_BOX.fullmatch(house):
        return Numbered(glued[1], glued[2], behind.strip(EDGES))
    found = _BOX.match(behind) if behind else None
    if found is None:
        return Numbered(house, "", behind.strip(EDGES))
    box = found["box"] or found["floor"] or found["bare"]
    return Numbered(house, box.strip(EDGES), behind[found.end() :].strip(EDGES))
