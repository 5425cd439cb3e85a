"""Addresses of an index in their order, and what streets have of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from registry.search.index import NO_POSITION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.search.build_numbers import MadeNumbers
    from registry.search.build_rows import AddressRows

_BEHIND_NUMBERS = 2**62
_MOST_CODES = 10_000
"""A postal code has four digits."""


def make_addresses(
    rows: AddressRows, streets: NDArray[np.uint32], numbers: MadeNumbers
) -> dict[str, NDArray[Any]]:
    """Return AddressColumns by street, house, box, standing and id; `streets`: `s` of each row.

    The arrays that are given are put in order themselves: there is no room for them twice.
    """
    order = _order(rows, streets, numbers)
    columns: dict[str, NDArray[Any]] = {
        "streets": streets,
        "houses": numbers.houses,
        "boxes": numbers.boxes,
        "house_labels": numbers.house_labels,
        "box_labels": numbers.box_labels,
        "standings": rows.standings,
        "postal_codes": rows.postal_codes,
        "parts": rows.parts,
        "object_numbers": rows.objects,
        "xs": rows.xs,
        "ys": rows.ys,
    }
    for column in columns.values():
        column[:] = column[order]
    return columns


def _order(
    rows: AddressRows, streets: NDArray[np.uint32], numbers: MadeNumbers
) -> NDArray[np.intp]:
    """Order by one number made of four, then by id: identifiers that are no number come last."""
    place = streets.astype(np.uint64)
    for column in (numbers.houses, numbers.boxes, rows.standings):
        place *= np.uint64(int(column.max(initial=0)) + 1)
        place += column
    objects = np.where(rows.objects < 0, _BEHIND_NUMBERS - rows.objects, rows.objects)
    return np.lexsort((objects, place))


def make_street_columns(addresses: dict[str, NDArray[Any]], count: int) -> dict[str, NDArray[Any]]:
    """Return the columns of `count` streets that follow from their addresses."""
    streets = addresses["streets"]
    first = np.searchsorted(streets, np.arange(count + 1)).astype(np.uint32)
    nearest = _find_middles(streets, addresses["xs"], addresses["ys"], count)
    has_middle = nearest >= 0
    first_codes, codes = _rank_codes(streets, addresses["postal_codes"], count)
    middles = {
        f"middles_{axis}": np.where(
            has_middle, _take(addresses[f"{axis}s"], nearest), NO_POSITION
        ).astype(np.int32)
        for axis in "xy"
    }
    return {"first_addresses": first, **middles, "first_codes": first_codes, "codes": codes}


def _take(column: NDArray[Any], places: NDArray[np.int64]) -> NDArray[Any]:
    return column[places] if len(column) else np.zeros(len(places), column.dtype)


def _find_middles(
    streets: NDArray[np.uint32], xs: NDArray[np.int32], ys: NDArray[np.int32], count: int
) -> NDArray[np.int64]:
    """Return the address nearest to the mean position of each street; -1 without positions."""
    placed = np.flatnonzero(xs != NO_POSITION)
    of = streets[placed]
    totals = np.maximum(np.bincount(of, minlength=count), 1)
    distances = np.zeros(len(placed))
    for axis in (xs, ys):
        values = axis[placed].astype(np.float64)
        means = np.bincount(of, weights=values, minlength=count) / totals
        distances += (values - means[of]) ** 2
    nearest = np.full(count, -1, np.int64)
    if len(placed):
        begins = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
        least = np.zeros(count)
        least[of[begins]] = np.minimum.reduceat(distances, begins)
        # Backwards: of several that are as near, the first is written last.
        as_near = np.flatnonzero(distances == least[of])[::-1]
        nearest[of[as_near]] = placed[as_near]
    return nearest


def _rank_codes(
    streets: NDArray[np.uint32], codes: NDArray[np.uint16], count: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """Return the postal codes of each street, the most frequent first, and where each begins."""
    pairs, counts = np.unique(streets.astype(np.int64) * _MOST_CODES + codes, return_counts=True)
    of, code = np.divmod(pairs, _MOST_CODES)
    told = code > 0
    of, code, counts = of[told], code[told], counts[told]
    order = np.lexsort((code, -counts, of))
    first = np.searchsorted(of[order], np.arange(count + 1)).astype(np.uint32)
    return first, code[order].astype(np.uint16)
