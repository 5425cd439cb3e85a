from __future__ import annotations

import struct

import numpy as np

from geo.crs import Crs
from geo.ewkb import to_hex_points
from geo.extent import BELGIUM_LAMBERT_2008


def test_a_point_is_the_bytes_that_postgis_writes() -> None:
    # select encode(ST_AsEWKB(ST_SetSRID(ST_MakePoint(1, 2), 3812)), 'hex')
    expected = "0101000020e40e0000000000000000f03f0000000000000040"

    assert to_hex_points(np.array([1.0]), np.array([2.0]), Crs.LAMBERT_2008) == [expected]


def test_x_comes_before_y_and_the_code_of_the_system_is_inside() -> None:
    (point,) = to_hex_points(np.array([603668.87]), np.array([692041.51]), Crs.LAMBERT_72)

    order, kind, srid, x, y = struct.unpack("<BIIdd", bytes.fromhex(point))

    assert (order, kind, srid) == (1, 0x20000001, 31370)
    assert (x, y) == (603668.87, 692041.51)


def test_there_are_as_many_points_as_coordinates() -> None:
    assert to_hex_points(np.array([]), np.array([]), Crs.LAMBERT_2008) == []
    points = to_hex_points(np.arange(3.0), np.arange(3.0), Crs.LAMBERT_2008)
    assert [len(point) for point in points] == [50, 50, 50]


def test_the_extents_hold_belgium_and_not_the_image_of_zero_zero() -> None:
    assert BELGIUM_LAMBERT_2008.covers(649843, 670639)
    assert not BELGIUM_LAMBERT_2008.covers(500_000, 500_000)


def test_the_edges_of_an_extent_belong_to_it() -> None:
    box = BELGIUM_LAMBERT_2008

    assert box.covers(box.west, box.south)
    assert box.covers(box.east, box.north)
