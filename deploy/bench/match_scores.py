"""Whether scores keep their word, and the table that makes them do so."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from registry.search import scores as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registry.search.answers import Answer

BINS = 15
TABLE = Path(table.__file__).with_name("scores.toml")
_FEWEST = 40
_PRIOR = 4
_SUREST = 0.9999
"""A bin says nothing under so many rows, its parent's share counts as so many rows in it, and no
number of rows makes certain."""


def find_calibration_error(told: Iterable[tuple[float, bool]]) -> float:
    """Return the mean distance of score and share of right, over bins of equal width."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for score, is_right in told:
        bins.setdefault(min(int(score * BINS), BINS - 1), []).append((score, is_right))
    return sum(
        abs(sum(score for score, _ in rows) - sum(is_right for _, is_right in rows))
        for rows in bins.values()
    ) / (sum(map(len, bins.values())) or 1)


def fit(told: Iterable[tuple[Answer, bool]]) -> Mapping[str, float]:
    """Return the score of each bin: the share that was right, drawn to that of the wider bin.

    A bin is words, the widest first: `corrected building postCode` is within `corrected building`.
    """
    rights: dict[str, Counter[bool]] = defaultdict(Counter)
    for answer, is_right in told:
        words = name_bin(answer).split(" ")
        for length in range(1, len(words) + 1):
            rights[" ".join(words[:length])][is_right] += 1
    scores: dict[str, float] = {}
    for name in sorted(rights):
        counted, wider = rights[name], name.rpartition(" ")[0]
        if not wider:
            scores[name] = counted[True] / counted.total()
        elif counted.total() >= _FEWEST and wider in scores:
            share = counted[True] + _PRIOR * scores[wider]
            scores[name] = share / (counted.total() + _PRIOR)
    return scores


def name_bin(answer: Answer) -> str:
    """Return the bin that an answer's score was looked up in."""
    return table.make_bin(
        answer.verdict,
        answer.match_level,
        answer.components,
        answer.candidates_total,
        len(answer.unresolved),
    )


def write_scores(scores: Mapping[str, float], rows: int, path: Path = TABLE) -> None:
    """Write the table that registry.search.scores reads, and have it read anew."""
    lines = [
        f"# The share of right answers by bin: `./best bench match --fit`, {rows:,} rows.",
        "[bins]",
        *(f'"{name}" = {score:.4f}' for name, score in scores.items()),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table._read_table.cache_clear()
