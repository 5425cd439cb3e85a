"""Where Belgium is, generously, to tell a position from a mistake."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A box; the unit is that of the coordinates it is compared with. Edges belong to it."""

    west: float
    south: float
    east: float
    north: float

    def covers(self, x: float, y: float) -> bool:
        """Whether the point lies in the box."""
        return self.west <= x <= self.east and self.south <= y <= self.north


BELGIUM_LAMBERT_2008 = Extent(west=510_000, south=510_000, east=810_000, north=760_000)
"""Metres; a point outside is no Belgian address (`0 0` lands near Compiègne, outside)."""
