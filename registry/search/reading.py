"""What a question can mean: the ways to read street, number, box and place out of its words.

A reading is only a guess at where the parts are; matching.py looks each up and takes the best.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from registry.normalization.box_number import WORDS
from registry.normalization.text import fold
from registry.search.answers import Question
from registry.search.places import Claim, Gazetteer
from registry.search.reading_fields import join_claims, read_fields
from registry.search.reading_noise import FLOOR, SIDE, TABLE, any_of, drop_noise
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
_BOX = re.compile(
    rf"[\s,;/(.\u2013-]*(?:(?P<floor>(?:{FLOOR}){SIDE})|{_BOX_WORD}(?P<box>[^\s,;()]+(?:\s\d+(?!\S)|{SIDE}))"
    r"|(?P<bare>(?=\S{0,5}\d|[A-Za-z](?![^\s,;]))[^\s,;()]{1,6}))(?=[\s,;)]|$)\)?",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    rf"[^\s,;()]+(?:\s(?:{any_of(TABLE['until'])})\.?\s\d+[a-z]?\b|\s(?:bis|ter|quater)\b"
    r"|\s(?!b[\s.]*(?:b?\d|rdc|rez|glv))[a-z](?=$|[\s,;/-])|\s?[-/+&]\s?\d+[a-z]?\b)?",
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
_NO_NUMBER = re.compile(rf"[\s,]+(?:{any_of(_NONE)})[.°]?$|[\s,]+[/-]+$", re.IGNORECASE)
_BOX_FIRST = re.compile(rf"{_BOX_WORD}(\S+?)\s*[,;/-]?\s+(?=[^\W\d])", re.IGNORECASE)
_FIRM = re.compile(
    rf"(?<!\w)(?:{any_of(TABLE['firm'])})\.?\s+(?=[^\W\d])|"
    rf"^(?:{any_of([*TABLE['building'], *TABLE['care_of']])})[\s.:][^\d,;]{{0,60}}?\s"
    rf"(?=(?:{any_of(TABLE['street_begin'])})\.?\s|[^\W\d]+(?:{any_of(TABLE['street_end'])})\s)",
    re.IGNORECASE,
)
_FLOOR_ONLY = re.compile(rf"(?:{FLOOR}){SIDE}", re.IGNORECASE)
_OF_BOX = re.compile(r"[\s,;/(.]*(?:bus|bu|bte|bt|bo[iî]te|box)(?=[\W\d_])", re.IGNORECASE)
_LONGEST_REST, _AGAIN, _FLOOR_ASIDE, _BEHIND_FIRM = 150, 5, 20, 15
_MOST_SPLITS, _NO_DIGIT, _BETWEEN, _NAME_ONLY = 4, 3, 70, 80
_ENDS = EDGES.replace(")", "")  # Rue Haute (CH) ends with what it carries


def list_readings(question: Question, gazetteer: Gazetteer) -> Iterator[Reading]:
    """Yield the ways to read a question, the most usual first."""
    is_structured = question.street_name or question.postal_code or question.municipality
    if not is_structured:
        for reading in _read_text(question.text, gazetteer):
            yield _prefer(reading, question)
        return
    place = read_fields(question, gazetteer)
    said = (place.rest,) if place.rest else ()
    if not question.text:
        for reading in _fill(place, question):
            yield reading._replace(left=reading.left + said) if said else reading
        return
    has_place = bool(question.postal_code or question.municipality)
    if has_place:  # then the text is street and number, as a rule
        for reading in list_rests(question.text):
            yield _prefer(reading._replace(claim=place.claim, left=reading.left + said), question)
    for reading in _read_text(question.text, gazetteer):
        claim, left = join_claims(place.claim, reading.claim)
        left = (*reading.left, *said, *left)
        cost = reading.cost + _AGAIN
        yield _prefer(reading._replace(cost=cost, claim=claim, left=left), question)


def _prefer(reading: Reading, question: Question) -> Reading:
    """Return a reading of a text with what the fields say instead; what they contradict is left."""
    if not (question.street_name or question.house_number or question.box_number):
        return reading
    number = split_number(question.house_number) if question.house_number else Numbered("")
    given = (
        (question.street_name, reading.street),
        (number.house, reading.house),
        (question.box_number or number.box, reading.box),
    )
    street, house, box = (field or text for field, text in given)
    other = [text for field, text in given if field and text and not _is_alike(field, text)]
    left = (*reading.left, *other, *((number.left,) if number.left else ()))
    return reading._replace(street=street, house=house, box=box, left=left)


def _is_alike(field: str, text: str) -> bool:
    """Whether two say the same: box b003 and 3, or a street with more behind it."""
    one, other = (re.sub(r"^b(?=\d)|(?<!\d)0+(?=\d)|[\W_]", "", fold(x)) for x in (field, text))
    return one == other


def _read_text(text: str, gazetteer: Gazetteer) -> Iterator[Reading]:
    text, left = drop_noise(text)
    for place in list_places(text, gazetteer):
        for reading in list_rests(place.rest):
            cost, _, street, house, box, behind, is_without = reading
            yield Reading(
                place.cost + cost, place.claim, street, house, box, left + behind, is_without
            )


def _fill(place: PlaceReading, question: Question) -> Iterator[Reading]:
    street, noise = drop_noise(question.street_name) if question.street_name else ("", ())
    if not question.house_number:
        for rest in list_rests(street):
            other = Question(box_number=question.box_number)
            left = noise + rest.left
            cost = place.cost + rest.cost
            reading = rest._replace(cost=cost, claim=place.claim, left=left)
            yield from _drop_floor(_prefer(reading, other)) if other.box_number else (reading,)
        return
    house, said = drop_noise(question.house_number)
    number = split_number(house)
    is_without = fold(number.house) in _NONE or not fold(number.house)
    house = "" if is_without and not fold(number.house) else number.house
    left = (*noise, *said, *((number.left,) if number.left else ()))
    first = Reading(place.cost, place.claim, street, house, number.box, left, is_without)
    others = Question(box_number=question.box_number)
    yield from _drop_floor(_prefer(first, others))
    segments = [one for one in SEPARATOR.split(street) if one]
    for segment in segments if len(segments) > 1 else ():
        others_left = tuple(one for one in segments if one is not segment)
        yield _prefer(
            first._replace(cost=first.cost + 1, street=segment, left=left + others_left), others
        )


def _drop_floor(reading: Reading) -> Iterator[Reading]:
    """Yield a reading, and where its box is only a floor, the building and the floor left over."""
    yield reading
    words = SEPARATOR.split(reading.box) if reading.box else ()
    if floors := [one for one in words if _FLOOR_ONLY.fullmatch(one)]:
        box = " ".join(one for one in words if one not in floors)
        left = (*reading.left, *floors)
        yield reading._replace(cost=reading.cost + _FLOOR_ASIDE, box=box, left=left)


def list_rests(rest: str) -> Iterator[Reading]:
    """Yield the ways to read street and number out of a text without its place."""
    rest = (
        rest.strip(EDGES.replace("/", "").replace("-", ""))
        if "/" in rest[-2:]
        else rest.strip(EDGES)
    )
    yield from _split_rest(rest)
    if firm := _FIRM.search(rest[-_LONGEST_REST:]):
        for reading in _split_rest(rest[-_LONGEST_REST:][firm.end() :]):
            before = rest[-_LONGEST_REST:][: firm.end()].strip()
            yield reading._replace(cost=reading.cost + _BEHIND_FIRM, left=(before, *reading.left))
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
            yield from _drop_floor(
                Reading(cost + away, Claim(), street, number.house, number.box, others)
            )
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
    box = (found["box"] or found["floor"] or found["bare"]).strip(EDGES)
    rest = behind[found.end() :]
    if not found["bare"] and (second := _BOX.match(rest)) and not second["bare"]:
        words = behind[: found.end()].strip(EDGES)  # floor and box: the box is the box
        if _OF_BOX.match(rest) and not _OF_BOX.match(behind):
            return Numbered(house, second["box"].strip(EDGES), _join_left(words, rest, second))
    return Numbered(house, box, rest.strip(EDGES))


def _join_left(words: str, rest: str, second: re.Match[str]) -> str:
    return f"{words} {rest[second.end() :].strip(EDGES)}".strip()
