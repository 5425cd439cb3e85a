"""House and box numbers in what is typed, and the addresses of a street that begin with them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from registry.normalization.box_number import make_box_key
from registry.normalization.house_number import make_number_key, parse_house_number
from registry.search.index import SearchIndex, Standing
from registry.search.suggestion_answers import Kind

_MOST_READINGS = 3
_MOST_DIGITS = 5
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(
    r"(?<![\w'/.-])(?:n(?:r|[o°])?\.?\s?)?"
    r"(?P<house>\d{1,5}(?:\s?(?:bis|ter)\b|[a-z]{1,2}\d{0,2}(?!\w))?(?:[-/+_]\w{0,6})*)"
    r"(?P<letter>\s[a-z](?![\w'.]|\s+\d))?"
    r"(?:[\s,]+(?:b|bus|bte|bo[iî]te|box|bfk|app?t?)(?:\.\s*|\s+|(?=\d))"
    r"(?P<box>[a-z]{1,2}\s{1,2}\d{1,3}(?=\s*(?:,|$))|[^\s,]*))?"
    r"(?=[\s,;]|$)",
    re.IGNORECASE,
)
_BOX_BEHIND = re.compile(
    r"[\s,]+(?:bus|bte|bo[iî]te|box)(?:\.\s*|\s+|$)(?P<box>[a-z]{1,2}\s{1,2}\d{1,3}|[^\s,]*)\s*$",
    re.IGNORECASE,
)
_BEGUN_BOX_WORD = re.compile(r"[\s,]+(?:b[ut]?|bo[iîx]?t?|bfk?|app?t?)$", re.IGNORECASE)


class Target(NamedTuple):
    """What to suggest: `s`, `m`, `a` or a postal code by kind; `is_building`: boxes follow."""

    kind: Kind
    number: int
    is_building: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberReading:
    """A number that may be a house number, and the text without it.

    `is_open` when the number may go on, `rest_is_open` when the text around it may. `box` is None
    when none is begun, "" when it was announced; `is_box_begun`: that is being typed, perhaps.
    """

    house: str
    box: str | None
    is_open: bool
    rest: str
    rest_is_open: bool
    is_box_begun: bool = False


def list_readings(text: str) -> list[list[NumberReading]]:
    """Return what may be the house number of a text, the last one first; each as it may be read.

    A letter apart from its number may be a place that is being typed, or the word for a box.
    """
    read = _list_written(text)
    begun = _BEGUN_BOX_WORD.search(text)
    boxes = _list_written(f"{text[: begun.start()]} ") if begun is not None else []
    if read and boxes:
        read[0][1:1] = [replace(one, is_box_begun=True) for one in boxes[0]]
    return read[:_MOST_READINGS]


def _list_written(text: str) -> list[list[NumberReading]]:
    box: str | None = None
    behind = _BOX_BEHIND.search(text)
    if behind is not None and any(map(str.isdigit, text[: behind.start()])):
        text, box = f"{text[: behind.start()]} ", behind["box"]
    found: list[list[NumberReading]] = []
    for match in _NUMBER.finditer(text):
        ends = (match.end("house"), match.end()) if match["letter"] else (match.end(),)
        found.append([_make_reading(text, match.start(), end, match, box) for end in ends])
    return found[::-1]


def _make_reading(
    text: str, begin: int, end: int, match: re.Match[str], box: str | None
) -> NumberReading:
    box = match["box"] if box is None else box
    rest = f"{text[:begin]} {text[end:]}"
    has_letter = match["letter"] and end >= match.end("letter")
    return NumberReading(
        house=match["house"] + (match["letter"] if has_letter else ""),
        box=box,
        is_open=end == len(text) and box is None,
        rest=rest,
        rest_is_open=end < len(text) and text[-1].isalnum(),
    )


class NumberSearch:
    """Finds what has a number in one street after another."""

    def __init__(self, index: SearchIndex, reading: NumberReading) -> None:
        self._index = index
        self._reading = reading
        self._blocks: dict[str, list[tuple[int, int]]] = {}

    def list_targets(self, s: int, *, is_only: bool) -> Iterator[Target]:
        """Yield the buildings with a number that begins so, in natural order; those gone last.

        Before them the boxes that begin so, when one is begun. The boxes of a finished number
        follow it in the only street.
        """
        index, reading = self._index, self._reading
        read = parse_house_number(reading.house.rstrip("-/+_"), index.get_region(s))
        box = read.box or reading.box
        building = self._find_building(s, read.key)
        if building is not None and (box is not None or (is_only and not reading.is_open)):
            itself = make_building_target(index, building)
            boxes = [Target(Kind.ADDRESS, a) for a in _list_boxes(index, building, box or "")]
            yield from chain([itself], boxes) if box is None else chain(boxes, [itself])
        if box is None:
            yield from (make_building_target(index, a) for a in self._list_buildings(s, read.key))

    def has_box(self, target: Target) -> bool:
        """Whether it is a box when one is begun, or has some when their word is; else True."""
        is_boxed = self._index.addresses.boxes[target.number] > 0
        if self._reading.is_box_begun:
            return target.is_building or is_boxed
        return self._reading.box is None or (is_boxed and not target.is_building)

    def may_be_code_of(self, s: int) -> bool:
        """Whether the number may be the beginning of a postal code of the street."""
        begin, streets = self._reading.house, self._index.streets
        codes = streets.codes[streets.first_codes[s] : streets.first_codes[s + 1]]
        return self._reading.is_open and any(f"{code:04d}".startswith(begin) for code in codes)

    def _list_buildings(self, s: int, key: str) -> Iterator[int]:
        """Yield the first address of each building."""
        if key not in self._blocks:
            self._blocks[key] = _list_blocks(self._index, key, is_open=self._reading.is_open)
        houses, keys = self._index.addresses.houses, self._index.numbers.house_keys
        first, last = _get_slice(self._index, s)
        gone = []
        for low, high in self._blocks[key]:
            a = bisect_left(houses, low, first, last)
            while a < last and (h := houses[a]) < high:
                after = bisect_right(houses, h, a, last)
                if keys[h].startswith(key):
                    best = _choose_first(self._index, a, after)
                    if self._index.addresses.standings[best] < Standing.RETIRED:
                        yield best
                    else:
                        gone.append(best)
                a = after
        yield from gone

    def _find_building(self, s: int, key: str) -> int | None:
        """Return the first address of the building with just this number."""
        h = self._index.numbers.house_key_numbers.get(key, -1)
        houses, (first, last) = self._index.addresses.houses, _get_slice(self._index, s)
        a = bisect_left(houses, h, first, last) if h >= 0 else last
        if a == last or houses[a] != h:
            return None
        return _choose_first(self._index, a, bisect_right(houses, h, a, last))


def _list_blocks(index: SearchIndex, key: str, *, is_open: bool) -> list[tuple[int, int]]:
    """Return the slices of house keys with the numbers that begin so: 12; 120 to 129; 1200 to.

    A finished number, or one with a letter, is itself only, and with more letters.
    """
    match = _DIGITS.match(key)
    if match is None:
        return []
    number = int(match[0])
    may_grow = is_open and match[0] == key
    widths = range(max(1, _MOST_DIGITS - len(key)) if may_grow else 1)
    keys = index.numbers.house_keys
    return [
        (_find_number(keys, number * 10**width), _find_number(keys, (number + 1) * 10**width))
        for width in widths
    ]


def _find_number(keys: Sequence[str], number: int) -> int:
    """Return where the house keys of a number begin, in their natural order."""
    return bisect_left(keys, make_number_key(str(number)), key=make_number_key)


def list_houses(index: SearchIndex, s: int) -> Iterator[int]:
    """Yield the first address of each building of a street, as they are numbered."""
    houses = index.addresses.houses
    a, last = _get_slice(index, s)
    while a < last:
        after = bisect_right(houses, houses[a], a, last)
        best = _choose_first(index, a, after)
        if index.addresses.standings[best] < Standing.RETIRED:
            yield best
        a = after


def _choose_first(index: SearchIndex, begin: int, end: int) -> int:
    """Return the first address of a building, before those that went."""
    standings = index.addresses.standings
    if standings[begin] < Standing.RETIRED:
        return begin
    return min(range(begin, end), key=lambda a: (standings[a] >= Standing.RETIRED, a))


def _list_boxes(index: SearchIndex, building: int, written: str) -> Iterator[int]:
    """Yield the addresses of a building with a box number that begins as what was typed."""
    addresses = index.addresses
    s, h = addresses.streets[building], addresses.houses[building]
    nis_code = index.municipalities[index.streets.municipalities[s]].nis_code
    begin = make_box_key(written, index.get_region(s), nis_code)
    first, last = _get_slice(index, s)
    a = bisect_left(addresses.houses, h, first, last)
    end = bisect_right(addresses.houses, h, a, last)
    keys, labels = index.numbers.box_keys, index.numbers.box_labels
    for one in range(a, end):
        key = keys[addresses.boxes[one]]
        if not key or addresses.standings[one] >= Standing.RETIRED:
            continue
        label = labels[addresses.box_labels[one]]
        if key.startswith(begin) or label.casefold().startswith(written.casefold()):
            yield one


def make_building_target(index: SearchIndex, a: int) -> Target:
    """Return the target of a building's first address: with its boxes, if it has more of them."""
    addresses = index.addresses
    first, last = _get_slice(index, addresses.streets[a])
    begin = bisect_left(addresses.houses, addresses.houses[a], first, last)
    end = bisect_right(addresses.houses, addresses.houses[a], begin, last)
    has_boxes = end - begin > 1 and addresses.boxes[end - 1] > 0
    return Target(Kind.ADDRESS, a, has_boxes)


def _get_slice(index: SearchIndex, s: int) -> tuple[int, int]:
    first = index.streets.first_addresses
    return first[s], first[s + 1]
