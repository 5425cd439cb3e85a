"""Whether the two axes of positions stand in each other's column, told by many positions."""

from geo.crs import Crs
from geo.extent import Extent
from registry.domain.errors import InputRefused
from registry.domain.region import Region

_REGIONS = {
    Region.BRUSSELS: Extent(west=138_000, south=158_000, east=162_000, north=182_000),
    Region.FLANDERS: Extent(west=20_000, south=150_000, east=262_000, north=247_000),
    Region.WALLONIA: Extent(west=39_000, south=18_000, east=299_000, north=171_000),
}
"""Metres in Lambert 72, with 3 km to spare; Lambert 2008 is 500 km further on both axes."""
_DEGREES = Extent(west=2.3, south=49.3, east=6.6, north=51.7)
_GEOGRAPHIC = frozenset(crs.value for crs in Crs if crs.is_geographic)
_FALSE_ORIGIN = {Crs.LAMBERT_72.value: 0, Crs.LAMBERT_2008.value: 500_000}
_ALL_OF_THE_FIRST = 500
_ONE_OF = 16  # of those after
_ENOUGH = 10
_SHARE = 0.2  # hardly any real position is outside its region and inside when turned


class AxesCheck:
    """Looks at positions as they are read; InputRefused once it is clear that they are turned.

    Half a region that is turned lies in that region again, so the whole file is looked at.
    """

    def __init__(self, region: Region, label: str) -> None:
        self._region = region
        self._label = label
        self._seen = 0
        self._turned = 0

    def look_at(self, x: str, y: str, crs: int | None, place: int) -> None:
        """Count one position, as published."""
        if self._seen >= _ALL_OF_THE_FIRST and place % _ONE_OF:
            return
        self._seen += 1
        if self._is_turned(x, y, crs):
            self._turned += 1
            if self._turned >= _ENOUGH and self._turned >= _SHARE * self._seen:
                raise InputRefused(
                    f"{self._label}: {self._turned:,} of {self._seen:,} positions, such as {x} {y}"
                    f" (EPSG:{crs}), lie outside {self._region.label} and inside it when their axes"
                    " are turned: the columns of x and y, or of latitude and longitude, are swapped"
                )

    def _is_turned(self, x: str, y: str, crs: int | None) -> bool:
        try:
            east, north = float(x), float(y)
        except ValueError:
            return False
        if crs in _GEOGRAPHIC:
            return _DEGREES.covers(north, east) and not _DEGREES.covers(east, north)
        if crs not in _FALSE_ORIGIN:
            return False
        box, origin = _REGIONS[self._region], _FALSE_ORIGIN[crs]
        east, north = east - origin, north - origin
        return box.covers(north, east) and not box.covers(east, north)
