"""The pinned pipelines against published control points, with and without the NGI grid."""

from __future__ import annotations

import numpy as np
import pytest

from geo.crs import Crs
from geo.pipelines import GRID_NAME, HELMERT, DatumShift, choose_datum_shift
from geo.projection import Projection
from tests.database.shared_data import find_shared

LAMBERT_72 = [(103671.37, 192046.71), (73862.07, 211634.58), (140252.76, 198794.27)]
LAMBERT_2008 = [(603668.87, 692041.51), (573857.26, 711625.49), (640249.09, 698793.29)]
"""The same points as the Flemish register publishes them, in metres, rounded to centimetres."""

HELMERT_DIFFERENCES = [(-0.069, -0.085), (0.144, 0.098), (0.005, -0.001)]
GRID_DIFFERENCES = [(-0.005, 0.005), (0.001, -0.004), (0.008, 0.116)]
MILLIMETRE = 0.001


@pytest.fixture(scope="module")
def grid_shift() -> DatumShift:
    return choose_datum_shift(find_shared(f"data/proj/{GRID_NAME}"))


def split(points: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(points)
    return array[:, 0], array[:, 1]


def measure_differences(shift: DatumShift) -> np.ndarray:
    canonical = Projection(shift).to_canonical(*split(LAMBERT_72), Crs.LAMBERT_72)
    return np.column_stack(canonical) - np.array(LAMBERT_2008)


def test_with_the_grid_control_points_agree_to_their_rounding(grid_shift: DatumShift) -> None:
    assert measure_differences(grid_shift) == pytest.approx(
        np.array(GRID_DIFFERENCES), abs=MILLIMETRE
    )
    assert grid_shift.accuracy_metres == 0.01


def test_without_a_grid_control_points_are_decimetres_off_and_said_to_be() -> None:
    shift = choose_datum_shift(None)

    assert shift is HELMERT
    assert measure_differences(shift) == pytest.approx(
        np.array(HELMERT_DIFFERENCES), abs=MILLIMETRE
    )
    assert np.abs(measure_differences(shift)).max() < shift.accuracy_metres


def test_the_two_datum_shifts_have_names_of_their_own(grid_shift: DatumShift) -> None:
    assert grid_shift.name != HELMERT.name
    assert "8369" in grid_shift.name
    assert "15929" in HELMERT.name


def test_the_sign_convention_of_helmert_is_the_one_that_stays_below_a_metre() -> None:
    # The other convention is 65 metres off and looks just as plausible on a map.
    lon, lat = Projection(HELMERT).from_canonical(
        *Projection(HELMERT).to_canonical(
            np.array([149843.5]), np.array([170639.5]), Crs.LAMBERT_72
        ),
        Crs.WGS84,
    )

    assert lon[0] == pytest.approx(4.36653, abs=1e-5)
    assert lat[0] == pytest.approx(50.84616, abs=1e-5)


@pytest.mark.parametrize("crs", list(Crs))
def test_a_position_comes_back_from_every_system_within_half_a_millimetre(crs: Crs) -> None:
    projection = Projection(HELMERT)
    x, y = split(LAMBERT_2008)

    there_and_back = projection.to_canonical(*projection.from_canonical(x, y, crs), crs)

    assert there_and_back[0] == pytest.approx(x, abs=5e-4)
    assert there_and_back[1] == pytest.approx(y, abs=5e-4)


def test_two_decimals_survive_the_way_to_lambert_2008_and_back(grid_shift: DatumShift) -> None:
    projection = Projection(grid_shift)
    x, y = split(LAMBERT_72)

    canonical = [np.round(c, 2) for c in projection.to_canonical(x, y, Crs.LAMBERT_72)]
    back = projection.from_canonical(canonical[0], canonical[1], Crs.LAMBERT_72)

    assert back[0] == pytest.approx(x, abs=0.0101)
    assert back[1] == pytest.approx(y, abs=0.0101)


@pytest.mark.parametrize("crs", [Crs.WGS84, Crs.ETRS89])
def test_longitude_comes_before_latitude(crs: Crs) -> None:
    first, second = Projection(HELMERT).from_canonical(*split(LAMBERT_2008), crs)

    assert all(2.5 < value < 6.5 for value in first)
    assert all(49.4 < value < 51.6 for value in second)


def test_wgs84_and_etrs89_are_the_same_numbers() -> None:
    projection = Projection(HELMERT)

    wgs84 = projection.from_canonical(*split(LAMBERT_2008), Crs.WGS84)
    etrs89 = projection.from_canonical(*split(LAMBERT_2008), Crs.ETRS89)

    assert np.array_equal(wgs84[0], etrs89[0])
    assert np.array_equal(wgs84[1], etrs89[1])


def test_web_mercator_is_what_its_formula_says() -> None:
    projection = Projection(HELMERT)
    lon, lat = projection.from_canonical(*split(LAMBERT_2008), Crs.WGS84)
    radius = 6378137.0

    x, y = projection.from_canonical(*split(LAMBERT_2008), Crs.WEB_MERCATOR)

    assert x == pytest.approx(np.radians(lon) * radius, abs=5e-4)
    north = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * radius
    assert y == pytest.approx(north, abs=5e-4)


@pytest.mark.parametrize(("x", "y"), [(1e30, 1.0), (float("nan"), 1.0), (float("inf"), 0.0)])
def test_impossible_coordinates_raise_nothing_and_give_no_point_in_belgium(
    x: float, y: float
) -> None:
    east, north = Projection(HELMERT).to_canonical(np.array([x]), np.array([y]), Crs.LAMBERT_72)

    assert not (510_000 <= east[0] <= 810_000 and 510_000 <= north[0] <= 760_000)
