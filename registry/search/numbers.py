"""A house and box number inside one street: which address it is, or what comes nearest to it."""

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from registry.domain.region import Region
from registry.normalization.box_number import make_box_key
from registry.normalization.house_number import HouseNumber, parse_house_number
from registry.search.answers import MatchLevel, Reason
from registry.search.index import SearchIndex, Standing
from registry.search.reading_noise import TABLE, any_of

NO_SUCH_NUMBER = 200
_NO_SUCH_BOX, _BOX_SPELLING, _BOX_IN_NUMBER = 70, 20, 10
_IN_RANGE, _LETTER, _SCAN = 40, 60, 20
_OF_STANDING = {Standing.RETIRED: 30, Standing.GONE: 40, Standing.OTHER: 5}
POINTS_OF_STANDING = tuple(_OF_STANDING.get(standing, int(standing)) for standing in Standing)


class NumberFinding(NamedTuple):
    """What a number came to. `addresses`: equally good ones; () with level STREET."""

    cost: int
    level: MatchLevel
    addresses: tuple[int, ...] = ()
    house_reason: Reason | None = None
    box_reason: Reason | None = None
    is_several: bool = False


NONE = NumberFinding(0, MatchLevel.STREET, house_reason=Reason.NO_NUMBER)
MISSING = NumberFinding(NO_SUCH_NUMBER, MatchLevel.STREET, house_reason=Reason.NO_SUCH_NUMBER)


class Asked(NamedTuple):
    """A house number and box by one way of reading them. `key` as in Numbers.house_keys."""

    key: str
    box: str
    cost: int = 0
    house_reason: Reason | None = None
    box_reason: Reason | None = None


def find_number(
    s: int, house: str, box: str, index: SearchIndex, *, is_guessing: bool = True
) -> NumberFinding:
    """Return the address in a street that a house number and box mean.

    Not guessing, a number that is not there stands for no other: its letter, its range.
    """
    if " " in house:
        house = _UNTIL.sub("-", house)
    place = index.municipalities[index.streets.municipalities[s]]
    asked = list_ways(house, box, place.region)
    if not asked:
        return NONE
    partial = None
    for way in asked:
        found = _find_asked(s, way, place.nis_code, index)
        if found is not None:
            if found.box_reason is not Reason.NO_SUCH_BOX:
                return found
            partial = partial or found
    if partial is None and is_guessing:
        partial = _find_other(s, asked[0], house, place.nis_code, index)
    return partial or MISSING


def find_house(s: int, key: str, index: SearchIndex) -> tuple[int, int]:
    """Return the slice of addresses of a house in a street; an empty one if there is none."""
    houses, firsts = index.addresses.houses, index.streets.first_addresses
    house = index.numbers.house_key_numbers.get(key, -1)
    low = bisect_left(houses, house, firsts[s], firsts[s + 1]) if house >= 0 else firsts[s + 1]
    if low == firsts[s + 1] or houses[low] != house:
        return low, low
    if low + 1 == firsts[s + 1] or houses[low + 1] != house:
        return low, low + 1
    return low, bisect_right(houses, house, low, firsts[s + 1])


_SCANNED = str.maketrans("OoIl", "0011")  # no house number has these letters
_SCANNED_TOO = str.maketrans("OoIlSB", "001158")
_BIS = re.compile(r"[A-Z]|BIS|TER|QUATER|_?\d{1,2}")
_SCANNABLE = re.compile(r"[\dOoIlSB]+[A-Za-z]?")
_LETTERS = re.compile(r"[A-Za-z]{1,2}")
_UNTIL = re.compile(rf"\s(?:{any_of(TABLE['until'])})\.?\s(?=\d)", re.IGNORECASE)
_WIDEST = 20


