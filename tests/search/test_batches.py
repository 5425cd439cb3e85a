"""Batches on disk: when they expire, who matches them, how far they are, when they are given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from registry.clock import utc_now
from registry.search.bulk import batch_runner
from registry.search.bulk.batches import KEPT, MOST_TRIES, Batch, Batches, BatchState
from registry.search.bulk.columns import Told
from registry.search.bulk.matching_files import Tally
from registry.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def batches(tmp_path: Path) -> Batches:
    return Batches(tmp_path / "batches")


def add(batches: Batches, created: datetime, **members: Any) -> Batch:
    with batches.receiving() as received:
        received.sent.write_bytes(b"street\nx\n")
        state = BatchState(media="text/csv", told=Told(), created=created, rows=1, **members)
        return batches.add(received, state)


def find_state(batch: Batch) -> BatchState:
    state = batch.find_state()
    assert state is not None
    return state


def test_batches_expire(batches: Batches) -> None:
    made = [add(batches, NOW - age) for age in (KEPT, KEPT - timedelta(seconds=1))]
    batches.remove_expired(NOW)
    assert batches.list_waiting() == [made[1]]
    assert not made[0].folder.exists()
    made[1].update(completed=NOW)
    batches.remove_expired(NOW + KEPT - timedelta(seconds=1))
    assert made[1].folder.exists()
    batches.remove_expired(NOW + KEPT)
    assert not made[1].folder.exists()


def test_nobody_else_reads_them(batches: Batches) -> None:
    batch = add(batches, NOW)
    batch.update(rows_done=1)
    assert {path.stat().st_mode & 0o777 for path in batch.folder.iterdir()} == {0o600}


def test_what_is_interrupted_again_and_again_is_given_up(batches: Batches, tmp_path: Path) -> None:
    batch = add(batches, utc_now(), tries=MOST_TRIES)
    batch_runner.match_batch(batch, Settings(home=tmp_path))
    assert "interrupted" in str(find_state(batch).problem)
    assert not batch.sent.exists()


def test_only_one_process_matches_at_a_time(batches: Batches) -> None:
    with batches.running() as first, batches.running() as second:
        assert (first, second) == (True, False)


def test_how_far_it_is_moves_with_the_rows(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_runner, "_SECONDS", 3600)  # a quick machine
    batch = add(batches, NOW)
    meter, told = batch_runner.make_meter(batch), []
    for rows in range(1_000, 12_000, 1_000):
        meter(Tally(rows=rows))
        told.append(find_state(batch).rows_done)
    assert told == [*[1_000] * 5, *[6_000] * 5, 11_000]
