"""Where an answer lies: its own point, between its neighbours, or the middle of its street."""

from collections.abc import Iterable

from registry.search.answers import MatchLevel, PositionLevel
from registry.search.findings import Finding
from registry.search.index import SearchIndex, Standing


def find_position(
    best: Finding, index: SearchIndex
) -> tuple[PositionLevel, tuple[float, float] | None]:
    """Return the position of a finding in metres of EPSG:3812, and what it is of."""
    columns, s = index.addresses, best.street.street
    if best.number.addresses and columns.xs[best.number.addresses[0]] >= 0:
        a = best.number.addresses[0]
        is_own = best.number.level is MatchLevel.BOX or not columns.boxes[a]
        level = PositionLevel.ADDRESS if is_own else PositionLevel.BUILDING
        return level, (columns.xs[a] / 1000, columns.ys[a] / 1000)
    digits = "".join(iter(_take_digits(best.reading.house)))
    if digits and (between := interpolate(s, int(digits), index)) is not None:
        return PositionLevel.INTERPOLATED, between
    x, y = index.streets.middles_x[s], index.streets.middles_y[s]
    return PositionLevel.STREET, (x / 1000, y / 1000) if x >= 0 else None


def _take_digits(text: str) -> Iterable[str]:
    for letter in text[:9]:
        if not (letter.isascii() and letter.isdigit()):
            return
        yield letter


def interpolate(s: int, number: int, index: SearchIndex) -> tuple[float, float] | None:
    """Return a position for a number that is not there, in metres: between its neighbours.

    On the same side of the street, in proportion; beyond the last one, the last one's.
    """
    addresses, numbers = index.addresses, index.numbers
    below = above = None
    for a in range(index.streets.first_addresses[s], index.streets.first_addresses[s + 1]):
        first = numbers.first[addresses.houses[a]]
        if (
            first < 0
            or (first - number) % 2
            or addresses.xs[a] < 0
            or addresses.standings[a] >= Standing.RETIRED
        ):
            continue
        if first <= number:
            below = (first, addresses.xs[a], addresses.ys[a])
        elif above is None:
            above = (first, addresses.xs[a], addresses.ys[a])
            break
    if below is None or above is None:
        end = below or above
        return end and (end[1] / 1000, end[2] / 1000)
    share = (number - below[0]) / (above[0] - below[0])
    return (
        (below[1] + share * (above[1] - below[1])) / 1000,
        (below[2] + share * (above[2] - below[2])) / 1000,
    )
