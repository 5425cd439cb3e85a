"""Which addresses are nearest to a point: cells of a grid, outwards until none can be nearer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from registry.search.index import NO_POSITION, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from registry.search.index import AddressColumns

_CELL = 100_000
"""Millimetres: in a town a few hundred addresses, in the country the next village is soon seen."""
_CELLS_PER_ROW = 2**15
"""Positions are less than 2,000 km from the origin: see build_rows."""


class Near(NamedTuple):
    """An address, and how many metres from the point it is."""

    address: int
    distance: float


def make_nearest_arrays(addresses: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the addresses that are somewhere, cell by cell, and where each cell begins."""
    xs, ys = addresses["xs"], addresses["ys"]
    placed = np.flatnonzero((xs != NO_POSITION) & (addresses["standings"] != Standing.GONE))
    cells = ys[placed] // _CELL * _CELLS_PER_ROW + xs[placed] // _CELL
    order = np.argsort(cells, kind="stable")
    cells = cells[order]
    begins = np.flatnonzero(np.diff(cells, prepend=np.int32(-1)))
    return {
        "cells": cells[begins].astype(np.int32),
        "first": np.append(begins, len(cells)).astype(np.uint32),
        "addresses": placed[order].astype(np.uint32),
    }


class NearestIndex:
    """Finds addresses by their position. All it needs is mapped; it holds nothing of its own."""

    def __init__(self, columns: AddressColumns, arrays: Mapping[str, Any]) -> None:
        self._xs, self._ys = np.asarray(columns.xs), np.asarray(columns.ys)
        self._standings = np.asarray(columns.standings)
        self._cells, self._first = np.asarray(arrays["cells"]), np.asarray(arrays["first"])
        self._addresses = np.asarray(arrays["addresses"])

    def find(
        self,
        point: tuple[float, float],
        *,
        radius: float,
        limit: int = 1,
        standings: Collection[Standing] = (Standing.CURRENT,),
        first_of_building: bool = False,
    ) -> list[Near]:
        """Return at most `limit` addresses within `radius` metres of a point of EPSG:3812.

        The nearest first; of those that are as near the first by street and number. With
        `first_of_building` only the first at each position.
        """
        x, y, most = point[0] * 1000, point[1] * 1000, radius * 1000
        reach = 1
        while True:
            # No address outside of the block of cells is as near as its edge.
            edge = _find_edge(x, y, reach)
            rows = self._list_block(x, y, reach, standings)
            distances = np.hypot(self._xs[rows] - x, self._ys[rows] - y)
            is_near = distances <= most if edge > most else distances < edge
            rows, distances = rows[is_near], distances[is_near]
            if first_of_building:
                first = self._find_first_at_positions(rows)
                rows, distances = rows[first], distances[first]
            if len(rows) >= limit or edge > most:
                return _list_nearest(rows, distances, limit)
            reach *= 2

    def _list_block(
        self, x: float, y: float, reach: int, standings: Collection[Standing]
    ) -> NDArray[np.uint32]:
        """Return the addresses in the cells around that of a point, those of a cell in order."""
        column, row = int(x // _CELL), int(y // _CELL)
        middles = np.arange(row - reach, row + reach + 1, dtype=np.int32) * _CELLS_PER_ROW
        # Of the type of the cells: numpy would convert them all.
        ends = np.concatenate([middles + max(column - reach, 0), middles + (column + reach + 1)])
        cells = self._first[np.searchsorted(self._cells, ends.astype(np.int32))].tolist()
        count = len(middles)
        slices = [
            self._addresses[first:last]
            for first, last in zip(cells[:count], cells[count:], strict=True)
            if first < last
        ]
        if not slices:
            return self._addresses[:0]
        rows: NDArray[np.uint32] = np.concatenate(slices)
        wanted = np.zeros(len(Standing), np.bool_)
        wanted[list(standings)] = True
        is_wanted: NDArray[np.bool_] = wanted[self._standings[rows]]
        return rows[is_wanted]

    def _find_first_at_positions(self, rows: NDArray[np.uint32]) -> NDArray[np.intp]:
        """Return places in `rows`; what is at one position is in one cell, so in order of `a`."""
        positions = self._xs[rows].astype(np.int64) << 32 | self._ys[rows]
        return np.unique(positions, return_index=True)[1]


def _find_edge(x: float, y: float, reach: int) -> float:
    """Return how far it is from a point to the nearest edge of the block of cells around it."""
    inside = (x % _CELL, _CELL - x % _CELL, y % _CELL, _CELL - y % _CELL)
    return min(inside) + reach * _CELL


def _list_nearest(
    rows: NDArray[np.uint32], distances: NDArray[np.float64], limit: int
) -> list[Near]:
    if len(rows) > limit:
        is_near = distances <= np.partition(distances, limit - 1)[limit - 1]
        rows, distances = rows[is_near], distances[is_near]
    order = np.lexsort((rows, distances))[:limit]
    return [Near(int(rows[n]), float(distances[n]) / 1000) for n in order]
