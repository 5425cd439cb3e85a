"""Positions that are none."""

import math

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
