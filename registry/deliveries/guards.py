"""Guards: numbers of a preview at which a second person must look before publication."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg import Connection

from registry.deliveries.statements import read_statement
from registry.domain.errors import InputRefused
from registry.domain.region import Region

FLOOR = 10
"""Objects: fewer never ring, so that a small register does not ring on one."""
FAR_METRES = 20.0
"""A position that moved further than this counts as a move."""


class Guard(StrEnum):
    """What is guarded; each value is a share, of 0 to 1 (totals: of a kind's own count)."""

    MASS_RETIREMENT = "massRetirement"
    MOVES = "moves"
    RENAMES = "renames"
    FEWER_POSITIONS = "fewerPositions"
    TOTALS = "totals"


DEFAULT_THRESHOLDS: Mapping[str, float] = {
    Guard.MASS_RETIREMENT: 0.01,
    Guard.MOVES: 0.005,
    Guard.RENAMES: 0.01,
    Guard.FEWER_POSITIONS: 0.001,
    Guard.TOTALS: 0.05,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a preview counts for the guards; `totals`: objects of a kind before and after.

    `ended`: addresses retired or removed; `moved`: over FAR_METRES; `unplaced`: lose their
    position; `addresses` and `street_names` are those current before, without which it is a first
    load.
    """

    addresses: int
    street_names: int
    ended: int
    moved: int
    renamed: int
    unplaced: int
    totals: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardVerdict:
    """What a guard says: `value` above `threshold`, of FLOOR objects or more, rings."""

    guard: Guard
    value: float
    threshold: float
    rings: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdSet:
    """A threshold as it was set; the newest of a region and guard holds."""

    region: Region
    guard: Guard
    value: float
    set_at: datetime
    set_by: str


def judge(measures: Measures, thresholds: Mapping[str, float]) -> tuple[GuardVerdict, ...]:
    """Return every guard's verdict; none rings on the first load of a region.

    `thresholds` are by guard; the default holds where it has none.
    """
    counted: dict[Guard, tuple[int, int]] = {
        Guard.MASS_RETIREMENT: (measures.ended, measures.addresses),
        Guard.MOVES: (measures.moved, measures.addresses),
        Guard.RENAMES: (measures.renamed, measures.street_names),
        Guard.FEWER_POSITIONS: (measures.unplaced, measures.addresses),
        Guard.TOTALS: _find_largest_change(measures.totals),
    }
    held: Mapping[str, float] = {**DEFAULT_THRESHOLDS, **thresholds}
    is_first = not any(before for before, _ in measures.totals.values())
    return tuple(
        _judge_one(guard, 0 if is_first else part, whole, held[guard])
        for guard, (part, whole) in counted.items()
    )


def set_threshold(
    connection: Connection, region: Region, guard: Guard, value: float, by: str, now: datetime
) -> None:
    """Set a region's threshold; what held before stays in its history."""
    if not 0 <= value <= 1:
        raise InputRefused(f"A threshold is a share from 0 to 1, not {value}.")
    if not by.strip():
        raise InputRefused("A threshold needs the name of who sets it.")
    parameters = {"region": region, "guard": guard, "value": value, "by": by.strip(), "now": now}
    connection.execute(read_statement("set_threshold"), parameters)


def list_threshold_sets(connection: Connection, region: Region) -> list[ThresholdSet]:
    """Return how a region's thresholds were set, oldest first; before that the defaults held."""
    rows = connection.execute(read_statement("list_threshold_sets"), {"region": region})
    return [
        ThresholdSet(region=region, guard=Guard(guard), value=value, set_at=set_at, set_by=set_by)
        for guard, value, set_at, set_by in rows
    ]


def list_thresholds(connection: Connection, region: Region) -> dict[str, float]:
    """Return the thresholds that hold for a region."""
    told: dict[str, float] = {
        row.guard: row.value for row in list_threshold_sets(connection, region)
    }
    return {**DEFAULT_THRESHOLDS, **told}


def _find_largest_change(totals: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return by how many the count of a kind changes most, and of how many; of a new kind, all."""
    changes = [(abs(after - before), before or after) for before, after in totals.values()]
    large = [change for change in changes if change[0] >= FLOOR] or changes
    return max(large, key=lambda change: _share(*change), default=(0, 0))


def _judge_one(guard: Guard, part: int, whole: int, threshold: float) -> GuardVerdict:
    value = _share(part, whole)
    rings = part >= FLOOR and value > threshold
    return GuardVerdict(guard=guard, value=value, threshold=threshold, rings=rings)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
