"""Derived positions are made again when the grid comes or goes; what was recorded stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from geo.pipelines import GRID_NAME, HELMERT, make_grid_shift
from registry.reprojection import reproject
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import assert_sound, fetch_current, hash_tables
from tests.database.shared_data import find_shared

if TYPE_CHECKING:
    from registry.settings import Settings

DERIVED = {"position", "longitude", "latitude", "datum_shift"}


@pytest.fixture
def loaded(register: Settings) -> Settings:
    rows = [
        Address(id="1", position="103671.37 192046.71"),
        Address(id="2", position="603668.87 692041.51", crs=3812),
        Address(id="3", position="0 0"),
        Address(id="4", position=None),
        Address(id="5", position="1 1"),
    ]
    import_editions(register, Edition(addresses=rows))
    return register


def without_derived(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k not in DERIVED} for row in rows]


def test_the_grid_moves_positions_and_no_version(loaded: Settings) -> None:
    grid = find_shared(f"data/proj/{GRID_NAME}")
    before, tables = fetch_current(loaded), hash_tables(loaded)

    reproject(replace(loaded, proj_grid=grid), lambda _: None)

    after, changed = fetch_current(loaded), hash_tables(loaded)
    assert without_derived(after) == without_derived(before)
    assert after[0]["datum_shift"] == make_grid_shift(grid).name
    assert after[0]["position"] != before[0]["position"]
    assert after[1:] == before[1:]
    assert {table for table in tables if tables[table] != changed[table]} == {
        "address_version",
        "address_version_bru_r1",
        "release",  # says how positions were derived, and follows them
    }
    assert_sound(loaded)


def test_without_the_grid_again_everything_is_as_it_was(loaded: Settings) -> None:
    grid = find_shared(f"data/proj/{GRID_NAME}")
    before = hash_tables(loaded)

    reproject(replace(loaded, proj_grid=grid), lambda _: None)
    reproject(loaded, lambda _: None)

    assert hash_tables(loaded) == before
    assert fetch_current(loaded)[0]["datum_shift"] == HELMERT.name


def test_projecting_again_with_the_same_pipeline_writes_nothing(loaded: Settings) -> None:
    before = hash_tables(loaded)

    assert reproject(loaded, lambda _: None) <= 1

    assert hash_tables(loaded) == before


def test_importing_the_same_after_projecting_again_is_unchanged(loaded: Settings) -> None:
    grid = find_shared(f"data/proj/{GRID_NAME}")
    reproject(replace(loaded, proj_grid=grid), lambda _: None)
    rows = [Address(id="1", position="103671.37 192046.71")]

    summary = import_editions(loaded, Edition(addresses=rows), accept_totals=True)

    counts = {kind: c.to_json() for kind, c in summary.outcomes[0].counts.items()}
    assert counts["address"]["altered"] == 0
    assert counts["address"]["unchanged"] == 1
