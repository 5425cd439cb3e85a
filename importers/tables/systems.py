"""Which EPSG code a coordinate system described in well-known text is."""

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.crs import Crs
from registry.domain.errors import InputRefused

_IN_BELGIUM = (4.35, 50.85)
_CLOSE = 0.01
_BY_NAME = 25  # PROJ's confidence for a name that it knows; the numbers are checked here


def identify_crs(text: str, label: str) -> int:
    """Return the code of well-known text, of a .prj or a GeoPackage; InputRefused: not ours."""
    try:
        found = CRS.from_wkt(text)
        code = found.to_epsg(min_confidence=_BY_NAME)
        if code in list(Crs) and _is_near(found, CRS.from_epsg(code)):
            return int(code)
        name = f"the system {found.name}"
    except CRSError:
        name = "a system that cannot be read"
    known = ", ".join(str(crs.value) for crs in Crs)
    raise InputRefused(
        f"{label}: the coordinate system is none of Belgium's ({known}) but {name}."
        " Transform the file, or correct its description."
    )


def _is_near(one: CRS, other: CRS) -> bool:
    """Whether a place in Belgium has the same coordinates, to a centimetre."""
    if not (one.is_projected and other.is_projected):
        return bool(one.is_geographic and other.is_geographic)
    places = [
        Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform(*_IN_BELGIUM)
        for crs in (one, other)
    ]
    return all(abs(a - b) < _CLOSE for a, b in zip(*places, strict=True))
