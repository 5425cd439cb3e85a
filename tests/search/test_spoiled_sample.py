"""Matching holds what the bench measures, on the bundled sample: right, sure only when right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.bench.match import ask, make_tally, write_mix, write_without_noise
from deploy.bench.spoiling_rule import Rule
from registry.search.store import ensure_index
from tests.conftest import cloned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.search.index import SearchIndex
    from registry.settings import Settings

ROWS = 1500


@pytest.fixture(scope="module")
def index(sample_template: Settings) -> Iterator[SearchIndex]:
    with cloned(sample_template) as settings:
        yield ensure_index(settings, lambda _: None)


def test_what_is_written_without_a_fault_is_found(index: SearchIndex) -> None:
    tally = make_tally(ask(index, Rule.make(index), write_without_noise(index, ROWS, seed=1)))
    assert tally.told.total() > 0.9 * ROWS
    assert tally.share("right") >= 99.5
    assert tally.told["wrong"] == 0


def test_what_is_spoiled_is_found_or_not_sure(index: SearchIndex) -> None:
    tally = make_tally(ask(index, Rule.make(index), write_mix(index, ROWS, seed=2)))
    assert tally.told.total() > 0.9 * ROWS
    assert tally.share("right") >= 97.5
    assert tally.share("wrong") <= 0.2
