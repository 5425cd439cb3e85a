"""Guards: when a second person must look, and what a region's thresholds were."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.deliveries.guards import (
    DEFAULT_THRESHOLDS,
    FLOOR,
    Guard,
    Measures,
    judge,
    list_threshold_sets,
    list_thresholds,
    set_threshold,
)
from registry.deliveries.rejections import Rejection, read_texts, read_title
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.quality.rules import LANGUAGES, list_rules
from registry.store.connections import Role, connect
from tests.deliveries.announcing import NOW

if TYPE_CHECKING:
    from registry.settings import Settings


def measure(**changes: Any) -> Measures:
    facts: dict[str, Any] = {
        "addresses": 10_000,
        "street_names": 2_000,
        **dict.fromkeys(("ended", "moved", "renamed", "unplaced"), 0),
        "totals": {"addresses": (10_000, 10_000), "streetNames": (2_000, 2_000)},
    }
    return Measures(**facts | changes)


def list_ringing(measures: Measures, **thresholds: float) -> list[Guard]:
    return [verdict.guard for verdict in judge(measures, thresholds) if verdict.rings]


@pytest.mark.parametrize(
    ("changes", "guards"),
    [
        ({}, []),
        ({"ended": 100}, []),
        ({"ended": 101}, [Guard.MASS_RETIREMENT]),
        ({"moved": 50}, []),
        ({"moved": 51}, [Guard.MOVES]),
        ({"renamed": 20}, []),
        ({"renamed": 21}, [Guard.RENAMES]),
        ({"unplaced": 10}, []),
        ({"unplaced": 11}, [Guard.FEWER_POSITIONS]),
        ({"totals": {"addresses": (10_000, 10_500)}}, []),
        ({"totals": {"addresses": (10_000, 10_501)}}, [Guard.TOTALS]),
        ({"totals": {"addresses": (10_000, 9_499)}}, [Guard.TOTALS]),
        # A kind that appears, or is gone, is the largest change there is.
        ({"totals": {"addresses": (10_000, 10_000), "postalInfos": (0, 50)}}, [Guard.TOTALS]),
        ({"totals": {"addresses": (10_000, 10_000), "postalInfos": (50, 0)}}, [Guard.TOTALS]),
        # Nine of ten municipalities are a large share, and too few; they hide nothing else.
        ({"totals": {"addresses": (10_000, 10_000), "municipalities": (19, 10)}}, []),
        ({"totals": {"addresses": (10_000, 9_000), "municipalities": (10, 1)}}, [Guard.TOTALS]),
        ({"ended": 101, "renamed": 21}, [Guard.MASS_RETIREMENT, Guard.RENAMES]),
    ],
)
def test_a_guard_rings_above_its_threshold(changes: dict[str, Any], guards: list[Guard]) -> None:
    assert list_ringing(measure(**changes)) == guards


def test_a_region_has_thresholds_of_its_own() -> None:
    assert list_ringing(measure(ended=101), massRetirement=0.02) == []
    assert list_ringing(measure(ended=60), massRetirement=0.005) == [Guard.MASS_RETIREMENT]


def test_a_first_load_rings_nothing() -> None:
    first = measure(
        addresses=0, street_names=0, totals={"addresses": (0, 500_000), "streetNames": (0, 5_000)}
    )

    verdicts = judge(first, DEFAULT_THRESHOLDS)

    assert [verdict.guard for verdict in verdicts] == list(Guard)
    assert not any(verdict.rings or verdict.value for verdict in verdicts)


@given(
    st.integers(0, 30), st.dictionaries(st.text(max_size=3), st.tuples(st.integers(0, FLOOR - 1)))
)
def test_what_is_fewer_than_the_floor_never_rings(
    addresses: int, totals: dict[str, tuple[int]]
) -> None:
    few = min(addresses, FLOOR - 1)
    measures = measure(
        addresses=addresses,
        street_names=few,
        **dict.fromkeys(("ended", "moved", "renamed", "unplaced"), few),
        totals={kind: (before, 0) for kind, (before,) in totals.items()},
    )
    assert list_ringing(measures, **dict.fromkeys(Guard, 0.0)) == []


def test_thresholds_are_kept_with_their_history(module_register: Settings) -> None:
    later = NOW + timedelta(days=1)
    with connect(module_register, Role.OWNER) as operator:
        assert list_thresholds(operator, Region.BRUSSELS) == DEFAULT_THRESHOLDS
        set_threshold(operator, Region.BRUSSELS, Guard.MOVES, 0.1, "An", NOW)
        set_threshold(operator, Region.BRUSSELS, Guard.MOVES, 0.2, " Bo ", later)
        set_threshold(operator, Region.FLANDERS, Guard.MOVES, 0.3, "Cé", NOW)
        for value, by in ((1.5, "An"), (-0.1, "An"), (float("nan"), "An"), (0.5, " ")):
            with pytest.raises(InputRefused):
                set_threshold(operator, Region.BRUSSELS, Guard.RENAMES, value, by, NOW)

        held = list_thresholds(operator, Region.BRUSSELS)
        history = list_threshold_sets(operator, Region.BRUSSELS)

    assert held == {**DEFAULT_THRESHOLDS, Guard.MOVES: 0.2}
    assert [(row.guard, row.value, row.set_at, row.set_by) for row in history] == [
        (Guard.MOVES, 0.1, NOW, "An"),
        (Guard.MOVES, 0.2, later, "Bo"),
    ]


def test_rejections_and_guards_have_words_in_four_languages() -> None:
    rules = {rule.id for rule in list_rules()}
    for rejection in Rejection:
        assert rejection not in rules  # a report has both, by id
        texts = read_texts(rejection)
        assert list(texts) == list(LANGUAGES)
        for field in ("title", "explanation", "mending"):
            told = [getattr(text, field) for text in texts.values()]
            assert len(set(told)) == len(LANGUAGES), "a language was copied"
            assert all(text.strip() for text in told)
    for guard in Guard:
        assert set(read_title(guard)) == set(LANGUAGES)
        assert len(set(read_title(guard).values())) == len(LANGUAGES)
