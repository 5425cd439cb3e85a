"""The coordinate reference systems of Belgian addresses, by EPSG code."""

from enum import IntEnum


class Crs(IntEnum):
    """A coordinate reference system; the value is its EPSG code.

    Canonical positions are in LAMBERT_2008. ETRS89 and WGS 84 are published as the same
    numbers (the usual null transformation; Belgium drifts about 2.5 cm a year against WGS 84).
    """

    LAMBERT_2008 = 3812
    LAMBERT_72 = 31370
    ETRS89 = 4258
    WGS84 = 4326
    WEB_MERCATOR = 3857

    @property
    def is_geographic(self) -> bool:
        """Whether coordinates are longitude and latitude in degrees."""
        return self in {Crs.ETRS89, Crs.WGS84}
