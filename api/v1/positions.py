"""Positions of a page of addresses in the systems that people use, in one go."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.crs import Crs
from registry.store.reading.register_state import RegisterState

if TYPE_CHECKING:
    from geo.projection import Projection

METRE_DIGITS = 3
DEGREE_DIGITS = 7
"""A millimetre and about a centimetre: finer than any of the positions is known."""

Position = dict[str, Any]

_MEMBERS = {
    Crs.LAMBERT_2008: "lambert2008",
    Crs.LAMBERT_72: "lambert72",
    Crs.ETRS89: "etrs89",
    Crs.WGS84: "wgs84",
    Crs.WEB_MERCATOR: "webMercator",
}
_OF_A_RECORD = ("position_method", "position_specification", "published_position", "datum_shift")


@cache
def load_projection(grid: Path | None) -> "Projection":
    """Return the projection with the best datum shift there is; loaded on first use."""
    from geo.pipelines import choose_datum_shift  # noqa: PLC0415 - numpy and PROJ take 0.2 s
    from geo.projection import Projection  # noqa: PLC0415

    return Projection(choose_datum_shift(grid))


def make_positions(
    rows: Sequence[Mapping[str, Any]], state: RegisterState, grid: Path | None, crs: Crs | None
) -> list[Position | None]:
    """Return the position of each address, None where it has none; `crs` adds a system."""
    positions = [_make_position(row, state) for row in rows]
    _add_system(rows, positions, Crs.LAMBERT_72, grid)
    if crs is Crs.ETRS89:
        for position in filter(None, positions):
            position["etrs89"] = position["wgs84"]
    elif crs is Crs.WEB_MERCATOR:
        _add_system(rows, positions, Crs.WEB_MERCATOR, grid)
    return positions


def make_positions_at(
    points: Sequence[tuple[float, float]], grid: Path | None, crs: Crs | None
) -> list[Position]:
    """Return positions of which only metres in EPSG:3812 are known; `crs` adds a system."""
    if not points:
        return []
    import numpy as np  # noqa: PLC0415 - as above

    xs, ys = np.array(points, dtype=float).T
    degrees = load_projection(grid).from_canonical(xs, ys, Crs.WGS84)
    unknown = dict.fromkeys(_OF_A_RECORD)
    rows = [
        unknown | {"x": x, "y": y, "longitude": float(longitude), "latitude": float(latitude)}
        for (x, y), longitude, latitude in zip(points, *degrees, strict=True)
    ]
    return [*filter(None, make_positions(rows, RegisterState(), grid, crs))]


def _make_position(row: Mapping[str, Any], state: RegisterState) -> Position | None:
    if row["x"] is None or row["longitude"] is None:
        return None
    position: Position = {
        "lambert2008": {"x": round(row["x"], METRE_DIGITS), "y": round(row["y"], METRE_DIGITS)},
        "wgs84": {
            "lat": round(row["latitude"], DEGREE_DIGITS),
            "lon": round(row["longitude"], DEGREE_DIGITS),
        },
        "geometryMethod": row["position_method"],
        "specification": row["position_specification"],
    }
    published = _read_published(row)
    if published:
        position["published"] = published
        if row["published_crs"] == Crs.LAMBERT_72:
            # As it was published: there and back again would not give the same digits.
            position["lambert72"] = {axis: float(published[axis]) for axis in ("x", "y")}
    if row["datum_shift"]:
        position["datumShift"] = row["datum_shift"]
        position["accuracyMetres"] = state.find_accuracy(row["datum_shift"])
    return {name: value for name, value in position.items() if value is not None}


def _read_published(row: Mapping[str, Any]) -> dict[str, str] | None:
    if not row["published_position"]:
        return None
    x, _, y = row["published_position"].partition(" ")
    return {"x": x, "y": y, "crs": f"EPSG:{row['published_crs']}"}


def _add_system(
    rows: Sequence[Mapping[str, Any]],
    positions: Sequence[Position | None],
    crs: Crs,
    grid: Path | None,
) -> None:
    """Project those positions that do not have this system yet."""
    member = _MEMBERS[crs]
    pairs = [
        (row, position)
        for row, position in zip(rows, positions, strict=True)
        if position is not None and member not in position
    ]
    if not pairs:
        return
    import numpy as np  # noqa: PLC0415 - as above

    xs = np.array([row["x"] for row, _ in pairs])
    ys = np.array([row["y"] for row, _ in pairs])
    projection = load_projection(grid)
    if crs is Crs.LAMBERT_72:
        for _, position in pairs:
            position["datumShift"] = projection.shift.name
            position["accuracyMetres"] = projection.shift.accuracy_metres
    projected = projection.from_canonical(xs, ys, crs)
    for (_, position), x, y in zip(pairs, *projected, strict=True):
        position[member] = {"x": round(float(x), METRE_DIGITS), "y": round(float(y), METRE_DIGITS)}
