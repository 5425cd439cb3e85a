"""Positions that are none, or that are written the wrong way round."""

import math

from geo.crs import Crs
from geo.extent import BELGIUM_LAMBERT_2008, Extent

BELGIUM = Extent(west=2.5, south=49.4, east=6.5, north=51.6)
"""Degrees of longitude and latitude; the unknown position `0 0`, reprojected, lies outside."""

_LAMBERT_2008_SHIFT = 500_000  # metres from Lambert 72, near enough to tell Belgium from elsewhere
_LAMBERT_72 = Extent(
    west=BELGIUM_LAMBERT_2008.west - _LAMBERT_2008_SHIFT,
    south=BELGIUM_LAMBERT_2008.south - _LAMBERT_2008_SHIFT,
    east=BELGIUM_LAMBERT_2008.east - _LAMBERT_2008_SHIFT,
    north=BELGIUM_LAMBERT_2008.north - _LAMBERT_2008_SHIFT,
)
_EXTENTS = {
    Crs.LAMBERT_2008: BELGIUM_LAMBERT_2008,
    Crs.LAMBERT_72: _LAMBERT_72,
    Crs.ETRS89: BELGIUM,
    Crs.WGS84: BELGIUM,
}

FALSE_POINTS = ((49.29391, 2.30550), (49.29334, 2.30669))
"""Latitude and longitude of Lambert 72 `0 0`, by BOSA's grid and by seven parameters."""
_NEAR = 0.0005  # degrees, some 50 m: roundings of the two, and no address for 10 km


def is_missing(x: float, y: float) -> bool:
    """Whether a position stands for an unknown one: `0 0` in any system, or no number."""
    return (x == 0 and y == 0) or not (math.isfinite(x) and math.isfinite(y))


def is_false_point(latitude: float, longitude: float) -> bool:
    """Whether a point is `0 0` of Lambert 72 after reprojection, near Compiègne."""
    return any(
        abs(latitude - lat) <= _NEAR and abs(longitude - lon) <= _NEAR for lat, lon in FALSE_POINTS
    )


def drop_missing(text: str) -> str:
    """Return a position as published, `x y`; "" for one that stands for an unknown position."""
    words = text.split()
    try:
        x, y = map(float, words)
    except ValueError:  # not two numbers: whoever reads it further will say so
        return " ".join(words)
    missing = is_missing(x, y) or is_false_point(x, y) or is_false_point(y, x)
    return "" if missing else " ".join(words)


def find_axis_swap(x: float, y: float, crs: Crs) -> bool:
    """Whether a point lies in Belgium only when x and y change places.

    x is east or longitude, y north or latitude. Certain in degrees; in metres of Lambert 72 and
    2008 most of Belgium swaps into Belgium, so only points of the far east tell.
    """
    extent = _EXTENTS.get(crs)
    return extent is not None and not extent.covers(x, y) and extent.covers(y, x)