@lru_cache(maxsize=65_536)
def list_ways(house: str, box: str, region: Region) -> tuple[Asked, ...]:
    """Return the ways to read a house number and a box in a region, its own rule first.

    12/3 where the rule says it is a range may be box 3 of 12; 12A may be box A of 12.
    """
    if not house:
        return ()
    read = parse_house_number(house, region)
    within = "" if read.box and read.box.lstrip("0") == box.lstrip("0") else read.box or ""
    joined = f"{within} {box}".strip()
    ways = [Asked(read.key, joined)]
    if (scanned := _read_scan(house, _SCANNED)) not in {house, ""}:
        ways.append(Asked(scanned, joined, _SCAN, Reason.SPELLING))
    if read.bis == "B" and joined:  # 12 b A
        ways.append(Asked(str(read.number), joined, _BOX_IN_NUMBER, None, Reason.BOX_IN_NUMBER))
    if read.rest and read.number is not None:
        ways.append(Asked(f"{read.number}{read.bis}", box or read.rest, _BOX_IN_NUMBER))
    if not joined and (split := _split_end(read)):
        ways.append(Asked(*split, _BOX_IN_NUMBER, None, Reason.BOX_IN_NUMBER))
    if read.number is not None and not read.bis and _LETTERS.fullmatch(joined):
        key = f"{read.number}{joined.upper()}"  # 12 box A may be 12A
        ways.append(Asked(key, "", _BOX_IN_NUMBER, Reason.BOX_IN_NUMBER))
    return tuple(ways)


def _read_scan(house: str, letters: dict[int, int]) -> str:
    """Return a house number with the digits that a scanner took for letters; "" if it has none."""
    if _SCANNABLE.fullmatch(house) is None:
        return ""
    read = house.translate(letters)
    return read.lstrip("0").upper() if read[0].isdigit() else ""


def _split_end(read: HouseNumber) -> tuple[str, str] | None:
    if read.number is None:
        return None
    if read.last is not None:
        return f"{read.number}{read.bis}", f"{read.last.number}{read.last.bis}"
    return (str(read.number), read.bis.lstrip("_")) if read.bis else None


def _find_asked(s: int, asked: Asked, nis_code: str, index: SearchIndex) -> NumberFinding | None:
    low, high = find_house(s, asked.key, index)
    if low == high:
        return None
    if not asked.box:
        return _choose_building(low, high, asked, index)
    box = _find_box(low, high, asked.box, nis_code, index)
    if box is not None:
        first, last, cost = box
        reason = Reason.SPELLING if cost else asked.box_reason
        return _choose(
            first,
            last,
            MatchLevel.BOX,
            asked._replace(cost=asked.cost + cost, box_reason=reason),
            index,
        )
    if asked.cost:
        return None  # a second way of reading is one only if all of it is there
    missing = asked._replace(cost=_NO_SUCH_BOX, box_reason=Reason.NO_SUCH_BOX)
    return _choose_building(low, high, missing, index)


def _choose_building(low: int, high: int, asked: Asked, index: SearchIndex) -> NumberFinding:
    """Return the address without a box, or the first box: boxes are in natural order."""
    last = low + 1
    while last < high and index.addresses.boxes[last] == index.addresses.boxes[low]:
        last += 1
    return _choose(low, last, MatchLevel.BUILDING, asked, index)


def _choose(
    low: int, high: int, level: MatchLevel, asked: Asked, index: SearchIndex
) -> NumberFinding:
    """Return the best of twins: by standing, then the smallest id."""
    best = low
    if high - low > 1:
        numbers, standings = index.addresses.object_numbers, index.addresses.standings
        best = min(range(low, high), key=lambda a: (standings[a], numbers[a] < 0, abs(numbers[a])))
    return NumberFinding(
        asked.cost + POINTS_OF_STANDING[index.addresses.standings[best]],
        level,
        (best,),
        asked.house_reason,
        asked.box_reason,
        high - low > 1,
    )


