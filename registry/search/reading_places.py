"""Where in a text its place stands: the ways to take postal code and name of a place out of it."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from registry.search.places import Claim, Gazetteer, Meaning

_CODE = re.compile(
    # B 1000 behind a sign only: in `Dam B 9000` it is the number of a house
    r"(?<![\w/.-])(?:BE?-|BE ?|B(?=\d)|(?:^|(?<=\n)|(?<=[,;(-] ))B )?(\d{4})(?!\w|[/.-]\d)",
    re.IGNORECASE,
)
_SCANNED_CODE = re.compile(
    r"(?<![\w/.-])(?=[\dOIlSBo]*\d[\dOIlSBo]*\d)([\dOIlSBo]{4})(?!\w|[/.-]\d)"
)
_SCANNED = str.maketrans("OIlSBo", "011580")
_OF_BOX = re.compile(r"(?<!\w)(?:bus|bte|bo[iî]te|box|app?t?|n[or°])[ .:°]*$", re.IGNORECASE)
SEPARATOR = re.compile(r"\s*[,;()\n|]+\s*|\s+[-\u2013\u2014]+\s+")
_WORD = re.compile(r"[^\W_]+(?:['\u2019./-]+[^\W_]+)*\.?")
_IN_PARENTHESES = re.compile(r"\s*\(\s*([^\d,;()]+?)\s*\)")
_SECOND_NAME = re.compile(r"\s*[(,/\u2013-]+\s*([^\d,;()]+?)\s*\)?\s*")
_DIGIT = re.compile(r"\d")
_LONG_WORD = re.compile(r"(?!bo[iî]te)[^\W\d_]{4}", re.IGNORECASE)
EDGES = " ,;:|()/\n-\u2013\u2014"
_MOST_WORDS = 8
_MOST_CODES = 3
_MOST_NEAR_WORDS, _SCAN = 3, 10
_UNNAMED, _NEAR, _NO_CODE, _IN_WORDS, _NOWHERE = 1, 3, 5, 7, 9
GUESS = 90
"""Readings of this cost and more are looked at only when the others lead nowhere."""
_NO_CODE_THOUGH = GUESS  # what is a postal code would be a number of another kind
_UNKNOWN_CODE_THOUGH = 40
_UNKNOWN_NAME = 35  # beside the code stands what is no name of a place, or a misspelled one


class PlaceReading(NamedTuple):
    """One way to read the place out of a text, and what is left. Lower cost: more usual."""

    cost: int
    claim: Claim
    rest: str


def list_places(text: str, gazetteer: Gazetteer) -> Iterator[PlaceReading]:
    """Yield the ways to read a place out of a text, the most usual first."""
    coded = _list_coded(text, gazetteer)
    yield from coded
    if not coded or coded[0].cost:
        is_known = coded and gazetteer.list_covered(coded[0].claim.code)
        doubt = _NO_CODE_THOUGH if is_known else _UNKNOWN_CODE_THOUGH if coded else 0
        for reading in _list_without_code(text, gazetteer):
            if reading.claim.name or not is_known:  # what has a place is not anywhere
                yield reading._replace(cost=reading.cost + doubt)


def _list_coded(text: str, gazetteer: Gazetteer) -> list[PlaceReading]:
    """Return a reading for each number that may be a postal code, the best first."""
    matches = [*_CODE.finditer(text)]
    scanned = () if matches else _SCANNED_CODE.finditer(text)
    codes = [(match, int(match[1]), 0) for match in matches[-_MOST_CODES:]]
    read = ((match, int(match[1].translate(_SCANNED)), _SCAN) for match in scanned)
    codes += [one for one in read if gazetteer.list_covered(one[1])][-_MOST_CODES:]
    coded: list[PlaceReading] = []
    for match, code, doubt in codes:
        if _OF_BOX.search(text, 0, match.start()) is None:
            coded += [
                reading._replace(cost=reading.cost + doubt) if doubt else reading
                for reading in _read_at(text, match, code, gazetteer)
            ]
    if len(coded) > 1:
        coded.sort(key=lambda reading: reading.cost)
    return coded


def _read_at(
    text: str, match: re.Match[str], code: int, gazetteer: Gazetteer
) -> Iterator[PlaceReading]:
    head, tail = text[: match.start()].rstrip(EDGES), text[match.end() :]
    covered = gazetteer.list_covered(code)
    name = _take_first(tail, gazetteer)
    elsewhere = None
    if name is not None and not _is_whole(name):
        if gazetteer.find(SEPARATOR.split(head)[-1]):
            name = None  # Vielsalm, 6690, Bihain 20: a street called like a place
        elif covered and not _is_in(name, covered):
            elsewhere, name = name, None  # 9060, Europa plein 13
    name = name or _take_last(head, tail, gazetteer)
    if name is None:
        name = _take_begin(head, covered, gazetteer)
    cost, edits = 0 if covered else _NO_CODE, 0
    if name is None:
        beside = next((one.text for one in _list_neighbours(head, tail)), "")
        is_first = beside and tail.lstrip(EDGES).startswith(beside)
        doubt = _UNKNOWN_NAME if is_first else _UNNAMED
        yield PlaceReading(cost + doubt, Claim(code, match[1], beside=beside), _join(head, tail))
        name, edits = _take_near(head, tail, code, gazetteer)
        name, cost = name or elsewhere, cost + _NEAR
    if name is not None:
        claim = Claim(code, match[1], name.text, name.meanings, edits)
        rest = _join(name.rest, tail) if name.is_in_head else _join(head, name.rest)
        is_here = _is_in(name, covered)
        yield PlaceReading(cost + (not is_here), claim, rest)
        if not edits and not _LONG_WORD.search(rest):  # 8980 Berg 4: a street called like a place
            yield PlaceReading(cost + _UNNAMED + 1, Claim(code, match[1]), _join(head, tail))


def _join(head: str, tail: str) -> str:
    tail = tail.strip(EDGES)
    return f"{head}, {tail}" if head and tail else head or tail


def _take_begin(head: str, covered: tuple[int, ...], gazetteer: Gazetteer) -> "_Name | None":
    """Return the name that a text begins with where its code stands behind: Gent Dam 3 9000."""
    name = _take_first(head, gazetteer)
    if name is None or not name.rest:
        return None
    if covered and not _is_whole(name) and not _is_in(name, covered):
        return None
    return name._replace(is_in_head=True)


class _Name(NamedTuple):
    text: str
    meanings: tuple[Meaning, ...]
    rest: str
    is_in_head: bool = False


def _is_whole(name: _Name) -> bool:
    """Whether a name that a text begins with is all of a segment."""
    return not name.rest or SEPARATOR.match(name.rest) is not None


def _is_in(name: _Name, covered: tuple[int, ...]) -> bool:
    return any(one.municipality in covered for one in name.meanings)


def _take_first(tail: str, gazetteer: Gazetteer) -> _Name | None:
    """Return the longest name of a place that text begins with: `Chimay, Rue Haute 3`."""
    tail = tail.lstrip(EDGES)
    segment = SEPARATOR.split(tail, 1)[0]
    if not segment:
        return None
    if meanings := gazetteer.find(segment):
        return _add_second(_Name(segment, meanings, tail[len(segment) :]), gazetteer)
    ends = [match.end() for match in _WORD.finditer(segment)][:_MOST_WORDS]
    for end in reversed(ends):
        if meanings := gazetteer.find(segment[:end]):
            return _add_second(_Name(segment[:end], meanings, tail[end:]), gazetteer)
    return None


def _add_second(name: _Name, gazetteer: Gazetteer) -> _Name:
    """Take in a second name: CHENEE (CHAUDFONTAINE) is what both mean, or either."""
    match = _IN_PARENTHESES.match(name.rest) or _SECOND_NAME.fullmatch(name.rest)
    if match is None or not (meanings := gazetteer.find(match[1])):
        return name
    others = {meaning.municipality for meaning in meanings}
    both = tuple(meaning for meaning in name.meanings if meaning.municipality in others)
    text = f"{name.text}{match[0]}".rstrip(" ")
    return _Name(text, both or (*name.meanings, *meanings), name.rest[match.end() :])


def _take_last(head: str, tail: str, gazetteer: Gazetteer) -> _Name | None:
    """Return the name of a place that text ends with: a segment of its own, or behind a number."""
    segments = [*SEPARATOR.finditer(head)]
    start = segments[-1].end() if segments else 0
    if meanings := gazetteer.find(head[start:]):
        return _Name(head[start:], meanings, head[:start].rstrip(EDGES), is_in_head=True)
    starts = [match.start() for match in _WORD.finditer(head, start)]
    behind = next((i for i in range(len(starts) - 1, -1, -1) if head[starts[i]].isdigit()), None)
    if behind is None or tail.strip(EDGES):
        return None
    for begin in starts[behind + 1 :][-_MOST_WORDS:]:
        if meanings := gazetteer.find(head[begin:]):
            return _Name(head[begin:], meanings, head[:begin].rstrip(EDGES), is_in_head=True)
    return None


def _take_near(head: str, tail: str, code: int, gazetteer: Gazetteer) -> tuple[_Name | None, int]:
    """Return a misspelled or cut name of a place beside its postal code, and its edits.

    At best of a place that the code covers; of another only where all of a segment is its name.
    """
    names = [*_list_neighbours(head, tail)]
    codes = (code, -1) if gazetteer.list_covered(code) else (-1,)
    for where in codes:
        for name in names if where >= 0 else names[:2]:
            meanings, edits = gazetteer.find_near(name.text, where)
            if meanings:
                return name._replace(meanings=meanings), edits
    return None, 0


def _list_neighbours(head: str, tail: str) -> Iterator[_Name]:
    """Yield what may be a name beside a postal code: whole segments first, then beginnings."""
    tail = tail.lstrip(EDGES)
    first = SEPARATOR.split(tail, 1)[0]
    last = SEPARATOR.split(head)[-1]
    behind = re.split(r"\d\w*", last)[-1].strip(EDGES)
    if first and not _DIGIT.search(first):
        yield _Name(first, (), tail[len(first) :])
    if behind and (behind != last or (last != head and not first)):
        yield _Name(behind, (), head[: head.rindex(behind)].rstrip(EDGES), is_in_head=True)
    for match in [*_WORD.finditer(first)][:_MOST_NEAR_WORDS]:
        if not _DIGIT.search(first[: match.end()]):
            yield _Name(first[: match.end()], (), tail[match.end() :])


def _list_without_code(text: str, gazetteer: Gazetteer) -> Iterator[PlaceReading]:
    segments = [one for one in SEPARATOR.split(text) if one]
    if len(segments) > 1:
        for segment in (segments[-1], segments[0]):
            if meanings := gazetteer.find(segment):
                yield PlaceReading(_NO_CODE, _name(segment, meanings), _cut(text, segment))
    behind = _DIGIT.search(text) and re.split(r"(?<!\w)\d\S*", text)[-1].strip(EDGES)
    if behind:
        yield from _list_endings(text, behind, gazetteer, first=0, cost=_NO_CODE)
    yield PlaceReading(_NOWHERE, Claim(), text)
    if name := _take_first(text, gazetteer):
        yield PlaceReading(_IN_WORDS, _name(name.text, name.meanings), name.rest.strip(EDGES))
    if not behind and segments:
        yield from _list_endings(text, segments[-1], gazetteer, first=1, cost=_IN_WORDS)
    ends = segments[-1:] + segments[:1] if len(segments) > 1 else []
    begun = [text[: match.end()] for match in islice(_WORD.finditer(text), _MOST_NEAR_WORDS)]
    for words in dict.fromkeys((behind or "", *ends, *reversed(begun))):
        if words and words != text and not _DIGIT.search(words):
            meanings, edits = gazetteer.find_near(words)
            if meanings:
                yield PlaceReading(GUESS, _name(words, meanings, edits), _cut(text, words))


def _list_endings(
    text: str, words: str, gazetteer: Gazetteer, *, first: int, cost: int
) -> Iterator[PlaceReading]:
    """Yield the longest name of a place that words end with; both of CHENEE (CHAUDFONTAINE)."""
    two = _take_first(words, gazetteer) if "(" in words else None
    if two and not two.rest.strip(EDGES):
        yield PlaceReading(cost, _name(two.text, two.meanings), _cut(text, two.text))
        return
    for match in [*_WORD.finditer(words)][first:][-_MOST_WORDS:]:
        name = words[match.start() :]
        if meanings := gazetteer.find(name):
            yield PlaceReading(cost, _name(name, meanings), _cut(text, name))
            return


def _name(name: str, meanings: tuple[Meaning, ...], edits: int = 0) -> Claim:
    return Claim(name=name, meanings=meanings, edits=edits)


def _cut(text: str, name: str) -> str:
    """Return text without a name it begins or ends with."""
    stripped = text.strip(EDGES)
    if stripped.endswith(name):
        return stripped.removesuffix(name).strip(EDGES)
    return (
        stripped.removeprefix(name).strip(EDGES)
        if stripped.startswith(name)
        else stripped.replace(name, ",", 1)
    )
