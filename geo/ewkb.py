"""Points as PostGIS takes them in COPY: hexadecimal EWKB."""

import numpy as np

from geo.crs import Crs
from geo.projection import Coordinates

_POINT = np.dtype(
    [("order", "u1"), ("kind", "<u4"), ("srid", "<u4"), ("x", "<f8"), ("y", "<f8")], align=False
)
_POINT_WITH_SRID = 0x20000001
_HEX_LENGTH = 2 * _POINT.itemsize


def to_hex_points(x: Coordinates, y: Coordinates, crs: Crs) -> list[str]:
    """Return one hexadecimal EWKB point per pair of coordinates (50 characters each)."""
    points = np.empty(len(x), dtype=_POINT)
    points["order"], points["kind"], points["srid"] = 1, _POINT_WITH_SRID, crs
    points["x"], points["y"] = x, y
    text = points.tobytes().hex()
    return [text[i : i + _HEX_LENGTH] for i in range(0, len(text), _HEX_LENGTH)]
