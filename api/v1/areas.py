"""Boxes and circles as people write them, to geometry in the register's own system."""

import struct
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from api.problems import Issue, Problem, make_bad_request
from api.v1.parameters import DEFAULT_RADIUS, AddressListParameters, PointParameters
from api.v1.positions import load_projection
from geo.crs import Crs
from geo.extent import BELGIUM_LAMBERT_2008
from registry.store.reading.addresses import Circle

LARGEST_AREA = 25_000_000
"""Square metres: what the busiest city holds in that much can be sorted in a moment."""

_EDGES_PER_SIDE = 32
_POLYGON_WITH_SRID = 0x20000003
_POINT_WITH_SRID = 0x20000001


def read_box(parameters: AddressListParameters, grid: Path | None) -> str | None:
    """Return the polygon of `bbox` as hexadecimal EWKB, None when there is no bbox."""
    if parameters.bbox is None:
        return None
    crs = Crs(parameters.crs or Crs.WGS84)
    west, south, east, north = _read_numbers(parameters.bbox)
    if not (west < east and south < north):
        raise _refuse_box(parameters.bbox, "bbox is minx,miny,maxx,maxy: its corners are swapped.")
    ring = _project(_walk_around(west, south, east, north), crs, grid)
    if _measure(ring) > LARGEST_AREA:
        raise _refuse_box(
            parameters.bbox,
            f"bbox is {_measure(ring) / 1e6:,.1f} square kilometres; at most"
            f" {LARGEST_AREA // 1_000_000} can be asked at once.",
            kind="outOfRange",
        )
    return _write_polygon(ring)


def read_circle(parameters: AddressListParameters, grid: Path | None) -> Circle | None:
    """Return the circle of a point and radius, None when there is no point."""
    point = read_point(parameters, grid)
    if point is None:
        return None
    return make_circle(point, float(parameters.radius or DEFAULT_RADIUS))


def make_circle(point: tuple[float, float], radius: float) -> Circle:
    """Return the circle around a point of EPSG:3812, in metres."""
    return Circle(
        point=struct.pack("<BIIdd", 1, _POINT_WITH_SRID, Crs.LAMBERT_2008, *point).hex(),
        radius=radius,
    )


def read_point(parameters: PointParameters, grid: Path | None) -> tuple[float, float] | None:
    """Return the point that is given, in EPSG:3812, None when there is none."""
    if parameters.lat is not None and parameters.lon is not None:
        crs, x, y = Crs.WGS84, parameters.lon, parameters.lat
    elif parameters.x is not None and parameters.y is not None and parameters.crs is not None:
        crs, x, y = Crs(parameters.crs), parameters.x, parameters.y
    else:
        return None
    (point,) = _project([(x, y)], crs, grid)
    return point


def _read_numbers(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise _refuse_box(text, "bbox is four numbers: minx,miny,maxx,maxy.") from error
    return west, south, east, north


def _refuse_box(text: str, detail: str, kind: str = "invalidInput") -> Problem:
    return make_bad_request([Issue(name="bbox", kind=kind, detail=detail, value=text)])


Ring = list[tuple[float, float]]


def _walk_around(west: float, south: float, east: float, north: float) -> Ring:
    """Return the box as a closed ring of many short edges: its sides bend when projected."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring: Ring = []
    for (x0, y0), (x1, y1) in pairwise(corners):
        steps = (i / _EDGES_PER_SIDE for i in range(_EDGES_PER_SIDE))
        ring += [(x0 + (x1 - x0) * step, y0 + (y1 - y0) * step) for step in steps]
    return [*ring, ring[0]]


def _project(points: Ring, crs: Crs, grid: Path | None) -> Ring:
    """Return points in Lambert 2008; a bad request when they are not near Belgium."""
    if crs is Crs.LAMBERT_2008:
        projected = points
    else:
        np = _load_numpy()
        xs, ys = np.array(points, dtype=float).T
        east, north = load_projection(grid).to_canonical(xs, ys, crs)
        projected = [(float(x), float(y)) for x, y in zip(east, north, strict=True)]
    if not any(BELGIUM_LAMBERT_2008.covers(x, y) for x, y in projected):
        raise make_bad_request(
            [Issue(name="crs", kind="outOfRange", value=int(crs), detail=_nowhere(crs))]
        )
    return projected


def _nowhere(crs: Crs) -> str:
    order = "longitude before latitude" if crs.is_geographic else "metres, x before y"
    return f"These coordinates are not in Belgium in EPSG:{int(crs)} ({order})."


@cache
def _load_numpy() -> Any:
    import numpy as np  # noqa: PLC0415 - a register that starts must answer at once

    return np


def _measure(ring: Ring) -> float:
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))) / 2


def _write_polygon(ring: Ring) -> str:
    head = struct.pack("<BIIII", 1, _POLYGON_WITH_SRID, Crs.LAMBERT_2008, 1, len(ring))
    return (head + b"".join(struct.pack("<dd", x, y) for x, y in ring)).hex()
