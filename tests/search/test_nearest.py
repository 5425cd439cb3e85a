from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.search.index import NO_POSITION, Standing
from tests.search.registers import SMALL, index_of

if TYPE_CHECKING:
    from registry.search.index import SearchIndex

INDEX = index_of(SMALL)
WEST, SOUTH = 600_000, 660_000
"""Where the register of SMALL begins: streets are 1 km apart, numbers 10 m."""


def measure_all(
    index: SearchIndex,
    point: tuple[float, float],
    *,
    radius: float,
    limit: int,
    standings: frozenset[Standing],
    first_of_building: bool,
) -> list[tuple[float, int]]:
    """Return what is near by looking at every address there is."""
    columns, found, seen = index.addresses, [], set()
    for a, (x, y) in enumerate(zip(columns.xs, columns.ys, strict=True)):
        if x == NO_POSITION or columns.standings[a] not in standings:
            continue
        if first_of_building and (x, y) in seen:
            continue
        seen.add((x, y))
        distance = float(np.hypot(x - point[0] * 1000, y - point[1] * 1000)) / 1000
        if distance <= radius:
            found.append((distance, a))
    return sorted(found)[:limit]


@given(
    point=st.tuples(
        st.one_of(st.integers(0, 31_000), st.floats(-3_000, 31_000)).map(lambda x: WEST + x),
        st.one_of(st.integers(-5, 15), st.floats(-9_000, 9_000)).map(lambda y: SOUTH + y),
    ),
    radius=st.one_of(st.sampled_from([10, 990, 1000, 10_000]), st.floats(0.001, 12_000)),
    limit=st.integers(1, 100),
    standings=st.frozensets(st.sampled_from(list(Standing)[:-1]), min_size=1),
    first_of_building=st.booleans(),
)
def test_the_nearest_are_those_that_looking_at_all_would_find(
    *,
    point: tuple[float, float],
    radius: float,
    limit: int,
    standings: frozenset[Standing],
    first_of_building: bool,
) -> None:
    found = INDEX.nearest.find(
        point,
        radius=radius,
        limit=limit,
        standings=standings,
        first_of_building=first_of_building,
    )
    assert [(distance, a) for a, distance in found] == measure_all(
        INDEX,
        point,
        radius=radius,
        limit=limit,
        standings=standings,
        first_of_building=first_of_building,
    )


def test_of_what_is_as_near_the_first_by_street_and_number_goes_first() -> None:
    here = (WEST + 15, SOUTH + 5)  # between the first two numbers of the first street
    found = INDEX.nearest.find(here, radius=100, limit=9)
    assert found[0].distance == found[1].distance
    assert found[0].address < found[1].address
    assert INDEX.nearest.find(here, radius=100)[0] == found[0]


def test_what_went_or_is_nowhere_is_not_near() -> None:
    everything = INDEX.nearest.find(
        (WEST + 15_000, SOUTH), radius=100_000, limit=1000, standings=list(Standing)
    )
    told = {INDEX.addresses.standings[a] for a, _ in everything}
    assert told == {Standing.CURRENT, Standing.PROPOSED, Standing.RETIRED}
    placed = sum(x != NO_POSITION for x in INDEX.addresses.xs)
    gone = sum(standing == Standing.GONE for standing in INDEX.addresses.standings)
    assert len(everything) == placed - gone


@pytest.mark.parametrize("point", [(0.0, 0.0), (-500.0, -500.0), (3e6, 3e6)])
def test_far_away_there_is_nothing(point: tuple[float, float]) -> None:
    assert INDEX.nearest.find(point, radius=10_000) == []


def test_a_register_without_positions_has_nothing_near() -> None:
    index = index_of("vlg-44021 | nl=Gent\nvlg-22 | 44021 | nl=Kerkstraat | 9000 | ZN")
    assert index.nearest.find((WEST, SOUTH), radius=10_000) == []