def _find_box(
    low: int, high: int, box: str, nis_code: str, index: SearchIndex
) -> tuple[int, int, int] | None:
    """Return the slice of addresses with a box, and the points its spelling costs."""
    region = index.get_region(index.addresses.streets[low])
    key = make_box_key(box, region, nis_code)
    wanted = index.numbers.box_key_numbers.get(key, -1)
    boxes = index.addresses.boxes
    first = bisect_left(boxes, wanted, low, high) if wanted >= 0 else high
    if first < high and boxes[first] == wanted:
        return first, bisect_right(boxes, wanted, first, high), 0
    loose = _loosen(key)
    like = [a for a in range(low, high) if _loosen(index.numbers.box_keys[boxes[a]]) == loose]
    if not loose or len({boxes[a] for a in like}) != 1:
        return None
    return like[0], like[-1] + 1, _BOX_SPELLING


_LOOSE = re.compile(r"^b(?=\w)|[\W_]|^0+(?=\w)")


def _loosen(key: str) -> str:
    """Return a box key without marks, zeros and the b that announces it: b1 and 1 are alike."""
    return _LOOSE.sub("", key)


def _find_other(
    s: int, asked: Asked, house: str, nis_code: str, index: SearchIndex
) -> NumberFinding | None:
    """Return what stands for a number that is not there: its letter, its range, its members."""
    region = index.get_region(s)
    read = parse_house_number(house, region)
    can_drop = read.last is None and _BIS.fullmatch(read.bis)
    dropped = _drop_letter(s, read, asked, index) if can_drop else None
    if (scanned := _read_scan(house, _SCANNED_TOO)) not in {house, ""}:
        way = asked._replace(key=scanned, cost=_LETTER, house_reason=Reason.SPELLING)
        found = _find_asked(s, way, nis_code, index)
        if found and dropped:  # 7S is 7 or 75
            return found._replace(addresses=found.addresses + dropped.addresses)
        dropped = found or dropped
    if dropped or read.number is None or read.rest:
        return dropped
    first, last = index.numbers.first, index.numbers.last
    span = (read.number, read.last.number if read.last else read.number)
    firsts = index.streets.first_addresses
    houses = sorted(set(index.addresses.houses[firsts[s] : firsts[s + 1]]))
    if (end := _split_end(read)) and read.last is not None:
        is_wide = not 0 < span[1] - span[0] <= _WIDEST
        if is_wide or (
            "/" in house and all(last[h] < span[1] or first[h] > span[1] for h in houses)
        ):
            box = Asked(*end, box_reason=Reason.NO_SUCH_BOX)
            return _find_asked(s, box, nis_code, index)
    lettered = [h for h in houses if first[h] == last[h] == span[0] == span[1]]
    if lettered and not read.bis:
        return _answer_houses(s, lettered, _LETTER, Reason.ONLY_WITH_LETTER, asked, nis_code, index)
    ranges = [
        h
        for h in houses
        if first[h] <= span[1]
        and last[h] >= span[0]
        and (first[h] - span[0]) % 2 == 0
        and (first[h] < last[h] or span[0] < span[1])
    ]
    same_start = [h for h in ranges if first[h] == span[0] and last[h] > first[h]]
    if ranges:
        chosen = same_start if len(same_start) == 1 else ranges
        return _answer_houses(s, chosen, _IN_RANGE, Reason.IN_RANGE, asked, nis_code, index)
    return None


def _drop_letter(
    s: int, read: HouseNumber, asked: Asked, index: SearchIndex
) -> NumberFinding | None:
    low, high = find_house(s, str(read.number), index)
    if low == high:
        return None
    dropped = asked._replace(cost=_LETTER, house_reason=Reason.LETTER_DROPPED)
    return _choose_building(low, high, dropped, index)


def _answer_houses(
    s: int,
    houses: list[int],
    cost: int,
    reason: Reason,
    asked: Asked,
    nis_code: str,
    index: SearchIndex,
) -> NumberFinding:
    found = []
    for house in houses:
        way = Asked(index.numbers.house_keys[house], asked.box, 0, reason, asked.box_reason)
        one = _find_asked(s, way, nis_code, index)
        if one is not None:
            found.append(one)
    found.sort()
    best = found[0]
    equal = [one for one in found if one.cost == best.cost]
    return best._replace(
        cost=best.cost + cost,
        addresses=tuple(a for one in equal for a in one.addresses),
        house_reason=reason,
    )
