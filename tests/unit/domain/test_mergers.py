from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from registry.domain.mergers import list_mergers
from registry.domain.region import Region
from tests.database.shared_data import find_shared

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def reference() -> Path:
    return find_shared("data/reference")


def test_each_code_went_once_into_one_that_is_there() -> None:
    mergers = list_mergers()
    olds = Counter(merger.old for merger in mergers)
    assert set(olds.values()) == {1}
    # 15 and 11 codes of 2019, 2 of 2024, 28 of 2025 of which Antwerp's stays.
    assert len(mergers) == 15 + 11 + 2 + 27
    assert {merger.old for merger in mergers} & {merger.new for merger in mergers} == set()


def test_days_begin_in_belgium() -> None:
    days = {(merger.region, merger.happened_at.isoformat()) for merger in list_mergers()}
    assert days == {
        (Region.FLANDERS, "2019-01-01T00:00:00+01:00"),
        (Region.WALLONIA, "2019-01-01T00:00:00+01:00"),
        (Region.WALLONIA, "2024-12-02T00:00:00+01:00"),
        (Region.FLANDERS, "2025-01-01T00:00:00+01:00"),
    }


def test_the_flemish_register_retired_the_same_codes(reference: Path) -> None:
    told = {
        code["niscode"]: code["status"]
        for code in json.loads((reference / "gemeenten.json").read_text(encoding="utf-8"))
    }
    mergers = list_mergers()
    assert {told[merger.new] for merger in mergers} == {"inGebruik"}
    retired = {code for code, status in told.items() if status == "gehistoreerd"}
    assert retired == {merger.old for merger in mergers if merger.happened_at.year > 2019}


def test_codes_ended_on_the_eve_of_that_day(reference: Path) -> None:
    with (reference / "nis_code_validity_flanders.csv").open(encoding="utf-8") as file:
        ended = {row["nis_code"]: row["valid_to"] for row in csv.DictReader(file)}
    flemish = {m.old: m.happened_at for m in list_mergers() if m.region is Region.FLANDERS}
    dated = {code: ended[code] for code in flemish if ended.get(code)}
    assert len(dated) >= 20
    for code, day in dated.items():
        assert day == f"{flemish[code].year - 1}-12-31"
