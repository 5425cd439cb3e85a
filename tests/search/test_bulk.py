"""A file through the processes: a row equals the single answer, in order, whole or not at all."""

from __future__ import annotations

import csv
import itertools
import os
import signal
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from registry.domain.errors import EnvironmentProblem, InputRefused
from registry.search.answers import Question, Verdict
from registry.search.build import make_content
from registry.search.bulk.columns import ADDED, Told
from registry.search.bulk.matching_files import Tally, match_table, open_table
from registry.search.bulk.processes import Pool
from registry.search.labels import list_languages, make_address_label
from registry.search.matching import match
from registry.search.reasons import withhold
from registry.search.store import write_index
from tests.search.registers import SMALL, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from registry.search.index import SearchIndex

WRITTEN = [
    *("Wetstraat 16, 1000 Brussel", "rue de la loi 16 boîte 1 1000 Bruxelles", "Kerkstraat 9050"),
    *("Kerkstraat 3 Gent", "Kerkstraat 3 Antwerpen", "Kerkstrat 20, 2018 Antwerpen", "Gent"),
    *("Rue de l'Eglise 54/12, 4032 Chênée", "Klosterstrasse 29a Eupen", "nergens 1", "", "=1+1"),
    *("1600 Pennsylvania Avenue, Washington, USA", "Mariastraat 2, 9000 Gent", "9000", "x" * 600),
]


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of SMALL, written where other processes map it."""
    folder = tmp_path_factory.mktemp("search") / "small"
    write_index(make_content(rows_of(SMALL)), folder)
    return folder


def run(source: Path, target: Path, folder: Path, **options: Any) -> Tally:
    with Pool(2) as pool:
        return match_table(open_table(source, Told()), target, folder, pool, **options)


@pytest.mark.parametrize("minimum", [0.0, 0.9])
def test_a_row_equals_the_single_answer(
    tmp_path: Path, index_folder: Path, small_index: SearchIndex, minimum: float
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = [(str(n), text) for n, text in zip(range(6000), itertools.cycle(WRITTEN), strict=False)]
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("n", "adres"), *rows])
    tally = run(source, target, index_folder, minimum=minimum)
    with target.open(encoding="utf-8", newline="") as file:
        answered = [*csv.DictReader(file)]
    assert [row["n"] for row in answered] == [n for n, _ in rows]
    assert tally.rows == 6000, tally
    assert sum(tally.counts[verdict] for verdict in Verdict) == 6000
    for row, (_, text) in zip(answered[: len(WRITTEN)], rows, strict=False):
        single = withhold(match(Question(text=text), small_index), minimum)
        assert row["best_verdict"] == single.verdict
        assert row["best_category"] == single.category
        assert row["best_match_level"] == (single.match_level or "")
        assert float(row["best_score"]) == round(single.score, 4)
        assert bool(row["best_lat"]) == (single.position is not None)
        best = None if single.verdict is Verdict.AMBIGUOUS else single.best
        assert bool(row["best_id"]) == (best is not None)
        if best is not None and best.address >= 0:
            assert row["best_id"] == small_index.make_address_id(best.address)
            language = list_languages(small_index, best.municipality)[0]
            label = make_address_label(small_index, best.address, language)
            assert row["best_address"] == label
    for row, first in zip(answered, itertools.cycle(answered[: len(WRITTEN)]), strict=False):
        assert [row[name] for name in ADDED] == [first[name] for name in ADDED]


def test_objects_are_answered_alike(tmp_path: Path, index_folder: Path) -> None:
    source, target = tmp_path / "in.ndjson", tmp_path / "out.ndjson"
    source.write_bytes(b'{"straat":"Wetstraat","nr":16,"bus":"","postcode":1000}\n' * 3)
    run(source, target, index_folder)
    rows = [orjson.loads(line) for line in target.read_bytes().splitlines()]
    assert len(rows) == 3
    assert rows[0]["best_id"] == "bru-1002"
    assert rows[0]["best_verdict"] in {"exact", "corrected"}
    assert 50 < rows[0]["best_lat"] < 51


def test_what_is_refused_late_leaves_nothing(tmp_path: Path, index_folder: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(b"street\n" + b"Wetstraat\n" * 50_000 + b"x" * 1_200_000)
    with pytest.raises(InputRefused, match="line 50,002"):
        run(source, target, index_folder)
    source.write_bytes(b"street\n" + b"Wetstraat\n" * 101)
    with pytest.raises(InputRefused, match="more than 100 rows"):
        run(source, target, index_folder, most_rows=100)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_killed_process_is_said_and_leaves_nothing(tmp_path: Path, index_folder: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(b"street\n" + b"Wetstraat\n" * 200_000)

    def kill(_: Tally) -> None:
        for child in list_children():
            os.kill(child, signal.SIGKILL)

    with pytest.raises(EnvironmentProblem, match="was killed"):
        run(source, target, index_folder, progress=kill)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def list_children() -> list[int]:
    import multiprocessing

    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]
