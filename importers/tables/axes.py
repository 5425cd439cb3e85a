"""Whether positions can be what they are said to be, told by many: their system and their axes."""

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
_MERCATOR = Extent(west=256_000, south=6_325_900, east=734_800, north=6_746_100)
_FALSE_ORIGIN = {Crs.LAMBERT_72.value: 0, Crs.LAMBERT_2008.value: 500_000}
_USUAL = (Crs.LAMBERT_72.value, Crs.LAMBERT_2008.value, Crs.WGS84.value)
_ALL_OF_THE_FIRST = 500
_ONE_OF = 16  # of those after
_ENOUGH = 10
_SHARE_OF_TURNED = 0.2  # hardly any real position is outside its region and inside when turned
_SHARE_OF_USELESS = 0.5


class AxesCheck:
    """Looks at positions as they are read; InputRefused once it is clear that most are useless.

    Half a region that is turned lies in that region again, so the whole file is looked at.
    """

    def __init__(self, region: Region, label: str) -> None:
        self._region = region
        self._label = label
        self._seen = 0
        self._turned = 0
        self._useless = 0
        self._fitting = dict.fromkeys(((crs, turned) for turned in (0, 1) for crs in _USUAL), 0)

    def look_at(self, x: str, y: str, crs: int | None, place: int) -> None:
        """Count one position, as published; `0 0` says that it is unknown and does not count."""
        if crs is None:
            raise InputRefused(
                f"{self._label}: x and y without a coordinate system. Add the .prj that belongs to"
                " a .shp, or the key crs to a column map, such as crs = 31370 (or 3812, 4326)."
            )
        if self._seen >= _ALL_OF_THE_FIRST and place % _ONE_OF:
            return
        try:
            east, north = float(x), float(y)
        except ValueError:
            self._count_useless(x, y, crs)
            return
        if east or north:
            if self._covers(crs, east, north):
                self._seen += 1
                return
            for system, turned in self._fitting:
                axes = (north, east) if turned else (east, north)
                self._fitting[system, turned] += self._covers(system, *axes)
            self._turned += self._covers(crs, north, east)
            self._count_useless(x, y, crs)

    def _covers(self, crs: int, east: float, north: float) -> bool:
        """Whether a place of a system is in the region, in degrees in or near Belgium."""
        origin = _FALSE_ORIGIN.get(crs)
        if origin is not None:
            return _REGIONS[self._region].covers(east - origin, north - origin)
        extent = _MERCATOR if crs == Crs.WEB_MERCATOR else _DEGREES
        return extent.covers(east, north)

    def _count_useless(self, x: str, y: str, crs: int | None) -> None:
        self._seen += 1
        self._useless += 1
        if self._turned >= _ENOUGH and self._turned >= _SHARE_OF_TURNED * self._seen:
            raise InputRefused(
                f"{self._label}: {self._turned:,} of {self._seen:,} positions, such as {x} {y}"
                f" (EPSG:{crs}), lie outside {self._region.label} and inside it when their axes"
                " are turned: the columns of x and y, or of latitude and longitude, are swapped"
            )
        if self._useless >= _ENOUGH and self._useless > _SHARE_OF_USELESS * self._seen:
            raise InputRefused(
                f"{self._label}: {self._useless:,} of {self._seen:,} positions, such as"
                f" {x[:50]} {y[:50]}, are no places of {self._region.label} in the coordinate"
                f" system of the file or its column map, EPSG:{crs}. {self._suggest()}"
            )

    def _suggest(self) -> str:
        (system, turned), count = max(self._fitting.items(), key=lambda fit: fit[1])
        if count <= self._useless / 2:
            return 'Correct the system, or, if they are no numbers, their spelling (decimal = ",").'
        swapped = ", with x and y swapped" if turned else ""
        return f"They would be in EPSG:{system}{swapped}: correct the system."
